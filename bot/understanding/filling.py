"""Make an action from an intent and the slots of a text."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta

from bot.actions import (
    Absent,
    Action,
    CannotAnswer,
    Days,
    DecideCorrection,
    EndLeave,
    ExcuseAction,
    Export,
    ExportPayroll,
    Help,
    History,
    Leave,
    LeavingTime,
    Mute,
    MyData,
    MyDay,
    MyShift,
    Nudge,
    OpenRequests,
    Overtime,
    PostSummary,
    PunchAction,
    QuotaUsage,
    RemindAt,
    RemindBefore,
    ReminderMenu,
    RequestCorrection,
    SetDigest,
    ShowCorrection,
    Snooze,
    Summary,
    Undo,
    Unmute,
    Where,
    Whom,
    WhoSeesMe,
    Why,
    WorkedHours,
)
from bot.domain.shifts import CheckType
from bot.understanding.slots import Slots
from bot.understanding.unknown_names import unknown_name
from bot.understanding.vocabulary import fold

_COMPANY = re.compile(
    r"全公司|整个公司|全员|whole company|entire company|company[- ]wide|everyone in the company"
)
_PAYROLL = re.compile("工资|薪|payroll|salar|wages?\\b")
_PICTURE = re.compile("图|picture|chart|graph|image")
# 我 as the owner, not as who wants or gets something
_OWN = re.compile(
    r"(?<![帮给替发让])我(?![要想需得能])|自己|本人|\b(?:my|mine|myself)\b|\bfor me\b"
)
_TEAM = re.compile(
    r"团队|部门|我的?组|[小全本]组|组[里员]|[我咱]们|我司|公司|大家|每个人|[全所]有?人|全体|我的人|员工|下属|手下"
    r"|\b(?:team|department|group|our|everyone|everybody|people|staff|company|colleagues)\b"
)
_HOURS = re.compile(r"工时|时长|小时|钟头|多久|\bhours\b|how long")
_OVERTIME = re.compile("加(?:[了过]?(?:多少|多久|几)[^,，。]{0,4})?班|overtime")
# without one of these, a reference asks for the request itself
_DECIDING = re.compile(
    "[批准拒撤]|同意|通过|[驳退打]回|否决|取消"
    "|approv|accept|agree|grant|allow|confirm|refus|reject|den[yi]|declin|veto|withdraw|cancel"
    "|turn.* down|send.* back"
)
# without a direction; the router calls it clock_in
_PUNCHING = re.compile(r"打卡|刷卡|打个卡|\bpunch\b")


def fill_action(intent: str, slots: Slots, text: str, today: date) -> Action:
    """Return the action of an intent with the slots of a text. Missing slots stay open."""
    return _FILL[intent](Arguments(slots, fold(text), today))


class Arguments:
    """The slots of a text in the form that actions take."""

    def __init__(self, slots: Slots, said: str, today: date) -> None:
        self.slots = slots
        self.said = said
        self.today = today
        self.unclear = slots.has_unclear_days
        self.check_type = slots.direction
        self.days = slots.days
        self.this_week = Days(first=today - timedelta(days=today.weekday()), last=today)

    @property
    def day(self) -> date | None:
        """Return the named day, None for several."""
        return self.days.first if self.days is not None and self.days.is_one else None

    @property
    def is_of_today(self) -> bool:
        """Return whether the text names no other day than today."""
        return self.days is None or self.day == self.today

    @property
    def days_off(self) -> Days | None:
        """Return the days without work or reminders. A part of a day is of today by default."""
        is_part = bool(self.slots.part or self.slots.hours) and not self.unclear
        return self.days or (Days(first=self.today, last=self.today) if is_part else None)

    @property
    def people(self) -> tuple[str, ...]:
        """Return the named people: user ids, and names of several people."""
        return (*self.slots.named.users, *self.slots.named.shared_names)

    @property
    def person(self) -> str | None:
        """Return the named person, None for several."""
        return self.people[0] if len(self.people) == 1 else None

    @property
    def whom(self) -> Whom:
        """Return the people of a question."""
        if self.person is not None:
            return Whom(person=self.person)
        if self.people:
            return Whom(people=self.people)
        departments = self.slots.named.departments
        if len(departments) == 1:
            return Whom(department=departments[0])
        if departments:
            return Whom(departments=departments)
        if _COMPANY.search(self.said):
            return Whom(company=True)
        return Whom(person=unknown_name(self.said))

    @property
    def at(self) -> time | None:
        """Return the time of day.

        If morning or afternoon is open, a clock-in is the earlier time.
        """
        times = self.slots.times
        if len(times) > 1 and self.check_type is None:
            return None
        return next(
            iter(reversed(times) if self.check_type is CheckType.OFF_DUTY else iter(times)), None
        )


def _punch(check_type: CheckType) -> Callable[[Arguments], Action]:
    def fill(read: Arguments) -> Action:
        open_to_both = check_type is CheckType.ON_DUTY and _PUNCHING.search(read.said) is not None
        slots = read.slots
        return PunchAction(
            direction=read.check_type if open_to_both else check_type,
            place=slots.site or slots.place,
            position=slots.position,
            outside=slots.outside,
            reason=slots.reason,
        )

    return fill


def _duration(read: Arguments, days: Days | None) -> Action | None:
    """Return the question about worked time or overtime, None if the text asks for something else."""
    if _OVERTIME.search(read.said) and not _PUNCHING.search(read.said):
        return Overtime(days=read.days, unclear_days=read.unclear)
    if _HOURS.search(read.said) and not _OVERTIME.search(read.said):
        return WorkedHours(days=days, unclear_days=read.unclear)
    return None


def _status(read: Arguments) -> Action:
    if read.whom.is_named:
        return Summary(whom=read.whom, days=read.days, unclear_days=read.unclear)
    if duration := _duration(read, read.days or Days(first=read.today, last=read.today)):
        return duration
    return MyDay() if read.is_of_today else History(days=read.days)


def _why(read: Arguments) -> Action:
    if read.whom.is_named:
        return Summary(whom=read.whom, days=read.days, unclear_days=read.unclear)
    return Why(days=read.days, direction=read.check_type)


def _history(read: Arguments) -> Action:
    if read.whom.is_named:
        return Summary(whom=read.whom, days=read.days or read.this_week, unclear_days=read.unclear)
    if duration := _duration(read, read.days):
        return duration
    return History(days=read.days, unclear_days=read.unclear)


def _my_shift(read: Arguments) -> Action:
    """Show the sender's shifts. The bot does not tell shifts of others."""
    return (
        CannotAnswer() if read.whom.is_named else MyShift(days=read.days, unclear_days=read.unclear)
    )


