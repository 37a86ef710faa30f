"""PostgreSQL whose settings would loosen what the bot promises: it sets its own, or says what is wrong."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import func, select

from bot.errors import OperatorError
from bot.storage import check_database, migrate
from bot.storage.engine import Connection
from bot.storage.migrations import BASELINE
from bot.storage.statements import Statement
from bot.storage.tables import moments
from bot.storage.urls import engine_of
from tests.builders import TUESDAY
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, punched
from tests.waiting import until

LOOSE = {"synchronous_commit": "off", "default_transaction_isolation": "repeatable read"}
ASKED = "-c synchronous_commit=off -c default_transaction_isolation=serializable -c statement_timeout=7s"
DONE = Statement(select(moments.c.at_ms))
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"


@pytest.fixture
def loose(database: str) -> str:
    """An empty database that gives each session loose settings."""
    with psycopg.connect(database, autocommit=True) as connection:
        for setting, value in LOOSE.items():
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname} SET {setting} = '{value}'".encode(), prepare=False
            )
    return database


def setting(connection: Connection, name: str) -> object:
    """Return what holds in a session."""
    row = connection.tx.one(Statement(select(func.current_setting(name))))
    assert row is not None
    return row[0]


@pytest.mark.parametrize("asked", ["", f"?options={quote(ASKED)}"], ids=["by the database", "by store.url"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_commit_is_on_the_disk_and_sees_what_was_committed_before_whatever_the_settings(
    loose: str, asked: str, read_only: bool
) -> None:
    with closing(engine_of(loose + asked).connect(read_only=read_only)) as connection:
        assert setting(connection, "synchronous_commit") == "on"
        assert setting(connection, "transaction_isolation") == "read committed"
        assert setting(connection, "default_transaction_read_only") == ("on" if read_only else "off")


def test_options_in_the_address_change_the_timeouts_they_name_and_no_other(database: str) -> None:
    with closing(engine_of(f"{database}?options={quote(ASKED)}").connect(read_only=False)) as connection:
        assert setting(connection, "statement_timeout") == "7s"
        assert setting(connection, "lock_timeout") == "20s"
        assert setting(connection, "idle_in_transaction_session_timeout") == "10s"


async def test_who_waited_for_a_person_sees_what_was_done_meanwhile(loose: str) -> None:
    migrate(loose)
    engine = engine_of(loose)
    with closing(engine.connect(read_only=False)) as first, closing(engine.connect(read_only=False)) as second:
        first.begin(["u1"], together=False)
        waits = asyncio.create_task(asyncio.to_thread(second.begin, ["u1"], together=False))
        with psycopg.connect(loose, autocommit=True) as beside:
            await until(lambda: beside.execute(WAITING).fetchone() == (1,), what="waiting for the person")
        first.command("INSERT INTO moments VALUES ('done', 1)")
        first.command("COMMIT")
        await waits
        assert second.tx.one(DONE) == (1,)


async def test_several_that_start_at_once_all_come_up(loose: str) -> None:
    applied = await asyncio.gather(*(asyncio.to_thread(migrate, loose) for _ in range(4)))
    assert [name for names in applied for name in names] == [BASELINE]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_CN"])
def test_a_database_that_cannot_hold_every_name_is_refused(server: PostgresServer, encoding: str) -> None:
    name = f"in_{encoding.lower()}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'".encode())
    for use in (migrate, check_database):
        with pytest.raises(OperatorError, match=f"has the encoding {encoding}.* create it with ENCODING 'UTF8'"):
            use(server.url(name))
    server.drop(name)


async def test_names_are_kept_whatever_the_encoding_of_sessions(postgresql_stage: PostgresqlStage) -> None:
    with psycopg.connect(postgresql_stage.url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET client_encoding = 'LATIN1'".encode())
    store = await postgresql_stage.open()
    await punched(store, "m1", "张三 😀")
    assert [one.user_id for one in await store.ledger.punches("张三 😀", TUESDAY, TUESDAY)] == ["张三 😀"]


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server that keeps what it confirmed, as the tests' own does not."""
    server = PostgresServer({"fsync": "on"})
    server.start()
    yield server
    server.stop()


def test_a_server_that_may_forget_is_named_by_check_and_at_the_start(
    database: str, durable: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(database)
    assert "its server runs with fsync off" in caplog.text
    with pytest.raises(OperatorError, match=r"fsync off.* lose acknowledged punches"):
        check_database(database)
    caplog.clear()
    kept = durable.url(durable.new_database())
    migrate(kept)
    assert check_database(kept).endswith("is sound")
    assert "runs with" not in caplog.text


def test_of_several_hosts_the_one_that_takes_writes_is_used(
    server: PostgresServer, durable: PostgresServer
) -> None:
    for one in (server, durable):
        with psycopg.connect(one.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE shared")
    with psycopg.connect(durable.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE shared SET default_transaction_read_only = on")
    hosts = f"127.0.0.1:{durable.port},127.0.0.1:{server.port}"
    assert migrate(f"postgresql://postgres@{hosts}/shared") == [BASELINE]
    assert migrate(server.url("shared")) == []
    with pytest.raises(OperatorError, match="session is read-only"):
        migrate(durable.url("shared"))
    server.drop("shared")
