"""Whether somebody is still to be reminded: what is known beforehand, and what the facts say right before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.domain.absences import Absence, points_left
from bot.domain.agenda import Agenda, Entry
from bot.domain.reconciling import AttendanceRecord, whole_second
from bot.domain.reminders import CheckAt, Reminder, ReminderKind, ReminderState, check_at
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.sites import NOWHERE, Whereabouts

DIGEST_STALE_AFTER = timedelta(hours=1)
STALE_AFTER = timedelta(minutes=10)  # a reminder whose moment is longer ago is dropped
MISSED_STALE_AFTER = timedelta(hours=24)  # it is no message; it waits for the next clock-in
SURE_WITHIN = timedelta(minutes=60)  # a punch of unknown check type this near to a check is taken to answer it
LATE = "its moment had passed"
NOT_THEIRS = "none of these people is known to be theirs any more"
QUIET_HOURS = "quiet hours had begun"


class Seen(NamedTuple):  # made by the thousand for a summary, and twice as quick as a frozen dataclass
    """One punch, however made. `check_type` and `due_at` are of the check it answers, where somebody says so.

    `time_result` is the verdict it was recorded with, `pending` tells that no target has taken it yet,
    `correction` that a lead approved it later.
    """

    at: datetime
    check_type: CheckType | None = None
    due_at: datetime | None = None
    check_point: str | None = None
    work_date: date | None = None
    time_result: TimeResult = TimeResult.UNKNOWN
    where: Whereabouts = NOWHERE
    pending: bool = False
    correction: bool = False


def seen_record(record: AttendanceRecord) -> Seen:
    """Return what a record of DingTalk's tells."""
    where = Whereabouts(record.location)
    return Seen(record.checked_at, record.check_type, record.planned_at, where=where)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known without asking anybody: the active people, their punches, how often they were reminded.

    `spoken` counts by check and the minute at which it is due.
    """

    active: frozenset[str]
    seen: Mapping[str, Sequence[Seen]]
    spoken: Mapping[CheckAt, int] = field(default_factory=dict)


def answers(seen: Seen, point: CheckPoint, plan: DayPlan, *, sure: bool = False) -> bool:
    """Tell whether a punch answers `point`, one of the checks of `plan`.

    What its source says decides; without that, the check whose due time is nearest. `sure` wants that to be near.
    """
    if seen.check_point is not None:
        return seen.work_date == point.work_date and seen.check_point == point.key
    if not point.takes(seen.at):
        return False
    if seen.check_type is not None:
        same_check = seen.due_at is None or _nearest_due(plan, point.check_type, seen.due_at) == point.key
        return seen.check_type is point.check_type and same_check
    apart = abs(point.due_at - seen.at)
    if sure and apart > SURE_WITHIN:
        return False
    nearest = min((one for one in plan.points if one.takes(seen.at)), key=lambda one: abs(one.due_at - seen.at))
    return nearest.key == point.key


def choose(agenda: Agenda, entries: Iterable[Entry], known: Known, most: int, now: datetime) -> list[Reminder]:
    """Return whom to remind of what: active, not known to have punched, below `most`.

    Those whose moment is too long ago come as dropped, so that they are counted. Escalations are not among them.
    Of several of one person all are chosen; which one is said is for the facts to decide (`most_telling`).
    """
    chosen: list[Reminder] = []
    for entry in entries:
        if entry.kind is ReminderKind.ESCALATION:
            continue
        point, plan, which = entry.point, entry.plan, entry.which
        check_point, work_date = point.key, point.work_date
        counts = known.spoken if entry.kind in (ReminderKind.BEFORE, ReminderKind.AFTER) else {}
        is_late = entry.kind is not ReminderKind.MISSED and _is_past(entry.kind, entry.moment, now)
        has_answered = _answering(point, plan)
        outcome = (ReminderState.DROPPED, LATE) if is_late else (ReminderState.CLAIMED, "")
        for user_id in agenda.people(entry):
            if user_id not in known.active:
                continue
            if counts and counts.get(check_at(user_id, work_date, check_point, point.due_at), 0) >= most:
                continue
            seen = known.seen.get(user_id)
            if seen and any(map(has_answered, seen)):
                continue
            chosen.append(
                Reminder(user_id, work_date, check_point, which, entry.kind, entry.moment, point.due_at, *outcome)
            )
    return chosen


def _answering(point: CheckPoint, plan: DayPlan) -> Callable[[Seen], bool]:
    """Return what tells whether a punch surely answers `point`; it looks once at what many people share."""
    found: dict[int, bool] = {}

    def has_answered(seen: Seen) -> bool:
        known = found.get(id(seen))
        if known is None:
            known = found[id(seen)] = answers(seen, point, plan, sure=True)
        return known

    return has_answered


def most_telling(due: Iterable[Reminder]) -> list[Reminder]:
    """Return one of each person's reminders that are due at once: of the check that is due last, the latest."""
    said: dict[str, Reminder] = {}
    for reminder in sorted(due, key=lambda one: (one.due_at, one.moment)):
        said[reminder.user_id] = reminder
    return list(said.values())


