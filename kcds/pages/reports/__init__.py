"""The feedback page: what became of the advice, with small counts hidden, and which rules to look at."""