def _leaving_time(read: Arguments) -> Action:
    return (
        LeavingTime()
        if read.is_of_today and not (read.unclear or read.whom.is_named)
        else _my_shift(read)
    )


def _range(read: Arguments) -> Summary:
    return Summary(whom=read.whom, days=read.days or read.this_week, unclear_days=read.unclear)


def _chart(read: Arguments) -> Action:
    return _range(read).model_copy(update={"form": "chart", "whom": _whose(read)})


def _whose(read: Arguments) -> Whom:
    """Return the people of a file or a chart: the sender if the text says so."""
    is_own = _OWN.search(read.said) is not None and _TEAM.search(read.said) is None
    return Whom(own=True) if is_own and not read.whom.is_named else read.whom


def _missing(read: Arguments) -> Action:
    check_type = read.check_type or CheckType.ON_DUTY
    return Absent(whom=read.whom, days=read.days, unclear_days=read.unclear, check_type=check_type)


def _post(read: Arguments) -> Action:
    """Post one day of the own team. Answer named people and ranges in private."""
    if read.whom.is_named or read.unclear or (read.days is not None and read.day is None):
        return _range(read)
    return PostSummary(day=read.day)


def _nudge(read: Arguments) -> Action:
    person = read.person or read.whom.person
    return Absent() if person is None else Nudge(person=person)


