"""Dataclasses as rows: each field in the column of its name, `asked_at` in `asked_ms`."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Column, Table

from bot.clock import from_ms
from bot.storage.engine import Row
from bot.storage.statements import pack, stored, unpack

T = TypeVar("T")
Way = tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]


class Rows(Generic[T]):
    """Writes objects of one dataclass into a table and reads them. What is no scalar is kept as JSON."""

    def __init__(self, kind: type[T], table: Table, **ways: Way) -> None:
        """`ways` are how some fields are read and written, where that is not told by their types."""
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind) if field.init]  # type: ignore[arg-type]
        found = [(name, _column(table, name)) for name in names]
        self._kind = kind
        self._fields = [
            (name, column.name, *(ways.get(name) or _way(hints[name])))
            for name, column in found
            if column is not None
        ]
        self.columns: list[Column[Any]] = [table.c[column] for _, column, _, _ in self._fields]

    def read(self, row: Row) -> T:
        """Return the object that lies in `row`, which begins with `columns`."""
        return self._kind(
            **{
                name: value if value is None or read is None else read(value)
                for (name, _, read, _), value in zip(self._fields, row, strict=False)
            }
        )

    def row(self, one: T, **more: object) -> dict[str, object]:
        """Return what lies in the columns, and `more`."""
        row = {
            column: value if value is None or write is None else write(value)
            for name, column, _, write in self._fields
            for value in [getattr(one, name)]
        }
        return row | more

    def stored_row(self, one: T, **more: object) -> dict[str, object]:
        """Return what `row` does, as the columns hold it."""
        return {column: stored(value) for column, value in self.row(one, **more).items()}

    def as_read(self, one: T) -> T:
        """Return the object exactly as it will be read back."""
        return self.read(tuple(self.stored_row(one).values()))


class Packed(Generic[T]):
    """An object as JSON text."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def write(self, one: T) -> str:
        """Return the JSON, without what is as by default."""
        return pack(self._adapter.dump_python(one, mode="json", exclude_defaults=True))

    def read(self, text: str) -> T:
        """Return what `write` was given."""
        return self._adapter.validate_python(unpack(text))


def _column(table: Table, name: str) -> Column[Any] | None:
    by_moment = f"{name.removesuffix('_at')}_ms"
    return table.c.get(name, table.c.get(by_moment))


def _way(hint: Any) -> Way:
    """Return how a value is read and how it is written, None where it is as it is stored."""
    if get_origin(hint) in (UnionType, Union):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if hint is datetime:
        return from_ms, None
    if hint is date:
        return date.fromisoformat, None
    if hint is bool:
        return bool, None
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint, None
    if hint in (str, int, float):
        return None, None
    packed: Packed[Any] = Packed(hint)
    return packed.read, packed.write
