"""How a worker and its renderer speak: one word once it is ready; then each time a length and so many bytes of JSON."""

READY = b"ready"
HEADER = ">I"
LONGEST = 16 * 1024 * 1024
"""Bytes of one message, at most."""
