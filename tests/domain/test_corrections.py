"""The rules of make-up punches, each with a case on both sides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.domain.corrections import (
    Correction,
    CorrectionPolicy,
    CorrectionState,
    Obstacle,
    WantedPunch,
    approvers_of,
    decide_correction,
    note_of,
    punch_of,
)
from bot.domain.day import person_day
from bot.domain.facts import DayFacts, SeenPunch
from bot.domain.punches import DeliveryState, Punch, PunchSource, punches_that_count
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_shift, local
from tests.tables import cases

MONDAY = TUESDAY - timedelta(days=1)
ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
NOW = local("10:00")
REJECTED = {"signed": DeliveryState.REJECTED}
SPLIT = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")), MONDAY)]
REST = [DayPlan(MONDAY), DayPlan(TUESDAY)]
DAYS = [a_plan(day=TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)]
NIGHTS = [
    a_plan(a_shift(("22:00", "06:00")), TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)
]


def a_correction(
    state: CorrectionState = CorrectionState.ASKED,
    *,
    work_date: date = MONDAY,
    check_point: str = "OffDuty/0",
    asked_at: datetime = NOW - timedelta(days=1),
) -> Correction:
    return Correction(
        reference="C-7F3K2M",
        user_id="u1",
        message_id="m1",
        work_date=work_date,
        check_type=CheckType(check_point.partition("/")[0]),
        check_point=check_point,
        punched_at=local("18:40", work_date),
        time_result=TimeResult.NORMAL,
        late_minutes=0,
        reason="phone dead",
        asked_at=asked_at,
        expires_at=asked_at + timedelta(days=7),
        state=state,
    )


def gone(at: str, day: date = MONDAY, **more: object) -> Punch:
    return a_punch(local(at, day), OFF, check_point="OffDuty/0", work_date=day, **more)  # type: ignore[arg-type]


def came(at: str, day: date = MONDAY, **more: object) -> Punch:
    return a_punch(local(at, day), work_date=day, **more)  # type: ignore[arg-type]


def decided(
    at: str = "18:40",
    direction: CheckType = OFF,
    day: date = MONDAY,
    *,
    plans: list[DayPlan] = DAYS,
    seen: Sequence[datetime] = (),
    earlier: list[Correction] | None = None,
) -> str:
    """Return the work date, time and present punch of what is meant, or the obstacle."""
    facts = [
        DayFacts(
            "u1",
            one.work_date,
            one,
            [SeenPunch(at) for at in seen if any(point.takes(at) for point in one.points)],
        )
        for one in plans
    ]
    decision = decide_correction(
        WantedPunch(direction, day, [time.fromisoformat(clock) for clock in at.split()]),
        now=NOW,
        days={facts_of_day.work_date: person_day(facts_of_day, NOW) for facts_of_day in facts},
        earlier=earlier or [],
        policy=CorrectionPolicy(),
        zone=SHANGHAI,
    )
    if isinstance(decision, Obstacle):
        first = decision.key.split(".")[1]
        moments: Sequence[datetime | None] = decision.moments
    else:
        first = f"{decision.point.work_date:%d}"
        moments = (decision.at, decision.so_far)
    shown = (f"{moment.astimezone(SHANGHAI):%d/%H:%M}" for moment in moments if moment)
    return " ".join([first, *shown])


@cases
def test_each_wish_gets_its_decision(
    at: str,
    direction: CheckType,
    day: date,
    plans: list[DayPlan],
    seen: list[datetime],
    expected: str,
) -> None:
    assert decided(at, direction, day, plans=plans, seen=seen) == expected


@cases
def test_each_check_has_one_request(state: CorrectionState, expected: str) -> None:
    assert decided(earlier=[a_correction(state)]) == expected


def test_a_month_has_a_limit_of_requests() -> None:
    days = [date(2026, 11, day) for day in (2, 3, 4)]
    asked = [a_correction(CorrectionState.APPROVED, work_date=day) for day in days]
    assert decided(earlier=asked) == "rule_quota"
    withdrawn = [replace(request, state=CorrectionState.WITHDRAWN) for request in asked]
    assert decided(earlier=withdrawn) == "rule_quota", "the leads had a note about each"
    refused = [replace(request, state=CorrectionState.REFUSED) for request in asked]
    october = [replace(request, work_date=date(2026, 10, 5)) for request in asked]
    for fewer in (asked[:2], refused, october):
        assert decided(earlier=fewer) == "23 23/18:40"


def test_an_approved_punch_names_the_punch_it_replaces() -> None:
    old = gone("18:05")
    made = punch_of(a_correction(), "p-new", [old], approved_at=NOW, by=["Wang (lead01)"])
    assert (made.corrects, made.source, made.punched_at) == (
        old.punch_id,
        PunchSource.CORRECTION,
        local("18:40", MONDAY),
    )
    assert punches_that_count([old, made]) == [made]
    assert punches_that_count([old, replace(made, states=REJECTED)]) == [old]
    named = note_of(a_correction(), ["Wang: approved by (lead01)", "Ann for (u1)"])
    assert approvers_of(named) == ("C-7F3K2M", ["Wang approved by (lead01)", "Ann (u1)"])
    assert named.endswith(": phone dead")


def test_an_approval_makes_no_punch_beside_an_equal_one() -> None:
    for there in (gone("18:50"), came("18:40")):
        assert punch_of(a_correction(), "p-new", [there], approved_at=NOW, by=["Wang"]) is None
