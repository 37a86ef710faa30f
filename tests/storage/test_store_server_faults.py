"""PostgreSQL that cuts lines, ends sessions and restarts: nothing committed is lost, nothing is done twice."""

import asyncio

import psycopg
import pytest

from bot.errors import OperatorError, StoreRefused
from bot.services.ports import InboxResult
from bot.storage import open_store
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, a_message, a_wish, always, record
from tests.storage.tcp_proxy import cutting_proxy


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
    postgres: PostgresServer, postgresql_stage: PostgresqlStage, before: bool
) -> None:
    database = postgresql_stage.url.rpartition("/")[2]
    async with cutting_proxy(postgres.port) as proxy:
        postgresql_stage.url = postgres.url(database, port=proxy.port)
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
    postgres: PostgresServer, postgresql_stage: PostgresqlStage
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
    await asyncio.to_thread(postgres.restart)
    await asyncio.gather(*senders)
    assert len(taken) == 240
    for message_id in taken:
        assert await store.inbox.holds(message_id)


async def test_a_server_that_cannot_be_reached_is_explained_without_the_password(
    postgres: PostgresServer,
) -> None:
    url = "postgresql://bot:geheim@127.0.0.1:1/nothing"
    store = open_store(url, clock=PostgresqlStage(url).clock, owner="one")
    with pytest.raises(OperatorError, match="PostgreSQL cannot be used") as refused:
        await store.open()
    assert "geheim" not in str(refused.value)
    assert "geheim" not in repr(store.__dict__)
