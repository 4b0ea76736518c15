"""Our own words: facts, findings, dispositions, dates. Imports nothing else of kcds."""
