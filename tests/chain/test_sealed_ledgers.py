"""Sealing and tampering with a ledger in both databases."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import psycopg
import pytest

from bot.domain.chain import Audit, Link
from bot.errors import OperatorError
from bot.storage import Store
from bot.storage.audit import audit, audit_ledger
from bot.storage.engine import Params, Row
from bot.storage.sqlite import SqliteConnection
from tests.chain.tampering import punch_id, sealed_ledger, tamper
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage


async def test_each_punch_is_sealed_once_in_the_order_of_recording(
    store: Store, stage: Stage
) -> None:
    assert audit_ledger(stage.url).head == Link(0, "0" * 64)
    for number in range(5):
        await punch_id(store, stage, number)
    assert [len(await store.chain.seal(2)) for _ in range(4)] == [2, 2, 1, 0]
    await punch_id(store, stage, 5)
    found = audit_ledger(stage.url)
    assert (found.sealed, found.unsealed, found.broken, found.head.seq) == (5, 1, None, 5)


FORGED = """INSERT INTO punches SELECT 'forged', user_id, work_date, 'OffDuty', check_point, punched_ms,
    received_ms, time_result, late_minutes, location_result, site, distance_m, location_digest, source, 'forged',
    note, corrects FROM punches WHERE punch_id = '{0}'"""
# SQL that changes five sealed punches, then the fault, its link and its punch.
TAMPERED: dict[str, tuple[Sequence[str], str, int, int | str | None]] = {
    "a removed row": (
        ["DELETE FROM punches WHERE punch_id = '{3}'"],
        "the punch was removed",
        4,
        3,
    ),
    "a removed head": (
        ["DELETE FROM chain_heads"],
        "the chain's head was removed",
        0,
        None,
    ),
    "a row around the bot": ([FORGED], "the punch was not recorded by the bot", 0, "forged"),
    "a row removed before it was sealed": (
        [
            "INSERT INTO ledger_unsealed SELECT punch_id FROM ledger_chain WHERE seq = 5",
            "DELETE FROM ledger_chain WHERE seq = 5",
            """UPDATE chain_heads SET seq = 4,
              hash = (SELECT hash FROM ledger_chain WHERE seq = 4) WHERE chain = 'ledger'""",
            "DELETE FROM punches WHERE punch_id = '{4}'",
        ],
        "there are not as many punches",
        0,
        None,
    ),
    "a position for a punch without one": (
        ["INSERT INTO punch_locations VALUES ('{1}', 's', 1.0, 2.0, NULL, 'gcj02', 'typed')"],
        "the punch's position was altered",
        2,
        1,
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_the_first_tampered_place_is_named(stage: Stage, what: str) -> None:
    statements, fault, link, punch = TAMPERED[what]
    store, ids = await sealed_ledger(stage)
    tamper(stage, *(statement.format(*ids) for statement in statements))
    named = ids[punch] if isinstance(punch, int) else punch
    broken = audit_ledger(stage.url).broken
    assert broken is not None
    assert (broken.fault[: len(fault)], broken.seq, broken.punch_id) == (fault, link, named)
    if what == "a removed head":
        with pytest.raises(OperatorError, match="run `audit`"):
            await store.chain.seal(256)
    else:
        assert await store.chain.seal(256) == []


async def test_two_sealers_at_once_make_one_chain(store: Store, stage: Stage) -> None:
    stores = [store, *([await stage.open("two")] if stage.shared else [])]
    for number in range(20):
        await punch_id(store, stage, number)
    made = await asyncio.gather(*(sealer.chain.seal(3) for sealer in stores for _ in range(8)))
    assert sorted(link.seq for links in made for link in links) == list(range(1, 21))
    assert audit_ledger(stage.url).broken is None


async def test_a_punch_committed_late_is_not_missed(postgresql_stage: PostgresqlStage) -> None:
    store, ids = await sealed_ledger(postgresql_stage, 2)
    early = "0" + ids[0][1:-1] + "f"
    with psycopg.connect(postgresql_stage.url) as late:
        late.execute(
            "INSERT INTO punches SELECT %s, user_id, work_date, 'OffDuty', check_point, "
            "punched_ms, received_ms,"
            " time_result, late_minutes, location_result, site, distance_m, "
            "location_digest, source, 'late', note,"
            " corrects FROM punches WHERE punch_id = %s",
            (early, ids[0]),
        )
        late.execute("INSERT INTO ledger_unsealed VALUES (%s)", (early,))
        await punch_id(store, postgresql_stage, 5)
        assert [link.seq for link in await store.chain.seal(256)] == [3]
        late.commit()
    assert [link.seq for link in await store.chain.seal(256)] == [4]
    found = audit_ledger(postgresql_stage.url)
    assert (found.sealed, found.unsealed, found.broken) == (4, 0, None)


class SealedMeanwhile(SqliteConnection):
    """A connection to a ledger that grows during each read."""

    grow: Callable[[], object]

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        found = list(super().rows(statement, params))
        self.grow()
        yield from found


async def test_a_ledger_sealed_during_its_audit_holds(sqlite_stage: SqliteStage) -> None:
    store, _ = await sealed_ledger(sqlite_stage)
    await punch_id(store, sqlite_stage, 7)
    loop = asyncio.get_running_loop()

    def audited() -> Audit:
        connection = SealedMeanwhile(sqlite_stage.file, read_only=True)
        connection.grow = lambda: asyncio.run_coroutine_threadsafe(
            store.chain.seal(256), loop
        ).result(10)
        with closing(connection):
            return audit(connection, None, None, lambda entries, _: entries)

    found = await asyncio.to_thread(audited)
    assert (found.broken, found.head.seq) == (None, 5)
    assert audit_ledger(sqlite_stage.url).head.seq == 6
