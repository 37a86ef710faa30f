"""How one person's day stands: by plan, punches however made, leave, what was read, and the moment."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.absences import Absence
from bot.domain.day import DayFacts, PersonDay, Standing, person_day
from bot.domain.day_punches import Seen, beside_the_ledger, by_work_date
from bot.domain.reconciling import AttendanceRecord
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import LocationResult, Whereabouts
from bot.domain.summaries import team_day, totals_of
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_shift, local

DAY = a_plan(a_shift(grace_minutes=5))
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
NIGHT = a_plan(a_shift(("22:00", "06:00")))
NEXT = TUESDAY + timedelta(days=1)
LATE_EVENING = "23:59"


def gate(at: str, day: date = TUESDAY) -> Seen:
    """Return a punch at a gate, of which nobody says what it answers."""
    return Seen(local(at, day))


def ours(at: str, point: str = "OnDuty/0", **more: object) -> Seen:
    """Return a punch of the ledger."""
    check_type = CheckType(point.split("/", maxsplit=1)[0])
    told = a_punch(local(at), check_type, check_point=point)
    seen = Seen(told.punched_at, check_type, None, point, told.work_date, told.time_result, told.where)
    return seen._replace(**more)  # type: ignore[arg-type]


def stands(
    *seen: Seen, at: str = "10:00", plan: DayPlan | None = DAY, day: date = TUESDAY, **more: object
) -> PersonDay:
    facts = DayFacts("u1", TUESDAY, plan, seen, **more)  # type: ignore[arg-type]
    return person_day(facts, local(at, day))


def away(first: str, last: str) -> Absence:
    return Absence("u1", local(first), local(last), "a")


def asked(first: str, last: str) -> Absence:
    return Absence("u1", local(first), local(last), "a", pending=True)


def seen_record(record: AttendanceRecord) -> Seen:
    return Seen(record.checked_at, record.check_type, record.planned_at, where=Whereabouts(record.location))


@pytest.mark.parametrize(
    ("at", "seen", "standing", "late"),
    [
        ("08:59", (), Standing.NOT_YET_DUE, 0),
        ("09:05", (), Standing.NOT_YET_DUE, 0),  # the grace is not over
        ("09:05:01", (), Standing.MISSING, 0),
        ("08:30", (ours("08:20"),), Standing.ON_TIME, 0),
        ("10:00", (ours("09:05"),), Standing.ON_TIME, 0),
        ("10:00", (ours("09:05:01"),), Standing.LATE, 5),
        ("10:00", (gate("09:12"),), Standing.LATE, 12),
        ("10:00", (gate("09:12"), gate("08:55")), Standing.ON_TIME, 0),  # the first coming counts
        ("19:00", (ours("18:01", "OffDuty/0"),), Standing.MISSING, 0),  # went, and nobody knows when they came
    ],
)
def test_a_day_shift_as_the_day_goes_on(at: str, seen: tuple[Seen, ...], standing: Standing, late: int) -> None:
    day = stands(*seen, at=at)
    assert (day.standing, day.late_minutes) == (standing, late)


@pytest.mark.parametrize(
    ("came", "went", "late", "early"),
    [
        ("09:00:00", "18:00:00", (0, 0), (0, 0)),
        ("09:00:01", "17:59:59", (1, 0), (1, 0)),  # on time is to the second, lateness is told in whole minutes
        ("09:00:59", "17:59:01", (1, 0), (1, 0)),
        ("09:01:00", "17:59:00", (1, 1), (1, 1)),
    ],
)
def test_what_is_marked_late_or_early_is_counted_so(
    came: str, went: str, late: tuple[int, int], early: tuple[int, int]
) -> None:
    plan = a_plan(a_shift(grace_minutes=0))
    day = stands(ours(came), ours(went, "OffDuty/0"), at=LATE_EVENING, plan=plan)
    totals = totals_of([day])
    assert (totals.late, totals.late_minutes) == late
    assert (totals.early, totals.early_minutes) == early
    assert (day.standing is Standing.LATE, day.came_late, day.left_early) == (late[0], late[0], early[0])
    assert bool(team_day([day], TUESDAY, local(LATE_EVENING)).left_early) is bool(early[0])


def test_whoever_could_not_be_read_is_unknown_and_never_missing_or_absent() -> None:
    day = stands(read=False, at=LATE_EVENING)
    assert (day.standing, day.uncertain, day.missed) == (Standing.UNKNOWN, True, 0)
    assert stands(plan=None).standing is Standing.UNKNOWN
    assert stands(ours("08:50"), read=False).standing is Standing.ON_TIME


def test_without_a_plan_a_punch_keeps_the_verdict_it_was_recorded_with() -> None:
    day = stands(ours("09:30", time_result=TimeResult.LATE), plan=None)
    assert (day.standing, day.uncertain, day.arrived_at) == (Standing.LATE, True, local("09:30"))


def test_a_grace_that_nobody_could_read_leaves_lateness_open_unless_it_was_recorded() -> None:
    plan = a_plan(a_shift(grace_minutes=None))
    assert stands(gate("09:04"), plan=plan).standing is Standing.UNKNOWN
    assert stands(ours("09:04", time_result=TimeResult.LATE), plan=plan).standing is Standing.LATE


def test_a_later_clock_out_replaces_an_earlier_one() -> None:
    day = stands(ours("09:00"), ours("17:30", "OffDuty/0"), ours("18:10", "OffDuty/0"), at=LATE_EVENING)
    assert (day.left_at, day.early_minutes, day.worked_minutes, day.missed) == (local("18:10"), 0, 550, 0)
    early = stands(ours("09:00"), ours("17:30", "OffDuty/0"), at=LATE_EVENING)
    assert (early.early_minutes, early.worked_minutes) == (30, 510)


def test_a_make_up_punch_replaces_what_was_there_and_the_last_one_counts() -> None:
    made_up = [ours("09:00", correction=True), ours("08:58", correction=True)]
    day = stands(ours("09:40"), *made_up)
    assert (day.standing, day.arrived_at) == (Standing.ON_TIME, local("08:58"))


def test_hours_are_not_known_while_one_of_the_two_punches_is_missing() -> None:
    assert stands(ours("09:00"), at=LATE_EVENING).worked_minutes is None
    assert stands(at=LATE_EVENING).worked_minutes == 0
    assert stands(at=LATE_EVENING, read=False).worked_minutes is None


@pytest.mark.parametrize(("at", "missed"), [("18:00", 0), ("18:30", 0), ("18:31", 1), ("22:30", 1), ("22:31", 2)])
def test_a_check_is_missed_half_an_hour_after_its_window(at: str, missed: int) -> None:
    assert stands(at=at).missed == missed


def test_both_sections_of_a_split_shift_count() -> None:
    seen = [ours("08:40", "OnDuty/0"), ours("12:00", "OffDuty/0"), ours("13:45", "OnDuty/1")]
    day = stands(*seen, at="14:00", plan=SPLIT)
    assert (day.standing, day.late_minutes) == (Standing.LATE, 25)
    assert stands(*seen[:2], at="14:00", plan=SPLIT).standing is Standing.MISSING
    afternoon = stands(ours("13:30", "OnDuty/1"), at="14:00", plan=SPLIT)
    assert (afternoon.standing, afternoon.missed) == (Standing.ON_TIME, 1)
    whole = stands(*seen, ours("18:00", "OffDuty/1"), at=LATE_EVENING, plan=SPLIT)
    assert whole.worked_minutes == 200 + 255


def test_hours_are_reckoned_by_the_times_that_are_shown() -> None:
    seen = [ours("08:58:40"), ours("18:05:10", "OffDuty/0")]
    assert stands(*seen, at=LATE_EVENING).worked_minutes == 9 * 60 + 7
    assert stands(*map(gate, ("08:58:40", "18:05:10")), plan=DayPlan(TUESDAY)).worked_minutes == 9 * 60 + 7


def test_a_night_shift_is_of_the_date_on_which_it_starts() -> None:
    seen = [gate("21:55"), gate("06:03", NEXT)]
    day = stands(*seen, at="08:00", day=NEXT, plan=NIGHT)
    assert (day.standing, day.worked_minutes) == (Standing.ON_TIME, 488)


def test_leave_takes_checks_or_moves_them() -> None:
    whole = stands(plan=DAY, absences=[away("00:00", "23:59")])
    assert (whole.standing, whole.checks, whole.missed) == (Standing.ON_LEAVE, (), 0)
    morning = stands(ours("13:31"), at="14:00", absences=[away("09:00", "13:30")])
    assert (morning.standing, morning.due_at, morning.late_minutes) == (Standing.ON_TIME, local("13:30"), 0)
    assert stands(ours("13:40"), at="14:00", absences=[away("09:00", "13:30")]).late_minutes == 10


def test_whoever_asked_for_leave_is_not_called_missing_while_that_waits() -> None:
    day = stands(absences=[asked("08:00", "12:00")])
    assert (day.standing, day.uncertain) == (Standing.ON_LEAVE, True)
    assert stands(absences=[asked("08:00", "12:00")], at=LATE_EVENING).standing is Standing.MISSING
    assert stands(absences=[asked("15:00", "18:00")]).standing is Standing.MISSING


def test_a_day_of_rest_has_no_standing_but_keeps_its_punches() -> None:
    rest = stands(gate("10:00"), gate("15:30"), plan=DayPlan(TUESDAY), at=LATE_EVENING)
    assert (rest.standing, rest.worked_minutes, rest.late_minutes) == (Standing.OFF, 330, 0)
    assert stands(gate("10:00"), plan=DayPlan(TUESDAY)).worked_minutes is None


def test_outside_is_told_beside_late_and_instead_of_on_time() -> None:
    there = Whereabouts(LocationResult.OUTSIDE, "HQ", 350.0)
    assert stands(ours("08:50", where=there)).standing is Standing.OUTSIDE
    late = stands(ours("09:30", where=there))
    assert late.standing is Standing.LATE


def test_a_punch_that_no_target_has_taken_is_pending() -> None:
    assert stands(ours("08:50", pending=True)).pending
    assert not stands(ours("08:50")).pending


def at_dates(*seen: Seen, plans: dict[date, DayPlan | None]) -> dict[date, list[datetime]]:
    return {day: [one.at for one in some] for day, some in by_work_date(seen, plans, SHANGHAI).items()}


def test_each_punch_belongs_to_one_work_date() -> None:
    plans: dict[date, DayPlan | None] = {TUESDAY: NIGHT, NEXT: a_plan(a_shift(("22:00", "06:00")), NEXT)}
    found = at_dates(gate("21:50"), gate("06:03", NEXT), gate("21:58", NEXT), plans=plans)
    assert found == {TUESDAY: [local("21:50"), local("06:03", NEXT)], NEXT: [local("21:58", NEXT)]}
    assert at_dates(gate("12:00"), plans={TUESDAY: DayPlan(TUESDAY)}) == {TUESDAY: [local("12:00")]}
    assert at_dates(ours("00:20"), plans={}) == {TUESDAY: [local("00:20")]}


def test_what_two_sources_tell_of_one_second_is_one_punch() -> None:
    event, record = gate("12:05"), Seen(local("12:05"), CheckType.ON_DUTY, local("13:30"))
    found = by_work_date([ours("12:05", "OnDuty/1"), record, event], {TUESDAY: SPLIT}, SHANGHAI)
    assert [one.check_point for one in found[TUESDAY]] == ["OnDuty/1"]
    assert by_work_date([event, record], {TUESDAY: SPLIT}, SHANGHAI)[TUESDAY] == [record]


def test_in_time_with_a_clock_out_outside_every_site_is_outside() -> None:
    beyond = Whereabouts(LocationResult.OUTSIDE, "HQ", 953.0)
    left = ours("18:05", "OffDuty/0", where=beyond)
    assert stands(ours("08:51"), left, at=LATE_EVENING).standing is Standing.OUTSIDE
    assert stands(ours("09:30"), left, at=LATE_EVENING).standing is Standing.LATE


@pytest.mark.parametrize(
    ("ledgers", "record", "kept", "arrived"),
    [
        (ours("08:50"), {}, False, "08:50"),  # the ledger says it all
        (ours("08:50", "OffDuty/0", check_point=None), {}, True, "08:50"),  # DingTalk counts it as the coming
        (ours("08:50", "OffDuty/0", check_point=None), {"planned_at": None}, False, None),
        (ours("08:50", "OffDuty/0", check_point=None), {"check_type": None}, False, None),
        (ours("08:40", "OffDuty/0", check_point=None), {}, True, "08:50"),  # somebody else's, as it were
    ],
)
def test_what_is_kept_of_dingtalks_word_tells_a_past_day_as_that_day_was_told(
    ledgers: Seen, record: dict[str, object], kept: bool, arrived: str | None
) -> None:
    said = {"check_type": CheckType.ON_DUTY, "planned_at": local("09:00"), **record}
    told = AttendanceRecord("u1", local("08:50"), None, "ATM", **said)  # type: ignore[arg-type]
    beside = beside_the_ledger([told], [ledgers], [])
    assert (beside == [told]) is kept
    past, that_day = (
        by_work_date([ledgers, *map(seen_record, records)], {TUESDAY: DAY}, SHANGHAI)[TUESDAY]
        for records in (beside, [told])
    )
    days = [stands(*seen, at=LATE_EVENING) for seen in (past, that_day)]
    assert [day.arrived_at for day in days] == [local(arrived) if arrived else None] * 2
    assert days[0] == days[1]


@pytest.mark.parametrize(("at", "left_at"), [("09:30", None), ("17:40", "17:40")])
def test_a_late_native_clock_in_that_an_approved_one_replaced_is_no_clock_out(
    at: str, left_at: str | None
) -> None:
    approved = ours("08:55", correction=True)
    shown = AttendanceRecord("u1", local(at), None, "ATM", CheckType.OFF_DUTY, local("18:00"))
    told = map(seen_record, beside_the_ledger([shown], [approved], []))
    seen = by_work_date([approved, *told], {TUESDAY: DAY}, SHANGHAI)[TUESDAY]
    day = stands(*seen, at=LATE_EVENING)
    assert (day.arrived_at, day.left_at) == (local("08:55"), local(left_at) if left_at else None)
