"""PostgreSQL with lost connections, pauses, restarts and loose settings, and processes that vanish."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import Random
from urllib.parse import quote

import psycopg
import pytest

from bot.errors import OperatorError, StoreRefused
from bot.storage import Store, migrate, open_store
from bot.storage.postgresql import PostgresqlConnection, PostgresqlEngine
from bot.storage.urls import check_database, engine_of, reading
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, a_message, a_wish, always, record
from tests.storage.tcp_proxy import cutting_proxy
from tests.waiting import until

OURS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'clock-in-bot'"
    " AND pid <> pg_backend_pid()"
)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = "
    "'advisory'"
)
READ = "SELECT at_ms FROM moments"
QUEUED = b"INSERT INTO moments VALUES ('queued', 1)"
ASKED = (
    "-c synchronous_commit=off -c default_transaction_isolation=serializable -c "
    "statement_timeout=7s"
)
OURS_BY_NAME = {
    "synchronous_commit": "on",
    "transaction_isolation": "read committed",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",
}


async def end_sessions(url: str) -> int:
    """End all sessions of the bot in this database and return their number."""

    def end() -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            return len(
                connection.execute(f"SELECT pg_terminate_backend(pid) {OURS}".encode()).fetchall()
            )

    return await asyncio.to_thread(end)


async def test_ended_sessions_are_opened_again(postgresql_stage: PostgresqlStage) -> None:
    store = await postgresql_stage.open()
    wishes = (store.inbox.accept(a_message(f"m{number}", f"u{number}")) for number in range(100))
    assert set(await asyncio.gather(*wishes)) == {True}
    await asyncio.gather(*(store.people.load_changes(-1) for _ in range(20)))
    assert await end_sessions(postgresql_stage.url) == 5, "four that write and one that reads"
    for number in range(8):
        assert await store.inbox.accept(a_message(f"m{number}", f"u{number}")) is False
        assert await store.inbox.accept(a_message(f"n{number}", f"v{number}")) is True
    assert (await record(store, a_wish("n1", "v1"), always(None))).fresh
    await store.database.beat()


@pytest.mark.parametrize(
    "before", [True, False], ids=["before the server heard of it", "before it could answer"]
)
async def test_a_connection_lost_in_a_commit_is_read_back(
    server: PostgresServer, postgresql_stage: PostgresqlStage, before: bool
) -> None:
    database = postgresql_stage.url.rpartition("/")[2]
    async with cutting_proxy(server.port) as proxy:
        postgresql_stage.url = server.url(database, port=proxy.port)
        store = await postgresql_stage.open()
        proxy.cut_at_commit(before=before)
        with pytest.raises(StoreRefused):
            await store.inbox.accept(a_message("m1"))
        assert proxy.cuts == 1
        assert await store.inbox.holds("m1", person="u1") is (None if before else True)
        expected = bool(before)
        assert await store.inbox.accept(a_message("m1")) is expected
        await store.close()


SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON inbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle();
"""


async def test_a_commit_still_running_is_not_called_missing(
    server: PostgresServer, postgresql_stage: PostgresqlStage
) -> None:
    database = postgresql_stage.url.rpartition("/")[2]
    with psycopg.connect(postgresql_stage.url) as connection:
        connection.execute(SLOW_COMMIT)
    async with cutting_proxy(server.port) as proxy:
        postgresql_stage.url = server.url(database, port=proxy.port)
        store = await postgresql_stage.open()
        proxy.cut_at_commit(before=False, wait=False)
        with pytest.raises(StoreRefused):
            await store.inbox.accept(a_message("m1"))
        assert proxy.cuts == 1
        assert await store.inbox.holds("m1", person="u1") is True
        await store.close()


@contextmanager
def standing_still(url: str) -> Iterator[None]:
    """Suspend the server's processes for this database, like a swapping machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(f"SELECT pid {OURS}".encode()).fetchall()
    for (pid,) in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for (pid,) in found:
            os.kill(pid, signal.SIGCONT)


async def test_a_frozen_server_ends_the_wait_and_is_used_later(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage, engine = postgresql_stage, engine_of(postgresql_stage.url)
    engine.answers_within_s = 1.5
    store = Store(engine, clock=stage.clock, owner="one", random=Random(1))
    stage.adopt(store)
    await store.open()
    await asyncio.gather(*(store.inbox.accept(a_message(f"first{n}", f"u{n}")) for n in range(20)))

    async def repeats() -> bool:
        try:
            return await store.inbox.accept(a_message("m1")) is False
        except StoreRefused:
            return False

    with standing_still(stage.url):
        with pytest.raises(StoreRefused, match="does not answer"):
            await store.inbox.accept(a_message("m1"))
        with pytest.raises(StoreRefused, match="does not answer"):
            await store.inbox.holds("m1", person="u1")
    await until(repeats, what="a server that goes on")


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    url = "postgresql://bot:geheim@127.0.0.1:1/nothing"
    store = open_store(url, clock=PostgresqlStage(url).clock, owner="one")
    with pytest.raises(OperatorError, match="PostgreSQL cannot be used") as refused:
        await store.open()
    assert "geheim" not in str(refused.value)


# --- settings that weaken the bot's guarantees ---


def setting(connection: PostgresqlConnection, name: str) -> object:
    """Return a setting of a session."""
    row = connection.tx.one(f"SELECT current_setting('{name}')")
    assert row is not None
    return row[0]


@pytest.fixture
def loose(database: str) -> str:
    """An empty database with loose settings for each session."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name, value in (
            ("synchronous_commit", "off"),
            ("default_transaction_isolation", "repeatable read"),
        ):
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname} SET {name} = '{value}'".encode()
            )
    return database


