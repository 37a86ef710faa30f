"""The note of a punch in the ledger: parts in words, joined by semicolons, which the receipt reads again."""

_BETWEEN = "; "


def join(*parts: str) -> str:
    """Return the note of these parts, without the empty ones. Words of a person are to be `clean`."""
    return _BETWEEN.join(part for part in parts if part)


def clean(words: str) -> str:
    """Return what a person said as no more than one part: nobody says what the bot alone finds."""
    return words.replace(_BETWEEN, ", ")


def parts(note: str) -> list[str]:
    """Return the parts of a note."""
    return note.split(_BETWEEN)


def behind(label: str, note: str) -> str | None:
    """Return what the first part that begins with `label` says behind it, None without such a part."""
    return next((part.removeprefix(label) for part in parts(note) if part.startswith(label)), None)
