"""The rules of make-up punches, each with a case on both sides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytest

from bot.domain.corrections import (
    Correction,
    CorrectionPolicy,
    CorrectionState,
    Meant,
    Obstacle,
    WantedPunch,
    approvers_of,
    decide_correction,
    note_of,
    punch_of,
)
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.punches import DeliveryState, Punch, PunchSource, counting
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_shift, local

MONDAY = TUESDAY - timedelta(days=1)
ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
NOW = local("10:00")
REJECTED = {"signed": DeliveryState.REJECTED}
SPLIT = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")), MONDAY)]
DAYS = [a_plan(day=TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)]
NIGHTS = [
    a_plan(a_shift(("22:00", "06:00")), TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)
]


class Wish(NamedTuple):
    at: str = "18:40"
    direction: CheckType = OFF
    day: date = MONDAY


A_WISH = Wish()


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
    wish: Wish = A_WISH,
    *,
    plans: list[DayPlan] = DAYS,
    seen: Sequence[datetime] = (),
    earlier: list[Correction] | None = None,
) -> Meant | Obstacle:
    facts = [
        DayFacts(
            "u1",
            one.work_date,
            one,
            [Seen(at) for at in seen if any(point.takes(at) for point in one.points)],
        )
        for one in plans
    ]
    return decide_correction(
        WantedPunch(wish.direction, wish.day, [time.fromisoformat(at) for at in wish.at.split()]),
        now=NOW,
        days={facts_of_day.work_date: person_day(facts_of_day, NOW) for facts_of_day in facts},
        earlier=earlier or [],
        policy=CorrectionPolicy(),
        zone=SHANGHAI,
    )


def code(found: Meant | Obstacle | None) -> str:
    assert isinstance(found, Obstacle), found
    return found.code


@pytest.mark.parametrize(
    ("wish", "seen", "so_far"),
    [
        (Wish("18:40"), "18:05", "18:05"),
        (Wish("18:40"), "18:40", "nothing_gained"),
        (Wish("18:40"), "18:45", "nothing_gained"),
        (Wish("18:40"), "09:10", None),  # a late clock-in is in the window, too
        (Wish("08:55", ON), "09:05", "09:05"),
        (Wish("09:10", ON), "09:05", "nothing_gained"),
    ],
)
def test_only_a_better_time_replaces_a_punch(wish: Wish, seen: str, so_far: str | None) -> None:
    found = decided(wish, seen=[local(seen, MONDAY)])
    if isinstance(found, Meant):
        assert found.so_far == (so_far and local(so_far, MONDAY))
    else:
        assert code(found) == so_far


@pytest.mark.parametrize(
    ("wish", "plans", "wanted"),
    [
        (Wish(), [], "plan_unreadable"),
        (Wish(), [DayPlan(MONDAY), DayPlan(TUESDAY)], "no_shift"),
        (Wish("23:30"), DAYS, "outside_window"),
        (Wish("10:30", day=TUESDAY), DAYS, "future"),
    ],
)
def test_a_time_without_check_or_in_the_future_is_refused(
    wish: Wish, plans: list[DayPlan], wanted: str
) -> None:
    assert code(decided(wish, plans=plans)) == wanted


@pytest.mark.parametrize(
    ("wish", "plans", "seen", "work_date", "at"),
    [
        (Wish("08:55", ON, TUESDAY), DAYS, [], TUESDAY, local("08:55")),
        (Wish("06:05", OFF, TUESDAY), NIGHTS, [], MONDAY, local("06:05")),  # yesterday's shift
        (Wish("22:30", OFF, MONDAY), NIGHTS, [], MONDAY, local("22:30", MONDAY)),
        # Sunday's shift has its punch, so this is the morning after Monday's shift
        (Wish("06:05", OFF, MONDAY), NIGHTS, [local("06:10", MONDAY)], MONDAY, local("06:05")),
    ],
)
def test_a_time_belongs_to_the_work_date_of_its_shift(
    wish: Wish, plans: list[DayPlan], seen: list[datetime], work_date: date, at: datetime
) -> None:
    found = decided(wish, plans=plans, seen=seen)
    assert isinstance(found, Meant)
    assert (found.point.work_date, found.at) == (work_date, at)


@pytest.mark.parametrize(
    ("wish", "plans", "at"),
    [
        (Wish("06:50 18:50", OFF, TUESDAY), NIGHTS, local("06:50")),
        (Wish("06:40 18:40", OFF, MONDAY), DAYS, local("18:40", MONDAY)),
        (Wish("09:00 21:00", OFF, MONDAY), DAYS, local("21:00", MONDAY)),  # both lie in the window
        (Wish("08:55 20:55", ON, TUESDAY), DAYS, local("08:55")),
        (Wish("02:00 14:00", ON, MONDAY), DAYS, local("14:00", MONDAY)),
    ],
)
def test_a_time_means_the_reading_in_the_window(
    wish: Wish, plans: list[DayPlan], at: datetime
) -> None:
    found = decided(wish, plans=plans)
    assert isinstance(found, Meant) and found.at == at


def test_two_mornings_without_a_punch_are_asked_about() -> None:
    found = decided(Wish("06:50 18:50", OFF, MONDAY), plans=NIGHTS)
    assert found == Obstacle("which", moments=[local("06:50", MONDAY), local("06:50")])


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (CorrectionState.ASKED, "before_asked"),
        (CorrectionState.APPROVED, "before_approved"),
        (CorrectionState.REFUSED, "before_refused"),
        (CorrectionState.EXPIRED, None),
        (CorrectionState.WITHDRAWN, None),
    ],
)
def test_each_check_has_one_request(state: CorrectionState, wanted: str | None) -> None:
    found = decided(earlier=[a_correction(state)])
    assert isinstance(found, Meant) if wanted is None else code(found) == wanted


def test_a_month_has_a_limit_of_requests() -> None:
    days = [date(2026, 11, day) for day in (2, 3, 4)]
    asked = [a_correction(CorrectionState.APPROVED, work_date=day) for day in days]
    assert code(decided(earlier=asked)) == "quota"
    withdrawn = [replace(request, state=CorrectionState.WITHDRAWN) for request in asked]
    assert code(decided(earlier=withdrawn)) == "quota", "the leads had a note about each"
    refused = [replace(request, state=CorrectionState.REFUSED) for request in asked]
    october = [replace(request, work_date=date(2026, 10, 5)) for request in asked]
    for fewer in (asked[:2], refused, october):
        assert isinstance(decided(earlier=fewer), Meant)


def test_an_approved_punch_names_the_punch_it_replaces() -> None:
    old = gone("18:05")
    made = punch_of(a_correction(), "p-new", [old], approved_at=NOW, by=["Wang (lead01)"])
    assert (made.corrects, made.source, made.punched_at) == (
        old.punch_id,
        PunchSource.CORRECTION,
        local("18:40", MONDAY),
    )
    assert counting([old, made]) == [made]
    assert counting([old, replace(made, states=REJECTED)]) == [old]
    named = note_of(a_correction(), ["Wang: approved by (lead01)", "Ann for (u1)"])
    assert approvers_of(named) == ("C-7F3K2M", ["Wang approved by (lead01)", "Ann (u1)"])
    assert named.endswith(": phone dead")


def test_an_approval_makes_no_punch_beside_an_equal_one() -> None:
    for there in (gone("18:50"), came("18:40")):
        assert punch_of(a_correction(), "p-new", [there], approved_at=NOW, by=["Wang"]) is None
