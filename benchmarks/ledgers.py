"""Ledgers of several years for benchmarks: 10,000 people punch twice each workday, on SQLite or
PostgreSQL.

A ledger grows by workdays, so that a benchmark can measure it at several sizes.
"""

import os
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from bot.clock import to_ms
from bot.domain.shifts import CheckType, DayPlan, Section, Shift, day_plan
from bot.storage import migrate
from bot.storage.days import PLAN
from tests.storage.postgres_server import PostgresServer

ZONE = ZoneInfo("Asia/Shanghai")
LAST = date(2026, 11, 24)
PEOPLE = 10_000
PLANNED_DAYS = 62
GRACE_MS = 300_000
SHIFT = Shift("day", (Section(clock(9), clock(18)),), grace_minutes=5)
_DAY = timedelta(days=1)
_NEVER_MS = 86_400_000
# One check of a workday. People punch around it in random order.
_CAME = """
CREATE TEMPORARY TABLE came AS
SELECT user_id, {begins} + {some} AS at_ms FROM numbered ORDER BY random()"""
_PUNCHES = """
INSERT INTO punches
SELECT at_ms || '-' || user_id, user_id, '{day}', '{check_type}', '{key}', at_ms, at_ms + 250,
    CASE WHEN at_ms - {due_ms} > {grace_ms} THEN 'Late' ELSE 'Normal' END,
    CASE WHEN at_ms - {due_ms} > {grace_ms} THEN (at_ms - {due_ms}) / 60000 ELSE 0 END,
    'Normal', 'HQ', 42.5, '{digest}', 'chat', 'msg' || at_ms || '/' || user_id, '', NULL
FROM came"""
_DELIVERIES = """
INSERT INTO outbox (kind, about, recipient, which, payload, state, reason, moment_ms, tries, in_flight)
SELECT 'punch', at_ms || '-' || user_id, 'signed', '', '0', 'sent', '', at_ms, 1, 0 FROM came"""
_PLANS = "INSERT INTO plans SELECT user_id, '{day}', '{body}', 0, 0 FROM numbered ORDER BY number"
_READINGS = (
    "INSERT INTO day_readings SELECT user_id, '{day}', {until_ms} FROM numbered ORDER BY number"
)
# Settings of a server with 4 GB. The others speed up filling: nothing must survive a crash.
_SERVER = {
    "shared_buffers": "1GB",
    "effective_cache_size": "2GB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
}
_INDEXES = {
    "punches_of_person": "CREATE INDEX punches_of_person ON punches (user_id, work_date)",
    "punches_of_day": "CREATE INDEX punches_of_day ON punches (work_date, user_id, punched_ms)",
}


def user_id(number: int) -> str:
    """Return the user id of person `number`."""
    return f"user{number:05}"


@cache
def plan_of(day: date) -> DayPlan:
    """Return everybody's plan on `day`."""
    return day_plan(SHIFT, day, ZONE) if day.weekday() < 5 else DayPlan(day)


def workdays(punches: int) -> list[date]:
    """Return the workdays up to `LAST` that hold about this many punches, oldest first."""
    wanted = round((punches + PEOPLE) / PEOPLE / 2)
    days = (LAST - _DAY * back for back in range(wanted * 2 + 7))
    return [day for day in days if day.weekday() < 5][:wanted][::-1]


class Ledger(ABC):
    """A database filled without the bot. `url` is its `store.url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.punches = 0
        self._planned: set[date] = set()
        migrate(url)

    def grow(self, days: Sequence[date]) -> None:
        """Add workdays. On the last one nobody has left yet.

        Plans and readings exist for the two months before.
        """
        month = [days[-1] + _DAY * offset for offset in range(1 - PLANNED_DAYS, 2)]
        new = [day for day in month if day not in self._planned]
        self._planned.update(new)
        self._fill(
            chain(
                _numbered(), *(self._day(day, leave=day != days[-1]) for day in days), _known(new)
            )
        )
        self.punches += (2 * len(days) - 1) * PEOPLE

    def _day(self, day: date, *, leave: bool) -> Iterator[str]:
        """Yield the statements of one workday."""
        for point in plan_of(day).points if leave else plan_of(day).points[:1]:
            on = point.check_type is CheckType.ON_DUTY
            due_ms = to_ms(point.due_at)
            yield _CAME.format(
                begins=due_ms - 1_800_000, some=self._below(2_700_000 if on else 5_400_000)
            )
            yield _PUNCHES.format(
                day=day,
                check_type=point.check_type,
                key=point.key,
                due_ms=due_ms,
                grace_ms=GRACE_MS if on else _NEVER_MS,
                digest="0" * 64,
            )
            yield _DELIVERIES
            yield "DROP TABLE came"

    @abstractmethod
    def bytes(self) -> int:
        """Return the size on the disk."""

    @abstractmethod
    def forget_cache(self) -> None:
        """Empty the caches, so that the next reads come from the disk.

        No program may have the database open.
        """

    @abstractmethod
    def _below(self, most: int) -> str:
        """Return the SQL of a random whole number from 0 to `most`."""

    @abstractmethod
    def _fill(self, statements: Iterable[str]) -> None:
        """Run `statements` and create the ledger's indexes at the end."""


