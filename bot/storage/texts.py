"""Text on its way into the database, and back."""

import json
from typing import Any

_COMPACT = json.JSONEncoder(separators=(",", ":"))


def pack(value: object) -> str:
    """Return `value` as compact JSON in ASCII, which holds any text that Python does."""
    return _COMPACT.encode(value)


def unpack(text: str) -> Any:
    """Return what `pack` was given, with lists for tuples."""
    return json.loads(text)


def storable(text: str) -> str:
    """Return `text` without what no database takes: NUL and halves of surrogate pairs become U+FFFD."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")
