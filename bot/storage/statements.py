"""SQL as text that both databases read; values and dataclasses on their way in and out.

A statement is SQL with parameters as `:name`. What the two databases write differently has one form here, which is
translated when a statement first runs:

- `user_id IN [:user_ids]`: one of the texts of a list.
- `FOR UPDATE`, `FOR SHARE`, with or without `SKIP LOCKED`: nothing on SQLite, which has one writer.
- `STORE_NOW()`: the server's clock in ms; on SQLite the parameter `now`.

Parameters are domain values: `stored` tells how each is kept. `tables.py` describes the schema for Alembic.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Table

from bot.clock import from_ms, to_ms

T = TypeVar("T")

Dialect = Literal["sqlite", "postgresql"]
PART = 500  # rows in one transaction, so that a punch that comes between waits some ten ms at most

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_MACROS: dict[Dialect, tuple[tuple[re.Pattern[str], str], ...]] = {
    "sqlite": (
        (re.compile(r"IN \[:(\w+)\]"), r"IN (SELECT value FROM json_each(:\1))"),
        (re.compile(r"\s+FOR (UPDATE|SHARE)( SKIP LOCKED)?"), ""),
        (re.compile(r"STORE_NOW\(\)"), ":now"),
    ),
    "postgresql": (
        (re.compile("%"), "%%"),
        (re.compile(r"IN \[:(\w+)\]"), r"= ANY(ARRAY(SELECT json_array_elements_text(CAST(:\1 AS json))))"),
        (re.compile(r"STORE_NOW\(\)"), "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
        (re.compile(r"(?<!:):(\w+)"), r"%(\1)s"),
    ),
}


class Statement(dict[Dialect, str]):
    """One statement, translated for each database when it is first used there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, dialect: Dialect) -> str:
        text = self._text
        for pattern, replacement in _MACROS[dialect]:
            text = pattern.sub(replacement, text)
        self[dialect] = text
        return text


def insert(table: Table, *names: str) -> str:
    """Return SQL that inserts the named columns, all without names; more clauses may follow."""
    names = names or tuple(table.c.keys())
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def put(table: Table, *names: str) -> str:
    """Return SQL that inserts the named columns; where the key is there, it replaces them.

    A WHERE may follow, which compares the row that is there with `excluded`, the new one.
    """
    keys = table.primary_key.columns.keys()
    changed = [name for name in names or table.c.keys() if name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{insert(table, *names)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def prune(table: Table, which: str) -> str:
    """Return SQL that deletes some rows and returns a value for each; to be run until it finds none."""
    keys = ", ".join(table.primary_key.columns.keys())
    some = f"SELECT {keys} FROM {table.name} WHERE {which} LIMIT {PART}"
    return f"DELETE FROM {table.name} WHERE ({keys}) IN ({some}) RETURNING 1"


# --- values ---


def pack(value: object) -> str:
    """Return `value` as compact JSON in ASCII, which holds any text that Python does."""
    return _COMPACT.encode(value)


def unpack(text: str) -> Any:
    """Return what `pack` was given, with lists for tuples."""
    return json.loads(text)


def storable(text: str) -> str:
    """Return `text` without what no database takes: NUL and halves of surrogate pairs become U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def stored(value: object) -> object:
    """Return a value as a column holds it: moments in ms, dates as ISO text, enums by value, lists as JSON."""
    if type(value) is str:
        return storable(value)
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value._value_  # `value` is a property, three times as slow
    if isinstance(value, (list, tuple)):
        return pack([stored(one) for one in value])
    return int(value) if value is True or value is False else value


# --- dataclasses as rows: each field in the column of its name, `asked_at` in `asked_ms` ---

Way = tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]


class Rows(Generic[T]):
    """Writes objects of one dataclass into a table and reads them. What is no scalar is kept as JSON."""

    def __init__(self, kind: type[T], table: Table | Mapping[str, str], **ways: Way) -> None:
        """Take a table, or SQL expressions by column; `ways` convert fields that their types do not describe."""
        known = {name: name for name in table.c.keys()} if isinstance(table, Table) else table  # noqa: SIM118
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
        """Return the columns for a SELECT, of `table` or its alias where it is named."""
        return ", ".join(f"{table}.{column}" if table else column for column in self._expressions)

    def read(self, row: tuple[Any, ...], **more: object) -> T:
        """Return the object in `row`, which begins with the columns; `more` are the other fields."""
        for (name, _, (read, _)), value in zip(self._fields, row, strict=False):
            more[name] = value if value is None or read is None else read(value)
        return self._kind(**more)

    def row(self, one: T, **more: object) -> dict[str, object]:
        """Return what lies in the columns, and `more`."""
        for name, column, (_, write) in self._fields:
            value = getattr(one, name)
            more[column] = value if value is None or write is None else write(value)
        return more


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
