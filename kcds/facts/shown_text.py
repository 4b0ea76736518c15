"""Words of the record as a card may show them: on one line, and short. They never decide anything."""


def shown_text(words: str | None, longest: int) -> str | None:
    """Return the words, cut between two of them where they are longer than a number of characters."""
    text = " ".join(words.split()) if words else ""
    if len(text) <= longest:
        return text or None
    whole, _, _ = text[:longest].rpartition(" ")
    return f"{whole or text[: longest - 1]}…"
