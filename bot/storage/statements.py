"""SQL for both databases.

A statement has parameters as `:name`. It is written once; these forms differ by database:

| form | SQLite | PostgreSQL |
|---|---|---|
| `user_id IN [:user_ids]`: one text of a list | `json_each` | `json_array_elements_text` |
| `FOR UPDATE`, `FOR SHARE`, also with `SKIP LOCKED` | nothing, because it has one writer | as it is |
| `STORE_NOW()`: the server's clock in ms | the parameter `now` | `clock_timestamp()` |

`tables.py` describes the schema, `records.py` the values of parameters and rows.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Literal

from bot.clock import CLOCKS_APART
from bot.domain.slots import Days
from bot.storage.tables import TABLES

Dialect = Literal["sqlite", "postgresql"]
PART = 500  # rows in one transaction, so that a punch waits about 10 ms at most

_MS = timedelta(milliseconds=1)
_IN_LIST = re.compile(r"IN \[:(\w+)\]")
_LOCK = re.compile(r"\s+FOR (UPDATE|SHARE)( SKIP LOCKED)?")
_PARAMETER = re.compile(r"(?<!:):(\w+)")


@cache
def in_dialect(statement: str, dialect: Dialect) -> str:
    """Return the statement as text for one database."""
    if dialect == "sqlite":
        text = _IN_LIST.sub(r"IN (SELECT value FROM json_each(:\1))", statement)
        return _LOCK.sub("", text).replace("STORE_NOW()", ":now")
    text = statement.replace("%", "%%")
    texts = r"SELECT json_array_elements_text(CAST(:\1 AS json))"
    text = _IN_LIST.sub(rf"= ANY(ARRAY({texts}))", text)
    now_ms = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
    return _PARAMETER.sub(r"%(\1)s", text.replace("STORE_NOW()", now_ms))


def bounds(days: Days) -> dict[str, date]:
    """Return the parameters `first` and `last`."""
    return {"first": days.first, "last": days.last}


def insert(table: str, names: Sequence[str] = ()) -> str:
    """Return SQL that inserts the named columns, or all columns. More clauses may follow."""
    names = names or TABLES[table].names
    parameters = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({parameters})"


def upsert(table: str, names: Sequence[str] = ()) -> str:
    """Return SQL that inserts a row, or replaces the named columns of the row with the same key.

    A WHERE may follow. It compares the old row with `excluded`, the new one.
    """
    keys = TABLES[table].keys
    changed = [name for name in names or TABLES[table].names if name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{insert(table, names)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def is_older(stored_ms: str, new_ms: str, ahead: timedelta = CLOCKS_APART) -> str:
    """Return SQL that is true unless the stored time is after the new one.

    A stored time further `ahead` of `:now` is old, too: a wrong clock wrote it.
    """
    return f"({stored_ms} <= {new_ms} OR {stored_ms} > :now + {ahead // _MS})"


def prune(table: str, which: str) -> str:
    """Return SQL that deletes at most PART rows and returns a value for each.

    Run it until it returns none.
    """
    keys = ", ".join(TABLES[table].keys)
    some = f"SELECT {keys} FROM {table} WHERE {which} LIMIT {PART}"
    return f"DELETE FROM {table} WHERE ({keys}) IN ({some}) RETURNING 1"
