"""The standing of a work date and its checks, from the plan, all punches, absences and the excuse."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.domain.absences import Absence, without_absences
from bot.domain.facts import MISSED_AFTER, DayFacts, SeenPunch, by_check, whole_second
from bot.domain.shifts import (
    LATE,
    CheckPoint,
    CheckType,
    DayPlan,
    TimeResult,
    check_key,
    time_verdict,
    worst_of,
)
from bot.domain.sites import NO_POSITION, LocationResult, Whereabouts
from bot.domain.worked import Span, minutes_of, time_worked


class CheckState(StrEnum):
    """The state of one check. Approved leave removes a check from the day."""

    DONE = "done"  # in time, or its verdict is unknown
    LATE = "late"
    EARLY = "early"
    MISSING = "missing"  # due, without a punch, after a complete read
    NOT_DUE = "not_due"  # not yet, or never: nobody has to punch for a free check
    AWAY = "away"  # perhaps: an approval without readable times covers its work date
    UNKNOWN = "unknown"  # due, without a known punch, after an incomplete read


class Standing(StrEnum):
    """The standing of a person's work date. Summaries list people in this order.

    `person_day` takes the first that fits of: `off`, `on_leave`, `not_yet_due`, `missing` or
    `unknown`, `late`, `outside`, `on_time`. A lead's excuse turns `missing` and `late` into
    `excused`.
    """

    MISSING = "missing"  # the last due clock-in has no punch, after a complete read
    UNKNOWN = "unknown"  # plan, punches, leave or grace could not be read
    LATE = "late"  # a clock-in came after its grace
    OUTSIDE = "outside"  # in time, with a punch outside every site
    NOT_YET_DUE = "not_yet_due"  # no clock-in is due or made yet
    ON_TIME = "on_time"
    EXCUSED = "excused"
    ON_LEAVE = "on_leave"  # leave, a trip or an outing covers all checks
    OFF = "off"  # no shift: a rest day or flexible hours


# Looked up once: in Python 3.11 `CheckType.ON_DUTY` takes longer than the decision.
_ON_DUTY = CheckType.ON_DUTY
_OFF_DUTY = CheckType.OFF_DUTY
_OUTSIDE = LocationResult.OUTSIDE
_UNKNOWN = TimeResult.UNKNOWN
_NOT_SIGNED = TimeResult.NOT_SIGNED
_DONE = CheckState.DONE
_LATE = CheckState.LATE
_NOT_DUE = CheckState.NOT_DUE
_STATES = dict.fromkeys(LATE, CheckState.LATE) | {TimeResult.EARLY: CheckState.EARLY}


class Check(NamedTuple):
    """One check point of a day, as moved by leave, and the punch that answers it. UTC moments.

    `minutes` late (clock-in) or early (clock-out), else 0. Without a punch, `time_result` is
    `unknown`, and `NotSigned` once its window has closed and the read was complete.
    """

    check_type: CheckType
    section: int
    due_at: datetime
    state: CheckState
    punched_at: datetime | None = None
    time_result: TimeResult = TimeResult.UNKNOWN
    minutes: int = 0
    where: Whereabouts = NO_POSITION  # a lead sees result, site and distance, never the fix
    pending: bool = False  # no target has taken it yet
    correction: bool = False  # a make-up punch
    native: bool = False  # made in DingTalk's app, at a gate or a machine
    perhaps_away: bool = False  # an approval without readable times covers it

    @property
    def key(self) -> str:
        """Return the key of the check point."""
        return check_key(self.check_type, self.section)

    @property
    def missed(self) -> bool:
        """Return whether there is no punch, and the window has closed."""
        return self.time_result is _NOT_SIGNED


class PersonDay(NamedTuple):
    """A person's work date as of a moment. UTC moments, whole minutes.

    A night shift belongs to the date of its start. `due_at` and `ends_at` are the first and last
    check outside leave. `late_minutes` and `early_minutes` sum all sections. `worked_minutes` sums
    clock-in to clock-out of each section less `breaks_minutes`, the breaks in between. They are None
    if a punch is missing or unknown, or if the breaks are unknown. `missed` counts checks with a
    closed window and no punch. `away` are the parts of the planned sections that approved absences
    cover; `kinds` are theirs, filled in for HR. `lateness` is the worst verdict of the clock-ins.

    `uncertain`: a fact is missing, and its absence does not count against the person. `read`: the
    plan was read, and all punches.
    """

    user_id: str
    work_date: date
    standing: Standing
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    late_minutes: int = 0
    early_minutes: int = 0
    missed: int = 0
    worked_minutes: int | None = None
    checks: tuple[Check, ...] = ()
    uncertain: bool = False
    excused: bool = False
    read: bool = True
    plan: DayPlan | None = None
    away: tuple[Span, ...] = ()
    breaks_minutes: int | None = None
    lateness: TimeResult = TimeResult.NORMAL
    kinds: tuple[str, ...] = ()

    @property
    def leave_minutes(self) -> int | None:
        """Return the minutes of approved absence within the planned sections, without their breaks.

        None if the breaks are unknown.
        """
        if not self.away:
            return 0
        if self.plan is None or self.plan.breaks is None:
            return None
        breaks = self.plan.breaks
        return sum([minutes_of(span, breaks)[1] for span in self.away])

    @property
    def present(self) -> bool:
        """Return whether the person has any punch of the day."""
        return self.arrived_at is not None or self.left_at is not None

    @property
    def left_early(self) -> bool:
        """Return whether a clock-out came before it was due, even by seconds."""
        return any(check.state is CheckState.EARLY for check in self.checks)

    @property
    def taken(self) -> tuple[CheckPoint, ...]:
        """Return the planned check points that approved absences cover."""
        kept = {check.key for check in self.checks}
        return (
            tuple(point for point in self.plan.points if point.key not in kept)
            if self.plan is not None
            else ()
        )

    @property
    def departure(self) -> CheckState | None:
        """Return the state of the last due clock-out, or of the last planned one before any is due.

        None on a day off, on leave, on an excused day, and if leave covers the clock-out.
        """
        if self.excused or self.standing is Standing.ON_LEAVE:
            return None
        if self.plan is None:
            return CheckState.UNKNOWN if self.left_at is None else None
        going = [check.state for check in self.checks if check.check_type is _OFF_DUTY]
        due = [state for state in going if state is not _NOT_DUE] or going
        return due[-1] if due else None

    def check(self, key: str | None) -> Check | None:
        """Return the check with that key, None if the day has none or an absence covers it."""
        return next((check for check in self.checks if check.key == key), None)

    def verdict(self, key: str | None, at: datetime) -> tuple[TimeResult, int]:
        """Return the verdict on a punch at `at` for the check `key`, and its minutes late or early.

        The punch need not be the one that counts. A check that leave covers is `Normal`. Without a
        plan, a check or a grace the verdict is unknown. Without a `key` it is the verdict on the
        check that this punch answers.
        """
        if key is None:
            second = whole_second(at)
            for check in self.checks:
                if check.punched_at is not None and whole_second(check.punched_at) == second:
                    return check.time_result, check.minutes
            return _UNKNOWN, 0
        points = self.plan.points if self.plan is not None else ()
        point = next((point for point in points if point.key == key), None)
        if point is None:
            return _UNKNOWN, 0
        judged = self.check(key)
        if judged is None:  # leave covers it
            return TimeResult.NORMAL, 0
        return time_verdict(replace(point, due_at=judged.due_at), at)


def person_day(facts: DayFacts, now: datetime) -> PersonDay:
    """Return a work date as of `now`.

    Approved leave moves or removes checks. The first punch for a clock-in counts, and the last for
    a clock-out. Without a readable grace the recorded verdict of a punch counts.

    Nobody is missing before the end of the grace. The last due section decides. An approval
    without readable times counts until the end of the day.
    """
    plan = facts.plan
    absences = facts.absences
    if plan is None:
        return _without_plan(facts)
    if not plan.points:
        return _from_punches_alone(facts, Standing.OFF)
    approved = [absence for absence in absences if not absence.times_unknown]
    points = plan.points
    away: tuple[Span, ...] = ()
    if approved:
        points, away = without_absences(plan.points, approved)
    if not points:
        return _from_punches_alone(facts, Standing.ON_LEAVE)._replace(away=away)
    unclear = [absence for absence in absences if absence.is_doubt_about(plan)]
    found = by_check(facts.seen, plan, points)
    checks = []
    for point in points:
        punches = found.get(point.key)
        if punches:
            checks.append(_check_with_punch(point, punches))
        else:
            checks.append(_check_without_punch(point, facts, plan, unclear, now))
    coming = [check for check in checks if check.check_type is _ON_DUTY]
    going = [check for check in checks if check.check_type is _OFF_DUTY]
    came = {check.section: check.punched_at for check in coming if check.punched_at is not None}
    went = {check.section: check.punched_at for check in going if check.punched_at is not None}
    worked, taken_off = time_worked(came, went, plan.breaks, read=facts.read)
    outside = any(check.where.result is _OUTSIDE for check in checks)
    standing, uncertain = _standing(coming, outside=outside)
    if facts.excused and (standing is Standing.MISSING or standing is Standing.LATE):
        standing = Standing.EXCUSED
    return PersonDay(  # by position: keywords take three times as long, which a long range feels
        facts.user_id,
        facts.work_date,
        standing,
        min(came.values()) if came else None,
        max(went.values()) if went else None,
        checks[0].due_at,
        checks[-1].due_at,
        sum([check.minutes for check in coming]),
        sum([check.minutes for check in going]),
        sum([check.missed for check in checks]),
        worked,
        tuple(checks),
        uncertain,
        facts.excused,
        facts.read,
        plan,
        away,
        taken_off,
        worst_of([check.time_result for check in coming if check.state is _LATE]),
    )


def _check_with_punch(point: CheckPoint, fitting: Sequence[SeenPunch]) -> Check:
    punch = (min if point.check_type is _ON_DUTY else max)(fitting, key=lambda seen: seen.at)
    result, minutes = time_verdict(point, punch.at, otherwise=punch.time_result)
    return Check(  # by position: keywords take three times as long
        point.check_type,
        point.section,
        point.due_at,
        _STATES.get(result, _DONE),
        punch.at,
        result,
        minutes,
        punch.where,
        punch.pending,
        punch.correction,
        punch.work_date is None,
    )


def _check_without_punch(
    point: CheckPoint, facts: DayFacts, plan: DayPlan, unclear: Iterable[Absence], now: datetime
) -> Check:
    is_coming = point.check_type is _ON_DUTY
    if point.shift.free and point.is_free:
        return Check(point.check_type, point.section, point.due_at, _NOT_DUE)
    waits = any(absence.covers_check(point.check_type, point.due_at) for absence in unclear)
    grace = timedelta(minutes=point.shift.grace_minutes or 0)
    is_due = now > point.due_at + grace if is_coming else now >= point.due_at
    if not is_due:
        state = _NOT_DUE
    elif waits and plan.closes_at is not None and now <= plan.closes_at + MISSED_AFTER:
        state = CheckState.AWAY
    else:
        state = CheckState.MISSING if facts.read else CheckState.UNKNOWN
    result = _NOT_SIGNED if facts.read and now > point.closes_at + MISSED_AFTER else _UNKNOWN
    return Check(
        point.check_type, point.section, point.due_at, state, time_result=result, perhaps_away=waits
    )


def _standing(coming: Sequence[Check], *, outside: bool) -> tuple[Standing, bool]:
    """Return the standing by the clock-ins of a day, and whether a fact is missing."""
    states = [check.state for check in coming if check.state is not _NOT_DUE]
    if not states:
        return Standing.NOT_YET_DUE, False
    unread = CheckState.UNKNOWN in states
    last = states[-1]
    if last is CheckState.AWAY:
        return Standing.ON_LEAVE, True
    if last is CheckState.MISSING or last is CheckState.UNKNOWN:
        return (Standing.UNKNOWN if unread else Standing.MISSING), unread
    if CheckState.LATE in states:
        return Standing.LATE, unread
    if any(check.punched_at is not None and check.time_result is _UNKNOWN for check in coming):
        return Standing.UNKNOWN, True
    return (Standing.OUTSIDE if outside else Standing.ON_TIME), unread


def _from_punches_alone(facts: DayFacts, standing: Standing) -> PersonDay:
    """Return a day without checks, with its first clock-in and last clock-out."""
    came = min((seen.at for seen in facts.seen if seen.check_type is not _OFF_DUTY), default=None)
    leaving = (seen.at for seen in facts.seen if seen.check_type is not _ON_DUTY)
    went = max((at for at in leaving if came is None or at > came), default=None)
    plan = facts.plan
    breaks = plan.breaks if plan is not None and plan.points else ()
    worked, taken_off = time_worked(
        {} if came is None else {0: came},
        {} if went is None else {0: went},
        None if plan is None else breaks,
        read=plan is not None,
    )
    told = (facts.user_id, facts.work_date, standing, came, went)
    return PersonDay(
        *told, worked_minutes=worked, read=facts.read, plan=plan, breaks_minutes=taken_off
    )


def _without_plan(facts: DayFacts) -> PersonDay:
    """Return a day without a readable plan, by the recorded verdicts of its punches."""
    lateness = worst_of(seen.time_result for seen in facts.seen if seen.check_type is _ON_DUTY)
    late = Standing.EXCUSED if facts.excused else Standing.LATE
    day = _from_punches_alone(facts, late if lateness in LATE else Standing.UNKNOWN)
    return day._replace(uncertain=True, read=False, excused=facts.excused, lateness=lateness)
