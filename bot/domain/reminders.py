"""Reminders: the rules of the company, the wishes of a person, and whether a reminder is still due."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.day import Check, PersonDay
from bot.domain.quiet import QuietTime
from bot.domain.shifts import CheckType
from bot.domain.slots import Frozen

STALE_AFTER = timedelta(minutes=10)  # an older reminder is dropped
AFTER_ARRIVAL = timedelta(minutes=5)  # a person who said when they come is not reminded before
NamedChecks = tuple[tuple[CheckType, datetime], ...]  # with the moment when they were due
Minutes = Annotated[int, Field(ge=1, le=180)]


class ReminderPolicy(Frozen):
    """The rules of the company. `quiet_hours` are two local times.

    In `shadow` mode the bot logs reminders and sends none. With `ding` the last reminder of a check
    is a DING inside DingTalk's app.
    """

    before_minutes: list[Minutes] = Field([10], max_length=3)
    after_minutes: list[Minutes] = Field([5], max_length=3)
    most: int = Field(2, ge=0)
    escalate_minutes: int | None = Field(30, ge=1, le=480)
    ding: bool = False
    quiet_hours: tuple[time, time] | None = None
    mode: Literal["live", "shadow"] = "live"

    def is_quiet(self, local: datetime) -> bool:
        """Return whether a local moment lies in the quiet hours, which may span midnight."""
        if self.quiet_hours is None:
            return False
        at = local.time()
        (start, end) = self.quiet_hours
        return start <= at < end if start <= end else at >= start or at < end


class ReminderKind(StrEnum):
    """The reason of a reminder."""

    BEFORE = "before"  # a check is due soon
    AFTER = "after"  # a due check has no punch
    MISSED = "missed"  # at the start of a shift: missed checks of the last work date
    SNOOZE = "snooze"  # the person asked for another one later
    ESCALATION = "escalation"  # to a lead: the missing people
    LATE = "late"  # to a lead: people who said that they come later
    NUDGE = "nudge"  # a lead asked for it
    DIGEST = "digest"  # to a lead: the daily summary


class ReminderState(StrEnum):
    """The outcome of a reminder."""

    CLAIMED = "claimed"  # not begun: its process, or the next `take_over`, proves and sends it
    SENT = "sent"
    SHADOW = "shadow"  # logged only
    DROPPED = "dropped"  # not sent; the log has the reason
    UNKNOWN = "unknown"  # perhaps sent; never repeated


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of one person. Its `key` is sent at most once.

    `check_point` is a key (`OnDuty/0`), for a lead `start` or `digest`, for all missed checks of a
    work date `missed`. `which` tells several reminders of one check apart. It leaves at `moment`
    (UTC).
    """

    user_id: str
    kind: ReminderKind
    work_date: date
    check_point: str
    due_at: datetime
    moment: datetime
    which: str = ""
    asked_by: str = ""  # the lead who asked for a nudge
    as_ding: bool = False  # the last one of its check, where the company wants a DING
    state: ReminderState = ReminderState.CLAIMED

    @property
    def about(self) -> str:
        """Return the check with its time (UTC): a check that moves to another minute counts as
        another check.
        """
        return f"{self.work_date} {self.check_point} {self.due_at.astimezone(UTC):%H%M}"

    @property
    def key(self) -> tuple[ReminderKind, str, str, str]:
        return (self.kind, self.about, self.user_id, self.which)

    @property
    def check_type(self) -> CheckType:
        """Return the check type. Messages to leads, and about missed checks, have none."""
        return CheckType(self.check_point.partition("/")[0])


@dataclass(frozen=True, slots=True)
class ToldArrival:
    """When a person said they come (`at`), later than their shift begins (`due_at`). Both UTC."""

    due_at: datetime
    at: datetime

    @property
    def reminds_at(self) -> datetime:
        return self.at + AFTER_ARRIVAL


