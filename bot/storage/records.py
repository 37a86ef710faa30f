"""Values as columns hold them, and dataclasses as rows.

| value | column |
|---|---|
| aware `datetime`, in a field such as `asked_at` | ms since 1970 UTC, in `asked_ms` |
| `date` | ISO text |
| `bool`, `Enum` | 0 or 1, the enum's value |
| list, tuple | JSON |
| text | without NUL and halves of surrogate pairs |
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from bot.clock import from_ms, to_ms
from bot.storage.tables import TABLES

T = TypeVar("T")
Reader = Callable[[Any], Any]

# Returns compact JSON in ASCII, which can hold any Python text.
pack = json.JSONEncoder(separators=(",", ":")).encode


def storable(text: str) -> str:
    """Return `text` with U+FFFD for NUL and halves of surrogate pairs, which the databases refuse."""
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .replace("\0", "\ufffd")
    )


def column_value(value: object) -> object:
    """Return a value as columns hold it."""
    if type(value) is str:
        return storable(value)
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value._value_  # three times as fast as the property `value`
    if isinstance(value, (list, tuple)):
        return pack(list(map(column_value, value)))
    return int(value) if value is True or value is False else value


class Records(Generic[T]):
    """Objects of one dataclass as rows, of all fields, or of those with a column in a table."""

    def __init__(self, kind: type[T], table: str = "", **readers: Reader) -> None:
        """`readers` make fields of their columns. Other fields are read by their type."""
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields: list[tuple[str, str, Reader | None]] = []
        for field in fields(kind):  # type: ignore[arg-type]
            column = field.name
            if column.endswith("_at"):
                column = f"{column.removesuffix('_at')}_ms"
            if not table or column in TABLES[table].names:
                reader = readers.get(field.name) or _reader(hints[field.name])
                self._fields.append((field.name, column, reader))
        self.columns = [column for _, column, _ in self._fields]

    def sql(self, table: str = "") -> str:
        """Return the columns for a SELECT. `table` is the table's name or alias there."""
        return ", ".join(f"{table}.{column}" if table else column for column in self.columns)

    def read(self, row: Sequence[Any], **other_fields: object) -> T:
        """Return the object in `row`, which begins with its columns."""
        for (name, _, reader), value in zip(self._fields, row, strict=False):
            other_fields[name] = value if value is None or reader is None else reader(value)
        return self._kind(**other_fields)

    def read_all(self, rows: Iterable[Sequence[Any]]) -> list[T]:
        return list(map(self.read, rows))

    def read_first(self, rows: Iterable[Sequence[Any]]) -> T | None:
        """Return the object in the first row, None without rows."""
        return next(map(self.read, rows), None)

    def row(self, item: T, **replacing: object) -> dict[str, Any]:
        """Return parameters for the columns of an object, and more, which replace them."""
        return {column: getattr(item, name) for name, column, _ in self._fields} | replacing


def _reader(hint: Any) -> Reader | None:
    """Return the function that reads a column of this type, None for a value to take unchanged."""
    if NoneType in get_args(hint):
        hint = get_args(hint)[0]
    if hint is datetime:
        return from_ms
    if hint is date:
        return date.fromisoformat
    if get_origin(hint) is tuple:
        return _read_tuple
    return hint if isinstance(hint, type) and issubclass(hint, (bool, Enum)) else None


@lru_cache(maxsize=4096)
def _read_tuple(text: str) -> tuple[Any, ...]:
    """Return a stored tuple. Equal tuples are one object, to save memory. Raises ValueError."""
    values = json.loads(text)
    if not isinstance(values, list):
        raise ValueError(f"no list: {text}")
    return tuple(values)


class Packed(Generic[T]):
    """An object as JSON text."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def write(self, item: T) -> str:
        """Return the JSON without default values."""
        return pack(self._adapter.dump_python(item, mode="json", exclude_defaults=True))

    def read(self, text: str) -> T:
        return self._adapter.validate_python(json.loads(text))
