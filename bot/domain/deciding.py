"""What a request to punch becomes. Pure: shift, earlier punches and words decide."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from bot.domain import notes
from bot.domain.flagging import flagged
from bot.domain.phones import held_back
from bot.domain.punches import (
    DEFAULT_POLICY,
    NO_SHIFT,
    OPEN_FOR,
    OUTSIDE_REFUSED,
    OUTSIDE_WINDOW,
    PLAN_UNREADABLE,
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
    counting,
    out_of_time,
)
from bot.domain.results import TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, points_at
from bot.domain.sites import LocationResult, LocationSource

LONG_GONE = timedelta(hours=1)  # after a native clock-out, a bare 打卡 is no other clock-out
JUST_CAME = timedelta(minutes=10)  # after a clock-in, a bare 打卡 is no clock-out
Answers = Mapping[tuple[date, str], Punch]  # by work date and key of the check point


def decide_among(
    request: PunchRequest, *, plans: Sequence[DayPlan] | None, earlier: Sequence[Punch], policy: PunchPolicy
) -> Decision:
    """Decide, then flag what the lead should look at, and hold back a tap from an unknown phone."""
    decision = decide_punch(request, plans=plans, earlier=earlier, policy=policy)
    return held_back(flagged(decision, request, earlier), request)


def decide_punch(
    request: PunchRequest,
    *,
    plans: Sequence[DayPlan] | None,
    earlier: Sequence[Punch],
    policy: PunchPolicy = DEFAULT_POLICY,
) -> Decision:
    """Decide what a request to punch means.

    `plans` are the person's days around the request (yesterday, today, tomorrow), None where the plan could not
    be read; `earlier` their punches of those work dates. The check type comes from words and windows, never from
    the parity of earlier punches. A doubt becomes a question.
    """
    standing = counting(earlier)
    question = _before_the_shift(request, policy)
    decided = _by_the_shift(request, plans, standing)
    if isinstance(question, AskPlace):
        return _ask_where(question, request, decided)
    return question or decided


def _ask_where(question: AskPlace, request: PunchRequest, decided: Decision) -> Decision:
    """Ask for the place, with the direction that was said or that the shift tells.

    A punch that changes nothing needs no place.
    """
    if isinstance(decided, AlreadyPunched):
        return decided
    if request.direction is not None:
        return replace(question, direction=request.direction)
    return replace(question, direction=decided.check_type) if isinstance(decided, Accepted) else question


def _by_the_shift(request: PunchRequest, plans: Sequence[DayPlan] | None, standing: Sequence[Punch]) -> Decision:
    """Decide by words, windows and earlier punches."""
    same_second = next((punch for punch in standing if _second(punch.punched_at) == _second(request.at)), None)
    if same_second is not None:
        return AlreadyPunched(same_second)
    if plans is None and request.direction is None:
        return AskDirection()
    held = points_at(plans or (), request.at)
    answers = answering(standing, plans or ())
    if request.direction is None:
        return _bare(request, held, answers, standing) if held else _without_window(request, plans, standing)
    points = [point for point in held if point.check_type is request.direction]
    if points:
        return _at_check_point(request, _pick(points, answers), answers)
    return _without_window(request, plans, standing)


def _second(at: datetime) -> datetime:
    """Cut a moment to its second: DingTalk knows a punch by person and second."""
    return at.replace(microsecond=0)


def _before_the_shift(request: PunchRequest, policy: PunchPolicy) -> Decision | None:
    """Return the question or refusal that needs no look at shifts, None when there is none."""
    if out_of_time(request, policy):
        return AskAgain(request.direction, request.at)
    if policy.refuse_outside and request.where.result is LocationResult.OUTSIDE:
        return Refused(OUTSIDE_REFUSED)
    needed = policy.location_required or request.by_location
    if needed and (not _is_placed(request) or request.unusable is not None):
        return AskPlace(request.unusable)
    if request.source is PunchSource.VOICE and not request.confirmed:
        return AskDirection() if request.direction is None else AskConfirm(request.direction)
    return None


def _is_placed(request: PunchRequest) -> bool:
    """Tell whether a request has the position that it needs; a named site is none where the position is wanted."""
    fix = request.where.fix
    return fix is not None and not (request.by_location and fix.source is LocationSource.NAMED)


def _bare(
    request: PunchRequest, held: Sequence[CheckPoint], answers: Answers, standing: Sequence[Punch]
) -> Decision:
    """Decide a 打卡 without direction from the windows alone, or ask.

    Coming is clear up to the middle of the section. Going is clear once the section is over. Anything else is a
    question: before the end of the shift a guess would write an early leave into somebody's pay.
    """
    nearest = held[0]
    on_duty = [point for point in held if point.check_type is CheckType.ON_DUTY]
    coming = [point for point in on_duty if request.at <= point.due_at + (point.closes_at - point.due_at) / 2]
    going = [point for point in held if point.check_type is CheckType.OFF_DUTY and request.at >= point.due_at]
    if coming and going:
        return AskDirection()
    if going:
        return _going(request, going[0], answers, standing)
    if coming and nearest.check_type is CheckType.ON_DUTY:
        return _at_check_point(request, _pick(coming, answers), answers)
    return AskDirection()


def _going(request: PunchRequest, point: CheckPoint, answers: Answers, standing: Sequence[Punch]) -> Decision:
    """Decide a 打卡 after the end of a section by the last clock-out that counts, where there is one."""
    went = [one for one in standing if (one.work_date, one.check_point) == (point.work_date, point.key)]
    if went:
        last = max(went, key=lambda punch: punch.punched_at)
        return AskDirection() if _is_early(last, point) else AlreadyPunched(last)
    if request.left_natively or _just_came(request, standing):
        return AskDirection()
    return _at_check_point(request, point, answers)


def _is_early(punch: Punch, point: CheckPoint) -> bool:
    return time_verdict(point, punch.punched_at)[0] is TimeResult.EARLY


def over_long_before(request: PunchRequest, plans: Sequence[DayPlan] | None) -> datetime | None:
    """Return when the section ended that a bare 打卡 would clock out of, where that is over an hour before it."""
    held = points_at(plans or (), request.at) if request.direction is None else ()
    ended = [point.due_at for point in held if point.check_type is CheckType.OFF_DUTY]
    return next((due_at for due_at in ended if request.at - due_at > LONG_GONE), None)


def _just_came(request: PunchRequest, standing: Sequence[Punch]) -> bool:
    """Tell whether the person clocked in minutes before, such as after the end of a night shift."""
    return any(
        one.check_type is CheckType.ON_DUTY and timedelta() <= request.at - one.punched_at < JUST_CAME
        for one in standing
    )


def _pick(points: Sequence[CheckPoint], answers: Answers) -> CheckPoint:
    """Return the nearest due of `points`, an open on-duty one before an answered one."""
    if points[0].check_type is CheckType.OFF_DUTY:
        return points[0]
    return next((point for point in points if (point.work_date, point.key) not in answers), points[0])


def answering(standing: Sequence[Punch], plans: Sequence[DayPlan]) -> Answers:
    """Return the first punch for each check point, of one person's punches that count (`counting`).

    A clock-in without check point, made while the plan could not be read, answers the on-duty point that would
    have taken it: nobody has to come twice because we could not see their shift.
    """
    answers: dict[tuple[date, str], Punch] = {}
    for punch in standing:
        if punch.check_point is not None:
            answers.setdefault((punch.work_date, punch.check_point), punch)
    for punch in standing:
        if punch.check_point is None and punch.check_type is CheckType.ON_DUTY:
            held = (p for p in points_at(plans, punch.punched_at) if p.check_type is CheckType.ON_DUTY)
            for point in islice(held, 1):
                answers.setdefault((point.work_date, point.key), punch)
    return answers


def _at_check_point(request: PunchRequest, point: CheckPoint, answers: Answers) -> Decision:
    done = answers.get((point.work_date, point.key))
    if point.check_type is CheckType.ON_DUTY and done is not None:
        return AlreadyPunched(done)
    result, minutes = time_verdict(point, request.at)
    return Accepted(point.work_date, point.check_type, point.key, result, minutes, request.note)


def _without_window(request: PunchRequest, plans: Sequence[DayPlan] | None, standing: Sequence[Punch]) -> Decision:
    """Decide where no window holds the moment: rest day, flexible hours, no plan, or outside every window.

    Without a plan a stated direction is recorded. Against a plan it is asked about until the person confirms it;
    only going home after a clock-in needs no question.
    """
    opened = _still_open(request, standing)
    planned = any(plan.points for plan in plans or () if plan.work_date == request.local_date)
    direction = request.direction
    if direction is None:
        if planned or opened or any(punch.work_date == request.local_date for punch in standing):
            return AskDirection()
        direction = CheckType.ON_DUTY
    ends = opened if direction is CheckType.OFF_DUTY else None
    if planned and ends is None and not request.confirmed:
        return AskDirection(said=direction)
    free = [punch for punch in standing if punch.work_date == request.local_date and punch.check_point is None]
    last = max(free, key=lambda punch: punch.punched_at, default=None)
    if direction is CheckType.ON_DUTY and last is not None and last.check_type is CheckType.ON_DUTY:
        return AlreadyPunched(last)
    work_date = request.local_date if ends is None else ends.work_date
    note = notes.join(request.note, _why_free(planned, plans))
    return Accepted(work_date, direction, None, TimeResult.UNKNOWN, 0, note)


def _still_open(request: PunchRequest, standing: Sequence[Punch]) -> Punch | None:
    """Return the clock-in of the last 24 hours after which nobody has clocked out, None without one."""
    recent = [p for p in standing if timedelta() < request.at - p.punched_at < OPEN_FOR]
    last = max(recent, key=lambda punch: punch.punched_at, default=None)
    return last if last is not None and last.check_type is CheckType.ON_DUTY else None


def _why_free(planned: bool, plans: Sequence[DayPlan] | None) -> str:
    if plans is None:
        return PLAN_UNREADABLE
    return OUTSIDE_WINDOW if planned else NO_SHIFT
