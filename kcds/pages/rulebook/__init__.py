"""The rulebook as people read it: every rule in words, with its evidence, its data, its card and its cases."""
