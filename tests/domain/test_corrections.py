"""The rules of make-up punches, each with a case on either side."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.corrections import (
    Correction,
    CorrectionPolicy,
    CorrectionState,
    CorrectionWish,
    Meant,
    Obstacle,
    approver_of,
    decide_correction,
    incomplete,
    note_of,
    punch_of,
)
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.punches import DeliveryState, Punch, PunchSource, counting
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_shift, local

MONDAY, SUNDAY = TUESDAY - timedelta(days=1), TUESDAY - timedelta(days=2)
ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
NOW = local("10:00")
USUAL = CorrectionPolicy()
REJECTED = {"signed": DeliveryState.REJECTED}
SPLIT = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")), MONDAY)]
DAYS = [a_plan(day=TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)]
NIGHTS = [a_plan(a_shift(("22:00", "06:00")), TUESDAY + timedelta(days=offset)) for offset in (-2, -1, 0)]


def a_wish(
    at: str | None = "18:40",
    direction: CheckType | None = OFF,
    day: date | None = MONDAY,
    *,
    reason: str = "phone dead",
    now: datetime = NOW,
) -> CorrectionWish:
    said = time.fromisoformat(at) if at else None
    return CorrectionWish(now, direction, day, said, reason)


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
    wish: CorrectionWish | None = None,
    *,
    plans: list[DayPlan] = DAYS,
    punches: list[Punch] | None = None,
    seen: Sequence[datetime] = (),
    earlier: list[Correction] | None = None,
    policy: CorrectionPolicy = USUAL,
) -> Meant | Obstacle:
    facts = [
        DayFacts(
            "u1", one.work_date, one, [Seen(at) for at in seen if any(point.takes(at) for point in one.points)]
        )
        for one in plans
    ]
    days = [person_day(one, NOW) for one in facts]
    return decide_correction(
        wish or a_wish(),
        days={one.work_date: one for one in days},
        punches=punches or [],
        earlier=earlier or [],
        policy=policy,
        zone=SHANGHAI,
    )


def code(found: Meant | Obstacle | None) -> str:
    assert isinstance(found, Obstacle), found
    return found.code


@pytest.mark.parametrize(
    ("wish", "policy", "wanted"),
    [
        (a_wish(None, None), USUAL, "what"),
        (a_wish(reason="  "), USUAL, "reason"),
        (a_wish(day=TUESDAY + timedelta(days=1)), USUAL, "future"),
        (a_wish(day=TUESDAY - timedelta(days=31)), USUAL, "too_old"),
        (a_wish(day=TUESDAY - timedelta(days=30)), USUAL, None),
        (a_wish(), CorrectionPolicy(enabled=False), "off"),
        (a_wish(), USUAL, None),
    ],
)
def test_what_is_missing_or_wrong_is_said_before_shifts_are_looked_at(
    wish: CorrectionWish, policy: CorrectionPolicy, wanted: str | None
) -> None:
    found = incomplete(wish, policy, SHANGHAI)
    assert (found and code(found)) == wanted


@pytest.mark.parametrize(
    ("wish", "punches", "seen", "wanted"),
    [
        (a_wish("18:40"), [gone("18:05")], [], "replaced"),
        (a_wish("18:40"), [gone("18:40")], [], "nothing_gained"),
        (a_wish("18:40"), [came("18:40")], [], "same_second"),
        (a_wish("18:40"), [gone("18:40", states=REJECTED)], [], "missing"),
        (a_wish("08:55", ON), [came("09:05")], [], "replaced"),
        (a_wish("09:10", ON), [came("09:05")], [], "nothing_gained"),
        (a_wish("09:10", ON), [], ["09:05"], "nothing_gained"),
        (a_wish("18:40"), [], ["18:45"], "nothing_gained"),
        (a_wish("18:40"), [], ["09:10"], "missing"),  # a late coming falls into that window too
        (a_wish("08:55", ON), [], ["08:50"], "nothing_gained"),
    ],
)
def test_a_punch_that_is_there_is_replaced_only_by_one_worth_more(
    wish: CorrectionWish, punches: list[Punch], seen: list[str], wanted: str
) -> None:
    found = decided(wish, punches=punches, seen=[local(at, MONDAY) for at in seen])
    if isinstance(found, Meant):
        assert found.so_far == (punches[0].punched_at if wanted == "replaced" else None)
    else:
        assert code(found) == wanted


@pytest.mark.parametrize(
    ("wish", "plans", "wanted"),
    [
        (a_wish(), [], "plan_unreadable"),
        (a_wish(), [DayPlan(MONDAY), DayPlan(TUESDAY)], "no_shift"),
        (a_wish("23:30"), DAYS, "outside_window"),
        (a_wish("10:30", day=TUESDAY), DAYS, "future"),
        (a_wish("10:30", day=None), DAYS, "day"),
    ],
)
def test_a_time_that_no_check_takes_or_that_has_not_come_is_refused(
    wish: CorrectionWish, plans: list[DayPlan], wanted: str
) -> None:
    assert code(decided(wish, plans=plans)) == wanted


@pytest.mark.parametrize(
    ("wish", "plans", "punches", "work_date", "at"),
    [
        (a_wish("08:55", ON, None), DAYS, [], TUESDAY, local("08:55")),  # without a day today is meant
        (a_wish("06:05", OFF, TUESDAY), NIGHTS, [], MONDAY, local("06:05")),  # of the shift from yesterday
        (a_wish("22:30", OFF, MONDAY), NIGHTS, [], MONDAY, local("22:30", MONDAY)),
        (a_wish("06:05", OFF, MONDAY), NIGHTS, [], SUNDAY, local("06:05", MONDAY)),
        # the check of Sunday's shift is answered, so the morning after Monday's shift is meant
        (a_wish("06:05", OFF, MONDAY), NIGHTS, [gone("06:10", SUNDAY)], MONDAY, local("06:05")),
    ],
)
def test_a_time_belongs_to_the_work_date_of_its_shift(
    wish: CorrectionWish, plans: list[DayPlan], punches: list[Punch], work_date: date, at: datetime
) -> None:
    found = decided(wish, plans=plans, punches=punches)
    assert isinstance(found, Meant)
    assert (found.point.work_date, found.at) == (work_date, at)


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
def test_a_check_is_asked_for_once(state: CorrectionState, wanted: str | None) -> None:
    found = decided(earlier=[a_correction(state)])
    assert isinstance(found, Meant) if wanted is None else code(found) == wanted


def test_so_many_a_month() -> None:
    days = [date(2026, 11, day) for day in (2, 3, 4)]
    asked = [a_correction(CorrectionState.APPROVED, work_date=day) for day in days]
    assert code(decided(earlier=asked)) == "quota"
    refused = [replace(one, state=CorrectionState.REFUSED) for one in asked]
    october = [replace(one, work_date=date(2026, 10, 5)) for one in asked]
    for fewer in (asked[:2], refused, october):
        assert isinstance(decided(earlier=fewer), Meant)


def test_an_approval_makes_a_punch_that_points_at_the_one_it_replaces() -> None:
    old = gone("18:05")
    made = punch_of(a_correction(), "p-new", [old], approved_at=NOW, by="Wang (lead01)")
    assert (made.corrects, made.source, made.punched_at) == (
        old.punch_id,
        PunchSource.CORRECTION,
        local("18:40", MONDAY),
    )
    assert counting([old, made]) == [made]
    assert counting([old, replace(made, states=REJECTED)]) == [old]
    named = note_of(a_correction(), "Wang: approved by (lead01)")
    assert approver_of(named) == ("C-7F3K2M", "Wang approved by (lead01)")
    assert named.endswith(": phone dead")


def test_an_approval_that_a_punch_has_overtaken_makes_none() -> None:
    for there in (gone("18:50"), came("18:40")):
        assert punch_of(a_correction(), "p-new", [there], approved_at=NOW, by="Wang") is None
