"""The export of the ledger on both databases, read beside a running bot."""

import asyncio
import dataclasses
from datetime import timedelta

from bot.domain.people import Employee
from bot.domain.punches import Accepted, DeliveryState, ExportRow, PunchSource
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Whereabouts
from bot.storage import read_export
from tests.builders import TUESDAY
from tests.storage.stage import NOON, SqliteStage, Stage, a_wish, delivery, punched, record

AT_GATE = Whereabouts(
    LocationResult.OUTSIDE,
    "HQ",
    612.5,
    Fix(39.91, 116.4, None, Datum.WGS84, LocationSource.BROWSER),
)
COLUMNS = (
    "punch_id, user_id, name, work_date, check_type, punched_at, received_at, site, latitude, longitude, "
    "accuracy_m, datum, location_source, location_result, time_result, status, source, message_id, note"
)


def test_an_export_has_the_contracts_columns_in_order() -> None:
    assert ", ".join(field.name for field in dataclasses.fields(ExportRow)) == COLUMNS


async def test_a_punch_is_exported_with_all_its_fields(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([Employee("u1", "李雷")], NOON)
    recorded = await record(store, a_wish("m1", where=AT_GATE))
    assert recorded.punch is not None
    await store.deliveries.settle(delivery(recorded.punch), DeliveryState.SENT)
    expected = ExportRow(
        punch_id=recorded.punch.punch_id,
        user_id="u1",
        name="李雷",
        work_date=TUESDAY,
        check_type=CheckType.ON_DUTY,
        punched_at=NOON,
        received_at=NOON,
        site="HQ",
        latitude=39.91,
        longitude=116.4,
        accuracy_m=None,
        datum=Datum.WGS84,
        location_source=LocationSource.BROWSER,
        location_result=LocationResult.OUTSIDE,
        time_result=TimeResult.LATE,
        status=DeliveryState.SENT,
        source=PunchSource.CHAT,
        message_id="m1",
        note="traffic",
    )
    assert list(read_export(stage.url, TUESDAY, TUESDAY)) == [expected]


async def test_unknown_fields_are_empty_and_a_leaver_keeps_their_name(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([Employee("u2", "李雷")], NOON)
    await store.people.put([], NOON, gone=["u2"])
    await punched(store, "m1")
    await punched(store, "m2", "u2")
    row, of_leaver = read_export(stage.url, TUESDAY, TUESDAY)
    assert (row.name, of_leaver.name) == ("", "李雷")
    assert (row.site, row.latitude, row.longitude, row.datum, row.location_source) == (None,) * 5
    assert row.location_result is LocationResult.UNKNOWN


async def test_rows_are_ordered_and_both_dates_are_included(stage: Stage) -> None:
    store = await stage.open()
    for number, (day, person, minute) in enumerate(
        [
            (1, "u2", 0),
            (0, "u2", 5),
            (0, "u1", 9),
            (0, "u1", 3),
            (0, "U1", 1),
            (2, "u0", 0),
            (-1, "u0", 0),
        ]
    ):
        work_date = TUESDAY + timedelta(days=day)
        decision = Accepted(work_date, CheckType.ON_DUTY, None, TimeResult.NORMAL, 0, "")
        await record(
            store, a_wish(f"m{number}", person, at=NOON + timedelta(minutes=minute)), decision
        )
    rows = read_export(stage.url, TUESDAY, TUESDAY + timedelta(days=1))
    assert [row.message_id for row in rows] == ["m4", "m3", "m2", "m1", "m0"]


async def test_an_export_shows_one_moment_of_the_ledger(stage: Stage) -> None:
    store = await stage.open()
    await asyncio.gather(*(punched(store, f"m{number}", f"u{number}") for number in range(1500)))
    rows = read_export(stage.url, TUESDAY, TUESDAY)
    first = next(rows)
    await punched(store, "later", "u1")
    rest = list(rows)
    assert len({first.punch_id, *(row.punch_id for row in rest)}) == 1500


async def test_an_export_beside_a_bot_changes_nothing(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await punched(store, "m1")
    before = {path: path.read_bytes() for path in (sqlite_stage.file, sqlite_stage.log)}
    assert len(before[sqlite_stage.log]) > 0
    assert len(list(read_export(sqlite_stage.url, TUESDAY, TUESDAY))) == 1
    assert {path: path.read_bytes() for path in before} == before
    await punched(store, "m2")
    assert len(list(read_export(sqlite_stage.url, TUESDAY, TUESDAY))) == 2
