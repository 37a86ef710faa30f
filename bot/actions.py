"""All actions that a person can ask for, one model each.

An action comes from typed text, from a button or from the page, and a handler answers it.
"""

from datetime import date, datetime, time
from typing import Literal

from bot.domain.closing import StepKind
from bot.domain.quiet import DayPart, Hours
from bot.domain.shifts import CheckType
from bot.domain.sites import OwnWords
from bot.domain.slots import Action, Dated, Days, Paged, Slot, TypedPosition, Whom


class PunchAction(Action, changes=True):
    """Clock in or out. Without `direction` the shift decides.

    `at` and `received_at` (UTC) belong to the message that a button came from. The times of the
    current message count without them, or if they are better for the person. `outside` means field
    work (外勤).
    """

    direction: CheckType | None = None
    place: str | None = None
    position: TypedPosition | None = None
    by_location: bool = False
    outside: bool = False
    reason: OwnWords = None
    at: datetime | None = None
    received_at: datetime | None = None
    by_voice: bool = False

    @property
    def intent(self) -> str:
        return "clock_out" if self.direction is CheckType.OFF_DUTY else "clock_in"


class Undo(Action, intent="undo"):
    """Ask how to correct a wrong punch."""


class MyDay(Action, intent="status"):
    """Show the sender's own day; with `kept` from the database alone, without asking DingTalk."""

    kept: bool = False


class History(Dated, Paged, intent="history"):
    """Show the sender's own days, with the worked time. Without `days` show this week."""


class MyShift(Dated, intent="my_shift"):
    """Show the sender's shifts. Without `days` show a week from today."""


class LeavingTime(Action, intent="leaving_time"):
    """Say when the sender's shift of today ends."""


class Overtime(Dated, intent="history"):
    """Show the sender's overtime by DingTalk's report. Without `days` show this month."""


class Why(Action, intent="why"):
    """Explain why a punch of the sender counts as late or early."""

    days: Days | None = None
    direction: CheckType | None = None


class Summary(Dated, Paged):
    """Show the days of a team, a department or a person. Without `days` show today.

    `by_lateness` sorts people of several days by how often they were late.
    """

    whom: Whom = Whom()
    form: Literal["text", "chart"] = "text"
    by_lateness: bool = False

    @property
    def intent(self) -> str:
        return "summary_today" if self.days is None or self.days.is_one else "summary_range"


class DayRecord(Dated, Paged, intent="day_record"):
    """Show who did what to one person's days: punches, requests, decisions, excuses, locks.

    Without `whom` show the sender's days. Without `days` show what was asked or decided in a month.
    """

    whom: Whom = Whom(own=True)


class Absent(Dated, Paged, intent="missing"):
    """Show who has not clocked in, or out."""

    whom: Whom = Whom()
    check_type: CheckType = CheckType.ON_DUTY


class OnLeave(Dated, Paged, intent="on_leave"):
    """Show who is away: on leave, on a trip or out. Without `days` show today."""

    whom: Whom = Whom()


class PostSummary(Action, intent="post_summary", changes=True):
    """Post a day of the lead's own team in the group where they ask.

    `group` is the id of that group. Nobody else than the own team can be posted.
    """

    day: date | None = None
    whom: Whom = Whom()
    group: str | None = None


class Export(Dated, intent="export"):
    """Send days as a file."""

    whom: Whom = Whom()


class ExportPayroll(Dated, intent="export"):
    """Send a month of everybody by a payroll profile. Without `days` send the last month."""

    profile: str | None = None


class SetDigest(Action, changes=True):
    """Switch the daily summary on or off."""

    wanted: bool

    @property
    def intent(self) -> str:
        return "digest_on" if self.wanted else "digest_off"


class WhoSeesMe(Action, intent="who_sees"):
    """Explain who sees the sender's days."""


class ReminderMenu(Action, intent="remind_set"):
    """Show the sender's reminder settings, with a button for each change."""


class RemindBefore(Action, intent="remind_set", changes=True):
    """Remind some minutes before each check."""

    minutes: int


class RemindAt(Action, intent="remind_set", changes=True):
    """Remind before each check, by a local time of day before one of them."""

    at: time
    check_type: CheckType | None = None


class Snooze(Action, intent="remind_set"):
    """Remind once more after some minutes."""

    minutes: int = 10


class Mute(Dated, intent="remind_off", changes=True):
    """Stop reminders on `days`, or at a part of one day.

    `for_good` stops them until the sender switches them on again. `hours` has two readings if
    morning or afternoon is open.
    """

    part: DayPart | None = None
    hours: tuple[Hours, ...] = ()
    for_good: bool = False

    def lacks(self) -> Slot | None:
        if self.unclear_days or (self.days is None and not self.for_good):
            return Slot.DAYS
        return Slot.HOURS if self.part is DayPart.OPEN else None


