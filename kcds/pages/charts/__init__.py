"""The timeline as pictures: sizes and places only. Every value comes from the timeline, and its numbers from the rules.

Altair and vl-convert are imported by `renderer.py` alone, which runs as a process of its own.
"""