def _export(read: Arguments) -> Action:
    if _PAYROLL.search(read.said):
        return ExportPayroll(days=read.days, unclear_days=read.unclear)
    if _PICTURE.search(read.said):
        return _chart(read)
    return Export(whom=_whose(read), days=read.days, unclear_days=read.unclear)


def _remind(read: Arguments) -> Action:
    if read.slots.minutes is not None:
        return RemindBefore(minutes=read.slots.minutes)
    if not (read.slots.times and read.is_of_today):  # the bot has no reminder of a single other day
        return ReminderMenu()
    is_open = (
        len(read.slots.times) > 1 and read.check_type is None
    )  # 8:50 counts as the morning, and the bot shows it
    check_type = CheckType.ON_DUTY if is_open else read.check_type
    return RemindAt(at=read.at or read.slots.times[0], check_type=check_type)


def _leave(read: Arguments) -> Action:
    match read.slots.leave:
        case "take":
            return Leave(days=read.days_off, part=read.slots.part, hours=read.slots.hours)
        case "cancel":
            return EndLeave() if read.is_of_today and not read.unclear else Unmute()
        case "balance":
            return CannotAnswer()


def _correction(read: Arguments) -> Action:
    return RequestCorrection(
        direction=read.check_type,
        day=read.day,
        times=read.slots.times,
        reason=read.slots.reason,
        unclear_days=read.unclear or (read.days is not None and not read.days.is_one),
    )


def _requests(read: Arguments) -> Action:
    reference = read.slots.reference
    return OpenRequests() if reference is None else ShowCorrection(reference=reference)


def _decision(approve: bool) -> Callable[[Arguments], Action]:
    def fill(read: Arguments) -> Action:
        reference = read.slots.reference
        if reference is None or _DECIDING.search(read.said) is None:
            return _requests(read)
        return DecideCorrection(
            reference=reference, approve=approve, answer=None if approve else read.slots.reason
        )

    return fill


def _excuse(excused: bool) -> Callable[[Arguments], Action]:
    return lambda read: ExcuseAction(
        excused=excused,
        person=read.person,
        day=read.day,
        unclear_days=read.unclear or (read.days is not None and not read.days.is_one),
        reason=read.slots.reason,
    )


_FILL: Mapping[str, Callable[[Arguments], Action]] = {
    "clock_in": _punch(CheckType.ON_DUTY),
    "clock_out": _punch(CheckType.OFF_DUTY),
    "status": _status,
    "history": _history,
    "my_shift": _my_shift,
    "leaving_time": _leaving_time,
    "why": _why,
    "summary_today": lambda read: Summary(
        whom=read.whom, days=read.days, unclear_days=read.unclear
    ),
    "summary_range": _range,
    "missing": _missing,
    "chart": _chart,
    "post_summary": _post,
    "export": _export,
    "digest_on": lambda read: SetDigest(wanted=True),
    "digest_off": lambda read: SetDigest(wanted=False),
    "who_sees": lambda read: WhoSeesMe(),
    "remind_set": _remind,
    "remind_show": lambda read: ReminderMenu(),
    "remind_on": lambda read: Unmute(),
    "remind_off": lambda read: Mute(
        days=read.days_off,
        unclear_days=read.unclear,
        part=read.slots.part,
        hours=read.slots.hours,
    ),
    "snooze": lambda read: (
        Snooze(minutes=read.slots.minutes or 10) if read.is_of_today else ReminderMenu()
    ),
    "leave": _leave,
    "correction": _correction,
    "approve": _decision(approve=True),
    "refuse": _decision(approve=False),
    "requests": _requests,
    "excuse": _excuse(excused=True),
    "unexcuse": _excuse(excused=False),
    "nudge": _nudge,
    "where": lambda read: Where(),
    "location": lambda read: Where(),
    "privacy": lambda read: MyData(),
    "quota": lambda read: QuotaUsage(),
    "undo": lambda read: Undo(),
    "help": lambda read: Help(),
    "unanswerable": lambda read: CannotAnswer(),
}
