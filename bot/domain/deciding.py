"""Decide about a punch: judge its position, then find its check."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from typing import NamedTuple

from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    NotPunched,
    Punch,
    PunchPolicy,
    PunchRequest,
    Remark,
    clean,
    join_notes,
    punch_in_second,
    punches_that_count,
)
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, TimeResult, points_at, time_verdict
from bot.domain.sites import (
    NO_POSITION,
    Fix,
    LocationResult,
    LocationSource,
    Site,
    Unusable,
    Whereabouts,
    locate,
    site_named,
)

MAX_ACCURACY_M = 200.0  # a coarser fix does not count
MAX_FIX_AGE = timedelta(seconds=60)
AGAIN_WITHIN = timedelta(minutes=1)  # an equal clock-out changes nothing
MOST_A_DAY = 30  # punches of a person and work date
MAX_AHEAD = timedelta(minutes=2)  # a message may be this far ahead of our clock
_OPEN_FOR = timedelta(hours=24)
_PunchesByCheck = Mapping[tuple[date, str], Punch]  # by work date and key of the check point


@dataclass(frozen=True, slots=True)
class Given:
    """The position that a person gives: a fix, or a place in words.

    `outside`: field work; it counts without a usable fix or known place. `simulated`: the phone
    reports a made-up fix.
    """

    fix: Fix | None = None
    place_name: str | None = None
    age: timedelta = timedelta()
    simulated: bool = False
    outside: bool = False


class PositionVerdict(NamedTuple):
    """The verdict on a position, with remarks for the ledger. `radius_m` is the site's radius.

    `flagged`: outside, simulated, or not at the named site. Then leads get a note.
    """

    where: Whereabouts
    radius_m: float | None
    unusable: Unusable | None
    flagged: bool
    notes: tuple[str, ...]


def judge_position(
    given: Given, sites: Sequence[Site] | None, trusted: Collection[LocationSource]
) -> PositionVerdict:
    """Return the verdict on a position among a person's sites (None: they are unknown).

    An unusable fix gives no position, even with a named place. The named site goes before a nearer
    site around the position. A fix outside counts as inside if its accuracy reaches the fence.
    """
    named = site_named(given.place_name, sites or ())
    fix = named.centre if given.fix is None and named is not None else given.fix
    refused = None if fix is None else unusable(fix, trusted, given.age)
    fix = fix if refused is None else None
    is_measured = fix is not None and fix is given.fix
    where = Whereabouts(LocationResult.OUTSIDE) if given.outside else NO_POSITION
    site = None
    if fix is not None and is_measured:
        where, site = locate(fix, sites or (), named)
    elif fix is not None and named is not None:
        where = Whereabouts(LocationResult.NORMAL, named.name, fix=fix)
        site = named
    is_outside = where.result is LocationResult.OUTSIDE
    radius_m = None if site is None else site.radius_m
    remarks: list[str] = []
    flags: list[str] = []
    if given.place_name and named is None:
        remarks.append(
            (Remark.UNREAD_PLACE if sites is None else Remark.UNKNOWN_PLACE)
            + clean(given.place_name)
        )
    if refused is not None:
        remarks.append(Remark.NOT_TAKEN + refused)
    if sites is None:
        remarks.append(Remark.SITES_UNREAD)
    if not is_outside and (where.distance_m or 0.0) > (radius_m or 0.0):
        remarks.append(Remark.ON_EDGE)
    if is_measured and given.simulated:
        flags.append(Remark.SIMULATED)
    if is_measured and named is not None and (is_outside or site is not named):
        flags.append(Remark.OTHER_SITE + clean(named.name))
    return PositionVerdict(where, radius_m, refused, is_outside or bool(flags), (*remarks, *flags))


def unusable(fix: Fix, trusted: Collection[LocationSource], age: timedelta) -> Unusable | None:
    """Return why `fix` does not count, None if it counts.

    The centre of a site is never too coarse.
    """
    if fix.source not in trusted:
        return Unusable.UNTRUSTED
    if abs(age) > MAX_FIX_AGE:
        return Unusable.STALE
    is_coarse = fix.accuracy_m is not None and fix.accuracy_m > MAX_ACCURACY_M
    return Unusable.COARSE if is_coarse and fix.source is not LocationSource.NAMED else None


def time_that_counts(
    direction: CheckType | None, times: Collection[datetime], plans: Sequence[DayPlan] | None
) -> datetime:
    """Return the best of the times when a person said and confirmed one punch.

    A time in a window goes before, then the fewest minutes late or early. Of equal times a clock-in
    counts from the first, a clock-out from the last.
    """

    def faults(at: datetime) -> float:
        held = points_at(plans or (), at, direction) if direction is not None else ()
        return time_verdict(held[0], at)[1] if held else inf

    return min(sorted(times, reverse=direction is CheckType.OFF_DUTY), key=faults)


def decide_punch(
    request: PunchRequest,
    earlier: Sequence[Punch],
    *,
    plans: Sequence[DayPlan] | None,
    native: Sequence[Punch],
    policy: PunchPolicy,
) -> Decision:
    """Decide about a request to punch. A doubt becomes a question.

    `plans` are the person's plans of yesterday, today and tomorrow, None if they could not be read.
    `earlier` are punches of these work dates. A bare 打卡 also considers `native` punches. The check
    type comes from words and windows, never from the parity of earlier punches.
    """
    made = punch_in_second(earlier, request.at)
    if made is not None:
        return AlreadyPunched(made)
    age = request.received_at - request.at
    if age > timedelta(hours=policy.max_age_hours) or -age > MAX_AHEAD:
        return NotPunched("again", request.direction)
    if policy.outside == "reject" and request.where.result is LocationResult.OUTSIDE:
        return NotPunched("outside")
    standing = punches_that_count(earlier)
    known = [*native, *standing]
    held = points_at(plans or (), request.at, request.direction)
    answers = _punches_by_check(known, plans or ())
    decided: Decision
    if not held:
        decided = _without_window(request, plans, known)
    elif request.direction is None:
        decided = _decide_without_direction(request, held, answers, known)
    else:
        decided = _decide_for_check(request, held, answers)
    if isinstance(decided, Accepted):
        if same := _equal_punch(request, decided, standing):
            return AlreadyPunched(same)
        if sum(punch.work_date == decided.work_date for punch in earlier) >= MOST_A_DAY:
            return NotPunched("too_many")
    if not isinstance(decided, AlreadyPunched) and _lacks_place(request, policy):
        direction = decided.check_type if isinstance(decided, Accepted) else request.direction
        return NotPunched("place", request.direction or direction, request.unusable)
    return decided


def _equal_punch(
    request: PunchRequest, decided: Accepted, standing: Sequence[Punch]
) -> Punch | None:
    """Return the equal clock-out within a minute, None without one.

    Another verdict, place or reason makes a new clock-out: a later one may be better for the
    person.
    """
    where = request.where
    verdict = (decided.check_point, decided.time_result, decided.late_minutes, decided.note)
    for punch in standing:
        if (
            punch.check_type is decided.check_type is CheckType.OFF_DUTY
            and abs(punch.punched_at - request.at) < AGAIN_WITHIN
            and (punch.where.result, punch.where.site) == (where.result, where.site)
            and (punch.check_point, punch.time_result, punch.late_minutes, punch.note) == verdict
        ):
            return punch
    return None


def _lacks_place(request: PunchRequest, policy: PunchPolicy) -> bool:
    """Return whether a needed position is missing.

    With `by_location` a named site does not count.
    """
    fix = request.where.fix
    is_placed = fix is not None and not (request.by_location and fix.source is LocationSource.NAMED)
    is_needed = policy.location == "required" or request.by_location
    return is_needed and (request.unusable is not None or not is_placed)


def _punches_by_check(standing: Sequence[Punch], plans: Sequence[DayPlan]) -> _PunchesByCheck:
    """Return the first punch for each check point.

    A clock-in without check point was made while the plan could not be read. It answers the on-duty
    point of its time, so that nobody has to clock in twice.
    """
    answers: dict[tuple[date, str], Punch] = {}
    for punch in sorted(standing, key=lambda one: one.check_point is None):
        if punch.check_point is not None:
            answers.setdefault((punch.work_date, punch.check_point), punch)
        elif punch.check_type is CheckType.ON_DUTY:
            for point in points_at(plans, punch.punched_at, punch.check_type)[:1]:
                answers.setdefault((point.work_date, point.key), punch)
    return answers


def _decide_without_direction(
    request: PunchRequest,
    held: Sequence[CheckPoint],
    answers: _PunchesByCheck,
    standing: Sequence[Punch],
) -> Decision:
    """Decide a bare 打卡 by the windows alone, or ask.

    Up to the middle of the section it is a clock-in. After its end it is a clock-out, unless an
    earlier clock-out exists. Else the bot asks: a wrong guess would be an early leave on somebody's
    payslip.
    """
    coming = [
        point
        for point in held
        if point.check_type is CheckType.ON_DUTY
        and request.at <= point.due_at + (point.closes_at - point.due_at) / 2
    ]
    going = [
        point
        for point in held
        if point.check_type is CheckType.OFF_DUTY and request.at >= point.due_at
    ]
    if going and not coming:
        point = going[0]
        last = _latest(
            punch
            for punch in standing
            if (punch.work_date, punch.check_point) == (point.work_date, point.key)
        )
        if last is None:
            return _decide_for_check(request, going, answers)
        is_early = time_verdict(point, last.punched_at)[0] is TimeResult.EARLY
        return NotPunched("direction") if is_early else AlreadyPunched(last)
    if coming and not going and held[0].check_type is CheckType.ON_DUTY:
        return _decide_for_check(request, coming, answers)
    return NotPunched("direction")


def _decide_for_check(
    request: PunchRequest, points: Sequence[CheckPoint], answers: _PunchesByCheck
) -> Decision:
    """Decide for the nearest of `points`, all of one check type.

    Prefer an on-duty point without a punch.
    """
    point = points[0]
    if point.check_type is CheckType.ON_DUTY:
        point = next(
            (other for other in points if (other.work_date, other.key) not in answers), point
        )
        if done := answers.get((point.work_date, point.key)):
            return AlreadyPunched(done)
    result, minutes = time_verdict(point, request.at)
    return Accepted(
        work_date=point.work_date,
        check_type=point.check_type,
        check_point=point.key,
        time_result=result,
        late_minutes=minutes,
        note=request.note,
    )


def _latest(punches: Iterable[Punch]) -> Punch | None:
    return max(punches, key=lambda punch: punch.punched_at, default=None)


def _without_window(
    request: PunchRequest, plans: Sequence[DayPlan] | None, standing: Sequence[Punch]
) -> Decision:
    """Decide outside all windows: on a rest day, in flexible hours, or without a plan.

    Without a plan the bot records a stated direction. Against a plan it asks for a confirmation,
    except for a clock-out after a clock-in.
    """
    opened = _latest(
        punch for punch in standing if timedelta() < request.at - punch.punched_at < _OPEN_FOR
    )
    if opened is not None and opened.check_type is CheckType.OFF_DUTY:
        opened = None
    planned = any(plan.points for plan in plans or () if plan.work_date == request.local_date)
    todays = [punch for punch in standing if punch.work_date == request.local_date]
    direction = request.direction or CheckType.ON_DUTY
    if request.direction is None and (plans is None or planned or opened or todays):
        return NotPunched("direction")
    ends = opened if direction is CheckType.OFF_DUTY else None
    if planned and ends is None and not request.confirmed:
        return NotPunched("direction", direction)
    last = _latest(punch for punch in todays if punch.check_point is None)
    if last is not None and direction is last.check_type is CheckType.ON_DUTY:
        return AlreadyPunched(last)
    remark = Remark.OUTSIDE_WINDOW if planned else Remark.NO_SHIFT
    if plans is None:
        remark = Remark.PLAN_UNREADABLE
    work_date = request.local_date if ends is None else ends.work_date
    return Accepted(
        work_date=work_date,
        check_type=direction,
        check_point=None,
        time_result=TimeResult.UNKNOWN,
        late_minutes=0,
        note=join_notes(request.note, remark),
    )
