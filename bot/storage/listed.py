"""Many rows in one parameter: JSON that the database itself takes apart, so that no row costs a round trip."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Select, Text, bindparam, select, true
from sqlalchemy import cast as as_type
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.storage.texts import pack


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
    return rows.limit(bindparam(_count(parameter)))  # PostgreSQL would guess how many there are


def listing(parameter: str, rows: Iterable[Sequence[object]]) -> dict[str, object]:
    """Return `rows` as what `listed` reads from `parameter`; texts in them are `storable`."""
    taken = list(rows)
    return {parameter: pack(taken), _count(parameter): len(taken)}


def _count(parameter: str) -> str:
    return f"{parameter}_count"
