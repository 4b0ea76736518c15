"""The wire: CDS Hooks 2.0.1 requests, cards, prefetch templates and discovery, named as in the standard."""
