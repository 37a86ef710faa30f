"""The decision about a requested punch: its shift decides, and the bot asks in doubt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.day import person_day
from bot.domain.deciding import MOST_A_DAY, decide_punch, time_that_counts
from bot.domain.facts import DayFacts, SeenPunch
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    DeliveryState,
    NotPunched,
    Punch,
    PunchPolicy,
    PunchRequest,
    Remark,
    has_remark,
    join_notes,
    may_become,
    name_after,
)
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Unusable, Whereabouts
from bot.services.punches import native_punches
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_request, a_shift, local
from tests.tables import cases

IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
WEDNESDAY = TUESDAY + timedelta(days=1)
NIGHT = a_shift(("22:00", "06:00"))
DAY, NIGHTS = [a_plan(), a_plan(day=WEDNESDAY)], [a_plan(NIGHT, TUESDAY), a_plan(NIGHT, WEDNESDAY)]
SPLIT = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")))]
REST = [DayPlan(TUESDAY), DayPlan(WEDNESDAY)]
REJECTED = {"signed": DeliveryState.REJECTED}
CAME = a_punch(local("08:58"))
WENT_EARLY = a_punch(local("17:59:20"), OUT, check_point="OffDuty/0", result=TimeResult.EARLY)
OUTSIDE = Whereabouts(LocationResult.OUTSIDE, "HQ", 900.0)
# made without a readable plan
BLIND = a_punch(local("08:58"), check_point=None, result=TimeResult.UNKNOWN)
WENT_FREE = replace(
    a_punch(local("15:00"), OUT, check_point=None, result=TimeResult.UNKNOWN), note=Remark.NO_SHIFT
)
CAME_AT_NIGHT = a_punch(local("21:55"))
CAME_REFUSED = replace(CAME, states=REJECTED)
CAME_REFUSED_ONCE = replace(CAME, states={**REJECTED, "u": DeliveryState.SENT})
BLIND_AT_5, BLIND_AT_8, BLIND_AT_22 = (
    replace(BLIND, punched_at=local(at)) for at in ("05:00", "08:50", "22:00")
)
FIVE_MINUTES = [a_plan(a_shift(grace_minutes=5))]
UNKNOWN_GRACE = [a_plan(a_shift(grace_minutes=None))]
BEFORE_REST = [DAY[0], DayPlan(WEDNESDAY)]


def went(at: str, check_point: str | None = "OffDuty/0", **more: object) -> Punch:
    return a_punch(local(at), OUT, check_point=check_point, **more)  # type: ignore[arg-type]


def decide(
    said: str | datetime | PunchRequest,
    direction: CheckType | None = None,
    *earlier: Punch,
    plans: Sequence[DayPlan] | None = DAY,
    **more: object,
) -> Decision:
    """Decide about a request or a time. `+00:20` is on Wednesday."""
    if isinstance(said, str):
        said = local(said.removeprefix("+"), WEDNESDAY if said.startswith("+") else TUESDAY)
    request = said if isinstance(said, PunchRequest) else a_request(said, direction)
    rest = {"native": (), "policy": PunchPolicy(), **more}
    return decide_punch(request, plans=plans, earlier=earlier, **rest)  # type: ignore[arg-type]


def shown(decision: Decision) -> str:
    """Return a decision as text: check, time result and note, or the time of the earlier punch."""
    if isinstance(decision, Accepted):
        day = "+" if decision.work_date == WEDNESDAY else ""
        check = decision.check_point or f"{decision.check_type} without check"
        parts = [day + check, decision.time_result, decision.late_minutes or "", decision.note]
        return " ".join(str(part) for part in parts if part)
    if isinstance(decision, AlreadyPunched):
        return f"already {decision.punch.punched_at.astimezone(SHANGHAI):%H:%M}"
    return f"ask {decision.why}"


WENT_REFUSED, WENT_REFUSED_THEN = (went(at, states=REJECTED) for at in ("18:01", "18:01:07.120"))
WENT_AT_NOON = went("12:00", None)
WENT_OUTSIDE = replace(went("18:01"), where=OUTSIDE)


@cases
def test_each_request_gets_its_decision(
    said: str,
    direction: CheckType | None,
    earlier: list[str | Punch],
    plans: list[DayPlan] | None,
    expected: str,
) -> None:
    """A time in `earlier` is a clock-out."""
    punches = [went(punch) if isinstance(punch, str) else punch for punch in earlier]
    assert shown(decide(said, direction, *punches, plans=plans)) == expected


def test_a_confirmed_direction_outside_its_window_is_recorded() -> None:
    assert decide("18:30", IN) == NotPunched("direction", IN)
    confirmed = decide(a_request(local("18:30"), IN, confirmed=True))
    assert shown(confirmed) == f"OnDuty without check unknown {Remark.OUTSIDE_WINDOW}"
    noted = decide(a_request(local("18:30"), IN, confirmed=True, note='"a visit"'))
    assert shown(noted) == f'OnDuty without check unknown "a visit"; {Remark.OUTSIDE_WINDOW}'


@cases
def test_a_bare_punch_follows_a_native_punch(native: str, at: str, expected: str) -> None:
    day = person_day(DayFacts("u1", TUESDAY, DAY[0], [SeenPunch(local(native))]), local(at))
    assert shown(decide(at, native=native_punches(day))) == expected


@pytest.mark.parametrize("age", [timedelta(hours=24, seconds=1), -timedelta(minutes=3)])
def test_an_old_or_future_message_is_asked_about(age: timedelta) -> None:
    at = local("08:58")
    assert decide(a_request(at, IN, received_at=at + age)) == NotPunched("again", IN)
    for near in (timedelta(hours=24), -timedelta(minutes=2)):
        assert shown(decide(a_request(at, IN, received_at=at + near))) == "OnDuty/0 Normal"


def test_a_required_place_is_asked_for() -> None:
    needed = PunchPolicy(location="required")
    for at, question in (
        ("08:58", NotPunched("place", IN)),
        ("18:05", NotPunched("place", OUT)),
        ("14:00", NotPunched("place")),
    ):
        assert decide(at, policy=needed) == question
    coarse = a_request(local("08:58"), IN, unusable=Unusable.COARSE)
    assert decide(coarse, policy=needed) == NotPunched("place", IN, Unusable.COARSE)
    # an earlier punch needs no place
    assert decide("09:05", None, CAME, policy=needed) == AlreadyPunched(CAME)
    centre = Fix(39.9, 116.4, None, Datum.GCJ02, LocationSource.NAMED)
    named = a_request(
        local("09:05"), IN, where=Whereabouts(LocationResult.NORMAL, "HQ", None, centre)
    )
    # a named site is no position
    assert decide(replace(named, by_location=True)) == NotPunched("place", IN)
    assert isinstance(decide(named, policy=needed), Accepted)


def test_a_company_can_refuse_punches_outside() -> None:
    far = Fix(39.0, 116.0, None, Datum.GCJ02, LocationSource.TYPED)
    outside = a_request(
        local("08:58"), IN, where=Whereabouts(LocationResult.OUTSIDE, "HQ", 900.0, far)
    )
    assert decide(outside, policy=PunchPolicy(outside="reject")) == NotPunched("outside")
    assert isinstance(decide(outside), Accepted)


def test_a_work_date_takes_a_limited_number_of_punches() -> None:
    went_often = [went(f"18:{minute:02}") for minute in range(MOST_A_DAY)]
    assert isinstance(decide("18:45", OUT, *went_often[1:]), Accepted)
    assert decide("18:45", OUT, *went_often) == NotPunched("too_many")
    rejected = [replace(punch, states=REJECTED) for punch in went_often]
    assert decide("18:45", OUT, *rejected) == NotPunched("too_many")
    assert isinstance(decide("+18:45", OUT, *went_often), Accepted)
    assert decide("18:29:30", OUT, *went_often) == AlreadyPunched(went_often[29])


def test_deliveries_have_only_the_documented_transitions() -> None:
    a, s, c, r, u = (
        DeliveryState[name] for name in ("ACCEPTED", "SENT", "CONFIRMED", "REJECTED", "UNKNOWN")
    )
    allowed = {(x, y) for x in DeliveryState for y in DeliveryState if may_become(x, y)}
    assert allowed == {(a, s), (a, r), (a, u), (u, s), (u, a), (s, c), (s, r)}
    assert may_become(u, a, r) and not may_become(s, a, r)
    delivered = (replace(CAME, states=dict(enumerate(states))) for states in ([s, u], [c, r], []))
    assert [punch.status for punch in delivered] == [u, r, a]


@pytest.mark.parametrize(
    "said", [*(f"{remark}Mars" for remark in Remark), *Remark, '"; reason given; "']
)
def test_a_persons_reason_is_never_read_as_a_remark(said: str) -> None:
    note = join_notes(reason=f"traffic; {said}")
    for remark in Remark:
        assert (has_remark(note, remark), name_after(note, remark)) == (False, None)


@cases
def test_a_confirmed_punch_has_the_better_time(
    direction: CheckType | None,
    first: str,
    last: str,
    plans: list[DayPlan] | None,
    counted: str,
) -> None:
    assert time_that_counts(direction, [local(first), local(last)], plans) == local(counted)
