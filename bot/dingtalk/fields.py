"""Values as DingTalk writes them: a number or its text, a truth or its text, one thing or a list of one."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.clock import from_ms

BEYOND_MS = 4_102_444_800_000  # 2100-01-01; from there on a moment leaves no room for time zones and arithmetic
_INTEGER = re.compile(r"[+-]?\d{1,18}")


def as_text(value: object) -> str:
    """Return a text or a number as text, anything else as an empty one."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def as_int(value: object) -> int | None:
    """Return a whole number, also when it comes as text or with a point; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    text = as_text(value)
    return int(text) if _INTEGER.fullmatch(text) else None


def as_milliseconds(value: object) -> int | None:
    """Return milliseconds since 1970, as number or text, BEYOND_MS for all later; None for what is no time."""
    if isinstance(value, str) and (digits := value.strip()).isascii() and digits.isdecimal():
        value = int(digits) if len(digits) <= 15 else BEYOND_MS
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return None
    return int(min(value, BEYOND_MS))


def as_moment(value: object) -> datetime | None:
    """Return the UTC moment of milliseconds; None for what is none, and from 2100 on."""
    number = as_milliseconds(value)
    return None if number is None or number >= BEYOND_MS else from_ms(number)


def as_bool(value: object, *, default: bool = False) -> bool:
    """Return a truth, also when it comes as text or number; `default` when it is missing or neither."""
    text = str(value).strip().casefold()
    if text in ("true", "1", "y"):
        return True
    return False if text in ("false", "0", "n") else default


def as_objects(value: object) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list, or the one object that stands where a list was due."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_ints(value: object) -> tuple[int, ...]:
    """Return the whole numbers of a list, or of a text such as `[2,3,4]`."""
    if isinstance(value, str):
        return tuple(int(found) for found in _INTEGER.findall(value))
    items = value if isinstance(value, list) else [value]
    return tuple(number for number in map(as_int, items) if number is not None)


def as_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, or the one text that stands where a list was due."""
    items = value if isinstance(value, list) else [value]
    return tuple(text for text in map(as_text, items) if text)
