"""A sealed ledger in both databases, and what is done to it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from bot.domain.chain import Audit, Break, Fault, Link
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.errors import OperatorError
from bot.storage.chain import audit, audit_ledger
from bot.storage.engine import Params, Row
from bot.storage.sqlite import SqliteConnection
from bot.storage.statements import Statement
from tests.chain.tampering import punch_id, sealed_ledger, tamper
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage, a_wish, always, record

AT_HQ = Whereabouts(
    LocationResult.NORMAL, "HQ", 12.25, Fix(39.908823, 116.39747, 20.0, "gcj02", LocationSource.TYPED)
)


async def test_every_recorded_punch_is_sealed_once_and_the_ledger_holds(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage, 7)
    assert await store.chain.seal(256) == []
    found = audit_ledger(stage.url)
    assert (found.sealed, found.unsealed, found.broken, found.head.seq) == (7, 0, None, 7)


async def test_links_are_made_in_the_order_of_recording_whatever_the_batches(stage: Stage) -> None:
    store = await stage.open()
    for number in range(5):
        await punch_id(store, stage, number)
    sizes = [len(await store.chain.seal(2)) for _ in range(4)]
    assert sizes == [2, 2, 1, 0]
    assert audit_ledger(stage.url).broken is None


async def test_what_is_not_sealed_yet_is_counted_and_breaks_nothing(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage, 3)
    await punch_id(store, stage, 4)
    found = audit_ledger(stage.url)
    assert (found.sealed, found.unsealed, found.broken) == (3, 1, None)


async def test_states_of_deliveries_and_removed_positions_leave_the_chain_whole(stage: Stage) -> None:
    store = await stage.open()
    await record(store, a_wish("m1", where=AT_HQ), always(None))
    await store.chain.seal(256)
    tamper(stage, "UPDATE outbox SET state = 'confirmed' WHERE kind = 'punch'", "DELETE FROM punch_locations")
    assert audit_ledger(stage.url).broken is None


@pytest.mark.parametrize(
    "change", ["latitude = 40.0", "accuracy_m = NULL", "datum = 'wgs84'", "source = 'dingtalk'", "salt = 'x'"]
)
async def test_an_altered_position_is_found(stage: Stage, change: str) -> None:
    store = await stage.open()
    recorded = await record(store, a_wish("m1", where=AT_HQ), always(None))
    assert recorded.punch is not None
    await store.chain.seal(256)
    assert audit_ledger(stage.url).broken is None
    tamper(stage, f"UPDATE punch_locations SET {change}")
    assert audit_ledger(stage.url).broken == Break(Fault.POSITION_ALTERED, 1, recorded.punch.punch_id)


async def test_a_position_given_to_a_punch_that_had_none_is_found(stage: Stage) -> None:
    _, ids = await sealed_ledger(stage, 2)
    tamper(stage, f"INSERT INTO punch_locations VALUES ('{ids[1]}', 's', 1.0, 2.0, NULL, 'gcj02', 'typed')")
    assert audit_ledger(stage.url).broken == Break(Fault.POSITION_ALTERED, 2, ids[1])


@pytest.mark.parametrize(
    "change",
    [
        "user_id = 'u9'",
        "work_date = '2026-11-25'",
        "check_type = 'OffDuty'",
        "punched_ms = punched_ms - 1",
        "late_minutes = 0",
        "distance_m = 1.0",
        "note = ''",
        "corrects = punch_id",
    ],
)
async def test_an_altered_row_is_named(stage: Stage, change: str) -> None:
    _, ids = await sealed_ledger(stage)
    tamper(stage, f"UPDATE punches SET {change} WHERE punch_id IN ('{ids[2]}', '{ids[4]}')")
    found = audit_ledger(stage.url)
    assert found.broken == Break(Fault.ALTERED, 3, ids[2])
    assert found.head.seq == 2


async def test_a_removed_row_is_named(stage: Stage) -> None:
    _, ids = await sealed_ledger(stage)
    tamper(stage, f"DELETE FROM punches WHERE punch_id = '{ids[3]}'")
    assert audit_ledger(stage.url).broken == Break(Fault.ROW_MISSING, 4, ids[3])


async def test_a_row_removed_with_its_link_is_found(stage: Stage) -> None:
    _, ids = await sealed_ledger(stage)
    tamper(
        stage,
        f"DELETE FROM ledger_chain WHERE punch_id = '{ids[3]}'",
        f"DELETE FROM punches WHERE punch_id = '{ids[3]}'",
    )
    assert audit_ledger(stage.url).broken == Break(Fault.LINK_MISSING, 4)


async def test_a_removed_end_is_found(stage: Stage) -> None:
    _, ids = await sealed_ledger(stage)
    tamper(
        stage,
        "DELETE FROM ledger_chain WHERE seq > 3",
        f"DELETE FROM outbox WHERE about > '{ids[2]}'",
        f"DELETE FROM punches WHERE punch_id > '{ids[2]}'",
    )
    assert audit_ledger(stage.url).broken == Break(Fault.CUT_OFF, 4)


async def test_a_removed_head_is_found_and_nothing_is_sealed_on(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage)
    tamper(stage, "DELETE FROM ledger_head")
    assert audit_ledger(stage.url).broken == Break(Fault.HEAD_ALTERED, 0)
    with pytest.raises(OperatorError, match="run `audit`"):
        await store.chain.seal(256)


async def test_a_row_that_the_bot_did_not_record_is_never_sealed_and_named(stage: Stage) -> None:
    store, ids = await sealed_ledger(stage)
    tamper(
        stage,
        f"INSERT INTO punches SELECT 'forged', user_id, work_date, 'OffDuty', check_point, punched_ms,"
        f" received_ms, time_result, late_minutes, location_result, site, distance_m, location_digest, source,"
        f" 'forged', note, corrects FROM punches WHERE punch_id = '{ids[0]}'",
    )
    assert await store.chain.seal(256) == []
    assert audit_ledger(stage.url).broken == Break(Fault.FORGED, 0, "forged")


async def test_a_row_removed_before_it_was_sealed_is_found(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage)
    removed = await punch_id(store, stage, 9)
    tamper(stage, f"DELETE FROM punches WHERE punch_id = '{removed}'")
    assert audit_ledger(stage.url).broken == Break(Fault.MISCOUNTED, 0)


async def test_two_that_seal_at_once_make_one_chain(stage: Stage) -> None:
    store = await stage.open()
    stores = [store, *([await stage.open("two")] if stage.shared else [])]
    for number in range(20):
        await punch_id(store, stage, number)
    made = await asyncio.gather(*(one.chain.seal(3) for one in stores for _ in range(8)))
    assert sorted(link.seq for links in made for link in links) == list(range(1, 21))
    assert audit_ledger(stage.url).broken is None


async def test_a_punch_committed_late_is_not_missed(postgresql_stage: PostgresqlStage) -> None:
    store, ids = await sealed_ledger(postgresql_stage, 2)
    early = "0" + ids[0][1:-1] + "f"
    with psycopg.connect(postgresql_stage.url) as late:
        late.execute(
            "INSERT INTO punches SELECT %s, user_id, work_date, 'OffDuty', check_point, punched_ms, received_ms,"
            " time_result, late_minutes, location_result, site, distance_m, location_digest, source, 'late', note,"
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


async def test_a_ledger_that_is_not_there_is_said(tmp_path: object) -> None:
    with pytest.raises(OperatorError, match="There is no database"):
        audit_ledger(f"sqlite:///{tmp_path}/none.db")


async def test_an_empty_ledger_holds(stage: Stage) -> None:
    await stage.open()
    found = audit_ledger(stage.url)
    assert (found.sealed, found.unsealed, found.broken, found.head) == (0, 0, None, Link(0, "0" * 64))


async def test_a_sealed_punch_put_into_the_queue_is_found_and_keeps_no_other_from_its_link(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage)
    tamper(stage, "INSERT INTO ledger_unsealed SELECT punch_id FROM ledger_chain")
    await punch_id(store, stage, 7)
    assert [link.seq for link in await store.chain.seal(256)] == [6]
    assert audit_ledger(stage.url).broken == Break(Fault.MISCOUNTED, 0)


@pytest.mark.parametrize("change", ["seq = 'many'", "hash = x'00'"])
async def test_a_head_that_is_no_link_any_more_is_named_and_seals_nothing(
    sqlite_stage: SqliteStage, change: str
) -> None:
    store, _ = await sealed_ledger(sqlite_stage)
    tamper(sqlite_stage, f"UPDATE ledger_head SET {change}")
    await punch_id(store, sqlite_stage, 7)
    assert audit_ledger(sqlite_stage.url).broken == Break(Fault.HEAD_ALTERED, 0)
    with pytest.raises(OperatorError, match="head of the ledger's chain is gone or altered"):
        await store.chain.seal(256)


async def test_a_note_made_unreadable_names_its_row(sqlite_stage: SqliteStage) -> None:
    _, ids = await sealed_ledger(sqlite_stage)
    tamper(sqlite_stage, f"UPDATE punches SET note = CAST(x'ff41' AS TEXT) WHERE punch_id = '{ids[2]}'")
    assert audit_ledger(sqlite_stage.url).broken == Break(Fault.ALTERED, 3, ids[2])


class SealedMeanwhile(SqliteConnection):
    """A connection to a ledger that grows while it is read."""

    grow: Callable[[], object]

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        found = list(super().rows(statement, params))
        self.grow()
        yield from found


async def test_a_ledger_that_is_sealed_while_it_is_audited_holds(sqlite_stage: SqliteStage) -> None:
    store, _ = await sealed_ledger(sqlite_stage)
    await punch_id(store, sqlite_stage, 7)
    loop = asyncio.get_running_loop()

    def audited() -> Audit:
        connection = SealedMeanwhile(sqlite_stage.file, read_only=True)
        connection.grow = lambda: asyncio.run_coroutine_threadsafe(store.chain.seal(256), loop).result(10)
        with closing(connection):
            return audit(connection)

    found = await asyncio.to_thread(audited)
    assert (found.broken, found.head.seq) == (None, 5)
    assert audit_ledger(sqlite_stage.url).head.seq == 6
