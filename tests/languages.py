"""In which of the two languages an answer has to be."""


def theirs(said: str, *, en: str, zh: str) -> str:
    """Return the words in the language of what was said: that of its first word, as names may be of the other."""
    return en if said[0].isascii() else zh
