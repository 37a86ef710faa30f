"""What a request to punch becomes, by shift, earlier punches and words."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.domain import notes
from bot.domain.notes import Remark
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    NotPunched,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
    counting,
    of_second,
)
from bot.domain.results import TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, points_at
from bot.domain.sites import LocationResult, LocationSource

_JUST_CAME = timedelta(minutes=10)  # after a clock-in, a bare 打卡 is no clock-out
_OPEN_FOR = timedelta(hours=24)
_ANY_POLICY = PunchPolicy()
MAX_AHEAD = timedelta(minutes=2)  # so far in the future a message may be
_Answers = Mapping[tuple[date, str], Punch]  # by work date and key of the check point


def decide_punch(
    request: PunchRequest,
    *,
    plans: Sequence[DayPlan] | None,
    earlier: Sequence[Punch],
    native: Sequence[Punch] = (),
    policy: PunchPolicy = _ANY_POLICY,
) -> Decision:
    """Decide what a request to punch means; a doubt becomes a question.

    `plans` are the person's days around the request (yesterday, today, tomorrow), None where the plan could not
    be read; `earlier` their punches of those work dates, `native` those that a bare 打卡 is answered with. The
    check type comes from words and windows, never from the parity of earlier punches.
    """
    made = of_second(earlier, request.at)
    if made is not None:
        return AlreadyPunched(made)
    age = request.received_at - request.at
    if age > timedelta(hours=policy.max_age_hours) or -age > MAX_AHEAD:
        return NotPunched("again", request.direction)
    if policy.outside == "reject" and request.where.result is LocationResult.OUTSIDE:
        return NotPunched("outside")
    decided = _by_the_shift(request, plans, [*native, *counting(earlier)])
    if isinstance(decided, AlreadyPunched):
        return decided  # it changes nothing: no place is needed
    if _lacks_place(request, policy):
        direction = decided.check_type if isinstance(decided, Accepted) else request.direction
        return NotPunched("place", request.direction or direction, request.unusable)
    if request.source is PunchSource.VOICE and not request.confirmed:
        return NotPunched("direction" if request.direction is None else "confirm", request.direction)
    return decided


def _lacks_place(request: PunchRequest, policy: PunchPolicy) -> bool:
    """Tell whether a position is needed and missing; a named site is none where the position is wanted."""
    fix = request.where.fix
    is_placed = fix is not None and not (request.by_location and fix.source is LocationSource.NAMED)
    is_needed = policy.location == "required" or request.by_location
    return is_needed and (request.unusable is not None or not is_placed)


def _by_the_shift(request: PunchRequest, plans: Sequence[DayPlan] | None, standing: Sequence[Punch]) -> Decision:
    """Decide by words, windows and earlier punches."""
    held = points_at(plans or (), request.at)
    answers = _answering(standing, plans or ())
    if request.direction is None:
        if plans is None:
            return NotPunched("direction")
        return _bare(request, held, answers, standing) if held else _without_window(request, plans, standing)
    points = [point for point in held if point.check_type is request.direction]
    return _at_nearest(request, points, answers) if points else _without_window(request, plans, standing)


def _answering(standing: Sequence[Punch], plans: Sequence[DayPlan]) -> _Answers:
    """Return the first punch for each check point.

    A clock-in without check point, made while the plan could not be read, answers the on-duty point that would
    have taken it: nobody has to come twice because we could not see their shift.
    """
    answers: dict[tuple[date, str], Punch] = {}
    for punch in sorted(standing, key=lambda one: one.check_point is None):
        if punch.check_point is not None:
            answers.setdefault((punch.work_date, punch.check_point), punch)
        elif punch.check_type is CheckType.ON_DUTY:
            held = (point for point in points_at(plans, punch.punched_at) if point.check_type is punch.check_type)
            if point := next(held, None):
                answers.setdefault((point.work_date, point.key), punch)
    return answers


def _bare(
    request: PunchRequest, held: Sequence[CheckPoint], answers: _Answers, standing: Sequence[Punch]
) -> Decision:
    """Decide a 打卡 without direction from the windows alone, or ask.

    Coming is clear up to the middle of the section. Going is clear once the section is over. Anything else is a
    question: before the end of the shift a guess would write an early leave into somebody's pay.
    """
    on_duty = [point for point in held if point.check_type is CheckType.ON_DUTY]
    coming = [point for point in on_duty if request.at <= point.due_at + (point.closes_at - point.due_at) / 2]
    going = [point for point in held if point.check_type is CheckType.OFF_DUTY and request.at >= point.due_at]
    if going and not coming:
        return _going(request, going[0], answers, standing)
    if coming and not going and held[0].check_type is CheckType.ON_DUTY:
        return _at_nearest(request, coming, answers)
    return NotPunched("direction")


def _going(request: PunchRequest, point: CheckPoint, answers: _Answers, standing: Sequence[Punch]) -> Decision:
    """Decide a 打卡 after the end of a section by the last clock-out that counts, where there is one."""
    went = [one for one in standing if (one.work_date, one.check_point) == (point.work_date, point.key)]
    if went:
        last = max(went, key=lambda punch: punch.punched_at)
        is_early = time_verdict(point, last.punched_at)[0] is TimeResult.EARLY
        return NotPunched("direction") if is_early else AlreadyPunched(last)
    just_came = any(  # such as after the end of a night shift
        one.check_type is CheckType.ON_DUTY and timedelta() <= request.at - one.punched_at < _JUST_CAME
        for one in standing
    )
    return NotPunched("direction") if just_came else _at_nearest(request, [point], answers)


def _at_nearest(request: PunchRequest, points: Sequence[CheckPoint], answers: _Answers) -> Decision:
    """Answer the nearest due of `points`, which are of one check type; to come, an open one before an answered."""
    point = points[0]
    if point.check_type is CheckType.ON_DUTY:
        point = next((one for one in points if (one.work_date, one.key) not in answers), point)
        if done := answers.get((point.work_date, point.key)):
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
    todays = [punch for punch in standing if punch.work_date == request.local_date]
    direction = request.direction or CheckType.ON_DUTY
    if request.direction is None and (planned or opened or todays):
        return NotPunched("direction")
    ends = opened if direction is CheckType.OFF_DUTY else None
    if planned and ends is None and not request.confirmed:
        return NotPunched("direction", direction)
    free = [punch for punch in todays if punch.check_point is None]
    last = max(free, key=lambda punch: punch.punched_at, default=None)
    if direction is CheckType.ON_DUTY and last is not None and last.check_type is CheckType.ON_DUTY:
        return AlreadyPunched(last)
    remark = Remark.OUTSIDE_WINDOW if planned else Remark.NO_SHIFT
    note = notes.join(request.note, Remark.PLAN_UNREADABLE if plans is None else remark)
    work_date = request.local_date if ends is None else ends.work_date
    return Accepted(work_date, direction, None, TimeResult.UNKNOWN, 0, note)


def _still_open(request: PunchRequest, standing: Sequence[Punch]) -> Punch | None:
    """Return the clock-in of the last 24 hours after which nobody has clocked out, None without one."""
    recent = [p for p in standing if timedelta() < request.at - p.punched_at < _OPEN_FOR]
    last = max(recent, key=lambda punch: punch.punched_at, default=None)
    return last if last is not None and last.check_type is CheckType.ON_DUTY else None
