"""The Ketamine review page: what the advice says of one patient, why, and on what it rests. Data only, no HTML."""
