"""Reads a bot's database in plain SQL, beside the bot."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

_PUNCHES = (
    "SELECT punch_id, user_id, check_type, punched_ms, message_id FROM punches ORDER BY punch_id"
)
_UNSAID = "SELECT message_id FROM inbox WHERE finished_ms IS NULL"
_UNTOLD = "SELECT about, state <> '' FROM outbox WHERE kind = 'receipt' AND due_ms IS NOT NULL"
_OWED = """
SELECT (SELECT count(*) FROM inbox WHERE finished_ms IS NULL),
       (SELECT count(*) FROM outbox WHERE kind = 'punch' AND due_ms IS NOT NULL),
       (SELECT count(*) FROM outbox WHERE kind = 'receipt' AND due_ms IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class PunchRow:
    punch_id: str
    user_id: str
    check_type: str
    punched_ms: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Owing:
    """The answers and receipts that the database still owes: message ids, and punch ids.

    The value in `receipts` says whether a first receipt is stored.
    """

    messages: frozenset[str] = frozenset()
    receipts: Mapping[str, bool] = field(default_factory=dict)


class Books:
    def __init__(self, url: str) -> None:
        self._url = url

    def punches(self) -> list[PunchRow]:
        return [PunchRow(*row) for row in self.rows(_PUNCHES)]

    def people(self) -> int:
        """Return the number of known people, 0 before the schema exists."""
        found = self.rows_if_any("SELECT count(*) FROM people")
        return int(found[0][0]) if found else 0

    def rows_if_any(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query, none before the schema exists."""
        try:
            return self.rows(sql)
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return ()

    def owing(self) -> Owing:
        """Return what is still owed, nothing before the schema exists."""
        try:
            unsaid, untold = self.rows(_UNSAID), self.rows(_UNTOLD)
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return Owing()
        return Owing(frozenset(row[0] for row in unsaid), {row[0]: bool(row[1]) for row in untold})

    def bury(self) -> None:
        """End the claims of every process on PostgreSQL, which uses the server's clock."""
        if self._url.startswith("postgresql"):
            with psycopg.connect(self._url) as connection, suppress(psycopg.errors.UndefinedTable):
                connection.execute("UPDATE replicas SET alive_until_ms = 0")

    def owed(self) -> int:
        """Return the number of open messages, deliveries and receipts."""
        return sum(self.rows(_OWED)[0])

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        if self._url.startswith("postgresql"):
            with psycopg.connect(self._url) as connection:
                return connection.execute(sql.encode()).fetchall()
        path = self._url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            return file.execute(sql).fetchall()
