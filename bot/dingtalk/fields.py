"""Values as DingTalk writes them: a number or its text, a truth or its text, one thing or a list of one."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import from_ms

BEYOND_MS = 4_102_444_800_000  # 2100-01-01; from there on a moment leaves no room for time zones and arithmetic
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def as_text(value: object) -> str:
    """Return a text or a number as text, anything else as an empty one."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def as_int(value: object) -> int | None:
    """Return a whole number, also when it comes as text or with a point; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    text = as_text(value)
    return int(text) if _INTEGER.fullmatch(text) else None


def as_moment(value: object) -> datetime | None:
    """Return the UTC moment of milliseconds, None outside 1970 to 2100."""
    number = as_int(value)
    return from_ms(number) if number is not None and 0 < number < BEYOND_MS else None


def as_local_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """Return the UTC moment of `yyyy-MM-dd HH:mm:ss` in the organisation's `zone`, or of milliseconds."""
    if as_int(value) is not None:
        return as_moment(value)
    try:
        moment = datetime.fromisoformat(as_text(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_bool(value: object, *, default: bool = False) -> bool:
    """Return a truth, also when it comes as text or number; `default` when it is missing or neither."""
    text = str(value).strip().casefold()
    if text in ("true", "1", "y"):
        return True
    return False if text in ("false", "0", "n") else default


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list, or the one object that stands where a list was due."""
    return [item for item in _items(value) if isinstance(item, dict)]


def as_ints(value: object) -> tuple[int, ...]:
    """Return the whole numbers of a list, or of a text such as `[2,3,4]`."""
    if isinstance(value, str):
        return tuple(int(found) for found in _INTEGER.findall(value))
    return tuple(number for number in map(as_int, _items(value)) if number is not None)


def as_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, or the one text that stands where a list was due."""
    return tuple(text for text in map(as_text, _items(value)) if text)


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]
