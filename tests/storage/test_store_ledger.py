"""The ledger on both databases: a punch is stored once with its deliveries and receipt."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.punches import Accepted, Decision, DeliveryState, NotPunched, Punch
from bot.domain.sites import (
    Datum,
    Fix,
    LocationResult,
    LocationSource,
    Whereabouts,
    position_digest,
)
from bot.domain.slots import Days
from bot.storage import Store
from tests.builders import ON_TUESDAY, TUESDAY
from tests.storage.stage import NOON, SqliteStage, Stage, a_message, a_wish, always, punched, record

MONDAY = TUESDAY - timedelta(days=1)
AT_HQ = Whereabouts(
    LocationResult.NORMAL,
    "HQ",
    12.25,
    Fix(39.9088231, 116.3974702, 41.5, Datum.GCJ02, LocationSource.TYPED),
)


async def test_a_punch_is_stored_with_all_fields(store: Store) -> None:
    recorded = await record(store, a_wish("m1", where=AT_HQ), targets=("signed", "record_upload"))
    punch = recorded.punch
    assert punch is not None
    assert recorded.fresh
    assert recorded.decision == always()
    assert (punch.where, punch.note, punch.late_minutes, punch.punched_at) == (
        AT_HQ,
        "traffic",
        180,
        NOON,
    )
    assert punch.states == {
        "signed": DeliveryState.ACCEPTED,
        "record_upload": DeliveryState.ACCEPTED,
    }
    assert await store.ledger.of_message(punch.message_id) == punch
    assert await store.ledger.of_message("nothing") is None


async def test_a_decision_sees_punches_of_the_days_around(store: Store) -> None:
    first = await punched(store, "m1")
    await punched(store, "m2", "u2")
    await record(store, a_wish("m3"), _on(MONDAY - timedelta(days=1)))
    seen: list[Sequence[Punch]] = []

    def decide(earlier: Sequence[Punch]) -> Decision:
        seen.append(earlier)
        return NotPunched("direction")

    await store.ledger.record(a_wish("m4"), decide, targets=("signed",), language="zh")
    assert seen == [[first]]


async def test_a_refused_punch_stores_nothing(store: Store, stage: Stage) -> None:
    await store.inbox.accept(a_message("m1"))
    recorded = await record(store, a_wish("m1"), NotPunched("direction"))
    assert (recorded.decision, recorded.punch) == (NotPunched("direction"), None)
    assert await store.ledger.punches("u1", Days(MONDAY, TUESDAY)) == []
    await stage.crash()
    assert await (await stage.open("two")).inbox.take_over(10) == [a_message("m1")]


async def test_strange_text_in_a_note_loses_no_punch(store: Store) -> None:
    strange = replace(always(None), note="because\0\ud800")
    recorded = await record(store, a_wish("m\0"), strange)
    assert recorded.punch is not None
    assert recorded.punch.note == "because\ufffd\ufffd"
    assert await store.ledger.of_message(recorded.punch.message_id) == recorded.punch
    assert not (await record(store, a_wish("m\0"), strange)).fresh


async def test_a_position_is_stored_apart_with_its_digest(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    for message_id, person in (("m1", "u1"), ("m2", "u2")):
        await record(store, a_wish(message_id, person, where=AT_HQ))
    await punched(store, "m3")
    await store.close()
    with closing(sqlite3.connect(sqlite_stage.file, isolation_level=None)) as connection:
        stored = connection.execute(
            "SELECT salt, latitude, longitude, accuracy_m, datum, punch_locations.source, "
            "location_digest"
            " FROM punch_locations JOIN punches USING (punch_id)"
        ).fetchall()
        without = connection.execute(
            "SELECT location_digest FROM punches WHERE message_id = 'm3'"
        ).fetchone()
        connection.execute("DELETE FROM punch_locations")
    for salt, *position, digest in stored:
        assert tuple(position) == (39.9088231, 116.3974702, 41.5, "gcj02", "typed")
        names = ("latitude", "longitude", "accuracy_m", "datum", "source")
        assert digest == position_digest({"salt": salt, **dict(zip(names, position, strict=True))})
    assert len({row[-1] for row in stored}) == 2, "the salt makes equal positions differ"
    assert without == ("",)
    again = await sqlite_stage.open("two")
    [punch] = await again.ledger.punches("u2", ON_TUESDAY)
    assert punch.where == Whereabouts(LocationResult.NORMAL, "HQ", 12.25, None)


def _on(day: date) -> Accepted:
    return replace(always(None), work_date=day)
