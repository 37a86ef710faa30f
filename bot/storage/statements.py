"""SQL that SQLAlchemy writes once for each database and that then runs as text."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, cast

from sqlalchemy import Table, bindparam, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect as Compiler
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter

Dialect = Literal["sqlite", "postgresql"]
Insert = Callable[[Table], sqlite.Insert]


class Form(NamedTuple):
    """A statement as one database reads it: text with named parameters, and those that never change."""

    text: str
    constants: Mapping[str, object]


class Statement(dict[Dialect, Form]):
    """One statement, written for each database when it is first used there."""

    def __init__(self, clause: ClauseElement | Callable[[Insert], ClauseElement]) -> None:
        """Take a clause both databases share or, for ON CONFLICT, a function from the database's own `insert`."""
        super().__init__()
        self._clause = clause

    def __missing__(self, dialect: Dialect) -> Form:
        compiler, insert = _sqlite() if dialect == "sqlite" else _postgresql()
        clause = self._clause if isinstance(self._clause, ClauseElement) else self._clause(insert)
        compiled = cast(SQLCompiler, clause.compile(dialect=compiler))
        constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        form = self[dialect] = Form(str(compiled), constants)
        return form


def values(table: Table, *names: str) -> dict[str, BindParameter[object]]:
    """Return the named columns of `table`, each to be filled by the parameter of its own name."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


def upsert(table: Table, *names: str) -> Statement:
    """Insert a row with the named columns; where its key is there, replace all of them."""
    keys = [column.name for column in table.primary_key]

    def build(insert: Insert) -> ClauseElement:
        row = insert(table).values(values(table, *names))
        return row.on_conflict_do_update(
            index_elements=keys, set_={name: row.excluded[name] for name in names if name not in keys}
        )

    return Statement(build)


def _sqlite() -> tuple[Compiler, Insert]:
    return sqlite.dialect(paramstyle="named"), sqlite.insert


def _postgresql() -> tuple[Compiler, Insert]:
    from sqlalchemy.dialects import postgresql

    dialect = make_url("postgresql+psycopg://").get_dialect()
    return dialect(), cast(Insert, postgresql.insert)  # the two inserts share their methods
