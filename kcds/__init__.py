"""kcds: decision support for ketamine in chronic pain, by CDS Hooks on FHIR R4."""
