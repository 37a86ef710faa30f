"""SQL text for both databases, and the conversion of values and dataclasses into rows and back.

A statement has parameters as `:name`. The databases differ in these forms, so it is translated at
its first use:

- `user_id IN [:user_ids]`: the column equals one text of a list.
- `FOR UPDATE`, `FOR SHARE`, also with `SKIP LOCKED`: nothing on SQLite, which has one writer.
- `STORE_NOW()`: the server's clock in ms; on SQLite the parameter `now`.

Parameters are domain values, which `stored` converts. `tables.py` describes the schema.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter

from bot.clock import CLOCKS_APART, from_ms, to_ms
from bot.storage.tables import Table

T = TypeVar("T")

Dialect = Literal["sqlite", "postgresql"]
_MS = timedelta(milliseconds=1)
PART = 500  # rows in one transaction, so that a punch waits about 10 ms at most

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_MACROS: dict[Dialect, tuple[tuple[re.Pattern[str], str], ...]] = {
    "sqlite": (
        (re.compile(r"IN \[:(\w+)\]"), r"IN (SELECT value FROM json_each(:\1))"),
        (re.compile(r"\s+FOR (UPDATE|SHARE)( SKIP LOCKED)?"), ""),
        (re.compile(r"STORE_NOW\(\)"), ":now"),
    ),
    "postgresql": (
        (re.compile("%"), "%%"),
        (
            re.compile(r"IN \[:(\w+)\]"),
            r"= ANY(ARRAY(SELECT json_array_elements_text(CAST(:\1 AS json))))",
        ),
        (
            re.compile(r"STORE_NOW\(\)"),
            "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        ),
        (re.compile(r"(?<!:):(\w+)"), r"%(\1)s"),
    ),
}


class Statement(dict[Dialect, str]):
    """One statement, translated for each database at its first use."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, dialect: Dialect) -> str:
        text = self._text
        for pattern, replacement in _MACROS[dialect]:
            text = pattern.sub(replacement, text)
        self[dialect] = text
        return text


def insert(table: Table, names: Sequence[str] = ()) -> str:
    """Return SQL that inserts the named columns, or all columns. More clauses may follow."""
    names = names or table.names
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "
        f"({', '.join(f':{name}' for name in names)})"
    )


def upsert(table: Table, names: Sequence[str] = ()) -> str:
    """Return SQL that inserts a row, or replaces the named columns of the row with the same key.

    A WHERE may follow. It compares the old row with `excluded`, the new one.
    """
    keys = table.keys
    changed = [name for name in names or table.names if name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{insert(table, names)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def is_older(stored_ms: str, new_ms: str, ahead: timedelta = CLOCKS_APART) -> str:
    """Return SQL that is true unless the stored time is after the new one.

    A stored time further `ahead` of `:now` is old, too: a wrong clock wrote it.
    """
    return f"({stored_ms} <= {new_ms} OR {stored_ms} > :now + {ahead // _MS})"


def prune(table: Table, which: str) -> str:
    """Return SQL that deletes at most PART rows and returns a value for each.

    Run it until it returns none.
    """
    keys = ", ".join(table.keys)
    some = f"SELECT {keys} FROM {table.name} WHERE {which} LIMIT {PART}"
    return f"DELETE FROM {table.name} WHERE ({keys}) IN ({some}) RETURNING 1"


def pack(value: object) -> str:
    """Return `value` as compact JSON in ASCII, which can hold any Python text."""
    return _COMPACT.encode(value)


def unpack(text: str) -> Any:
    """Return the value that `pack` was given. A tuple comes back as a list."""
    return json.loads(text)


def storable(text: str) -> str:
    """Return `text` with U+FFFD for NUL and halves of surrogate pairs, which the databases refuse."""
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .replace("\0", "\ufffd")
    )


def column_value(value: object) -> object:
    """Return a value as columns store it: times in ms, dates as ISO text, enums by value, lists as
    JSON.
    """
    if type(value) is str:
        return storable(value)
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value._value_  # three times as fast as the property `value`
    if isinstance(value, (list, tuple)):
        return pack([column_value(item) for item in value])
    return int(value) if value is True or value is False else value


Way = tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]


class Rows(Generic[T]):
    """Objects of one dataclass as rows: each field in the column of its name, `asked_at` in
    `asked_ms`.

    A field that is no scalar is stored as JSON.
    """

    def __init__(self, kind: type[T], table: Table | Mapping[str, str], **ways: Way) -> None:
        """`table` may also be SQL expressions by column.

        `ways` convert fields in another way than by type.
        """
        known = {name: name for name in table.names} if isinstance(table, Table) else table
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields: list[tuple[str, str, Way]] = []
        for field in fields(kind):  # type: ignore[arg-type]
            hint = hints[field.name]
            if NoneType in get_args(hint):
                hint = get_args(hint)[0]
            column = f"{field.name.removesuffix('_at')}_ms" if hint is datetime else field.name
            if column in known:
                self._fields.append((field.name, column, ways.get(field.name) or _way(hint)))
        self.names = [column for _, column, _ in self._fields]
        self._expressions = [known[column] for column in self.names]

    def sql(self, table: str = "") -> str:
        """Return the columns for a SELECT. `table` is the table's name or alias there."""
        return ", ".join(f"{table}.{column}" if table else column for column in self._expressions)

    def read(self, row: tuple[Any, ...], **more: object) -> T:
        """Return the object in `row`, which begins with its columns.

        `more` are the other fields.
        """
        for (name, _, (read, _)), value in zip(self._fields, row, strict=False):
            more[name] = value if value is None or read is None else read(value)
        return self._kind(**more)

    def row(self, item: T, **more: object) -> dict[str, object]:
        """Return the columns of an object, and `more`."""
        for name, column, (_, write) in self._fields:
            value = getattr(item, name)
            more[column] = value if value is None or write is None else write(value)
        return more


class Packed(Generic[T]):
    """An object as JSON text."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def write(self, item: T) -> str:
        """Return the JSON without default values."""
        return pack(self._adapter.dump_python(item, mode="json", exclude_defaults=True))

    def read(self, text: str) -> T:
        return self._adapter.validate_python(unpack(text))


def _way(hint: Any) -> Way:
    """Return the functions that read and write a value, None for a value that needs no conversion."""
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