@pytest.mark.parametrize(
    "asked", ["", f"?options={quote(ASKED)}"], ids=["by the database", "by store.url"]
)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_session_has_the_bots_settings(loose: str, asked: str, read_only: bool) -> None:
    with closing(PostgresqlEngine(loose + asked).connect(read_only=read_only)) as connection:
        assert {name: setting(connection, name) for name in OURS_BY_NAME} == OURS_BY_NAME
        assert setting(connection, "default_transaction_read_only") == (
            "on" if read_only else "off"
        )


async def test_a_waiting_work_sees_earlier_changes_of_the_person(loose: str) -> None:
    migrate(loose)
    engine = engine_of(loose)
    with (
        closing(engine.connect(read_only=False)) as first,
        closing(engine.connect(read_only=False)) as second,
    ):
        first.begin(["u1"], pipelined=False)
        waits = asyncio.create_task(asyncio.to_thread(second.begin, ["u1"], pipelined=False))
        with psycopg.connect(loose, autocommit=True) as beside:
            await until(
                lambda: beside.execute(WAITING).fetchone() == (1,), what="waiting for the person"
            )
        first.command("INSERT INTO moments VALUES ('done', 1)")
        first.command("COMMIT")
        await waits
        assert second.tx.one(READ) == (1,)


async def test_several_processes_can_start_at_once(loose: str) -> None:
    applied = await asyncio.gather(*(asyncio.to_thread(migrate, loose) for _ in range(4)))
    assert sorted(applied) == [False, False, False, True]


# --- processes of the bot that pause or vanish in a transaction ---


@pytest.mark.parametrize("bounded_since", [170_000, 1_000_000], ids=["17 and later", "before 17"])
@pytest.mark.parametrize("amid", ["locked", "sent", "read", "flushed"])
async def test_a_silent_transaction_is_ended_by_the_server(
    database: str, amid: str, bounded_since: int
) -> None:
    migrate(database)
    engine = PostgresqlEngine(database)
    engine.transaction_timeout_since = bounded_since
    engine.locked_transaction_s = 1
    with closing(engine.connect(read_only=False)) as silent:
        silent.begin(["u1"])
        if amid in ("sent", "flushed"):
            silent.driver.execute(QUEUED)  # nobody has waited for its answer
        if amid == "read":
            silent.tx.one(READ)
        if amid == "flushed":
            silent.flush()  # only COMMIT is missing
        with psycopg.connect(database, autocommit=True) as beside:
            ended = lambda: beside.execute(f"SELECT count(*) {OURS}".encode()).fetchone() == (0,)  # noqa: E731
            await until(ended, what="its end")
        with closing(engine.connect(read_only=False)) as other:
            other.begin(["u1"])
            assert other.tx.one(READ) is None, "what it had not committed is there"


def test_an_export_has_no_time_limit(database: str) -> None:
    migrate(database)
    url = f"{database}?options={quote('-c idle_in_transaction_session_timeout=100ms')}"
    with closing(PostgresqlEngine(url).open_read_only()) as connection:
        assert setting(connection, "idle_in_transaction_session_timeout") == "0"
        assert setting(connection, "statement_timeout") == "0"
    with reading(url) as connection:
        assert list(connection.rows(READ, {})) == []


def test_a_database_that_cannot_hold_chinese_names_is_refused(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = f"{connection.info.dbname}_latin"
        connection.execute(
            f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'".encode()
        )
    with pytest.raises(OperatorError, match="LATIN1"):
        PostgresqlEngine(psycopg.conninfo.make_conninfo(database, dbname=name)).take()


def test_tables_of_another_user_are_named(database: str) -> None:
    migrate(database)
    with psycopg.connect(database, autocommit=True) as connection:
        user = f"{connection.info.dbname}_stranger"
        connection.execute(f"CREATE ROLE {user} LOGIN".encode())
    with pytest.raises(OperatorError, match="must own all tables"):
        check_database(database.replace("postgres@", f"{user}@"))
