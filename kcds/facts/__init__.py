"""From a record to facts: one short module per topic; `extract.py` calls them all."""
