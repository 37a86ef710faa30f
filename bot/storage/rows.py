"""Dataclasses as rows: each field in the column of its name, `asked_at` in `asked_ms`."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Table

from bot.clock import from_ms
from bot.storage.engine import Row
from bot.storage.statements import pack, stored, unpack

T = TypeVar("T")
Way = tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]


class _Field(NamedTuple):
    name: str
    column: str
    read: Callable[[Any], Any] | None
    write: Callable[[Any], Any] | None


class Rows(Generic[T]):
    """Writes objects of one dataclass into a table and reads them. What is no scalar is kept as JSON."""

    def __init__(self, kind: type[T], table: Table | Mapping[str, str], **ways: Way) -> None:
        """Take a table, or SQL expressions by the names of the columns.

        `ways` are how some fields are read and written, where that is not told by their types.
        """
        known = {name: name for name in table.c.keys()} if isinstance(table, Table) else table  # noqa: SIM118
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields: list[_Field] = []
        self._expressions: list[str] = []
        for field in fields(kind):  # type: ignore[arg-type]
            hint = _without_none(hints[field.name])
            column = f"{field.name.removesuffix('_at')}_ms" if hint is datetime else field.name
            if column in known:
                self._fields.append(_Field(field.name, column, *(ways.get(field.name) or _way(hint))))
                self._expressions.append(known[column])

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [field.column for field in self._fields]

    def sql(self, table: str = "") -> str:
        """Return the columns for a SELECT, of `table` or its alias where it is named."""
        return ", ".join(f"{table}.{column}" if table else column for column in self._expressions)

    def read(self, row: Row, **more: object) -> T:
        """Return the object that lies in `row`, which begins with the columns; `more` are the other fields."""
        for (name, _, read, _), value in zip(self._fields, row, strict=False):
            more[name] = value if value is None or read is None else read(value)
        return self._kind(**more)

    def row(self, one: T, **more: object) -> dict[str, object]:
        """Return what lies in the columns, and `more`."""
        for name, column, _, write in self._fields:
            value = getattr(one, name)
            more[column] = value if value is None or write is None else write(value)
        return more

    def as_read(self, one: T) -> T:
        """Return the object exactly as it will be read back."""
        row = self.row(one)
        return self.read(tuple(stored(row[field.column]) for field in self._fields))


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


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (UnionType, Union):
        return Union[tuple(one for one in get_args(hint) if one is not type(None))]  # noqa: UP007
    return hint


def _way(hint: Any) -> Way:
    """Return how a value is read and how it is written, None where it is as it is stored."""
    if hint is datetime:
        return from_ms, None
    if hint is date:
        return date.fromisoformat, None
    if hint is bool or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint, None
    if hint in (str, int, float):
        return None, None
    packed: Packed[Any] = Packed(hint)
    return packed.read, packed.write
