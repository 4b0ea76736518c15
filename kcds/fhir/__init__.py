"""From FHIR R4 JSON to a `Record`: typed, dated, honest about what could not be read."""
