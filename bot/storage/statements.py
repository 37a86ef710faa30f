"""SQL as text that both databases read, and values on their way in.

A statement is SQL with parameters as `:name`. What the two databases write differently has one form here, which is
translated when a statement first runs:

- `user_id IN [:user_ids]`: one of the texts of a list.
- `FROM EACH(:rows) AS row`: a list of lists, one row each; `row.value ->> 0` is its first item, as text.
- `FOR UPDATE`, `FOR SHARE`, with or without `SKIP LOCKED`: nothing on SQLite, which has one writer.
- `STORE_NOW()`: the server's clock in ms; on SQLite the parameter `now`.

Parameters are domain values: `stored` tells how each is kept. `tables.py` describes the schema for Alembic.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal

from sqlalchemy import Table

from bot.clock import to_ms

Dialect = Literal["sqlite", "postgresql"]
PART = 500  # rows in one transaction, so that a punch that comes between waits some ten ms at most

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_MACROS: dict[Dialect, tuple[tuple[re.Pattern[str], str], ...]] = {
    "sqlite": (
        (re.compile(r"IN \[:(\w+)\]"), r"IN (SELECT value FROM json_each(:\1))"),
        (re.compile(r"EACH\((:\w+)\)"), r"json_each(\1)"),
        (re.compile(r"(\w+\.value) ->> (\d+)"), r"json_extract(\1, '$[\2]')"),
        (re.compile(r"\s+FOR (UPDATE|SHARE)( SKIP LOCKED)?"), ""),
        (re.compile(r"STORE_NOW\(\)"), ":now"),
    ),
    "postgresql": (
        (re.compile("%"), "%%"),
        (re.compile(r"IN \[:(\w+)\]"), r"= ANY(ARRAY(SELECT json_array_elements_text(CAST(:\1 AS json))))"),
        (re.compile(r"EACH\((:\w+)\)"), r"json_array_elements(CAST(\1 AS json))"),
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


def put(table: Table, *names: str, replaces: Sequence[str] = ()) -> str:
    """Return SQL that inserts the named columns; where the key is there, it replaces them, or `replaces` alone.

    A WHERE may follow, which compares the row that is there with `excluded`, the new one.
    """
    keys = table.primary_key.columns.keys()
    changed = [name for name in replaces or names or table.c.keys() if name not in keys]
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
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def _item_of(value: object) -> object:
    """Return one item of a list: rows of `EACH` are lists or tuples themselves."""
    return [stored(one) for one in value] if isinstance(value, (list, tuple)) else stored(value)


_STORED: dict[type, Callable[[Any], object]] = {
    str: storable,
    bool: int,
    datetime: to_ms,
    date: date.isoformat,
    list: lambda items: pack([_item_of(one) for one in items]),
}


def stored(value: object) -> object:
    """Return a value as a column holds it: moments in ms, dates as ISO text, enums by value, lists as JSON."""
    convert = _STORED.get(type(value))
    if convert is not None:
        return convert(value)
    return value._value_ if isinstance(value, Enum) else value  # `value` is a property, three times as slow
