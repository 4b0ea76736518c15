"""The timeline as pictures: sizes and places only. Every value comes from the timeline, and its numbers from the rules.

vl-convert is imported by `renderer.py` alone, which runs as a process of its own.
"""