_STALE_AFTER = {ReminderKind.MISSED: MISSED_STALE_AFTER, ReminderKind.DIGEST: DIGEST_STALE_AFTER}


def is_stale(reminder: Reminder, now: datetime) -> bool:
    """Tell whether the moment has passed by too much to speak."""
    return _is_past(reminder.kind, reminder.moment, now)


def _is_past(kind: ReminderKind, moment: datetime, now: datetime) -> bool:
    return now - moment > _STALE_AFTER.get(kind, STALE_AFTER)


class DueState(StrEnum):
    """What the facts say of one reminder; all but `due` and `unknown` are reasons to stay quiet for good."""

    DUE = "due"
    UNKNOWN = "unknown"  # something could not be read
    PUNCHED = "punched"
    ON_LEAVE = "on leave"
    PENDING_LEAVE = "leave asked for"
    MOVED = "due at another time"
    NOT_PLANNED = "no longer planned"
    EXCUSED = "a lead excused this day"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of one person right before speaking; None where it could not be read.

    `absences` are the approved ones that DingTalk shows, `heard_of` those an event told of, pending ones too.
    `excused` tells that a lead said of this day that its missing punches do not count.
    """

    plan: DayPlan | None
    records: Sequence[Seen] | None
    absences: Sequence[Absence] | None
    heard_of: Sequence[Absence] = ()
    seen: Sequence[Seen] = ()
    excused: bool = False

    @property
    def approved(self) -> list[Absence]:
        """Return the absences that count, whoever told of them."""
        return [*(self.absences or ()), *(one for one in self.heard_of if not one.pending)]


def judge(reminder: Reminder, facts: Facts) -> DueState:
    """Return whether `reminder` is still due. What is known to speak against it outweighs what is unknown.

    Who is excused may have left early as well as come late, so that neither end of the day is due from them; what
    they asked for themselves, "once more in ten minutes", is no lead's to end.
    """
    plan = facts.plan
    if plan is None:
        return DueState.UNKNOWN
    planned = _point(plan.points, reminder.check_point)
    if planned is None:
        return DueState.NOT_PLANNED
    if facts.excused and reminder.kind is not ReminderKind.SNOOZE:
        return DueState.EXCUSED
    approved = facts.approved
    left = DayPlan(plan.work_date, points_left(plan.points, approved))
    point = _point(left.points, reminder.check_point)
    if point is None:
        return DueState.ON_LEAVE
    if point.due_at != reminder.due_at:
        return DueState.MOVED
    waiting = (one for one in facts.heard_of if _is_asked_for(one, approved))
    if any(one.keeps_from(point.check_type, point.due_at) for one in waiting):
        return DueState.PENDING_LEAVE
    if _has_punched(planned, plan, facts) or _has_punched(point, left, facts):
        return DueState.PUNCHED
    return DueState.UNKNOWN if facts.records is None or facts.absences is None else DueState.DUE


def due_now(facts: Facts, now: datetime) -> CheckPoint | None:
    """Return the check that was due last and can still be made, with approved leave taken off; None for none."""
    points = facts.plan.points if facts.plan is not None else ()
    due = [point for point in points_left(points, facts.approved) if point.due_at <= now <= point.closes_at]
    return max(due, key=lambda point: point.due_at, default=None)


def _is_asked_for(absence: Absence, approved: Iterable[Absence]) -> bool:
    """Tell whether an absence still waits; one that approved ones span has been approved, whatever was heard."""
    spanned = any(one.starts_at <= absence.starts_at and absence.ends_at <= one.ends_at for one in approved)
    return absence.pending and not spanned


def _has_punched(point: CheckPoint, plan: DayPlan, facts: Facts) -> bool:
    """Tell whether a punch answers `point`; DingTalk's record of one says more than the event that told of it."""
    records = facts.records or ()
    recorded = {whole_second(record.at) for record in records}
    others = (one for one in facts.seen if one.check_point or whole_second(one.at) not in recorded)
    return any(answers(one, point, plan) for one in (*records, *others))


def _point(points: Iterable[CheckPoint], key: str) -> CheckPoint | None:
    return next((point for point in points if point.key == key), None)


def _nearest_due(plan: DayPlan, check_type: CheckType, due_at: datetime) -> str:
    points = (point for point in plan.points if point.check_type is check_type)
    return min(points, key=lambda point: abs(point.due_at - due_at)).key
