"""Numbers in what operators read, which is English: one punch, two punches."""


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number with what it counts: `one` thing, or `several`, which is `one` with an s unless given."""
    return f"{count} {one if count == 1 else several or one + 's'}"
