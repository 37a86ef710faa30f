"""Reminders and personal reminder settings. `agenda` and `due` decide when to remind."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from bot.domain.shifts import CheckType, read_check_key

MOST_STRETCHES = 10  # of quiet days, kept of one person
CheckAt = tuple[str, date, str, datetime]  # person, work date, key of the check point, the minute it is due (UTC)


class ReminderKind(StrEnum):
    """Why somebody is spoken to."""

    BEFORE = "before"  # a check is soon due
    AFTER = "after"  # a check was due and there is no punch
    SNOOZE = "snooze"  # "again in ten minutes", which the person asked for
    ESCALATION = "escalation"  # to a lead: who of their people is missing
    NUDGE = "nudge"  # a lead asked for it
    DIGEST = "digest"  # a summary that comes by itself; `which` tells its period


class ReminderState(StrEnum):
    """What became of one."""

    CLAIMED = "claimed"  # somebody is about to look at the facts and send it
    SENT = "sent"
    SHADOW = "shadow"  # would have been sent
    DROPPED = "dropped"  # not sent, with a reason
    UNKNOWN = "unknown"  # may or may not have been sent; never repeated


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of one person. The first four fields are its key: once for each, whatever happens.

    `check_point` is the key of the check point (`OnDuty/0`); of an escalation, the shift start it is about.
    `which` tells several of one check point apart: `before:10@0900`, `snooze:091000` (UTC). `moment` is when it
    is to leave (UTC), `due_at` when the check is due.
    """

    user_id: str
    work_date: date
    check_point: str
    which: str
    kind: ReminderKind
    moment: datetime
    due_at: datetime
    state: ReminderState = ReminderState.CLAIMED
    reason: str = ""
    asked_by: str = ""  # the lead who asked for a nudge

    @property
    def key(self) -> tuple[str, date, str, str]:
        """Return what makes it the same reminder."""
        return (self.user_id, self.work_date, self.check_point, self.which)

    @property
    def check(self) -> CheckAt:
        """Return the check it is about, at its time."""
        return check_at(self.user_id, self.work_date, self.check_point, self.due_at)

    @property
    def check_type(self) -> CheckType:
        """Return whether it is about coming or going; an escalation is about coming."""
        named = read_check_key(self.check_point)
        return CheckType.ON_DUTY if named is None else named[0]


def check_at(user_id: str, work_date: date, check_point: str, due_at: datetime) -> CheckAt:
    """Return a check of a person, to the minute as in `which`; one that moves to another minute is another one."""
    return (user_id, work_date, check_point, due_at.replace(second=0, microsecond=0))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local dates, both included, on which a person wants to hear nothing."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants of reminders; None is what the company does.

    `before_minutes` before a check is due; or at a local time of day, `on_duty_at` and `off_duty_at`. `is_muted`
    until they say otherwise, `quiet` are days without reminders, in order. `snoozed_until` asks for one more then.
    `language` is the one they last wrote in, `digests` are the kinds of summaries that come by themselves.
    """

    user_id: str
    language: str | None = None
    before_minutes: tuple[int, ...] | None = None
    on_duty_at: time | None = None
    off_duty_at: time | None = None
    is_muted: bool = False
    quiet: tuple[Quiet, ...] = ()
    snoozed_until: datetime | None = None
    digests: frozenset[str] | None = None

    @property
    def differ(self) -> bool:
        """Tell whether the person wants anything else than what the company does."""
        own = (self.before_minutes, self.on_duty_at, self.off_duty_at, self.snoozed_until)
        return bool(self.is_muted or self.quiet) or any(one is not None for one in own)

    def are_quiet_on(self, work_date: date, due_at: datetime) -> bool:
        """Tell whether the person wants no reminder of a check of a work date, due at `due_at` (aware, local).

        The end of a night shift belongs to both of its days.
        """
        days = (work_date, due_at.date())
        return self.is_muted or any(one.first <= day <= one.last for one in self.quiet for day in days)
