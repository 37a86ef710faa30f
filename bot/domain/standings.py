"""What one person's day comes to: from plan, punches, absences and the moment to a `PersonDay`."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.agenda import MISSED_AFTER
from bot.domain.due import Seen, answers
from bot.domain.lengths import minutes_shown
from bot.domain.reconciling import AttendanceRecord, Second, second_of, whole_second
from bot.domain.results import LATE, TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.sites import LocationResult
from bot.domain.summaries import Check, PersonDay, Standing

# Looked up once: in Python 3.11 `CheckType.ON_DUTY` takes longer than what is decided by it.
_ON_DUTY, _OUTSIDE = CheckType.ON_DUTY, LocationResult.OUTSIDE
_UNKNOWN, _NOT_SIGNED = TimeResult.UNKNOWN, TimeResult.NOT_SIGNED
_MISSING, _ON_TIME = Standing.MISSING, Standing.ON_TIME
_NOTHING: Sequence[Seen] = ()


class DayFacts(NamedTuple):
    """What is known of one person's work date.

    `plan` is None when it could not be read. `seen` are the punches of this work date, ours before others', in the
    order in which they were recorded; those that every target rejected, or that a correction replaces, are left
    out. `absences` are the approved ones, `asked_for` those that still wait. `read` tells that DingTalk told of
    punches and leave: without that, who has no punch is unknown rather than missing.
    """

    user_id: str
    work_date: date
    plan: DayPlan | None
    seen: Sequence[Seen] = ()
    absences: Sequence[Absence] = ()
    asked_for: Sequence[Absence] = ()
    read: bool = True
    excused: bool = False


def person_day(facts: DayFacts, now: datetime) -> PersonDay:
    """Return how a work date stands at `now`.

    Approved absences move or take its checks (`points_left`). A check is answered by the punches that say so, else
    by those nearest to it (`due.answers`). Of several the first counts as clock-in and the last as clock-out, as a
    later clock-out replaces an earlier one. That holds with make-up punches too: one is approved only if it is an
    earlier coming or a later going than what counts then, and a clock-out later than it replaces it. The time is
    judged against the check as leave leaves it; where the grace cannot be read, the verdict that the punch was
    recorded with stands.

    Nobody is missing before the grace of the check is over. Whoever missed an earlier section and came to a later
    one is judged by the later one; the earlier counts in `missed`. A missed check is one whose window closed half
    an hour ago, since DingTalk shows punches late. Whoever asked for leave at the clock-in that was due last is
    not called missing while that waits, but on leave and uncertain.
    """
    plan = facts.plan
    if plan is None:
        return _without_plan(facts)
    if not plan.points:
        return _without_checks(facts, Standing.OFF)
    left = points_left(plan.points, facts.absences) if facts.absences else plan.points
    if not left:
        return _without_checks(facts, Standing.ON_LEAVE)
    checks = _checks(facts, plan, left, now)
    coming: list[Check] = []
    came: dict[int, datetime] = {}  # and `went`: by section, where that is known
    went: dict[int, datetime] = {}
    late, early, missed, outside = 0, 0, 0, False
    for check in checks:
        if check.check_type is _ON_DUTY:
            coming.append(check)
            late += check.minutes
            made = came
        else:
            early += check.minutes
            made = went
        if check.punched_at is not None:
            made[check.section] = check.punched_at
        if check.time_result is _NOT_SIGNED:
            missed += 1
        if check.where.result is _OUTSIDE:
            outside = True
    standing, uncertain = _standing_at(now, facts, left, coming, outside=outside)
    arrived_at, left_at = min(came.values()) if came else None, max(went.values()) if went else None
    worked = _worked(came, went, facts.read)
    return PersonDay(  # in order: with names it takes three times as long, of every day of a range
        facts.user_id,
        facts.work_date,
        standing,
        arrived_at,
        left_at,
        checks[0].due_at,
        checks[-1].due_at,
        late,
        early,
        missed,
        worked,
        checks,
        outside,
        uncertain,
        facts.excused,
        facts.read,
    )


def by_work_date(
    seen: Iterable[Seen], plans: Mapping[date, DayPlan | None], zone: ZoneInfo
) -> dict[date, list[Seen]]:
    """Return one person's punches by the work date each belongs to, each at one and once.

    The work date that a punch was recorded with holds. One without belongs to the check that its source names or
    that is nearest among those whose window holds it, else to its local date in `zone`. Of several sources that
    tell of the same second the most telling one is kept: the ledger, a record of DingTalk's, an event.
    """
    found: dict[date, list[Seen]] = {}
    for one in _distinct(seen):
        found.setdefault(one.work_date or _work_date(one, plans, zone), []).append(one)
    return found


def beside_the_ledger(
    records: Iterable[AttendanceRecord], named: Container[Second], unnamed: Container[Second]
) -> list[AttendanceRecord]:
    """Return those of DingTalk's records that a day is told by beside the ledger: what is kept of them.

    `named` are the ledger's punches, by person and second, that name their check; of those the ledger tells. Of
    one that names none (`unnamed`: said outside every window of its kind) DingTalk's word on the check that it
    answers outranks ours (`by_work_date`). Without it a day would be told otherwise once it is past.
    """

    def tells(record: AttendanceRecord) -> bool:
        second = second_of(record.user_id, record.checked_at)
        if second in unnamed:
            return record.check_type is not None and record.planned_at is not None
        return second not in named

    return [one for one in records if tells(one)]


def names_no_check(seen: Seen) -> bool:
    """Tell whether a punch is one of the ledger that names no check; DingTalk may count it for one."""
    return seen.work_date is not None and seen.check_point is None


def _work_date(seen: Seen, plans: Mapping[date, DayPlan | None], zone: ZoneInfo) -> date:
    at = seen.due_at or seen.at
    local = seen.at.astimezone(zone).date()
    near = (plans.get(local + timedelta(days=offset)) for offset in (-1, 0, 1))
    held = [
        point
        for plan in near
        if plan is not None
        for point in plan.points
        if point.takes(seen.at) and seen.check_type in (None, point.check_type)
    ]
    if not held:
        return local
    return min(held, key=lambda point: abs(point.due_at - at)).work_date


def _distinct(seen: Iterable[Seen]) -> Sequence[Seen]:
    taken = list(seen)
    if all(one.check_point is not None for one in taken):
        return taken
    best: dict[int, Seen] = {}
    for one in taken:
        second = whole_second(one.at)
        known = best.get(second)
        if known is None or _telling(one) > _telling(known):
            best[second] = one
    # Two of the ledger in one second are two punches: somebody came and went, or a make-up punch stands beside.
    return [one for one in taken if one.check_point is not None or best[whole_second(one.at)] is one]


def _telling(seen: Seen) -> tuple[bool, bool, bool]:
    return seen.check_point is not None, seen.check_type is not None, seen.due_at is not None


def _checks(facts: DayFacts, plan: DayPlan, left: Sequence[CheckPoint], now: datetime) -> tuple[Check, ...]:
    """Return the checks of a day; a punch may answer one as it was planned or as leave moved it."""
    named: dict[str, list[Seen]] = {}  # most punches name their check: those need no look at windows
    loose: list[Seen] = []
    for one in facts.seen:
        if one.check_point is None:
            loose.append(one)
        else:
            named.setdefault(one.check_point, []).append(one)
    unnamed = _loose_by_check(loose, plan, left) if loose else {}
    checks: list[Check] = []
    for point in left:
        key = point.key
        fitting: Sequence[Seen] = named.get(key, _NOTHING)
        if unnamed:
            fitting = [*fitting, *unnamed.get(key, ())]
        checks.append(_check(point, fitting) if fitting else _open_check(point, facts, now))
    return tuple(checks)


def _loose_by_check(loose: Sequence[Seen], plan: DayPlan, left: Sequence[CheckPoint]) -> dict[str, list[Seen]]:
    moved = None if left is plan.points else DayPlan(plan.work_date, tuple(left))
    planned = {point.key: point for point in plan.points}
    return {
        key: [
            one
            for one in loose
            if answers(one, planned[key], plan) or (moved is not None and answers(one, point, moved))
        ]
        for point in left
        if (key := point.key)
    }


def _is_asked_for(coming_at: datetime, facts: DayFacts) -> bool:
    return any(one.keeps_from(CheckType.ON_DUTY, coming_at) for one in facts.asked_for)


def _open_check(point: CheckPoint, facts: DayFacts, now: datetime) -> Check:
    over = facts.read and now > point.closes_at + MISSED_AFTER
    result = _NOT_SIGNED if over else _UNKNOWN
    asked = any(one.keeps_from(point.check_type, point.due_at) for one in facts.asked_for)
    return Check(point.check_type, point.section, point.due_at, None, result, leave_asked=asked)


def _check(point: CheckPoint, fitting: Sequence[Seen]) -> Check:
    punch = fitting[0] if len(fitting) == 1 else _counting(fitting, point.check_type)
    result, minutes = time_verdict(point, punch.at, otherwise=punch.time_result)
    return Check(
        point.check_type,
        point.section,
        point.due_at,
        punch.at,
        result,
        minutes,
        punch.where,
        punch.pending,
        punch.correction,
    )


def _counting(fitting: Sequence[Seen], check_type: CheckType) -> Seen:
    first = check_type is _ON_DUTY
    return min(fitting, key=lambda one: one.at) if first else max(fitting, key=lambda one: one.at)


def _standing_at(
    now: datetime, facts: DayFacts, left: Sequence[CheckPoint], coming: Sequence[Check], *, outside: bool
) -> tuple[Standing, bool]:
    """Return the standing at `now` by a day's clock-ins, and whether a fact is missing.

    Who asked for leave is not called missing.
    """
    due = len([point for point in left if point.check_type is _ON_DUTY and now > point.grace_ends_at])
    standing, uncertain = _standing(coming, coming[:due], outside=outside, read=facts.read)
    if standing is _MISSING and _is_asked_for(coming[due - 1].due_at, facts):
        return Standing.ON_LEAVE, True
    return standing, uncertain


def _standing(
    coming: Sequence[Check], due: Sequence[Check], *, outside: bool, read: bool
) -> tuple[Standing, bool]:
    """Return the standing by a day's clock-ins, those of them that are due, and whether any
    punch was outside; and whether a fact is missing.
    """
    results = [check.time_result for check in coming if check.punched_at is not None]
    if not due and not results:
        return Standing.NOT_YET_DUE, False
    untold = not read and any(check.punched_at is None for check in due)
    if due and due[-1].punched_at is None:
        return (_MISSING if read else Standing.UNKNOWN), untold
    if not LATE.isdisjoint(results):
        return Standing.LATE, untold
    if _UNKNOWN in results:
        return Standing.UNKNOWN, True
    return (Standing.OUTSIDE if outside else _ON_TIME), untold


def _worked(came: Mapping[int, datetime], went: Mapping[int, datetime], read: bool) -> int | None:
    """Return the minutes from clock-in to clock-out of all sections, by the times that are shown of them; None
    when one of the two is missing.
    """
    if came.keys() != went.keys() or not (came or read):
        return None
    return sum([max(0, minutes_shown(at, went[section])) for section, at in came.items()])


def _without_checks(facts: DayFacts, standing: Standing) -> PersonDay:
    """Return a day of rest, of flexible hours or wholly on leave, with the punches made all the same."""
    came, went = _free_times(facts.seen) if facts.seen else (None, None)
    worked = None if (came is None) != (went is None) else 0
    if came is not None and went is not None:
        worked = minutes_shown(came, went)
    return PersonDay(
        facts.user_id,
        facts.work_date,
        standing,
        came,
        went,
        worked_minutes=worked,
        outside=bool(facts.seen) and any(one.where.result is _OUTSIDE for one in facts.seen),
        excused=facts.excused,
    )


def _without_plan(facts: DayFacts) -> PersonDay:
    """Return a day whose plan nobody could read: what its punches were recorded with is all there is to say."""
    day = _without_checks(facts, Standing.UNKNOWN)._replace(uncertain=True, read=False)
    coming = [one for one in facts.seen if one.check_type is _ON_DUTY]
    if any(one.time_result in LATE for one in coming):
        return day._replace(standing=Standing.LATE)
    if day.arrived_at is None:
        return day._replace(worked_minutes=None)
    return day


def _free_times(seen: Sequence[Seen]) -> tuple[datetime | None, datetime | None]:
    """Return the first punch that may be a clock-in and the last after it that may be a clock-out."""
    came = min((one.at for one in seen if one.check_type is not CheckType.OFF_DUTY), default=None)
    leaving = (one.at for one in seen if one.check_type is not _ON_DUTY)
    went = max((at for at in leaving if came is None or at > came), default=None)
    return came, went
