"""What reminders know of people on both databases: departments, wishes, absences, native punches, plans, marks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta

import psycopg
from sqlalchemy import create_engine, insert

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.deliveries import DeliveryState
from bot.domain.digests import DigestKind
from bot.domain.people import Department, Organisation
from bot.domain.punches import Punch
from bot.domain.reminders import Quiet, Wishes
from bot.domain.shifts import CheckType, DayPlan
from bot.storage import Store, tables, wishes
from bot.storage.plans import PlanReading
from bot.storage.punches import PunchMark, punch_row
from bot.storage.statements import stored
from bot.storage.urls import engine_of
from tests.builders import TUESDAY, a_plan, a_shift
from tests.storage.stage import LATER, NOON, PostgresqlStage, Stage, a_wish, always, delivery, punched, record

HOUR = timedelta(hours=1)
WEDNESDAY = TUESDAY + timedelta(days=1)
ROOT = Department(1, "公司")
SALES = Department(22, "销\0售", 1, ("u1", "u2"))


async def put(store: Store, wishes: Wishes) -> None:
    await store.wishes.change(wishes.user_id, lambda _: wishes)


async def test_the_departments_are_read_back_with_the_time_they_were_read(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.tree() == ([], None)
    await store.people.replace(Organisation((), (SALES, ROOT)), NOON)
    assert await store.people.tree() == ([ROOT, replace(SALES, name="销\ufffd售")], NOON)


async def test_a_tree_read_again_takes_the_place_of_the_whole_old_one(stage: Stage) -> None:
    store = await stage.open()
    await store.people.replace(Organisation((), (ROOT, SALES)), NOON)
    support = Department(3, "Support", 1)
    await store.people.replace(Organisation((), (support, ROOT)), LATER)
    assert await store.people.tree() == ([ROOT, support], LATER)
    await store.people.replace(Organisation((), ()), NOON)
    assert await store.people.tree() == ([], NOON)


async def test_two_processes_that_put_a_tree_at_once_leave_one_whole_tree(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    trees = [tuple(Department(number, str(tree), 1) for number in range(2, 40)) for tree in range(6)]
    stores = zip((one, two) * 3, trees, strict=True)
    await asyncio.gather(*(store.people.replace(Organisation((), tree), NOON) for store, tree in stores))
    found, _ = await one.people.tree()
    assert tuple(found) in trees


async def test_wishes_are_read_back_whole(stage: Stage) -> None:
    store = await stage.open()
    quiet = (Quiet(TUESDAY, TUESDAY), Quiet(WEDNESDAY, WEDNESDAY))
    later = NOON + timedelta(minutes=10)
    said = Wishes("小明", "zh", (15, 5), time(8, 45), time(17, 30), True, quiet, later)
    await put(store, said)
    assert await store.wishes.get("小明") == said
    assert await store.wishes.get("u2") == Wishes("u2")
    await put(store, Wishes("小明", before_minutes=()))
    assert await store.wishes.get("小明") == Wishes("小明", before_minutes=())


async def test_of_two_changes_at_once_neither_is_lost(stage: Stage) -> None:
    store = await stage.open()
    await asyncio.gather(
        store.wishes.change("u1", lambda old: replace(old, language="en")),
        store.wishes.change("u1", lambda old: replace(old, before_minutes=(15,))),
    )
    assert await store.wishes.get("u1") == Wishes("u1", "en", before_minutes=(15,))


async def test_a_change_that_changes_nothing_is_no_news(stage: Stage) -> None:
    store = await stage.open()
    await put(store, Wishes("u1", "en"))
    _, number = await store.wishes.changed(0)
    assert await store.wishes.change("u1", lambda old: replace(old, language="en")) == Wishes("u1", "en")
    assert await store.wishes.changed(number) == ([], number)


async def test_only_wishes_that_changed_come_again(stage: Stage) -> None:
    store = await stage.open()
    assert await store.wishes.changed(0) == ([], 0)
    await put(store, Wishes("u1", "zh"))
    await put(store, Wishes("u2", "en"))
    found, number = await store.wishes.changed(0)
    assert found == [Wishes("u1", "zh"), Wishes("u2", "en")]
    assert await store.wishes.changed(number) == ([], number)
    await put(store, Wishes("u1", "zh", is_muted=True))
    found, newest = await store.wishes.changed(number)
    assert found == [Wishes("u1", "zh", is_muted=True)]
    assert newest > number
    assert await store.wishes.changed(0) == ([Wishes("u2", "en"), Wishes("u1", "zh", is_muted=True)], newest)


async def test_whoever_follows_the_change_numbers_misses_no_wish_of_two_writers(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    writers = [
        asyncio.create_task(put(store, Wishes(f"{name}{number}", "zh")))
        for number in range(150)
        for name, store in (("a", one), ("b", two))
    ]
    seen: list[str] = []
    number, written = 0, False
    while not written:
        written = all(writer.done() for writer in writers)
        found, number = await one.wishes.changed(number)
        seen += [one.user_id for one in found]
    await asyncio.gather(*writers)
    assert sorted(seen) == sorted(f"{name}{number}" for name in "ab" for number in range(150))


async def test_a_change_number_waits_for_the_one_before_it_to_be_committed(
    postgresql_stage: PostgresqlStage,
) -> None:
    store = await postgresql_stage.open()
    other = engine_of(postgresql_stage.url).connect(read_only=False)
    other.begin([wishes.LOCK], together=False)
    other.tx.run(wishes.PUT, {"user_id": "u1", "body": wishes.BODY.write(Wishes("u1"))})
    later = asyncio.create_task(put(store, Wishes("u2", "zh")))
    await somebody_waits(postgresql_stage.url)
    assert await store.wishes.changed(0) == ([], 0)
    other.command("COMMIT")
    other.close()
    await later
    assert (await store.wishes.changed(0))[0] == [Wishes("u1"), Wishes("u2", "zh")]


async def somebody_waits(url: str) -> None:
    """Return once a session of this server waits for a lock."""
    async with asyncio.timeout(60), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        waiting = None
        while waiting is None:
            found = await connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            waiting = await found.fetchone()


async def test_changes_of_the_summaries_wanted_that_come_at_once_lose_none(stage: Stage) -> None:
    store = await stage.open()
    heard: list[frozenset[DigestKind] | None] = []

    def adding(kind: DigestKind) -> Callable[[frozenset[DigestKind] | None], frozenset[DigestKind]]:
        def change(old: frozenset[DigestKind] | None) -> frozenset[DigestKind]:
            heard.append(old)
            return (old or frozenset()) | {kind}

        return change

    await asyncio.gather(*(store.digests.change("u1", adding(kind)) for kind in DigestKind))
    assert None in heard
    assert await store.digests.change("u1", lambda old: (old or frozenset()) - {DigestKind.DAILY}) == {
        DigestKind.WEEKLY,
        DigestKind.MONTHLY,
    }
    assert await store.digests.change("u2", lambda old: frozenset()) == frozenset()
    assert await store.digests.all() == {"u1": {DigestKind.WEEKLY, DigestKind.MONTHLY}, "u2": frozenset()}


def an_absence(name: str, hours: float = 0, person: str = "u1", *, pending: bool = False) -> Absence:
    starts_at = NOON + hours * HOUR
    return Absence(person, starts_at, starts_at + HOUR, name, pending, AbsenceSource.EVENT)


def read(name: str, hours: float, person: str = "u1", source: AbsenceSource = AbsenceSource.LEAVE) -> Absence:
    return replace(an_absence(name, hours, person), source=source)


async def ids(store: Store) -> list[str]:
    found = await store.absences.touching(NOON - 100 * HOUR, NOON + 100 * HOUR)
    return [absence.absence_id for absence in found]


async def test_absences_that_touch_a_span_are_found(stage: Stage) -> None:
    store = await stage.open()
    for absence in (an_absence("b", 2), an_absence("a", pending=True), an_absence("c", 4)):
        await store.absences.note(absence)
    assert await store.absences.touching(NOON + HOUR, NOON + 2 * HOUR) == [
        an_absence("a", pending=True),
        an_absence("b", 2),
    ]
    assert await store.absences.touching(NOON + 1.5 * HOUR, NOON + 1.7 * HOUR) == []


async def test_an_absence_heard_of_again_replaces_the_one_with_its_id(stage: Stage) -> None:
    store = await stage.open()
    await store.absences.note(an_absence("a", pending=True))
    await store.absences.note(an_absence("a", 3))
    await store.absences.note(an_absence("a", person="u2"))
    assert await store.absences.touching(NOON, NOON + 9 * HOUR) == [
        an_absence("a", person="u2"),
        an_absence("a", 3),
    ]
    await store.absences.remove("u1", "a")
    await store.absences.remove("u1", "never heard of")
    assert await store.absences.touching(NOON, NOON + 9 * HOUR) == [an_absence("a", person="u2")]


async def test_what_one_source_tells_of_a_time_replaces_what_it_told_before(stage: Stage) -> None:
    store = await stage.open()
    leave, approval, span = AbsenceSource.LEAVE, AbsenceSource.APPROVAL, (NOON, NOON + 9 * HOUR)
    before = [read("taken back", 1), read("later", 50), read("another's", 1, "u2")]
    await store.absences.put(["u1", "u2"], NOON, NOON + 60 * HOUR, before, source=leave)
    await store.absences.put(["u1"], *span, [read("trip", 2, source=approval)], source=approval)
    await store.absences.note(an_absence("told", 1, pending=True))
    await store.absences.put(["u1", "u3"], *span, [read("new", 3)], source=leave)
    assert sorted(await ids(store)) == ["another's", "later", "new", "told", "trip"]
    await store.absences.put([], *span, [], source=leave)
    assert len(await ids(store)) == 5
    await store.absences.remove("u1", "trip")  # was not told by an event
    assert len(await ids(store)) == 5


async def test_a_reading_outweighs_approved_leave_that_was_heard_of_before_in_its_time(stage: Stage) -> None:
    store = await stage.open()
    early, late = NOON - 3 * HOUR, NOON - HOUR
    await store.absences.note(an_absence("taken back", 1), early)
    await store.absences.note(an_absence("just approved", 1), late)
    await store.absences.note(an_absence("asked for", 1, pending=True), early)
    await store.absences.note(an_absence("another time", 50), early)
    await store.absences.note(an_absence("another's", 1, "u2"), early)
    await store.absences.note(an_absence("begun before", -0.5), early)
    await store.absences.note(an_absence("read too", 3.5), early)
    await store.absences.note(an_absence("stored by an older version", 1))
    span, before = (NOON, NOON + 9 * HOUR), NOON - 2 * HOUR
    await store.absences.put(["u1"], *span, [], source=AbsenceSource.APPROVAL)
    assert len(await ids(store)) == 8
    await store.absences.put(["u1"], *span, [read("new", 3)], source=AbsenceSource.LEAVE, outweighs=before)
    left = ["another time", "another's", "asked for", "begun before", "just approved", "new", "read too"]
    assert sorted(await ids(store)) == [*left, "stored by an older version"]
    await store.absences.note(an_absence("just approved", 1), early)
    await store.absences.put(["u1"], *span, [], source=AbsenceSource.LEAVE, outweighs=before)
    assert "just approved" not in await ids(store)


async def test_a_native_punch_is_noted_once(stage: Stage) -> None:
    store = await stage.open()
    await store.native_punches.note([("u1", NOON + HOUR), ("u2", NOON), ("u1", NOON)])
    await store.native_punches.note([("u1", NOON), ("u1", NOON)])
    await store.native_punches.note([])
    assert await store.native_punches.since(NOON) == {"u1": [NOON, NOON + HOUR], "u2": [NOON]}
    assert await store.native_punches.since(NOON + HOUR) == {"u1": [NOON + HOUR]}


async def test_native_punches_of_long_ago_are_forgotten(stage: Stage) -> None:
    store = await stage.open()
    await store.native_punches.note([(f"u{number}", NOON) for number in range(1100)])
    await store.native_punches.note([("u1", LATER)])
    await store.native_punches.forget(LATER)
    assert await store.native_punches.since(NOON) == {"u1": [LATER]}


async def test_plans_that_read_the_same_are_one_object(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({f"u{number}": [a_plan(), a_plan(day=WEDNESDAY)] for number in range(3)}, NOON)
    await store.plans.put({"u3": [a_plan()], "u4": [replace(a_plan(), approved=True)]}, LATER)
    found = await store.plans.changed(TUESDAY, WEDNESDAY, None)
    assert {reading.user_id: reading.read_at for reading in found if reading.plan == a_plan()} == {
        **dict.fromkeys(("u0", "u1", "u2"), NOON),
        "u3": LATER,
    }
    assert len({id(reading.plan) for reading in found if reading.plan == a_plan()}) == 1
    assert len({id(reading.plan) for reading in found}) == 3
    assert found[-1].plan == a_plan(day=WEDNESDAY)
    assert await store.plans.get("u4", TUESDAY, TUESDAY) == ([replace(a_plan(), approved=True)], LATER)


async def test_only_plans_read_since_come_again_as_they_are_now(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({"u1": [a_plan()], "u2": [a_plan()]}, NOON)
    assert await store.plans.changed(TUESDAY, TUESDAY, NOON) == []
    moved = a_plan(a_shift(("10:00", "19:00")))
    await store.plans.put({"u2": [moved, DayPlan(WEDNESDAY)]}, LATER)
    assert await store.plans.changed(TUESDAY, TUESDAY, NOON) == [PlanReading("u2", moved, LATER)]
    assert len(await store.plans.changed(TUESDAY, WEDNESDAY, NOON - HOUR)) == 3
    assert await store.plans.changed(WEDNESDAY, TUESDAY, None) == []


async def test_plans_of_more_people_than_one_reading_takes_are_all_there(stage: Stage) -> None:
    store = await stage.open()
    people = [f"u{number:05}" for number in range(10_000)]
    await store.plans.put({user_id: [DayPlan(TUESDAY)] for user_id in people}, NOON)
    found = await store.plans.changed(TUESDAY, TUESDAY, None)
    assert [reading.user_id for reading in found] == people


def mark_of(punch: Punch) -> PunchMark:
    return PunchMark(punch.user_id, punch.work_date, punch.check_type, punch.check_point, punch.punched_at)


async def clock_in(store: Store, person: str, day: date = TUESDAY) -> Punch:
    decision = replace(always(), work_date=day)
    recorded = await record(
        store, a_wish(f"{person} {day}", person), decision, targets=("signed", "record_upload")
    )
    assert recorded.punch is not None
    return recorded.punch


async def test_who_punched_which_check_is_known_by_work_date_and_person(stage: Stage) -> None:
    store = await stage.open()
    marks = [mark_of(await clock_in(store, person)) for person in ("u2", "u1")]
    marks.append(mark_of(await clock_in(store, "u1", WEDNESDAY)))
    free = await punched(store, "free", "u3")
    assert await store.ledger.marks(TUESDAY, WEDNESDAY) == [marks[1], marks[0], mark_of(free), marks[2]]
    assert await store.ledger.marks(WEDNESDAY, WEDNESDAY) == [marks[2]]
    assert marks[0] == PunchMark("u2", TUESDAY, CheckType.ON_DUTY, "OnDuty/0", NOON)


async def test_a_punch_is_no_mark_once_every_target_rejected_it(stage: Stage) -> None:
    store = await stage.open()
    punch = await clock_in(store, "u1")
    await store.deliveries.settle(delivery(punch), DeliveryState.REJECTED, reason="no")
    assert await store.ledger.marks(TUESDAY, TUESDAY) == [mark_of(punch)]
    await store.deliveries.settle(delivery(punch, "record_upload"), DeliveryState.REJECTED, reason="no")
    assert await store.ledger.marks(TUESDAY, TUESDAY) == []


async def test_a_punch_without_targets_is_a_mark(stage: Stage) -> None:
    store = await stage.open()
    recorded = await record(store, a_wish("m1"), always(None), targets=())
    assert recorded.punch is not None
    assert await store.ledger.marks(TUESDAY, TUESDAY) == [mark_of(recorded.punch)]


async def test_marks_of_more_punches_than_one_reading_takes_are_all_there(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m", "u")
    rows = [
        {**stored_row(punch), "punch_id": f"{number:05}", "message_id": f"{number}", "user_id": person}
        for number, person in enumerate(["u1"] * 6000 + [f"v{number:04}" for number in range(4000)])
    ]
    engine = create_engine(stage.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(insert(tables.punches), rows)
    engine.dispose()
    found = await store.ledger.marks(TUESDAY, TUESDAY)
    assert [mark.user_id for mark in found] == ["u", *(row["user_id"] for row in rows)]


def note_corrections(stage: Stage, corrections: Sequence[tuple[Punch, Punch]]) -> None:
    engine = create_engine(stage.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for wrong, right in corrections:
            connection.exec_driver_sql(
                f"UPDATE punches SET corrects = '{wrong.punch_id}' WHERE punch_id = '{right.punch_id}'"
            )
    engine.dispose()


async def test_a_correction_counts_in_place_of_the_punch_unless_it_is_rejected(stage: Stage) -> None:
    store = await stage.open()
    wrong, right, last = [await punched(store, f"m{number}") for number in range(3)]
    note_corrections(stage, [(wrong, right), (right, last)])
    assert len({mark_of(punch) for punch in (wrong, right, last)}) == 1, "told apart by their number alone"
    assert len(await store.ledger.marks(TUESDAY, TUESDAY)) == 1
    await store.deliveries.settle(delivery(last), DeliveryState.REJECTED, reason="no")
    assert len(await store.ledger.marks(TUESDAY, TUESDAY)) == 1
    await store.deliveries.settle(delivery(right), DeliveryState.REJECTED, reason="no")
    assert len(await store.ledger.marks(TUESDAY, TUESDAY)) == 1
    await store.deliveries.settle(delivery(wrong), DeliveryState.REJECTED, reason="no")
    assert await store.ledger.marks(TUESDAY, TUESDAY) == []


async def test_absences_that_ended_long_ago_are_forgotten(stage: Stage) -> None:
    store = await stage.open()
    ended, going_on, later = an_absence("a", -10), an_absence("b"), an_absence("c", 10)
    for absence in (ended, going_on, later):
        await store.absences.note(absence)
    await store.absences.forget(going_on.ends_at)
    assert await store.absences.touching(NOON - 100 * HOUR, NOON + 100 * HOUR) == [going_on, later]


def stored_row(punch: Punch) -> dict[str, object]:
    return {name: stored(value) for name, value in punch_row(punch, "").items()}
