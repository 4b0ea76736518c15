"""How a worker and its renderer speak: a length, then so many bytes of JSON."""

HEADER = ">I"
LONGEST = 16 * 1024 * 1024
"""Bytes of one message, at most."""
