"""A process that stands still or vanishes in a transaction: the server ends it, and others get on soon."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import func, select

from bot.storage import migrate, postgresql
from bot.storage.inbox import InboxResult
from bot.storage.postgresql import PostgresqlConnection, PostgresqlEngine, Silence
from bot.storage.statements import Statement
from bot.storage.tables import moments
from bot.storage.urls import engine_of, walk
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, a_message
from tests.storage.tcp_proxy import cutting_proxy
from tests.waiting import until

READ = Statement(select(moments.c.at_ms))
QUEUED = b"INSERT INTO moments VALUES ('queued', 1)"
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'clock-in-bot'"
)
WAITED = f"{SESSIONS} AND wait_event = 'advisory' AND xact_start < clock_timestamp() - interval '600 ms'"
PAUSED = f"{SESSIONS} AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '300 ms'"
SOON = f"?options={quote('-c idle_in_transaction_session_timeout=1s')}"
AMID = """
import signal, sys
from bot.storage.postgresql import PostgresqlEngine, Silence

connection = PostgresqlEngine(sys.argv[1], silence=Silence(lasts="1s")).connect(read_only=False)
connection.begin(["u1"], together=True)
connection._connection.execute("INSERT INTO moments VALUES ('amid', 1)")
print("amid", flush=True)
signal.pause()
"""


def nothing(connection: PostgresqlConnection) -> None:
    """The locks are there, and no statement has left."""


def sent(connection: PostgresqlConnection) -> None:
    """A statement has left whose answer nobody waited for."""
    connection._connection.execute(QUEUED)


def read(connection: PostgresqlConnection) -> None:
    """A statement was answered."""
    connection.tx.one(READ)


def flushed(connection: PostgresqlConnection) -> None:
    """Only COMMIT is missing."""
    sent(connection)
    connection.flush()


@pytest.fixture(params=["17 and later", "before 17"])
def engine(request: pytest.FixtureRequest, database: str) -> PostgresqlEngine:
    """A database whose server ends silent transactions after a second, by what it has for that."""
    migrate(database)
    if request.param == "before 17":
        return PostgresqlEngine(database + SOON, silence=Silence(bounded_since=1_000_000))
    return PostgresqlEngine(database, silence=Silence(lasts="1s", lasts_alone="1s"))


@pytest.mark.parametrize("people", [["u1", "u2"], []], ids=["with people", "without"])
@pytest.mark.parametrize("amid", [nothing, sent, read, flushed])
async def test_a_silent_transaction_is_ended_wherever_it_stands(
    engine: PostgresqlEngine, database: str, amid: Callable[[PostgresqlConnection], None], people: list[str]
) -> None:
    with closing(engine.connect(read_only=False)) as silent:
        silent.begin(people, together=True)
        amid(silent)
        with psycopg.connect(database, autocommit=True) as beside:
            await until(lambda: beside.execute(SESSIONS).fetchone() == (0,), within_s=20, what="its end")
        with closing(engine.connect(read_only=False)) as other:
            other.begin(["u1"], together=True)
            assert other.tx.one(READ) is None, "what it had not committed is there"


async def test_an_export_waits_for_its_reader_as_long_as_that_takes(database: str) -> None:
    migrate(database)
    with psycopg.connect(database, autocommit=True) as beside:
        beside.execute("INSERT INTO moments SELECT number::text, 1 FROM generate_series(1, 3000) number")
        for name in ("idle_in_transaction_session_timeout", "transaction_timeout"):
            with suppress(psycopg.errors.UndefinedObject):  # the second came with PostgreSQL 17
                beside.execute(f"ALTER DATABASE {beside.info.dbname} SET {name} = '100ms'".encode())
        rows = walk(f"{database}?options={quote('-c idle_in_transaction_session_timeout=100ms')}", READ, {})
        next(rows)
        await until(
            lambda: beside.execute(PAUSED).fetchone() == (1,), within_s=20, what="a pause longer than that"
        )
        assert len(list(rows)) == 2999


async def test_the_wait_for_a_person_does_not_count(database: str) -> None:
    engine = PostgresqlEngine(database, silence=Silence(lasts="300ms"))
    with (
        closing(engine.connect(read_only=False)) as other,
        psycopg.connect(database) as holder,
        psycopg.connect(database, autocommit=True) as beside,
    ):
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [postgresql._lock_key("u1")])
        begun = asyncio.create_task(asyncio.to_thread(other.begin, ["u1"], together=True))
        await until(lambda: beside.execute(WAITED).fetchone() == (1,), what="a wait longer than that")
        holder.rollback()
        await begun


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")),
        ("tcp_user_timeout", "15000"),
    ],
)
def test_the_server_looks_whether_our_machine_is_there(database: str, name: str, value: str) -> None:
    with closing(engine_of(database).connect(read_only=False)) as connection:
        assert connection.tx.one(Statement(select(func.current_setting(name)))) == (value,)


@contextmanager
def amid_a_transaction(url: str) -> "Iterator[subprocess.Popen[str]]":
    """Start a process that has locked `u1` and written a row, and gets no further."""
    with subprocess.Popen([sys.executable, "-c", AMID, url], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "amid\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", ["frozen", "vanished"])
async def test_what_a_silent_process_held_is_taken_by_others_within_seconds(
    server: PostgresServer, postgresql_stage: PostgresqlStage, how: str
) -> None:
    store = await postgresql_stage.open()
    database = postgresql_stage.url.rpartition("/")[2]
    async with cutting_proxy(server.port) as proxy:
        starting = amid_a_transaction(server.url(database, port=proxy.port))
        process = await asyncio.to_thread(starting.__enter__)
        try:
            if how == "vanished":
                proxy.fall_silent()  # neither FIN nor RST reaches the server
            os.kill(process.pid, signal.SIGKILL if how == "vanished" else signal.SIGSTOP)
            async with asyncio.timeout(8):
                assert await store.inbox.accept(a_message("m1", "u1")) is InboxResult.NEW
        finally:
            starting.__exit__(None, None, None)
            proxy.speak_again()
