"""The pages of kcds without an EHR: the stories of `fhir_samples/`, and records that are uploaded."""