class Unmute(Action, intent="remind_set", changes=True):
    """Switch reminders on again. This ends a leave of now that the sender told."""


class Leave(Mute, intent="leave", changes=True):
    """Stop reminders while the sender is away, like `Mute`. This does not file a leave request."""


class ComeLater(Action, intent="late", changes=True):
    """Tell the sender's leads that they come later than their shift begins. It excuses nothing.

    `times` are the readings of a local time: two if morning or afternoon is open. `minutes` count
    from the start of the shift, or from the message after it. `day` is a local date. The button has
    the exact `arrives_at` (aware) instead.
    """

    times: tuple[time, ...] = ()
    minutes: int | None = None
    day: date | None = None
    arrives_at: datetime | None = None

    def lacks(self) -> Slot | None:
        is_known = bool(self.times) or self.minutes is not None or self.arrives_at is not None
        return None if is_known else Slot.TIME


class RequestCorrection(Action, intent="correction", changes=True):
    """Ask for a make-up punch (补卡).

    `times` are the readings of a local time: two if morning or afternoon is open. `day` is the date
    of the shift or of the clock. The button of a shown request has the `moment` (aware) instead.
    """

    direction: CheckType | None = None
    day: date | None = None
    unclear_days: bool = False
    times: tuple[time, ...] = ()
    moment: datetime | None = None
    reason: OwnWords = None

    def lacks(self) -> Slot | None:
        if self.unclear_days:
            return Slot.DAYS
        return None if self.times or self.moment is not None else Slot.TIME


class DecideCorrection(Action, changes=True):
    """Approve or refuse make-up requests. Refusing your own request withdraws it.

    Without `references` these are the open requests of `person`, else of everybody. `seen` is the
    number of the last decision that the sender saw: a press changes no later one.
    """

    references: tuple[str, ...] = ()
    person: str | None = None
    approve: bool
    answer: OwnWords = None
    seen: int = 0

    @property
    def intent(self) -> str:
        return "approve" if self.approve else "refuse"


class ShowCorrection(Action, intent="requests"):
    """Show the make-up request `reference`, with a button for each decision."""

    reference: str


class OpenRequests(Paged, intent="requests"):
    """List open make-up requests of the sender, and requests for the sender's decision."""


class MakeUpsLeft(Action, intent="make_ups_left"):
    """Say how many make-up requests the sender has left this month, and who decides them."""


class ExcuseAction(Action, changes=True):
    """Excuse a day of one of the lead's people, or take the excuse back."""

    excused: bool = True
    person: str | None = None
    day: date | None = None
    unclear_days: bool = False
    reason: OwnWords = None

    @property
    def intent(self) -> str:
        return "excuse" if self.excused else "unexcuse"

    def lacks(self) -> Slot | None:
        if self.unclear_days:
            return Slot.DAYS
        return Slot.PERSON if self.person is None else None


class StandIn(Dated, intent="stand_in", changes=True):
    """Let a person see and decide for the sender, who is a lead, on `days`."""

    person: str | None = None


class ShowStandIns(Action, intent="stand_in"):
    """List who stands in for the sender, and for whom the sender does, with buttons that end it."""


class EndStandIn(Action, intent="stand_in", changes=True):
    """End a stand-in: the lead takes it back, or the stand-in refuses it."""

    reference: str


class CloseMonth(Dated, intent="month", changes=True):
    """Take a step to close a month, by default the last one.

    `seen` names the figures that the sender saw. Without it the bot shows them.
    """

    step: StepKind
    whom: Whom = Whom()
    seen: str | None = None
    reason: OwnWords = None


class MonthStatus(Dated, intent="month"):
    """Show who has confirmed a month, and what was adjusted after its lock."""


class Nudge(Action, intent="nudge", changes=True):
    """Remind one of the lead's people now."""

    person: str


class NudgeAll(Action, intent="nudge", changes=True):
    """Remind these people of the lead now, as far as they are still missing."""

    people: tuple[str, ...]


class PunchForOther(Action, intent="none"):
    """Refuse a punch for somebody else, with a button to nudge them. Without `person` it is unclear
    who is meant.
    """

    person: str | None = None


class Where(Action, intent="where"):
    """List the sites where the sender may punch."""


class MyData(Action, intent="privacy"):
    """List what the bot stores about the sender."""


class QuotaUsage(Action, intent="quota"):
    """Show administrators how much of DingTalk's monthly quotas is used."""


class Help(Action, intent="help"):
    """Show what the sender can do here: the most used, all own things, or what leads can do."""

    part: Literal["short", "own", "leads"] = "short"


class Dismiss(Action, intent="none"):
    """End an open question or offer."""


class CannotAnswer(Action, intent="none"):
    """A question about attendance that the bot cannot answer."""
