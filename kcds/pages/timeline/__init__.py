"""Twelve months of one patient as data: lanes of values, treatments that were tried, infusions. No drawing, no HTML."""
