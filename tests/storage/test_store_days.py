"""People's days on both databases: plans, absences, native punches, counting punches."""

from datetime import timedelta

from bot.dingtalk.absences import Approval
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.facts import AttendanceRecord
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.sites import LocationResult
from bot.domain.slots import Days
from bot.storage import Store
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.storage.stage import LATER, NOON, punched

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEDNESDAY = TUESDAY + DAY
BEFORE = NOON - timedelta(minutes=1)
LEAVE, APPROVAL = AbsenceSource.LEAVE, AbsenceSource.APPROVAL


# --- plans ---


async def test_plans_are_stored_with_all_fields(store: Store) -> None:
    split = a_shift(
        ("09:00", "12:00"), ("22:00", "06:00"), grace_minutes=None, absenteeism_minutes=120
    )
    point = CheckPoint(
        TUESDAY, CheckType.ON_DUTY, 7, NOON, NOON, LATER, a_shift(serious_late_minutes=30)
    )
    plans = [a_plan(split), DayPlan(WEDNESDAY, (*a_plan(split).points, point), "mixed")]
    await store.plans.store({"u1": plans, "u2": plans[:1]}, NOON)
    first, second = plans
    found = await store.plans.of(["u1", "u2", "u3"], Days(TUESDAY, WEDNESDAY))
    assert found == {"u1": {TUESDAY: first, WEDNESDAY: second}, "u2": {TUESDAY: first}}


async def test_the_later_read_of_a_plan_counts(store: Store) -> None:
    await store.plans.store({"u1": [a_plan()]}, NOON)
    older = {user_id: [DayPlan(TUESDAY), DayPlan(WEDNESDAY)] for user_id in ("u1", "u2")}
    await store.plans.store(older, BEFORE)
    past = a_plan(a_shift(("13:00", "22:00")))
    await store.plans.store({"u1": [past], "u3": [past]}, None)
    found = await store.plans.of(["u1", "u3"], ON_TUESDAY)
    assert found == {"u1": {TUESDAY: a_plan()}, "u3": {TUESDAY: past}}


# --- absences ---


def an_absence(
    name: str, hours: float = 0, person: str = "u1", source: AbsenceSource = LEAVE
) -> Absence:
    starts_at = NOON + hours * HOUR
    return Absence(person, starts_at, starts_at + HOUR, name, source=source)


async def ids(store: Store) -> list[str]:
    found = await store.absences.touching(NOON - 100 * HOUR, NOON + 100 * HOUR)
    return sorted(absence.absence_id for absence in found)


async def test_an_approval_without_times_covers_each_work_date_that_shows_it(store: Store) -> None:
    approval = Approval.model_validate({"biz_type": 3, "procInst_id": "p"})
    for day in (TUESDAY, WEDNESDAY, TUESDAY):
        begins = local("00:00", day)
        pending = approval.absence("u1", day, SHANGHAI)
        await store.absences.store(["u1"], (begins, begins + DAY), [pending], APPROVAL)
    kept = await store.absences.touching(NOON, NOON + DAY)
    assert [absence.starts_at for absence in kept] == [
        local("00:00"),
        local("00:00", WEDNESDAY),
    ]
    await store.absences.store(["u1"], (local("00:00"), local("23:00")), [], APPROVAL)
    (absence,) = await store.absences.touching(NOON, NOON + DAY)
    assert absence.starts_at == local("00:00", WEDNESDAY)


async def test_a_read_replaces_absences_of_its_source_and_time(store: Store) -> None:
    span = (NOON, NOON + 9 * HOUR)
    before = [an_absence("taken back", 1, source=LEAVE), an_absence("later", 50, source=LEAVE)]
    other = an_absence("another's", 1, "u2", LEAVE)
    await store.absences.store(["u1", "u2"], (NOON, NOON + 60 * HOUR), [*before, other], LEAVE)
    trip = an_absence("trip", 2, source=APPROVAL)
    await store.absences.store(["u1"], span, [trip], APPROVAL)
    new = an_absence("new", 3, source=LEAVE)
    await store.absences.store(["u1", "u3"], span, [new], LEAVE)
    assert await ids(store) == ["another's", "later", "new", "trip"]
    await store.absences.store([], span, [], LEAVE)
    assert len(await ids(store)) == 4


# --- native punches ---


async def test_a_read_completes_or_removes_a_native_punch(store: Store) -> None:
    await store.native_punches.note([("u1", NOON), ("u1", NOON + HOUR), ("u2", NOON)])
    told = AttendanceRecord(
        "u1",
        NOON,
        check_type=CheckType.ON_DUTY,
        planned_at=NOON - HOUR,
        location=LocationResult.OUTSIDE,
    )
    await store.native_punches.keep(
        [told, AttendanceRecord("u1", NOON + HOUR, "not in the window")]
    )
    await store.native_punches.note([("u1", NOON)])  # a repeated event changes nothing
    known = await store.days.load(["u1"], ON_TUESDAY, NOON - HOUR, NOON + 2 * HOUR)
    ((seen,), absences, _) = known["u1"]
    assert (list(known), absences) == (["u1"], ())
    assert (seen.at, seen.check_type, seen.due_at) == (NOON, CheckType.ON_DUTY, NOON - HOUR)
    assert seen.where.result is LocationResult.OUTSIDE


# --- days ---


async def test_only_days_of_the_named_people_are_read(store: Store) -> None:
    for number, person in enumerate(("u1", "u2", "u3")):
        await punched(store, f"m{number}", person)
        await store.absences.store([person], (NOON, NOON), [an_absence("a", person=person)], LEAVE)
    found = await store.days.load(["u1", "u3", "nobody"], ON_TUESDAY, NOON, NOON)
    assert sorted(found) == ["u1", "u3"]
    assert all(len(known.absences) == 1 for known in found.values())
    (seen,) = found["u1"].seen
    assert (seen.at, seen.check_type, seen.work_date) == (NOON, CheckType.ON_DUTY, TUESDAY)
    assert await store.days.load([], ON_TUESDAY, NOON, NOON) == {}
    assert await store.days.load(["u1"], Days(WEDNESDAY, WEDNESDAY), LATER, LATER) == {}
    assert list(await store.days.load(["u2"], Days(TUESDAY, WEDNESDAY), NOON, NOON)) == ["u2"]
