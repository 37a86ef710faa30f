"""The decision about a requested punch: its shift decides, and the bot asks in doubt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.deciding import MOST_A_DAY, decide_punch, time_that_counts
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
    least_settled,
    may_become,
    name_after,
    request_note,
)
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import (
    Datum,
    Fix,
    LocationResult,
    LocationSource,
    Unusable,
    Whereabouts,
)
from bot.services.punches import native_punches
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_request, a_shift, local

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
ASK = "ask direction"


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


@pytest.mark.parametrize(
    ("said", "direction", "earlier", "plans", "expected"),
    [
        # a stated direction
        ("07:00", IN, [], DAY, "OnDuty/0 Normal"),  # when the window opens
        ("09:00:00.400", IN, [], DAY, "OnDuty/0 Normal"),
        ("09:00:01", IN, [], DAY, "OnDuty/0 Late"),
        ("18:00", OUT, [], DAY, "OffDuty/0 Normal"),
        ("17:50", OUT, [], DAY, "OffDuty/0 Early 10"),
        ("22:00", OUT, [], DAY, "OffDuty/0 Normal"),  # when the window closes
        ("09:05:01", IN, [], [a_plan(a_shift(grace_minutes=5))], "OnDuty/0 Late 5"),
        ("09:20", IN, [], [a_plan(a_shift(grace_minutes=None))], "OnDuty/0 unknown"),
        ("+00:20", IN, [], NIGHTS, "OnDuty/0 Late 140"),
        ("12:55", IN, [CAME], SPLIT, "OnDuty/1 Normal"),
        # a bare punch takes its direction from the shift, never from the number of punches
        ("08:50", None, [], DAY, "OnDuty/0 Normal"),
        ("13:30", None, [], DAY, "OnDuty/0 Late 270"),
        ("13:31", None, [], DAY, ASK),
        ("17:59", None, [CAME], DAY, ASK),
        ("18:00", None, [], DAY, "OffDuty/0 Normal"),
        ("+06:05", None, [], NIGHTS, "OffDuty/0 Normal"),
        ("08:50", None, [], None, ASK),
        ("12:30", None, [], SPLIT, ASK),  # clock-out and clock-in overlap
        ("12:45", None, [], SPLIT, ASK),
        # after the end of the shift, with an earlier clock-out
        ("18:05", None, [went("18:01")], DAY, "already 18:01"),
        ("18:05", None, [went("09:46")], DAY, ASK),
        ("18:05", None, [went("09:46"), went("18:01")], DAY, "already 18:01"),
        # a second clock-in changes nothing, a second clock-out is a new punch
        ("09:02", IN, [CAME], DAY, "already 08:58"),
        ("09:02", None, [BLIND], DAY, "already 08:58"),
        ("09:02", IN, [replace(BLIND, punched_at=local("08:50")), CAME], DAY, "already 08:58"),
        ("09:10", IN, [replace(CAME, states=REJECTED)], DAY, "OnDuty/0 Late 10"),
        (
            "09:10",
            IN,
            [replace(CAME, states={**REJECTED, "u": DeliveryState.SENT})],
            DAY,
            "already 08:58",
        ),
        ("18:30", OUT, [went("18:01")], DAY, "OffDuty/0 Normal"),
        # a clock-out within a minute of an equal one changes nothing
        ("18:01:59", OUT, [went("18:01")], DAY, "already 18:01"),
        ("18:02:00", OUT, [went("18:01")], DAY, "OffDuty/0 Normal"),
        ("18:01:20", OUT, [went("18:01:40")], DAY, "already 18:01"),  # it came late
        ("18:01:40", OUT, [went("18:01", states=REJECTED)], DAY, "OffDuty/0 Normal"),
        ("18:00:10", OUT, [WENT_EARLY], DAY, "OffDuty/0 Normal"),
        ("17:59:50", OUT, [WENT_EARLY], DAY, "already 17:59"),
        ("18:01:40", OUT, [replace(went("18:01"), where=OUTSIDE)], DAY, "OffDuty/0 Normal"),
        ("15:00:40", OUT, [WENT_FREE], REST, "already 15:00"),
        # a clock-in without check counts for the check of its window
        ("12:55", IN, [BLIND], SPLIT, "OnDuty/1 Normal"),
        ("11:10", IN, [CAME], SPLIT, "OnDuty/1 Normal"),  # two windows are open
        ("08:59", IN, [replace(BLIND, punched_at=local("05:00"))], DAY, "OnDuty/0 Normal"),
        # DingTalk keeps one punch a person and second
        ("18:01:07.890", IN, [went("18:01:07.120")], None, "already 18:01"),
        ("18:01:07.890", OUT, [went("18:01:07.120", states=REJECTED)], DAY, "OffDuty/0 Normal"),
        # without a plan or a shift
        ("05:00", IN, [], None, "OnDuty without check unknown plan not readable"),
        ("05:00", OUT, [], REST, "OffDuty without check unknown no shift"),
        ("10:00", None, [], REST, "OnDuty without check unknown no shift"),
        ("15:00", None, [BLIND], REST, ASK),
        ("13:00", IN, [BLIND], REST, "already 08:58"),
        ("13:00", IN, [BLIND, went("12:00", None)], REST, "OnDuty without check unknown no shift"),
        ("15:00", None, [went("12:00", None)], REST, ASK),
        ("+02:00", None, [replace(BLIND, punched_at=local("22:00"))], REST, ASK),
        ("+08:57", OUT, [CAME], REST, "OffDuty without check unknown no shift"),
        ("+08:58", OUT, [CAME], REST, "+OffDuty without check unknown no shift"),  # a day later
        # outside every window the bot asks, except about a clock-out after a clock-in
        ("05:00", IN, [], DAY, ASK),
        ("05:00", IN, [], [a_plan(), DayPlan(WEDNESDAY)], ASK),
        ("05:00", None, [], DAY, ASK),
        ("22:30", OUT, [], DAY, ASK),
        ("22:30", OUT, [CAME, went("18:01")], DAY, ASK),
        ("22:30", IN, [CAME], DAY, ASK),
        ("22:30", None, [CAME], DAY, ASK),
        ("22:30", OUT, [CAME], DAY, "OffDuty without check unknown outside the shift's window"),
        ("+00:30", OUT, [CAME], DAY, "OffDuty without check unknown outside the shift's window"),
        (
            "+10:30",
            OUT,
            [CAME_AT_NIGHT],
            NIGHTS,
            "OffDuty without check unknown outside the shift's window",
        ),
    ],
)
def test_each_request_gets_its_decision(
    said: str,
    direction: CheckType | None,
    earlier: list[Punch],
    plans: list[DayPlan] | None,
    expected: str,
) -> None:
    assert shown(decide(said, direction, *earlier, plans=plans)) == expected


def test_a_confirmed_direction_outside_its_window_is_recorded() -> None:
    assert decide("18:30", IN) == NotPunched("direction", IN)
    confirmed = decide(a_request(local("18:30"), IN, confirmed=True))
    assert shown(confirmed) == f"OnDuty without check unknown {Remark.OUTSIDE_WINDOW}"
    noted = decide(a_request(local("18:30"), IN, confirmed=True, note='"a visit"'))
    assert shown(noted) == f'OnDuty without check unknown "a visit"; {Remark.OUTSIDE_WINDOW}'


@pytest.mark.parametrize(
    ("native", "at", "expected"),
    [
        pytest.param("08:52", "09:10", "already 08:52", id="came in the app"),
        pytest.param("08:52", "18:01", "OffDuty/0 Normal", id="came in the app, goes now"),
        pytest.param("18:02", "18:05", "already 18:02", id="went in the app"),
        pytest.param(
            "17:30", "18:05", "OffDuty/0 Normal", id="went early in the app, maybe came back"
        ),
        pytest.param("13:45", "18:05", "OffDuty/0 Normal", id="passed a gate at noon"),
    ],
)
def test_a_bare_punch_follows_a_native_punch(native: str, at: str, expected: str) -> None:
    day = person_day(DayFacts("u1", TUESDAY, DAY[0], [Seen(local(native))]), local(at))
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
    assert [least_settled(states) for states in ([s, u], [c, r], [])] == [u, r, a]


@pytest.mark.parametrize(
    "said", [*(f"{remark}Mars" for remark in Remark), *Remark, '"; reason given; "']
)
def test_a_persons_reason_is_never_read_as_a_remark(said: str) -> None:
    note = request_note(f"traffic; {said}")
    for remark in Remark:
        assert (has_remark(note, remark), name_after(note, remark)) == (False, None)


@pytest.mark.parametrize(
    ("direction", "first", "last", "plans", "counted"),
    [
        (IN, "08:58", "09:02", DAY, "08:58"),
        (OUT, "17:58", "18:01", DAY, "18:01"),
        (OUT, "18:01", "18:03", DAY, "18:03"),
        (IN, "06:59", "07:01", DAY, "07:01"),  # the window opens in between
        (OUT, "21:59", "22:01", DAY, "21:59"),  # the window closes in between
        (OUT, "14:59", "15:01", SPLIT, "14:59"),  # the other would leave the second section early
        (IN, "05:00", "05:01", None, "05:00"),
        (OUT, "05:00", "05:01", REST, "05:01"),
        (None, "17:58", "18:01", DAY, "17:58"),  # then the bot asks
    ],
)
def test_a_confirmed_punch_has_the_better_time(
    direction: CheckType | None,
    first: str,
    last: str,
    plans: list[DayPlan] | None,
    counted: str,
) -> None:
    assert time_that_counts(direction, [local(first), local(last)], plans) == local(counted)
