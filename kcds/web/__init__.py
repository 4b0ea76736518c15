"""The outside: Flask, HTTP status codes, OperationOutcomes, the production server."""
