"""From advice to cards: what a tired clinician reads in five seconds."""