class SqliteLedger(Ledger):
    """A ledger in a file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock-in.db"
        super().__init__(f"sqlite:///{self._path}")

    def bytes(self) -> int:
        """Return the size on the disk."""
        return sum(path.stat().st_size for path in self._path.parent.glob("clock-in.db*"))

    def forget_cache(self) -> None:
        """Empty the caches, so that the next reads come from the disk.

        No program may have the database open.
        """
        _forget(self._path.parent)

    def _below(self, most: int) -> str:
        return f"abs(random()) % {most}"

    def _fill(self, statements: Iterable[str]) -> None:
        pragmas = (
            "journal_mode=OFF",
            "synchronous=OFF",
            "cache_size=-1000000",
            "temp_store=MEMORY",
        )
        with closing(sqlite3.connect(self._path)) as db:
            for statement in chain(
                (f"PRAGMA {pragma}" for pragma in pragmas), _indexed(statements), ["ANALYZE"]
            ):
                db.execute(statement)
            db.commit()
            db.execute("PRAGMA journal_mode=WAL")


class PostgresqlLedger(Ledger):
    """A ledger on a new PostgreSQL server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        super().__init__(server.url(server.new_database()))

    def bytes(self) -> int:
        """Return the size on the disk."""
        with psycopg.connect(self.url) as db:
            row = db.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0

    def forget_cache(self) -> None:
        """Empty the caches, so that the next reads come from the disk.

        No program may have the database open.
        """
        self._run(["CHECKPOINT"])
        self._server.restart()
        _forget(self._server.directory)

    def _below(self, most: int) -> str:
        return f"CAST(floor(random() * {most}) AS BIGINT)"

    def _fill(self, statements: Iterable[str]) -> None:
        self._run([*_indexed(statements), "VACUUM ANALYZE"])

    def _run(self, statements: Iterable[str]) -> None:
        with psycopg.connect(self.url, autocommit=True) as db:
            for statement in statements:
                db.execute(statement.encode())


@contextmanager
def an_empty_ledger(kind: str) -> Iterator[Ledger]:
    """Give an empty ledger on `sqlite` or `postgresql`, and remove it at the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
            yield SqliteLedger(Path(folder))
        return
    server = PostgresServer(_SERVER)
    try:
        server.start()
        yield PostgresqlLedger(server)
    finally:
        server.stop()


def _indexed(statements: Iterable[str]) -> Iterator[str]:
    """Yield `statements` between the removal and the creation of the ledger's indexes."""
    yield from (f"DROP INDEX {name}" for name in _INDEXES)
    yield from statements
    yield from _INDEXES.values()


def _numbered() -> Iterator[str]:
    yield "CREATE TEMPORARY TABLE numbered (number INTEGER, user_id TEXT)"
    people = ", ".join(f"({number}, '{user_id(number)}')" for number in range(PEOPLE))
    yield f"INSERT INTO numbered VALUES {people}"


def _known(days: Iterable[date]) -> Iterator[str]:
    """Yield the statements that store plans and readings of `days`, as read two days later."""
    for day in days:
        until = datetime.combine(day + 2 * _DAY, clock(), UTC)
        yield _PLANS.format(day=day, body=PLAN.write(plan_of(day)))
        yield _READINGS.format(day=day, until_ms=to_ms(until))


def _forget(folder: Path) -> None:
    """Drop these files from the system's cache, after writing them to the disk."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
