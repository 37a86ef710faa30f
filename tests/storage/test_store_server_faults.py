"""PostgreSQL that cuts lines, ends sessions and restarts: nothing committed is lost, nothing is done twice."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import psycopg
import pytest
from psycopg import errors

from bot.errors import OperatorError, StoreRefused
from bot.storage import Store, open_store
from bot.storage.engine import Failure
from bot.storage.inbox import InboxResult
from bot.storage.urls import engine_of
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, a_message, a_wish, always, record
from tests.storage.tcp_proxy import cutting_proxy
from tests.waiting import until


async def end_sessions(url: str) -> int:
    """End every session of the bot in this database; return how many there were."""

    def end() -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'clock-in-bot'"
            ).fetchall()
            return len(found)

    return await asyncio.to_thread(end)


async def test_ended_sessions_are_opened_again_and_nobody_notices(postgresql_stage: PostgresqlStage) -> None:
    store = await postgresql_stage.open()
    for number in range(8):
        await store.inbox.accept(a_message(f"m{number}", f"u{number}"))
    await store.ping()
    assert await end_sessions(postgresql_stage.url) >= 5
    for number in range(8):
        assert await store.inbox.accept(a_message(f"m{number}", f"u{number}")) is InboxResult.REPEAT
        assert await store.inbox.accept(a_message(f"n{number}", f"v{number}")) is InboxResult.NEW
    assert (await record(store, a_wish("n1", "v1"), always(None))).fresh
    await store.ping()


@pytest.mark.parametrize("before", [True, False], ids=["before the server heard of it", "before it could answer"])
async def test_a_line_cut_in_a_commit_leaves_it_unknown_until_it_is_read_back(
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
        assert await store.inbox.holds("m1") is (None if before else InboxResult.NEW)
        expected = InboxResult.NEW if before else InboxResult.REPEAT
        assert await store.inbox.accept(a_message("m1")) is expected
        await store.close()


async def test_a_restart_of_the_server_loses_nothing_that_was_taken(
    server: PostgresServer, postgresql_stage: PostgresqlStage
) -> None:
    store = await postgresql_stage.open()
    taken: set[str] = set()

    async def send(lane: int) -> None:
        for number in range(40):
            message = a_message(f"m{lane}-{number}", f"u{lane}")
            while message.message_id not in taken:
                try:
                    await store.inbox.accept(message)
                except StoreRefused:
                    continue  # unknown: the next try tells a repeat from a new one
                taken.add(message.message_id)

    senders = [asyncio.create_task(send(lane)) for lane in range(6)]
    await store.ping()
    await asyncio.to_thread(server.restart)
    await asyncio.gather(*senders)
    assert len(taken) == 240
    for message_id in taken:
        assert await store.inbox.holds(message_id)


async def test_however_much_is_wanted_at_once_the_sessions_stay_a_few(postgresql_stage: PostgresqlStage) -> None:
    store = await postgresql_stage.open()
    wishes = (store.inbox.accept(a_message(f"m{number}", f"u{number}")) for number in range(100))
    assert set(await asyncio.gather(*wishes)) == {InboxResult.NEW}
    await asyncio.gather(*(store.people.all() for _ in range(20)))
    assert await end_sessions(postgresql_stage.url) == 5, "four that write and one that reads"


async def test_a_server_that_cannot_be_reached_is_explained_without_the_password(
    server: PostgresServer,
) -> None:
    url = "postgresql://bot:geheim@127.0.0.1:1/nothing"
    store = open_store(url, clock=PostgresqlStage(url).clock, owner="one")
    with pytest.raises(OperatorError, match="PostgreSQL cannot be used") as refused:
        await store.open()
    assert "geheim" not in str(refused.value)
    assert "geheim" not in repr(store.__dict__)


SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON inbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle();
"""


async def test_while_the_server_still_commits_what_it_was_sent_nobody_is_told_that_it_is_not_there(
    server: PostgresServer, postgresql_stage: PostgresqlStage
) -> None:
    database = postgresql_stage.url.rpartition("/")[2]
    await (await postgresql_stage.open("schema")).close()
    with psycopg.connect(postgresql_stage.url) as connection:
        connection.execute(SLOW_COMMIT)
    async with cutting_proxy(server.port) as proxy:
        postgresql_stage.url = server.url(database, port=proxy.port)
        store = await postgresql_stage.open()
        proxy.cut_at_commit(before=False, wait=False)
        with pytest.raises(StoreRefused):
            await store.inbox.accept(a_message("m1"))
        assert proxy.cuts == 1
        assert await store.inbox.holds("m1", person="u1") is InboxResult.NEW
        await store.close()


@contextmanager
def standing_still(url: str) -> Iterator[None]:
    """Stop the server's processes that serve the bot in this database, as a machine that swaps does."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    for (pid,) in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for (pid,) in found:
            os.kill(pid, signal.SIGCONT)


async def test_a_server_that_stands_still_is_not_waited_for_and_is_used_again_when_it_goes_on(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    store = Store(engine_of(stage.url), clock=stage.clock, owner="one", random=Random(1), patience_s=1.5)
    stage.adopt(store)
    await store.open()
    people = [f"u{number}" for number in range(20)]
    await asyncio.gather(*(store.inbox.accept(a_message(f"first-{who}", who)) for who in people))
    async with asyncio.timeout(60):
        with standing_still(stage.url):
            for _ in range(2):
                with pytest.raises(StoreRefused, match="does not answer"):
                    await store.inbox.accept(a_message("m1"))
                with pytest.raises(StoreRefused, match="does not answer"):
                    await store.inbox.holds("m1", person="u1")
            assert store.trouble == "the database does not answer"
        await until(lambda: repeats(store, "m1"), what="a server that goes on")


async def repeats(store: Store, message_id: str) -> bool:
    """Tell whether the database knows a message of `u1` again; it does not while it refuses."""
    try:
        return await store.inbox.accept(a_message(message_id)) is InboxResult.REPEAT
    except StoreRefused:
        return False


AGAIN = [
    *(errors.SerializationFailure, errors.DeadlockDetected, errors.TooManyConnections, errors.CannotConnectNow),
    *(errors.LockNotAvailable, errors.QueryCanceled, errors.AdminShutdown, errors.CrashShutdown),
    *(errors.ConnectionFailure, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout),
    psycopg.OperationalError,
]
IN_DOUBT = [
    *(errors.QueryCanceled, errors.AdminShutdown, errors.CrashShutdown, errors.StatementCompletionUnknown),
    *(errors.ConnectionFailure, psycopg.OperationalError, errors.DiskFull, errors.TransactionTimeout),
]
REFUSED_AS_A_WHOLE = [errors.SerializationFailure, errors.DeadlockDetected, errors.TooManyConnections]


@pytest.mark.parametrize("error", AGAIN)
def test_what_surely_committed_nothing_and_may_pass_is_tried_again(error: type[psycopg.Error]) -> None:
    assert engine_of("postgresql://u@h/d").verdict(error("no"), committing=False) is Failure.AGAIN


@pytest.mark.parametrize("error", IN_DOUBT)
def test_what_may_have_happened_all_the_same_is_not_committed_again(error: type[psycopg.Error]) -> None:
    assert engine_of("postgresql://u@h/d").verdict(error("no"), committing=True) is Failure.REFUSED


@pytest.mark.parametrize("error", REFUSED_AS_A_WHOLE)
def test_a_commit_that_the_server_took_back_is_tried_again(error: type[psycopg.Error]) -> None:
    assert engine_of("postgresql://u@h/d").verdict(error("no"), committing=True) is Failure.AGAIN
