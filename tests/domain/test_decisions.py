"""What a message that wants to punch means."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.domain.datum import Datum
from bot.domain.deciding import decide_punch
from bot.domain.deliveries import DeliveryState, least_settled, may_become
from bot.domain.notes import Remark
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskPhone,
    AskPlace,
    Decision,
    Phone,
    Punch,
    PunchPolicy,
    PunchSource,
    Refused,
    punches_of_day,
)
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan, Shift
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_punch, a_request, a_shift, local

IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
DAY = [a_plan()]
NIGHT = a_shift(("22:00", "06:00"))
WEDNESDAY = TUESDAY + timedelta(days=1)


def accepted(decision: Decision) -> Accepted:
    assert isinstance(decision, Accepted), decision
    return decision


@pytest.mark.parametrize(
    ("at", "direction", "result", "late"),
    [
        pytest.param("08:58", IN, TimeResult.NORMAL, 0, id="before the start"),
        pytest.param("09:00:00", IN, TimeResult.NORMAL, 0, id="at the start to the second"),
        pytest.param("09:00:01", IN, TimeResult.LATE, 0, id="a second later is late"),
        pytest.param("09:00:00.400", IN, TimeResult.NORMAL, 0, id="a part of a second is not late"),
        pytest.param("09:12:00.400", IN, TimeResult.LATE, 12, id="nor does it begin a minute"),
        pytest.param("09:13:05", IN, TimeResult.LATE, 13, id="whole minutes count"),
        pytest.param("07:00", IN, TimeResult.NORMAL, 0, id="when the window opens"),
        pytest.param("18:00", OUT, TimeResult.NORMAL, 0, id="at the end"),
        pytest.param("17:50", OUT, TimeResult.EARLY, 10, id="early"),
        pytest.param("17:59:59.900", OUT, TimeResult.EARLY, 0, id="early by a second"),
        pytest.param("22:00", OUT, TimeResult.NORMAL, 0, id="when the window closes"),
    ],
)
def test_a_stated_direction_is_compared_with_its_check_point(
    at: str, direction: CheckType, result: TimeResult, late: int
) -> None:
    decision = accepted(decide_punch(a_request(local(at), direction), plans=DAY, earlier=[]))
    assert (decision.time_result, decision.late_minutes) == (result, late)
    assert (decision.work_date, decision.check_point) == (TUESDAY, f"{direction}/0")


def test_grace_is_counted_to_the_second() -> None:
    plans = [a_plan(a_shift(grace_minutes=5))]
    within = decide_punch(a_request(local("09:05:00"), IN), plans=plans, earlier=[])
    within_the_second = decide_punch(a_request(local("09:05:00.900"), IN), plans=plans, earlier=[])
    assert accepted(within_the_second).time_result is TimeResult.NORMAL
    beyond = decide_punch(a_request(local("09:05:01"), IN), plans=plans, earlier=[])
    assert accepted(within).time_result is TimeResult.NORMAL
    assert accepted(within).late_minutes == 0
    assert accepted(beyond).time_result is TimeResult.LATE


def test_an_unknown_grace_never_makes_anybody_late() -> None:
    plans = [a_plan(a_shift(grace_minutes=None))]
    decision = decide_punch(a_request(local("09:20"), IN), plans=plans, earlier=[])
    assert (accepted(decision).time_result, accepted(decision).late_minutes) == (TimeResult.UNKNOWN, 0)


def test_a_second_clock_in_changes_nothing() -> None:
    first = a_punch(local("08:58"))
    for at, direction in (("09:02", IN), ("09:02", None), ("13:00", IN)):
        assert decide_punch(a_request(local(at), direction), plans=DAY, earlier=[first]) == AlreadyPunched(first)


def test_a_clock_in_made_while_the_plan_was_unreadable_answers_its_check_point() -> None:
    blind = a_punch(local("08:58"), check_point=None, result=TimeResult.UNKNOWN)
    for at, direction in (("09:10", IN), ("09:10", None), ("13:00", IN)):
        assert decide_punch(a_request(local(at), direction), plans=DAY, earlier=[blind]) == AlreadyPunched(blind)
    gone = a_punch(local("08:58"), check_point=None, states={"signed": DeliveryState.REJECTED})
    assert accepted(decide_punch(a_request(local("09:10"), IN), plans=DAY, earlier=[gone]))


def test_a_night_shifts_clock_in_made_after_midnight_without_a_plan_answers_it_too() -> None:
    plans = [a_plan(NIGHT, TUESDAY), a_plan(NIGHT, WEDNESDAY)]
    blind = a_punch(local("00:05", WEDNESDAY), check_point=None, work_date=WEDNESDAY)
    decision = decide_punch(a_request(local("00:20", WEDNESDAY), IN), plans=plans, earlier=[blind])
    assert decision == AlreadyPunched(blind)


def test_a_clock_in_without_a_plan_answers_one_section_and_leaves_the_next_open() -> None:
    plans = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")))]
    blind = a_punch(local("08:58"), check_point=None)
    second = accepted(decide_punch(a_request(local("12:55"), IN), plans=plans, earlier=[blind]))
    assert second.check_point == "OnDuty/1"


def test_a_clock_in_outside_every_window_answers_no_check_point() -> None:
    night = a_punch(local("05:00"), check_point=None, result=TimeResult.UNKNOWN)
    assert (
        accepted(decide_punch(a_request(local("08:58"), IN), plans=DAY, earlier=[night])).check_point == "OnDuty/0"
    )


def test_the_night_shift_that_is_not_over_or_ended_today_belongs_to_the_day() -> None:
    plans = [a_plan(NIGHT, TUESDAY), a_plan(NIGHT, WEDNESDAY)]
    came = a_punch(local("21:55"))
    went = a_punch(local("06:03", WEDNESDAY), OUT, check_point="OffDuty/0")
    near = [went, came]
    assert punches_of_day(near, plans, local("06:04", WEDNESDAY), SHANGHAI) == [came, went]
    assert punches_of_day(near, plans, local("15:00", WEDNESDAY), SHANGHAI) == [went]
    assert punches_of_day(near, plans, local("15:00", WEDNESDAY + timedelta(days=1)), SHANGHAI) == []


def test_a_clock_in_that_every_target_rejected_may_be_made_again() -> None:
    rejected = a_punch(local("08:58"), states={"signed": DeliveryState.REJECTED})
    assert accepted(decide_punch(a_request(local("09:00"), IN), plans=DAY, earlier=[rejected]))


def test_a_clock_in_that_one_target_took_stands() -> None:
    half = a_punch(local("08:58"), states={"signed": DeliveryState.REJECTED, "record_upload": DeliveryState.SENT})
    assert decide_punch(a_request(local("09:00"), IN), plans=DAY, earlier=[half]) == AlreadyPunched(half)


def test_a_later_clock_out_is_another_punch() -> None:
    first = a_punch(local("18:01"), OUT, check_point="OffDuty/0")
    assert accepted(decide_punch(a_request(local("18:30"), OUT), plans=DAY, earlier=[first])).check_type is OUT


@pytest.mark.parametrize("direction", [OUT, IN, None])
def test_a_person_has_one_punch_in_one_second(direction: CheckType | None) -> None:
    first = a_punch(local("18:01:07.120"), OUT, check_point="OffDuty/0")
    again = a_request(local("18:01:07.890"), direction, confirmed=True)
    assert decide_punch(again, plans=DAY, earlier=[first]) == AlreadyPunched(first)
    assert decide_punch(again, plans=None, earlier=[first]) == AlreadyPunched(first)
    next_second = a_request(local("18:01:08"), OUT)
    assert accepted(decide_punch(next_second, plans=DAY, earlier=[first])).check_type is OUT


def test_a_rejected_punch_leaves_its_second_free() -> None:
    rejected = a_punch(local("18:01:07"), OUT, check_point="OffDuty/0", states={"signed": DeliveryState.REJECTED})
    again = a_request(local("18:01:07"), OUT)
    assert accepted(decide_punch(again, plans=DAY, earlier=[rejected])).check_type is OUT


NEW, KNOWN = Phone("a", known=False, others=1), Phone("a", known=True, others=1)


@pytest.mark.parametrize(
    ("phone", "yes_id", "is_asked"),
    [(None, None, False), (KNOWN, None, False), (NEW, "m2", False), (NEW, None, True)],
)
def test_a_tap_from_a_new_phone_is_asked_about(phone: Phone | None, yes_id: str | None, is_asked: bool) -> None:
    request = a_request(local("08:58"), source=PunchSource.PAGE, confirmed=True)
    decision = decide_punch(replace(request, phone=phone, yes_id=yes_id), plans=DAY, earlier=[])
    asked = AskPhone(IN, request.at, request.where)
    assert decision == asked if is_asked else accepted(decision).check_type is IN


def test_a_stated_punch_without_a_readable_plan_is_recorded_without_a_verdict() -> None:
    decision = accepted(decide_punch(a_request(local("10:00"), IN), plans=None, earlier=[]))
    assert (decision.time_result, decision.check_point) == (TimeResult.UNKNOWN, None)
    assert "plan not readable" in decision.note


def test_on_a_rest_day_the_first_bare_punch_is_coming_and_the_next_asks() -> None:
    rest = [DayPlan(TUESDAY)]
    decision = accepted(decide_punch(a_request(local("10:00")), plans=rest, earlier=[]))
    assert (decision.check_type, decision.time_result, decision.note) == (IN, TimeResult.UNKNOWN, Remark.NO_SHIFT)
    assert decision.work_date == TUESDAY
    came = a_punch(local("10:00"), check_point=None)
    assert decide_punch(a_request(local("15:00")), plans=rest, earlier=[came]) == AskDirection()


def test_without_a_shift_one_may_come_again_only_after_going() -> None:
    rest = [DayPlan(TUESDAY)]
    came = a_punch(local("10:00"), check_point=None)
    went = a_punch(local("12:00"), OUT, check_point=None)
    again = a_request(local("13:00"), IN)
    assert decide_punch(again, plans=rest, earlier=[came]) == AlreadyPunched(came)
    assert accepted(decide_punch(again, plans=rest, earlier=[came, went])).check_type is IN


@pytest.mark.parametrize(
    ("at", "direction"),
    [
        pytest.param("05:00", IN, id="hours before the shift"),
        pytest.param("18:30", IN, id="coming when the shift is over"),
        pytest.param("08:50", OUT, id="going before the shift has begun"),
        pytest.param("22:30", OUT, id="going when no window is open, after no clock-in"),
    ],
)
def test_a_stated_direction_that_fits_no_window_is_asked_about_and_recorded_once_confirmed(
    at: str, direction: CheckType
) -> None:
    said = a_request(local(at), direction)
    assert decide_punch(said, plans=DAY, earlier=[]) == AskDirection(said=direction)
    decision = accepted(decide_punch(replace(said, confirmed=True), plans=DAY, earlier=[]))
    assert (decision.check_type, decision.check_point, decision.time_result) == (
        direction,
        None,
        TimeResult.UNKNOWN,
    )
    assert decision.note == Remark.OUTSIDE_WINDOW


def test_going_home_past_every_window_after_a_clock_in_needs_no_question() -> None:
    late = a_request(local("22:30"), OUT)
    decision = accepted(decide_punch(late, plans=DAY, earlier=[a_punch(local("08:58"))]))
    assert (decision.check_type, decision.work_date, decision.time_result) == (OUT, TUESDAY, TimeResult.UNKNOWN)


@pytest.mark.parametrize("plans", [None, [DayPlan(TUESDAY)]], ids=["unreadable", "rest day"])
@pytest.mark.parametrize("direction", [IN, OUT])
def test_without_a_plan_a_stated_direction_is_recorded(plans: list[DayPlan] | None, direction: CheckType) -> None:
    decision = accepted(decide_punch(a_request(local("05:00"), direction), plans=plans, earlier=[]))
    assert (decision.check_type, decision.time_result) == (direction, TimeResult.UNKNOWN)


def test_a_punch_after_midnight_belongs_to_the_night_shift_of_the_day_before() -> None:
    plans = [a_plan(NIGHT, TUESDAY), a_plan(NIGHT, WEDNESDAY)]
    decision = accepted(decide_punch(a_request(local("00:20", WEDNESDAY), IN), plans=plans, earlier=[]))
    assert (decision.work_date, decision.time_result, decision.late_minutes) == (TUESDAY, TimeResult.LATE, 140)
    leaving = accepted(decide_punch(a_request(local("06:05", WEDNESDAY)), plans=plans, earlier=[]))
    assert (leaving.work_date, leaving.check_type) == (TUESDAY, OUT)


def test_split_shifts_have_a_check_point_for_each_section() -> None:
    plans = [a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00"), earliest_minutes=30, latest_minutes=30))]
    morning = a_punch(local("08:55"))
    decision = accepted(decide_punch(a_request(local("12:55"), IN), plans=plans, earlier=[morning]))
    assert decision.check_point == "OnDuty/1"
    lunch = accepted(decide_punch(a_request(local("12:05"), OUT), plans=plans, earlier=[morning]))
    assert lunch.check_point == "OffDuty/0"


@pytest.mark.parametrize("age", [timedelta(days=10), timedelta(hours=24, seconds=1), -timedelta(minutes=3)])
def test_a_message_from_long_ago_or_the_future_is_asked_about(age: timedelta) -> None:
    at = local("08:58")
    decision = decide_punch(a_request(at, IN, received_at=at + age), plans=DAY, earlier=[])
    assert decision == AskAgain(IN, at)


def test_an_outage_of_ours_makes_nobody_late() -> None:
    at = local("08:58")
    request = a_request(at, IN, received_at=at + timedelta(hours=5))
    assert accepted(decide_punch(request, plans=DAY, earlier=[])).time_result is TimeResult.NORMAL


def test_voice_is_confirmed_before_it_punches() -> None:
    spoken = a_request(local("08:58"), IN, source=PunchSource.VOICE)
    assert decide_punch(spoken, plans=DAY, earlier=[]) == AskConfirm(IN)
    confirmed = a_request(local("08:58"), IN, source=PunchSource.VOICE, confirmed=True)
    assert accepted(decide_punch(confirmed, plans=DAY, earlier=[]))


def test_a_bare_voice_punch_is_never_guessed() -> None:
    spoken = a_request(local("08:58"), None, source=PunchSource.VOICE)
    assert not isinstance(decide_punch(spoken, plans=DAY, earlier=[]), Accepted)


def test_by_location_a_clock_in_that_stands_is_said_before_any_place_is_asked_for() -> None:
    came = a_punch(local("08:58"))
    again = replace(a_request(local("09:05"), IN), by_location=True)
    assert decide_punch(again, plans=DAY, earlier=[came]) == AlreadyPunched(came)
    going = replace(a_request(local("18:05"), OUT), by_location=True)
    assert decide_punch(going, plans=DAY, earlier=[came]) == AskPlace(direction=OUT)


def test_a_site_that_is_only_named_is_not_the_location_that_was_to_be_taken() -> None:
    centre = Fix(39.9, 116.4, None, Datum.GCJ02, LocationSource.NAMED)
    wanted = a_request(local("08:58"), IN, where=Whereabouts(LocationResult.NORMAL, "HQ", None, centre))
    assert decide_punch(replace(wanted, by_location=True), plans=DAY, earlier=[]) == AskPlace(direction=IN)
    assert accepted(decide_punch(wanted, plans=DAY, earlier=[]))


def test_policies_on_place_hold() -> None:
    at = local("08:58")
    far = Fix(39.0, 116.0, None, Datum.GCJ02, LocationSource.TYPED)
    outside = Whereabouts(LocationResult.OUTSIDE, "HQ", 900.0, far)
    strict = PunchPolicy(location_required=True, refuse_outside=True)
    assert decide_punch(a_request(at, IN), plans=DAY, earlier=[], policy=strict) == AskPlace(direction=IN)
    refused = decide_punch(a_request(at, IN, where=outside), plans=DAY, earlier=[], policy=strict)
    assert isinstance(refused, Refused)
    assert accepted(decide_punch(a_request(at, IN, where=outside), plans=DAY, earlier=[]))


def test_only_the_contracts_transitions_exist() -> None:
    a, s, c, r, u = (DeliveryState[name] for name in ("ACCEPTED", "SENT", "CONFIRMED", "REJECTED", "UNKNOWN"))
    allowed = {(x, y) for x in DeliveryState for y in DeliveryState if may_become(x, y)}
    assert allowed == {(a, s), (a, r), (a, u), (u, s), (u, a), (s, c), (s, r)}


def test_the_least_settled_state_speaks_for_a_punch() -> None:
    assert least_settled([DeliveryState.SENT, DeliveryState.UNKNOWN]) is DeliveryState.UNKNOWN
    assert least_settled([DeliveryState.CONFIRMED, DeliveryState.REJECTED]) is DeliveryState.REJECTED
    assert least_settled([]) is DeliveryState.ACCEPTED


def test_a_window_counts_real_minutes_across_a_clock_change() -> None:
    from zoneinfo import ZoneInfo

    from bot.domain.shifts import day_plan

    new_york = ZoneInfo("America/New_York")
    night = day_plan(NIGHT, date(2026, 10, 31), new_york)  # the clock goes back at 02:00 of 1 November
    start, end = night.points[0].due_at, night.points[1].due_at
    assert end - start == timedelta(hours=9)


@pytest.mark.parametrize(
    ("shift", "came", "goes"),
    [
        pytest.param(a_shift(), local("08:50"), local("00:30", WEDNESDAY), id="a day worker past midnight"),
        pytest.param(NIGHT, local("21:50"), local("10:30", WEDNESDAY), id="a night worker late in the morning"),
    ],
)
def test_who_goes_home_past_every_window_is_never_taken_for_coming(
    shift: Shift, came: datetime, goes: datetime
) -> None:
    plans = [a_plan(shift), a_plan(shift, WEDNESDAY)]
    morning = a_punch(came)
    bare, explicit = a_request(goes), a_request(goes, OUT)
    assert decide_punch(bare, plans=plans, earlier=[morning]) == AskDirection()
    assert accepted(decide_punch(explicit, plans=plans, earlier=[morning])).work_date == TUESDAY
    assert accepted(decide_punch(explicit, plans=None, earlier=[morning])).work_date == TUESDAY


def test_going_ends_the_day_of_the_last_coming_only_within_24_hours() -> None:
    came = a_punch(local("08:50"))
    much_later = a_request(local("09:00", WEDNESDAY), OUT)
    rest = [DayPlan(TUESDAY), DayPlan(WEDNESDAY)]
    assert accepted(decide_punch(much_later, plans=rest, earlier=[came])).work_date == WEDNESDAY


def test_who_has_already_gone_does_not_go_again_for_yesterday() -> None:
    day = [a_punch(local("08:50")), a_punch(local("18:00"), OUT, check_point="OffDuty/0")]
    late = a_request(local("00:30", WEDNESDAY), OUT)
    assert accepted(decide_punch(late, plans=None, earlier=day)).work_date == WEDNESDAY


@pytest.mark.parametrize(
    ("at", "earlier", "decision"),
    [
        ("08:58", [], AskPlace(direction=IN)),
        ("18:05", [], AskPlace(direction=OUT)),
        ("14:00", [], AskPlace()),
        ("09:05", [a_punch(local("08:58"))], AlreadyPunched(a_punch(local("08:58")))),
    ],
    ids=["coming", "going", "nobody can tell", "nothing to place"],
)
def test_a_bare_punch_without_a_place_keeps_what_its_shift_tells(
    at: str, earlier: list[Punch], decision: Decision
) -> None:
    policy = PunchPolicy(location_required=True)
    assert decide_punch(a_request(local(at)), plans=DAY, earlier=earlier, policy=policy) == decision
