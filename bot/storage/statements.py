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
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, NamedTuple, cast

from sqlalchemy import BigInteger, Column, ColumnElement, Select, Table, Text, bindparam, make_url, select, true
from sqlalchemy import cast as as_type
from sqlalchemy import delete as delete_from
from sqlalchemy import tuple_ as tuple_of
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect as Compiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.functions import FunctionElement

from bot.clock import to_ms

Dialect = Literal["sqlite", "postgresql"]
Insert = Callable[[Table], sqlite.Insert]
PART = 500  # rows in one transaction, so that a punch that comes between waits some ten ms at most

_COMPACT = json.JSONEncoder(separators=(",", ":"))


class Form(NamedTuple):
    """A statement as one database reads it: text with named parameters, and those that never change."""

    text: str
    constants: dict[str, object]


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


class Statement(dict[Dialect, Form]):
    """One statement, written for each database when it is first used there."""

    def __init__(self, clause: str | ClauseElement | Callable[[Insert], ClauseElement]) -> None:
        """Take SQL as text."""
        super().__init__()
        self._clause = clause

    def __missing__(self, dialect: Dialect) -> Form:
        if isinstance(self._clause, str):
            text = self._clause
            for pattern, replacement in _MACROS[dialect]:
                text = pattern.sub(replacement, text)
            form = self[dialect] = Form(text, {})
            return form
        compiler, insert = _sqlite() if dialect == "sqlite" else _postgresql()
        clause = self._clause if isinstance(self._clause, ClauseElement) else self._clause(insert)
        compiled = cast(SQLCompiler, clause.compile(dialect=compiler))
        constants = {name: stored(bind.value) for bind, name in compiled.bind_names.items() if not bind.required}
        form = self[dialect] = Form(str(compiled), constants)
        return form


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


def values(table: Table, *names: str) -> dict[str, BindParameter[object]]:
    """Return the named columns of `table`, all without names, each filled by the parameter of its own name."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names or table.c.keys()}


def add(table: Table, *names: str, **constants: object) -> Statement:
    """Insert a row with the named columns, all without names, and with `constants`."""
    return Statement(lambda insert: insert(table).values(**values(table, *names), **constants).inline())


def add_new(table: Table, *names: str) -> Statement:
    """Insert a row unless its key is there."""
    return Statement(lambda insert: insert(table).values(values(table, *names)).on_conflict_do_nothing())


def upsert(
    table: Table,
    *names: str,
    where: Callable[[Any], ColumnElement[bool]] | None = None,
    replaces: Sequence[str] = (),
    **constants: object,
) -> Statement:
    """Insert a row with the named columns; where its key is there, replace them, or `replaces` alone.

    `where` is told the new row, and says of the one that is there whether it is replaced.
    """
    keys = [column.name for column in table.primary_key]

    def build(insert: Insert) -> ClauseElement:
        row = insert(table).values(**values(table, *names), **constants)
        return row.on_conflict_do_update(
            index_elements=keys,
            set_={name: row.excluded[name] for name in replaces or names or table.c.keys() if name not in keys},
            where=None if where is None else where(row.excluded),
        )

    return Statement(build)


def forget(table: Table, *which: ColumnElement[bool]) -> Statement:
    """Delete some of these rows and return one value for each; to be run until it finds none."""
    keys = table.primary_key.columns
    some = select(*keys).where(*which).limit(PART)
    return Statement(delete_from(table).where(tuple_of(*keys).in_(some)).returning(next(iter(keys))))


def _sqlite() -> tuple[Compiler, Insert]:
    return sqlite.dialect(paramstyle="named"), sqlite.insert


def _postgresql() -> tuple[Compiler, Insert]:
    from sqlalchemy.dialects import postgresql

    dialect = make_url("postgresql+psycopg://").get_dialect()
    return dialect(), cast(Insert, postgresql.insert)  # the two inserts share their methods


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


_AS_THEY_ARE = frozenset({int, float, type(None)})
_STORED: dict[type, Callable[[Any], object]] = {
    str: storable,
    list: lambda items: pack([_item_of(one) for one in items]),
    bool: int,
    datetime: to_ms,
    date: date.isoformat,
}


def stored(value: object) -> object:
    """Return a value as a column holds it: moments in ms, dates as ISO text, enums by value, lists as JSON."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    convert = _STORED.get(kind)
    if convert is not None:
        return convert(value)
    return value._value_ if isinstance(value, Enum) else value  # `value` is a property, three times as slow


def _item_of(value: object) -> object:
    """Return one item of a list: rows of `EACH` are lists or tuples themselves."""
    return [stored(one) for one in value] if isinstance(value, (list, tuple)) else stored(value)


# --- many rows in one parameter: JSON that the database takes apart, so that no row costs a round trip ---


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array, one row each."""

    inherit_cache = True


class _Item(FunctionElement[str]):
    """One item of an element that is an array itself, as text or number."""

    inherit_cache = True
    type = Text()

    def __init__(self, element: ColumnElement[Any], index: int) -> None:
        self.index = index
        super().__init__(element)


@compiles(_Elements, "sqlite")
def _elements_in_sqlite(element: _Elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_Elements, "postgresql")
def _elements_in_postgresql(element: _Elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS json))"


@compiles(_Item, "sqlite")
def _item_in_sqlite(element: _Item, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **kw)}, '$[{element.index}]')"


@compiles(_Item, "postgresql")
def _item_in_postgresql(element: _Item, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} ->> {element.index})"


def listed(parameter: str, *columns: Column[Any]) -> Select[*tuple[Any, ...]]:
    """Select, as `columns` in this order, the rows that `listing` put into `parameter`."""
    value = _Elements(bindparam(parameter, type_=Text)).table_valued("value").c.value
    items = (_Item(value, index) for index in range(len(columns)))
    typed = (
        as_type(item, BigInteger) if column.type.python_type is int else item
        for item, column in zip(items, columns, strict=True)
    )
    rows = select(*typed).where(true())  # SQLite reads ON CONFLICT after it as a join without the WHERE
    return rows.limit(bindparam(f"{parameter}_count"))  # PostgreSQL would guess how many there are


def listing(parameter: str, rows: Iterable[Sequence[object]]) -> dict[str, object]:
    """Return `rows` as what `listed` reads from `parameter`."""
    taken = [[stored(value) for value in row] for row in rows]
    return {parameter: pack(taken), f"{parameter}_count": len(taken)}


def these(column: Column[str], parameter: str = "user_ids") -> ColumnElement[bool]:
    """Tell whether `column` is one of the texts that `naming` put into `parameter`."""
    return column.in_(listed(parameter, column))


def naming(names: Iterable[str], parameter: str = "user_ids") -> dict[str, object]:
    """Return the names as what `these` reads from `parameter`."""
    return listing(parameter, ((name,) for name in names))
