"""Reminders: when the company wants them, what one person wants of them, and whether one is still due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.day import PersonDay
from bot.domain.shifts import CheckType

STALE_AFTER = timedelta(minutes=10)  # an older reminder is dropped
Minutes = Annotated[int, Field(ge=1, le=180)]


class ReminderPolicy(BaseModel):
    """What the company wants. `quiet_hours` are local times, from the first up to the second.

    In `shadow` mode nobody is spoken to: the log says what would be said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    before_minutes: list[Minutes] = Field([10], max_length=3)
    after_minutes: list[Minutes] = Field([5], max_length=3)
    most: int = Field(2, ge=0)
    escalate_minutes: int | None = Field(30, ge=1, le=480)
    quiet_hours: tuple[time, time] | None = None
    mode: Literal["live", "shadow"] = "live"

    def is_quiet(self, local: datetime) -> bool:
        """Tell whether a local moment lies in the quiet hours, which may span midnight."""
        if self.quiet_hours is None:
            return False
        at, (start, end) = local.time(), self.quiet_hours
        return start <= at < end if start <= end else at >= start or at < end


class ReminderKind(StrEnum):
    """Why somebody is spoken to."""

    BEFORE = "before"  # a check is soon due
    AFTER = "after"  # a check was due and there is no punch
    SNOOZE = "snooze"  # "again in ten minutes", which the person asked for
    ESCALATION = "escalation"  # to a lead: who of their people is missing
    NUDGE = "nudge"  # a lead asked for it
    DIGEST = "digest"  # to a lead: the daily summary


class ReminderState(StrEnum):
    """The outcome of a reminder."""

    CLAIMED = "claimed"  # to be proved and sent
    SENT = "sent"
    SHADOW = "shadow"  # would have been sent
    DROPPED = "dropped"  # not sent; the log has the reason
    UNKNOWN = "unknown"  # may or may not have been sent; never repeated


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of one person. Kind, `about`, person and `which` are its key: each is sent at most once.

    `check_point` is the key of the check point (`OnDuty/0`), or `start` or `digest` of a message to a lead.
    `which` tells several of one check apart. `moment` is when it is to leave (UTC).
    """

    user_id: str
    kind: ReminderKind
    work_date: date
    check_point: str
    due_at: datetime
    moment: datetime
    which: str = ""
    asked_by: str = ""  # the lead who asked for a nudge
    state: ReminderState = ReminderState.CLAIMED

    @property
    def about(self) -> str:
        """Return the check at its time (UTC); a check that moves to another minute is another one."""
        return f"{self.work_date} {self.check_point} {self.due_at.astimezone(UTC):%H%M}"

    @property
    def key(self) -> tuple[ReminderKind, str, str, str]:
        return (self.kind, self.about, self.user_id, self.which)

    @property
    def check_type(self) -> CheckType:
        """Return what the person of a check point is reminded of; a message to a lead has none."""
        return CheckType(self.check_point.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants of reminders; None is what the company does.

    `is_muted` holds until they say otherwise, `quiet` are the first and last local date without reminders.
    `snoozed_until` asks for one more then. `language` is the one they last wrote in. With `digest` a lead gets
    the daily summary. `knows_positions`: they were told what is kept of positions.
    """

    user_id: str
    language: str | None = None
    before_minutes: int | None = None
    is_muted: bool = False
    quiet: tuple[date, date] | None = None
    snoozed_until: datetime | None = None
    digest: bool = False
    knows_positions: bool = False

    @property
    def differ(self) -> bool:
        """Tell whether the person wants other reminders than the company does."""
        own = (self.before_minutes, self.quiet, self.snoozed_until)
        return self.is_muted or any(one is not None for one in own)

    def silence(self, reminder: Reminder, zone: ZoneInfo) -> bool:
        """Tell whether the person does not want this reminder. The end of a night shift belongs to both days."""
        if reminder.kind is ReminderKind.SNOOZE:
            return self.snoozed_until != reminder.moment
        if self.is_muted or self.quiet is None:
            return self.is_muted
        first, last = self.quiet
        return any(first <= day <= last for day in (reminder.work_date, reminder.due_at.astimezone(zone).date()))


def is_due(reminder: Reminder, day: PersonDay) -> bool | None:
    """Tell whether the day still has the check at its time without a punch; None where that cannot be read.

    No check of an excused day is due, except "once more in ten minutes", which the person asked for.
    """
    if day.plan is None:
        return None
    check = day.check(reminder.check_point)
    if check is None or check.due_at != reminder.due_at or check.punched_at is not None or check.leave_asked:
        return False
    if day.excused and reminder.kind is not ReminderKind.SNOOZE:
        return False
    return True if day.read else None


def one_each(due: Iterable[Reminder]) -> list[Reminder]:
    """Return one of each person's reminders that are due at once: of the check that is due last, the latest."""
    ordered = sorted(due, key=lambda one: (one.due_at, one.moment))
    return list({reminder.user_id: reminder for reminder in ordered}.values())
