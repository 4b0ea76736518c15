"""How a worker and its renderer speak: one word once it is ready; then each time a length and so many bytes of JSON."""

from pathlib import Path

READY = b"ready"
HEADER = ">I"
LONGEST = 16 * 1024 * 1024
"""Bytes of one message, at most."""
TEMPLATE = Path(__file__).with_name("lanes.vega.json")
"""The chart that all lanes are drawn with, as Vega, without data, sizes and domains."""
