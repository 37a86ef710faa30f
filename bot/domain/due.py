"""Due reminders: of people without a known punch, when their day says that a check is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.agenda import Entry
from bot.domain.day import Check, PersonDay
from bot.domain.day_punches import Seen, answers
from bot.domain.reminders import CheckAt, Reminder, ReminderKind, ReminderState, check_at
from bot.domain.teams import Teams

STALE_AFTER = timedelta(minutes=10)  # a reminder whose moment is longer ago is dropped
LATE = "its moment had passed"
NOT_THEIRS = "none of these people is known to be theirs any more"
QUIET_HOURS = "quiet hours had begun"
_STALE_AFTER = {ReminderKind.DIGEST: timedelta(hours=1)}
_COUNTED = (ReminderKind.BEFORE, ReminderKind.AFTER)  # of a check at most so many are said


@dataclass(frozen=True, slots=True)
class Known:
    """What is known without asking anybody: the active people, their punches, how often they were reminded.

    `spoken` counts by check and the minute at which it is due.
    """

    active: frozenset[str]
    seen: Mapping[str, Sequence[Seen]]
    spoken: Mapping[CheckAt, int] = field(default_factory=dict)


def choose(entries: Iterable[Entry], known: Known, most: int, now: datetime) -> list[Reminder]:
    """Return the reminders of active people without a known punch who had fewer than `most`.

    Those whose moment is too long ago come as dropped, so that they are counted. Escalations are not among them.
    Of several of one person all are chosen; which one is said is for the facts to decide (`most_telling`).
    """
    chosen: list[Reminder] = []
    for entry in entries:
        if entry.kind is ReminderKind.ESCALATION:
            continue
        point, kind = entry.point, entry.kind
        is_late = now - entry.moment > STALE_AFTER
        outcome = (ReminderState.DROPPED, LATE) if is_late else (ReminderState.CLAIMED, "")
        for user_id in _open(entry, known):
            check = check_at(user_id, point.work_date, point.key, point.due_at)
            if kind not in _COUNTED or known.spoken.get(check, 0) < most:
                reminder = (user_id, point.work_date, point.key, entry.which, kind, entry.moment, point.due_at)
                chosen.append(Reminder(*reminder, *outcome))
    return chosen


def notes_due(entries: Iterable[Entry], known: Known, teams: Teams) -> list[Reminder]:
    """Return one note for each lead of somebody who is not known to have punched; claimed, not proved."""
    notes: dict[tuple[object, ...], Reminder] = {}
    for entry in entries:
        if entry.kind is ReminderKind.ESCALATION:
            point = entry.point
            about = (point.work_date, f"start/{point.due_at:%H%M}", entry.which, entry.kind, entry.moment)
            for lead in {lead for user_id in _open(entry, known) for lead in teams.leads_of(user_id)}:
                if lead in known.active:
                    note = Reminder(lead, *about, point.due_at)
                    notes.setdefault((lead, point.work_date, point.due_at), note)
    return list(notes.values())


def _open(entry: Entry, known: Known) -> Iterator[str]:
    """Yield the active people of an entry without a punch that surely answers its check."""
    for user_id in entry.user_ids:
        if user_id in known.active:
            seen = known.seen.get(user_id, ())
            if not any(answers(one, entry.point, entry.plan, sure=True) for one in seen):
                yield user_id


def most_telling(due: Iterable[Reminder]) -> list[Reminder]:
    """Return one of each person's reminders that are due at once: of the check that is due last, the latest."""
    ordered = sorted(due, key=lambda one: (one.due_at, one.moment))
    return list({reminder.user_id: reminder for reminder in ordered}.values())


def is_stale(reminder: Reminder, now: datetime) -> bool:
    """Tell whether the moment has passed by too much to speak."""
    return now - reminder.moment > _STALE_AFTER.get(reminder.kind, STALE_AFTER)


class DueState(StrEnum):
    """What a day says of one reminder; all but `due` and `unknown` are reasons to stay quiet for good."""

    DUE = "due"
    UNKNOWN = "unknown"  # something could not be read
    PUNCHED = "punched"
    ON_LEAVE = "on leave"
    PENDING_LEAVE = "leave asked for"
    MOVED = "due at another time"
    NOT_PLANNED = "no longer planned"
    EXCUSED = "a lead excused this day"


def judge(reminder: Reminder, day: PersonDay) -> DueState:
    """Return whether `reminder` is still due. What is known to speak against it outweighs what is unknown.

    Neither end of an excused day is due, except "once more in ten minutes", which the person asked for.
    """
    if day.plan is None:
        return DueState.UNKNOWN
    if all(point.key != reminder.check_point for point in day.plan.points):
        return DueState.NOT_PLANNED
    if day.excused and reminder.kind is not ReminderKind.SNOOZE:
        return DueState.EXCUSED
    check = day.check(reminder.check_point)
    if check is None:
        return DueState.ON_LEAVE
    if check.due_at != reminder.due_at:
        return DueState.MOVED
    if check.leave_asked:
        return DueState.PENDING_LEAVE
    if check.punched_at is not None:
        return DueState.PUNCHED
    return DueState.DUE if day.read else DueState.UNKNOWN


def due_now(day: PersonDay, now: datetime) -> Check | None:
    """Return the check that was due last and can still be made, None for none."""
    closes = {point.key: point.closes_at for point in (day.plan.points if day.plan is not None else ())}
    due = [check for check in day.checks if check.due_at <= now <= closes[check.key]]
    return max(due, key=lambda check: check.due_at, default=None)