@dataclass(frozen=True, slots=True)
class Wishes:
    """A person's own settings. None stands for the rule of the company.

    `is_muted` has no end. `quiet` are times without reminders, in their order. `snoozed_until` is
    the moment of one more reminder. The person announced `arrivals`. `language` comes from the
    last message, `language_at` is the time of the message that changed it. `digest`: a lead gets
    the daily summary. `knows_positions`: the person had the notice about positions.
    """

    user_id: str
    language: str | None = None
    language_at: datetime | None = None
    before_minutes: int | None = None
    is_muted: bool = False
    quiet: tuple[QuietTime, ...] = ()
    snoozed_until: datetime | None = None
    arrivals: tuple[ToldArrival, ...] = ()
    digest: bool = False
    knows_positions: bool = False

    @property
    def has_own_rules(self) -> bool:
        """Return whether a wish changes the person's reminders: language and digest do not."""
        has_times = bool(self.quiet or self.arrivals or self.snoozed_until)
        return self.is_muted or has_times or self.before_minutes is not None

    def in_language(self, language: str, at: datetime) -> "Wishes":
        """Return the wishes after a message of `at` (UTC), unless a later one changed the language."""
        if self.language_at is not None and self.language_at > at:
            return self
        return replace(self, language=language, language_at=at)

    def leave_at(self, local: datetime) -> QuietTime | None:
        """Return the told leave at a local date-time, if any."""
        return next((quiet for quiet in self.quiet if quiet.is_leave and quiet.covers(local)), None)

    def cover_check(
        self, check_type: CheckType, due_at: datetime, work_date: date, zone: ZoneInfo
    ) -> bool:
        """Return whether the check lies in a quiet time."""
        local = due_at.astimezone(zone).replace(tzinfo=None)
        return any(quiet.covers_check(check_type, local, work_date) for quiet in self.quiet)

    def is_silent_at(self, local: datetime) -> bool:
        """Return whether reminders are off at a local date-time."""
        return self.is_muted or any(quiet.covers(local) for quiet in self.quiet)

    def resume_at(self, local: datetime) -> "Wishes":
        """Return the wishes with reminders on again at a local date-time: quiet times end then.

        If reminders are on then, all planned quiet times end.
        """
        if not self.is_silent_at(local):
            return replace(self, quiet=())
        ended = (
            replace(quiet, ends_at=local) if quiet.covers(local) else quiet for quiet in self.quiet
        )
        kept = tuple(quiet for quiet in ended if quiet.starts_at < quiet.ends_at)
        return replace(self, is_muted=False, quiet=kept)

    def arrival_at(self, due_at: datetime) -> ToldArrival | None:
        """Return the told arrival for a start of a shift, if any."""
        return next((told for told in self.arrivals if told.due_at == due_at), None)

    def with_arrival(self, arrival: ToldArrival, now: datetime) -> "Wishes":
        """Return the wishes with a told arrival, and those for other starts still to come."""
        others = (told for told in self.arrivals if told.due_at != arrival.due_at and told.at > now)
        return replace(self, arrivals=(*others, arrival))

    def is_unwanted(self, reminder: Reminder, zone: ZoneInfo) -> bool:
        """Return whether the person does not want this reminder."""
        if reminder.kind is ReminderKind.MISSED:
            return self.is_silent_at(reminder.moment.astimezone(zone).replace(tzinfo=None))
        if reminder.kind is ReminderKind.SNOOZE:
            return self.snoozed_until != reminder.moment
        arrival = self.arrival_at(reminder.due_at)
        if (
            arrival is not None
            and reminder.kind is not ReminderKind.NUDGE
            and reminder.moment < arrival.reminds_at
        ):
            return True
        return self.is_muted or self.cover_check(
            reminder.check_type, reminder.due_at, reminder.work_date, zone
        )


def is_due(reminder: Reminder, day: PersonDay) -> bool | None:
    """Return whether the check is still there at its time without a punch, None if that could not
    be read.

    On an excused day only a snoozed reminder is due.
    """
    if day.plan is None:
        return None
    if reminder.kind is ReminderKind.MISSED:
        return bool(missed_checks(day)) if day.read else None
    check = day.check(reminder.check_point)
    if any(point.is_free and point.key == reminder.check_point for point in day.plan.points):
        return False
    if (
        check is None
        or check.due_at != reminder.due_at
        or check.punched_at is not None
        or check.perhaps_away
    ):
        return False
    if day.excused and reminder.kind is not ReminderKind.SNOOZE:
        return False
    return True if day.read else None


def missed_checks(day: PersonDay) -> tuple[Check, ...]:
    """Return the checks without a punch after their windows, none on an excused day.

    An approval that could not be read may cover a check: it is not missed.
    """
    missed = (check for check in day.checks if check.missed and not check.perhaps_away)
    return () if day.excused else tuple(missed)


def named_checks(reminder: Reminder, day: PersonDay) -> NamedChecks:
    """Return the checks that the text of a reminder names."""
    if reminder.kind is ReminderKind.MISSED:
        return tuple((check.check_type, check.due_at) for check in missed_checks(day))
    return ((reminder.check_type, reminder.due_at),)


def one_per_person(due: Iterable[Reminder]) -> list[Reminder]:
    """Return one reminder for each person: the latest, of the check that is due last.

    One about missed checks goes in addition.
    """
    ordered = sorted(due, key=lambda reminder: (reminder.due_at, reminder.moment))
    chosen = {(one.user_id, one.kind is ReminderKind.MISSED): one for one in ordered}
    return list(chosen.values())
