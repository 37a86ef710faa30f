"""What a message that wants to punch means: its shift decides, and a doubt is asked about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain import notes
from bot.domain.datum import Datum
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.deciding import decide_punch
from bot.domain.deliveries import DeliveryState, least_settled, may_become
from bot.domain.notes import Remark, has_remark, name_after, request_note
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskPlace,
    Decision,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
    Refused,
    day_at,
    punches_of_day,
)
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan, Shift, day_plan
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.domain.verdicts import native_punches
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_request, a_shift, local

IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
NORMAL, LATE, EARLY, UNKNOWN = TimeResult.NORMAL, TimeResult.LATE, TimeResult.EARLY, TimeResult.UNKNOWN
WEDNESDAY = TUESDAY + timedelta(days=1)
DAY = [a_plan()]
NIGHT = a_shift(("22:00", "06:00"))
NIGHTS = [a_plan(NIGHT, TUESDAY), a_plan(NIGHT, WEDNESDAY)]
SPLIT = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")))]
REST = [DayPlan(TUESDAY), DayPlan(WEDNESDAY)]
REJECTED = {"signed": DeliveryState.REJECTED}
CAME = a_punch(local("08:58"))
BLIND = a_punch(local("08:58"), check_point=None, result=UNKNOWN)  # while the plan could not be read


def went(at: str, check_point: str | None = "OffDuty/0", **more: object) -> Punch:
    return a_punch(local(at), OUT, check_point=check_point, **more)  # type: ignore[arg-type]


def decide(
    said: str | datetime | PunchRequest,
    direction: CheckType | None = None,
    *earlier: Punch,
    plans: Sequence[DayPlan] | None = DAY,
    **more: object,
) -> Decision:
    at = local(said) if isinstance(said, str) else said
    request = at if isinstance(at, PunchRequest) else a_request(at, direction)
    return decide_punch(request, plans=plans, earlier=earlier, **more)  # type: ignore[arg-type]


def accepted(decision: Decision) -> Accepted:
    assert isinstance(decision, Accepted), decision
    return decision


@pytest.mark.parametrize(
    ("at", "direction", "result", "late"),
    [
        ("07:00", IN, NORMAL, 0),  # when the window opens
        ("09:00:00.400", IN, NORMAL, 0),
        ("09:00:01", IN, LATE, 0),
        ("18:00", OUT, NORMAL, 0),
        ("17:50", OUT, EARLY, 10),
        ("17:59:59.900", OUT, EARLY, 0),
        ("22:00", OUT, NORMAL, 0),  # when the window closes
    ],
)
def test_a_stated_direction_is_compared_with_its_check_point(
    at: str, direction: CheckType, result: TimeResult, late: int
) -> None:
    decision = accepted(decide(at, direction))
    assert (decision.time_result, decision.late_minutes) == (result, late)
    assert (decision.work_date, decision.check_point) == (TUESDAY, f"{direction}/0")


def test_grace_is_counted_to_the_second_and_an_unknown_one_makes_nobody_late() -> None:
    for grace, at, result in ((5, "09:05:00.900", NORMAL), (5, "09:05:01", LATE), (None, "09:20", UNKNOWN)):
        decision = accepted(decide(at, IN, plans=[a_plan(a_shift(grace_minutes=grace))]))
        assert decision.time_result is result


@pytest.mark.parametrize(
    ("at", "direction"),
    [("08:50", IN), ("09:20", IN), ("13:30", IN), ("13:31", None), ("17:59", None), ("18:00", OUT), ("21:00", OUT),
     ("04:00", None)],
)  # fmt: skip
def test_a_bare_punch_takes_its_direction_from_the_shift_or_asks(at: str, direction: CheckType | None) -> None:
    decision = decide(at)
    assert decision == AskDirection() if direction is None else accepted(decision).check_type is direction


def test_a_bare_punch_asks_where_the_shift_does_not_tell() -> None:
    assert decide("17:00", None, CAME) == AskDirection()  # the parity of punches never decides
    assert decide("08:50", plans=None) == AskDirection()
    assert decide("12:30", plans=SPLIT) == AskDirection()  # going and coming overlap


@pytest.mark.parametrize(
    ("outs", "stands"),
    [
        (("18:01",), "18:01"),
        (("09:46",), None),  # early, so it may have been a slip
        (("18:02", "17:50"), "18:02"),  # in whichever order they came
        (("17:40", "17:59:59"), None),
    ],
)
def test_a_bare_punch_after_the_end_asks_where_only_an_early_clock_out_stands(
    outs: tuple[str, ...], stands: str | None
) -> None:
    made = [went(at) for at in outs]
    expected = next((AlreadyPunched(one) for one in made if stands and one.punched_at == local(stands)), None)
    assert decide("18:05", None, *made) == (expected or AskDirection())


@pytest.mark.parametrize(
    ("native", "at", "expected"),
    [
        pytest.param("08:52", "09:10", "08:52", id="came in the app"),
        pytest.param("08:52", "18:01", OUT, id="came in the app, goes now"),
        pytest.param("18:02", "18:05", "18:02", id="went in the app"),
        pytest.param("19:30", "21:00", "19:30", id="went in the app long before"),
        pytest.param("17:30", "18:05", OUT, id="went early in the app, and perhaps came back"),
        pytest.param("13:45", "18:05", OUT, id="passed a gate at noon"),
    ],
)
def test_a_bare_punch_after_a_native_one_answers_what_is_there_or_makes_the_next_check(
    native: str, at: str, expected: str | CheckType
) -> None:
    day = person_day(DayFacts("u1", TUESDAY, DAY[0], [Seen(local(native))]), local(at))
    decision = decide(at, native=native_punches(day))
    if isinstance(expected, CheckType):
        assert accepted(decision).check_type is expected
    else:
        assert isinstance(decision, AlreadyPunched)
        assert decision.punch.punched_at == local(expected)


@pytest.mark.parametrize(("at", "direction"), [("09:02", IN), ("09:02", None), ("13:00", IN)])
@pytest.mark.parametrize("made", [CAME, BLIND])
def test_a_second_clock_in_changes_nothing(made: Punch, at: str, direction: CheckType | None) -> None:
    assert decide(at, direction, made) == AlreadyPunched(made)


def test_a_clock_in_without_check_point_answers_the_check_whose_window_holds_it() -> None:
    after_midnight = a_punch(local("00:05", WEDNESDAY), check_point=None, work_date=WEDNESDAY)
    assert decide(local("00:20", WEDNESDAY), IN, after_midnight, plans=NIGHTS) == AlreadyPunched(after_midnight)
    assert accepted(decide("12:55", IN, BLIND, plans=SPLIT)).check_point == "OnDuty/1"
    outside = a_punch(local("05:00"), check_point=None, result=UNKNOWN)
    assert accepted(decide("08:59", IN, outside)).check_point == "OnDuty/0"


def test_a_clock_in_stands_unless_every_target_rejected_it() -> None:
    assert accepted(decide("09:00", IN, replace(CAME, states=REJECTED)))
    assert accepted(decide("09:10", IN, replace(BLIND, states=REJECTED)))
    half = replace(CAME, states={**REJECTED, "record_upload": DeliveryState.SENT})
    assert decide("09:00", IN, half) == AlreadyPunched(half)


def test_a_later_clock_out_is_another_punch() -> None:
    assert accepted(decide("18:30", OUT, went("18:01"))).check_type is OUT


@pytest.mark.parametrize("direction", [OUT, IN, None])
def test_a_person_has_one_punch_in_one_second(direction: CheckType | None) -> None:
    first, rejected = went("18:01:07.120"), went("18:01:07.120", states=REJECTED)
    again = a_request(local("18:01:07.890"), direction, confirmed=True)
    for plans in (DAY, None):
        assert decide(again, None, first, plans=plans) == AlreadyPunched(first)
    assert accepted(decide("18:01:08", OUT, first)).check_type is OUT
    assert accepted(decide("18:01:07.890", OUT, rejected)).check_type is OUT


def test_without_a_plan_a_stated_direction_is_recorded_without_a_verdict() -> None:
    for plans, remark in ((None, Remark.PLAN_UNREADABLE), (REST, Remark.NO_SHIFT)):
        for direction in (IN, OUT):
            decision = accepted(decide("05:00", direction, plans=plans))
            assert (decision.check_type, decision.check_point, decision.time_result) == (direction, None, UNKNOWN)
            assert decision.note == remark


def test_on_a_rest_day_the_first_bare_punch_is_coming_and_the_next_asks() -> None:
    came, gone = a_punch(local("10:00"), check_point=None), went("12:00", None)
    assert accepted(decide("10:00", plans=REST)).check_type is IN
    assert decide("15:00", None, came, plans=REST) == AskDirection()
    assert decide("13:00", IN, came, plans=REST) == AlreadyPunched(came)
    assert accepted(decide("13:00", IN, came, gone, plans=REST)).check_type is IN


@pytest.mark.parametrize(("at", "direction"), [("05:00", IN), ("18:30", IN), ("08:50", OUT), ("22:30", OUT)])
def test_a_stated_direction_that_fits_no_window_is_asked_about_and_recorded_once_confirmed(
    at: str, direction: CheckType
) -> None:
    assert decide(at, direction) == AskDirection(said=direction)
    decision = accepted(decide(a_request(local(at), direction, confirmed=True)))
    assert (decision.check_type, decision.check_point, decision.time_result) == (direction, None, UNKNOWN)
    assert decision.note == Remark.OUTSIDE_WINDOW


@pytest.mark.parametrize(
    ("shift", "came", "goes"),
    [
        (a_shift(), local("08:58"), local("22:30")),
        (a_shift(), local("08:50"), local("00:30", WEDNESDAY)),
        (NIGHT, local("21:50"), local("10:30", WEDNESDAY)),
    ],
)
def test_who_goes_home_past_every_window_is_never_taken_for_coming(
    shift: Shift, came: datetime, goes: datetime
) -> None:
    plans, made = [a_plan(shift), a_plan(shift, WEDNESDAY)], a_punch(came)
    assert decide(goes, None, made, plans=plans) == AskDirection()
    for known in (plans, None):
        decision = accepted(decide(goes, OUT, made, plans=known))
        assert (decision.check_type, decision.work_date, decision.time_result) == (OUT, TUESDAY, UNKNOWN)


def test_a_punch_after_midnight_belongs_to_the_night_shift_of_the_day_before() -> None:
    late = accepted(decide(local("00:20", WEDNESDAY), IN, plans=NIGHTS))
    assert (late.work_date, late.time_result, late.late_minutes) == (TUESDAY, LATE, 140)
    leaving = accepted(decide(local("06:05", WEDNESDAY), plans=NIGHTS))
    assert (leaving.work_date, leaving.check_type) == (TUESDAY, OUT)


@pytest.mark.parametrize(
    ("at", "went_at", "plans", "is_yesterdays"),
    [
        ("05:59", None, NIGHTS, True),
        ("06:01", None, NIGHTS, True),  # the clock-out is still open
        ("06:04", "06:03", NIGHTS, False),
        ("10:01", None, NIGHTS, False),  # its window is over
        ("09:00", None, [NIGHTS[0], a_plan(day=WEDNESDAY)], False),  # today's shift begins
        ("00:30", None, [a_plan(day=TUESDAY), a_plan(day=WEDNESDAY)], False),
    ],
)
def test_a_night_shift_is_today_until_its_clock_out(
    at: str, went_at: str | None, plans: list[DayPlan], is_yesterdays: bool
) -> None:
    punches = [a_punch(local("21:55"))]
    if went_at is not None:
        punches.append(replace(went("06:03"), punched_at=local(went_at, WEDNESDAY)))
    by_date = {plan.work_date: plan for plan in plans}
    found = day_at(by_date, punches, local(at, WEDNESDAY), SHANGHAI)
    assert found == (TUESDAY if is_yesterdays else WEDNESDAY)
    assert day_at(by_date, [], local("06:01", WEDNESDAY), SHANGHAI) == WEDNESDAY  # they did not come
    shown = punches_of_day(punches, plans, local("06:04", WEDNESDAY), SHANGHAI)
    assert shown == (punches if plans[0] is NIGHTS[0] else [])


@pytest.mark.parametrize("age", [timedelta(days=10), timedelta(hours=24, seconds=1), -timedelta(minutes=3)])
def test_a_message_from_long_ago_or_the_future_is_asked_about(age: timedelta) -> None:
    at = local("08:58")
    assert decide(a_request(at, IN, received_at=at + age)) == AskAgain(IN, at)


def test_voice_is_confirmed_before_it_punches_and_never_guessed() -> None:
    spoken = a_request(local("08:58"), IN, source=PunchSource.VOICE)
    assert decide(spoken) == AskConfirm(IN)
    assert accepted(decide(replace(spoken, confirmed=True)))
    assert decide(replace(spoken, direction=None)) == AskDirection()


def test_a_place_is_asked_for_where_the_company_or_the_person_wants_one() -> None:
    needed = PunchPolicy(location_required=True)
    for at, question in (
        ("08:58", AskPlace(direction=IN)),
        ("18:05", AskPlace(direction=OUT)),
        ("14:00", AskPlace()),
    ):
        assert decide(at, policy=needed) == question
    assert decide("09:05", None, CAME, policy=needed) == AlreadyPunched(CAME)  # which needs no place
    by_location = replace(a_request(local("09:05"), IN), by_location=True)
    assert decide(by_location, None, CAME) == AlreadyPunched(CAME)
    assert decide(by_location) == AskPlace(direction=IN)
    centre = Fix(39.9, 116.4, None, Datum.GCJ02, LocationSource.NAMED)
    named = replace(by_location, where=Whereabouts(LocationResult.NORMAL, "HQ", None, centre))
    assert decide(named) == AskPlace(direction=IN)  # a site that is only named is not where they are
    assert accepted(decide(replace(named, by_location=False)))


def test_a_punch_outside_is_refused_where_the_company_says_so() -> None:
    far = Fix(39.0, 116.0, None, Datum.GCJ02, LocationSource.TYPED)
    outside = a_request(local("08:58"), IN, where=Whereabouts(LocationResult.OUTSIDE, "HQ", 900.0, far))
    assert isinstance(decide(outside, policy=PunchPolicy(refuse_outside=True)), Refused)
    assert accepted(decide(outside))


def test_only_the_contracts_transitions_exist_and_the_least_settled_state_speaks() -> None:
    a, s, c, r, u = (DeliveryState[name] for name in ("ACCEPTED", "SENT", "CONFIRMED", "REJECTED", "UNKNOWN"))
    allowed = {(x, y) for x in DeliveryState for y in DeliveryState if may_become(x, y)}
    assert allowed == {(a, s), (a, r), (a, u), (u, s), (u, a), (s, c), (s, r)}
    assert [least_settled(states) for states in ([s, u], [c, r], [])] == [u, r, a]


def test_a_window_counts_real_minutes_across_a_clock_change() -> None:
    new_york = ZoneInfo("America/New_York")
    night = day_plan(NIGHT, date(2026, 10, 31), new_york)  # the clock goes back at 02:00 of 1 November
    assert night.points[1].due_at - night.points[0].due_at == timedelta(hours=9)


def test_a_note_holds_its_remarks_and_their_names() -> None:
    note = notes.join(
        request_note("traffic"), "", notes.named(Remark.UNKNOWN_PLACE, "Mars; base"), Remark.PLAN_UNREADABLE
    )
    assert note == '"traffic"; place not known: Mars, base; plan not readable'
    assert name_after(note, Remark.UNKNOWN_PLACE) == "Mars, base"
    assert has_remark(note, Remark.PLAN_UNREADABLE)


@pytest.mark.parametrize("said", [*(f"{one}Mars" for one in Remark), *Remark, '"; reason given; "'])
def test_a_reason_is_no_remark_whatever_it_says(said: str) -> None:
    note = request_note(f"traffic; {said}")
    for remark in Remark:
        assert (has_remark(note, remark), name_after(note, remark)) == (False, None)
