"""What is kept: which advice was given and what became of it. Nothing of a patient; the advice never waits for it."""
