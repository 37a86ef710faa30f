"""A person's stored data and retention on both databases."""

import re
from datetime import timedelta

from bot.domain.absences import Absence, AbsenceSource, Excuse
from bot.domain.people import Employee
from bot.domain.punches import DeliveryState, Punch
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.domain.shifts import DayPlan
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Whereabouts
from bot.storage import Store, read_export
from bot.storage.audit import audit_ledger
from bot.storage.privacy import HELD
from bot.storage.tables import TABLES
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY
from tests.storage.stage import NOON, Stage, a_wish, always, delivery, record
from tests.storage.test_store_corrections import approve, asked

MONDAY, DAY = TUESDAY - timedelta(days=1), timedelta(days=1)
KEEP = 60 * DAY
FIX = Fix(39.908823, 116.39747, 12.0, Datum.GCJ02, LocationSource.TYPED)
HERE = Whereabouts(fix=FIX, site="HQ", distance_m=8.0, result=LocationResult.NORMAL)
# Columns that hold user ids.
OF_PEOPLE = {"user_id", "about", "person", "decided_by", "managers", "punch_id", "subject"}
# Named in words or with the punches. A doubt and the time of a read last until the next read.
TOLD_OTHERWISE = {
    "people",
    "departments",
    "wishes",
    "doubts",
    "day_readings",
    "ledger_chain",
    "ledger_unsealed",
}


async def test_only_a_persons_own_rows_are_counted(store: Store) -> None:
    await record(store, a_wish("m1"))
    await record(store, a_wish("m2", "u2"))
    await approve(store, await asked(store))
    await store.excuses.store(Excuse("u1", MONDAY, "lead", "doctor", NOON))
    nudge = Reminder("u1", ReminderKind.NUDGE, TUESDAY, "OnDuty/0", NOON, NOON, asked_by="lead")
    await store.reminders.claim([nudge])
    counts = {"punches": 2, "corrections": 1, "excuses": 1, "told": 4}
    assert await store.privacy.count_rows("u1") == counts
    of_lead = {"decisions": 1, "excused": 1, "told": 3}
    assert await store.privacy.count_rows("lead") == of_lead


def test_every_table_with_people_is_in_the_answer() -> None:
    told = {*re.findall(r"FROM (\w+)", HELD)} | TOLD_OTHERWISE
    assert told == {name for name, table in TABLES.items() if OF_PEOPLE & set(table.names)}


# --- retention ---


async def punched_at_hq(store: Store, message_id: str, days_ago: float, *targets: str) -> Punch:
    at = NOON - timedelta(days=days_ago)
    wish = a_wish(message_id, message_id, at=at, where=HERE)
    recorded = await record(store, wish, always(None), targets=targets)
    assert recorded.punch is not None
    return recorded.punch


async def purged(store: Store, stage: Stage, table: str = "punch_locations") -> int:
    return (await store.privacy.purge(stage.clock.now(), KEEP, timedelta(days=800)))[table]


async def test_old_positions_are_removed_and_the_ledger_holds(store: Store, stage: Stage) -> None:
    for message_id, days_ago in (("old", 61), ("just old", 60.01), ("young", 59.9)):
        await punched_at_hq(store, message_id, days_ago)
    await store.chain.seal(100)
    before = audit_ledger(stage.url)
    assert [await purged(store, stage), await purged(store, stage)] == [2, 0]
    after = audit_ledger(stage.url)
    assert (after.broken, after.head) == (None, before.head)
    exported = {row.user_id: row for row in read_export(stage.url, ON_TUESDAY, SHANGHAI)}
    assert [row.latitude for _, row in sorted(exported.items())] == [None, None, FIX.latitude]
    assert {(row.site, row.location_result) for row in exported.values()} == {
        ("HQ", LocationResult.NORMAL)
    }
    for number in range(501):
        await punched_at_hq(store, f"m{number}", 90)
    assert await purged(store, stage) == 501


async def test_an_unsent_punch_keeps_its_position(store: Store, stage: Stage) -> None:
    sent, waits, other = [
        await punched_at_hq(store, message_id, 90, "signed") for message_id in ("m1", "m2", "m3")
    ]
    assert await purged(store, stage) == 0
    for punch in (sent, other):
        await store.deliveries.settle(delivery(punch), DeliveryState.SENT)
    assert [
        await store.privacy.forget_positions_of(who) for who in ("m1", "m2", "nobody", "m1")
    ] == [1, 0, 0, 0]
    kept = [await store.ledger.of_message(punch.message_id) for punch in (sent, waits)]
    assert [punch is not None and punch.where.fix is None for punch in kept] == [True, False]
    assert await purged(store, stage) == 1


async def test_each_kind_of_row_is_kept_for_its_days(store: Store, stage: Stage) -> None:
    plans = {f"u{number}": [DayPlan(TUESDAY), DayPlan(TUESDAY + 2 * DAY)] for number in range(600)}
    await store.plans.store(plans, NOON)
    await store.days.note_read(["u1"], ON_TUESDAY, NOON)
    await store.absences.store(
        ["u1"], (NOON, NOON), [Absence("u1", NOON, NOON, "a")], AbsenceSource.LEAVE
    )
    await store.native_punches.note([("u1", NOON)])
    due = Reminder("u1", ReminderKind.BEFORE, TUESDAY, "OnDuty/0", NOON, NOON)
    await store.reminders.claim([due])
    await store.reminders.settle([due], ReminderState.SENT)
    gone: dict[int, list[str]] = {}
    await store.people.replace([Employee("u1", "u1")], [], NOON)
    stage.clock.move(3600)
    await store.people.replace([], [], stage.clock.now())
    for days in (29, 31, 799, 801):
        stage.clock.move((NOON + days * DAY - stage.clock.now()).total_seconds())
        removed = await store.privacy.purge(stage.clock.now(), KEEP, timedelta(days=800))
        gone[days] = [f"{count} {table}" for table, count in removed.items() if count]
    assert gone == {
        29: [],
        31: ["1 outbox"],
        799: [],
        801: ["600 plans", "1 day_readings", "1 absences", "1 native_punches", "1 memberships"],
    }
