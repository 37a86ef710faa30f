"""The standing of a person's day by plan, punches, leave, reads and moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import pytest
from pydantic import PlainValidator

from bot.domain.day import CheckState, PersonDay, Standing, person_day
from bot.domain.facts import (
    AttendanceRecord,
    DayFacts,
    Known,
    SeenPunch,
    beside_the_ledger,
    facts_of_days,
)
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import LocationResult, Whereabouts
from bot.domain.summaries import totals_of
from tests.builders import SHANGHAI, TUESDAY, Facts, Leave, a_plan, a_punch, a_shift, away, local
from tests.tables import cases

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
DAY = a_plan(a_shift(grace_minutes=5))
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
NIGHT = a_plan(a_shift(("22:00", "06:00")))
NOON = a_plan(a_shift(grace_minutes=5, breaks=((time(12), time(13)),)))
UNREAD_BREAKS = replace(NOON, breaks=None)
OFF_DAY = DayPlan(TUESDAY)
ONLY_IN = replace(DAY, points=DAY.points[:1])
NEXT = TUESDAY + timedelta(days=1)
LATE_EVENING = "23:59"
UNKNOWN_GRACE = a_plan(a_shift(grace_minutes=None))
NO_GRACE = a_plan()
THERE = Whereabouts(LocationResult.OUTSIDE, "HQ", 350.0)
MARKS: dict[str, dict[str, Any]] = {
    "late": {"time_result": TimeResult.LATE},
    "there": {"where": THERE},
}


def gate(at: str, day: date = TUESDAY) -> SeenPunch:
    """Return a punch without a check type, as a gate makes it."""
    return SeenPunch(local(at, day))


def ours(at: str, point: str = "OnDuty/0", **more: object) -> SeenPunch:
    """Return a punch of the ledger."""
    check_type = CheckType(point.split("/", maxsplit=1)[0])
    told = a_punch(local(at), check_type, check_point=point)
    seen = SeenPunch(
        told.punched_at, check_type, None, point, told.work_date, told.time_result, told.where
    )
    return seen._replace(**more)  # type: ignore[arg-type]


def out(at: str, **more: object) -> SeenPunch:
    return ours(at, "OffDuty/0", **more)


def _seen(text: str) -> SeenPunch:
    point, at, *mark = text.split()
    if point == "gate":
        return gate(at.removeprefix("+"), NEXT if "+" in at else TUESDAY)
    return ours(at, point)._replace(**MARKS[mark[0]] if mark else {})


# `gate 09:12`, `gate +06:03` on Wednesday, or `OnDuty/0 09:12 late` in the ledger.
Made = Annotated[SeenPunch, PlainValidator(_seen)]


def stands(
    *seen: SeenPunch,
    at: str = "10:00",
    plan: DayPlan | None = DAY,
    day: date = TUESDAY,
    **more: object,
) -> PersonDay:
    facts = DayFacts("u1", TUESDAY, plan, seen, **more)  # type: ignore[arg-type]
    return person_day(facts, local(at, day))


def seen_record(record: AttendanceRecord) -> SeenPunch:
    return SeenPunch(
        record.checked_at, record.check_type, record.planned_at, where=Whereabouts(record.location)
    )


def plain(value: object) -> object:
    """Return a moment as local `09:30`, and a tuple as a list."""
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%H:%M}"
    return list(value) if isinstance(value, tuple) else value


@cases
def test_what_a_day_says(seen: list[Made], at: str, more: Facts, expected: dict[str, Any]) -> None:
    clock, day = at.removeprefix("+"), NEXT if "+" in at else TUESDAY
    judged = stands(*seen, at=clock, day=day, **more)  # type: ignore[arg-type]
    assert {name: plain(getattr(judged, name)) for name in expected} == expected
    assert judged.user_id == "u1"


def test_an_unread_person_is_not_absent() -> None:
    assert totals_of([stands(read=False, at=LATE_EVENING)]).absent == 0


@cases
def test_worked_time_is_from_clock_in_to_clock_out(
    seen: list[Made],
    plan: DayPlan | None,
    came: str | None,
    went: str | None,
    minutes: int | None,
) -> None:
    day = stands(*seen, plan=plan, at=LATE_EVENING)
    assert day.arrived_at == (local(came) if came else None)
    assert day.left_at == (local(went) if went else None)
    assert day.worked_minutes == minutes
    if plan is UNREAD_BREAKS:
        assert day.breaks_minutes is None
    assert stands(*seen, plan=plan, read=False).read is False


@cases
def test_any_punch_of_a_day_has_a_verdict(
    key: str | None, at: str, more: Facts, expected: tuple[TimeResult, int]
) -> None:
    day = stands(ours("09:20:00.100"), **more)  # type: ignore[arg-type]
    assert day.verdict(key, local(at)) == expected


def test_a_check_keeps_the_marks_of_its_punch() -> None:
    day = stands(ours("08:50", pending=True), out("18:01", correction=True), at=LATE_EVENING)
    marks = [(check.pending, check.correction) for check in day.checks]
    assert marks == [(True, False), (False, True)]


def test_each_date_has_its_own_facts() -> None:
    seen = ours("08:50")
    leave = [away("15:00", "18:00")]
    known = Known([seen], leave, {NEXT})
    facts = facts_of_days("u1", [TUESDAY, NEXT], {TUESDAY: DAY}, known, SHANGHAI)
    assert facts == {
        TUESDAY: DayFacts("u1", TUESDAY, DAY, [seen], leave),
        NEXT: DayFacts("u1", NEXT, None, (), leave, excused=True),
    }


def test_a_gate_punch_belongs_to_the_date_of_its_shift_else_to_the_local_date() -> None:
    dates = [TUESDAY + timedelta(days=number) for number in range(3)]
    seen = [gate("06:03", NEXT), gate("03:00", dates[2])]
    facts = facts_of_days("u1", dates, {TUESDAY: NIGHT}, Known(seen), SHANGHAI)
    assert [list(facts[day].seen) for day in dates] == [seen[:1], [], seen[1:]]


def test_a_free_check_is_never_due() -> None:
    day = stands(plan=a_plan(a_shift(free=(OFF,))), at=LATE_EVENING)
    assert [(check.key, check.due_at, check.state) for check in day.checks] == [
        ("OnDuty/0", local("09:00"), CheckState.MISSING),
        ("OffDuty/0", local("18:00"), CheckState.NOT_DUE),
    ]
    assert day.missed == 1


def test_an_approval_without_times_hides_nobody_on_the_next_work_date() -> None:
    begins = local("00:00")
    approval = replace(away("08:00", "12:00", times_unknown=True), starts_at=begins)
    approval = replace(approval, ends_at=begins + timedelta(days=2))
    assert stands(absences=[approval]).standing is Standing.ON_LEAVE
    a_day = timedelta(days=1)
    old = replace(approval, starts_at=begins - a_day, ends_at=begins + a_day)
    assert stands(absences=[old]).standing is Standing.MISSING
    at_midnight = a_plan(a_shift(("00:00", "08:00")))
    assert stands(plan=at_midnight, absences=[old], at="00:30").standing is Standing.MISSING


@cases
def test_approved_leave_counts_within_the_shift(
    plan: DayPlan, absences: list[Leave], expected: list[str], minutes: int | None
) -> None:
    day = stands(plan=plan, absences=absences)
    spans = [[at.astimezone(SHANGHAI) for at in span] for span in day.away]
    assert [f"{starts:%H:%M}–{ends:%H:%M}" for starts, ends in spans] == expected
    assert day.leave_minutes == minutes
    assert totals_of([day]).leave_minutes == (minutes or 0)


def at_dates(*seen: SeenPunch, plans: dict[date, DayPlan]) -> dict[date, list[datetime]]:
    facts = facts_of_days("u1", [TUESDAY, NEXT], plans, Known(seen), SHANGHAI)
    return {day: [punch.at for punch in known.seen] for day, known in facts.items() if known.seen}


def on_tuesday(*seen: SeenPunch, plan: DayPlan = DAY) -> Sequence[SeenPunch]:
    return facts_of_days("u1", [TUESDAY], {TUESDAY: plan}, Known(seen), SHANGHAI)[TUESDAY].seen


def test_each_punch_belongs_to_one_work_date() -> None:
    plans = {
        TUESDAY: NIGHT,
        NEXT: a_plan(a_shift(("22:00", "06:00")), NEXT),
    }
    found = at_dates(gate("21:50"), gate("06:03", NEXT), gate("21:58", NEXT), plans=plans)
    assert found == {TUESDAY: [local("21:50"), local("06:03", NEXT)], NEXT: [local("21:58", NEXT)]}
    assert at_dates(gate("12:00"), plans={TUESDAY: DayPlan(TUESDAY)}) == {TUESDAY: [local("12:00")]}
    assert at_dates(ours("00:20"), plans={}) == {TUESDAY: [local("00:20")]}


def test_two_sources_of_the_same_second_are_one_punch() -> None:
    event, record = gate("12:05"), SeenPunch(local("12:05"), ON, local("13:30"))
    (punch,) = on_tuesday(ours("12:05", "OnDuty/1"), record, event, plan=SPLIT)
    assert punch.check_point == "OnDuty/1"
    assert on_tuesday(event, record, plan=SPLIT) == [record]


@pytest.mark.parametrize(
    ("ledgers", "record", "arrived"),
    [
        (ours("08:50"), {}, None),  # the ledger names the check
        (
            ours("08:50", "OffDuty/0", check_point=None),
            {},
            "08:50",
        ),  # DingTalk counts it as the clock-in
        (ours("08:50", "OffDuty/0", check_point=None), {"planned_at": None}, None),
        (ours("08:40", "OffDuty/0", check_point=None), {}, "08:50"),  # another punch
    ],
)
def test_dingtalk_names_the_check_if_the_ledger_does_not(
    ledgers: SeenPunch, record: dict[str, object], arrived: str | None
) -> None:
    said = {"check_type": ON, "planned_at": local("09:00"), **record}
    told = AttendanceRecord("u1", local("08:50"), None, "ATM", **said)  # type: ignore[arg-type]
    beside = beside_the_ledger([told], [ledgers])
    assert beside == ([told] if arrived else [])
    seen = on_tuesday(ledgers, *map(seen_record, beside))
    if ledgers.check_point is None:
        assert stands(*seen, at=LATE_EVENING).arrived_at == (local(arrived) if arrived else None)


@pytest.mark.parametrize(("at", "left_at"), [("09:30", None), ("17:40", "17:40")])
def test_a_replaced_native_clock_in_is_no_clock_out(at: str, left_at: str | None) -> None:
    approved = ours("08:55", correction=True)
    shown = AttendanceRecord("u1", local(at), None, "ATM", OFF, local("18:00"))
    told = map(seen_record, beside_the_ledger([shown], [approved]))
    day = stands(*on_tuesday(approved, *told), at=LATE_EVENING)
    assert (day.arrived_at, day.left_at) == (local("08:55"), local(left_at) if left_at else None)
