"""The note of a punch in the ledger: parts in words, joined by semicolons, which the receipt reads again.

A person's reason comes first and in quotes, so that it is never read as what the bot found, whatever it says. In
rows of before it has none.
"""

_BETWEEN = "; "
_QUOTE = '"'


def join(*parts: str) -> str:
    """Return the note of these parts, without the empty ones. Words of a person are to be `clean`."""
    return _BETWEEN.join(part for part in parts if part)


def clean(words: str) -> str:
    """Return what a person said as no more than one part: nobody says what the bot alone finds."""
    return words.replace(_BETWEEN, ", ")


def quoted(words: str) -> str:
    """Return a person's own words as a part that no reader takes for the bot's; nothing for none."""
    return f"{_QUOTE}{clean(words)}{_QUOTE}" if words else ""


def parts(note: str) -> list[str]:
    """Return the parts of a note."""
    return note.split(_BETWEEN)


def behind(label: str, note: str) -> str | None:
    """Return what the first part that begins with `label` says behind it, None without such a part."""
    return next((part.removeprefix(label) for part in parts(note) if part.startswith(label)), None)
