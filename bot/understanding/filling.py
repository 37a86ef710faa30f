"""Make an action from an intent and the slots of a text."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from bot import actions
from bot.domain.action import Action
from bot.domain.closing import StepKind
from bot.domain.shifts import CheckType
from bot.domain.slots import Days, Whom
from bot.understanding.slots import Slots

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
_MOST_LATE = re.compile(
    r"最[常爱]?迟到|迟到.{0,4}(?:最|排)|most.*\blate\b|\blate\b.*most|by late|latecomers"
)
_OVERTIME = re.compile("加(?:[了过]?(?:多少|多久|几)[^,，。]{0,4})?班|overtime")
# without one of these, a reference asks for the request itself
_DECIDING = re.compile(
    "[批准拒撤]|同意|通过|[驳退打]回|否决|取消"
    "|approv|accept|agree|grant|allow|confirm|refus|reject|den[yi]|declin|veto|withdraw|cancel"
    "|turn.* down|send.* back"
)
_ASKING = re.compile(r"谁|哪些|吗|情况|进度|状态|调整|\b(?:who|which|is|how|status|adjustments?)\b")
_STEPS = {  # the first that a text names
    StepKind.REOPENED: re.compile(
        "重开|重新打开|解[锁封]|取消锁|re-?open|unlock|take back|open .* again"
    ),
    StepKind.LOCKED: re.compile("锁|封账|关账|结账|关闭|定稿|lock|close|finali|freeze"),
    StepKind.APPROVED: re.compile("批准|审批|审核|通过|approv|sign off"),
    StepKind.OBJECTED: re.compile(
        "(?<!无)异议|不[对同认确]|有误|有问题|object|disagree|disput|wrong|not (?:agree|right|correct)"
    ),
}
# without a direction; the router calls it clock_in
_PUNCHING = re.compile(r"打卡|刷卡|打个卡|\bpunch\b")


def fill_action(intent: str, slots: Slots) -> Action:
    """Return the action of an intent with the slots of a text. Missing slots stay open."""
    return _FILL[intent](slots)


def _punch(read: Slots, check_type: CheckType) -> Action:
    is_open = check_type is CheckType.ON_DUTY and _PUNCHING.search(read.folded) is not None
    return actions.PunchAction(
        direction=read.direction if is_open else check_type,
        place=read.site or read.place,
        position=read.position,
        outside=read.outside,
        reason=read.reason,
    )


def _duration(read: Slots, days: Days | None) -> Action | None:
    """Return the question about worked time or overtime, None if the text asks for something else."""
    if _OVERTIME.search(read.folded) and not _PUNCHING.search(read.folded):
        return actions.Overtime(days=read.days, unclear_days=read.has_unclear_days)
    if _HOURS.search(read.folded) and not _OVERTIME.search(read.folded):
        return actions.WorkedHours(days=days, unclear_days=read.has_unclear_days)
    return None


def _summary(read: Slots) -> actions.Summary:
    return actions.Summary(
        whom=read.whom,
        days=read.days,
        unclear_days=read.has_unclear_days,
        by_lateness=_MOST_LATE.search(read.folded) is not None,
    )


def _range(read: Slots) -> actions.Summary:
    return _summary(read).model_copy(update={"days": read.days or read.this_week})


def _status(read: Slots) -> Action:
    if read.whom.is_named:
        return _summary(read)
    if duration := _duration(read, read.days or Days(first=read.today, last=read.today)):
        return duration
    return actions.MyDay() if read.is_of_today else actions.History(days=read.days)


def _why(read: Slots) -> Action:
    if read.whom.is_named:
        return _summary(read)
    return actions.Why(days=read.days, direction=read.direction)


def _history(read: Slots) -> Action:
    if read.whom.is_named:
        return _range(read)
    if duration := _duration(read, read.days):
        return duration
    return actions.History(days=read.days, unclear_days=read.has_unclear_days)


def _my_shift(read: Slots) -> Action:
    """Show the sender's shifts. The bot does not tell shifts of others."""
    if read.whom.is_named:
        return actions.CannotAnswer()
    return actions.MyShift(days=read.days, unclear_days=read.has_unclear_days)


def _leaving_time(read: Slots) -> Action:
    if read.is_of_today and not (read.has_unclear_days or read.whom.is_named):
        return actions.LeavingTime()
    return _my_shift(read)


def _chart(read: Slots) -> Action:
    return _range(read).model_copy(update={"form": "chart", "whom": _whose(read)})


def _whose(read: Slots) -> Whom:
    """Return the people of a file or a chart: the sender if the text says so."""
    is_own = _OWN.search(read.folded) is not None and _TEAM.search(read.folded) is None
    return Whom(own=True) if is_own and not read.whom.is_named else read.whom


def _missing(read: Slots) -> Action:
    check_type = read.direction or CheckType.ON_DUTY
    return actions.Absent(
        whom=read.whom, days=read.days, unclear_days=read.has_unclear_days, check_type=check_type
    )


def _post(read: Slots) -> Action:
    """Post one day. Answer ranges in private."""
    if read.names_unclear_or_several_days:
        return _range(read)
    return actions.PostSummary(day=read.day, whom=read.whom)


def _nudge(read: Slots) -> Action:
    person = read.person or read.whom.person
    return actions.Absent() if person is None else actions.Nudge(person=person)


def _export(read: Slots) -> Action:
    if _PAYROLL.search(read.folded):
        return actions.ExportPayroll(days=read.days, unclear_days=read.has_unclear_days)
    if _PICTURE.search(read.folded):
        return _chart(read)
    return actions.Export(whom=_whose(read), days=read.days, unclear_days=read.has_unclear_days)


def _remind(read: Slots) -> Action:
    if read.minutes is not None:
        return actions.RemindBefore(minutes=read.minutes)
    if not (read.times and read.is_of_today):  # the bot has no reminder of a single other day
        return actions.ReminderMenu()
    if read.at is not None:
        return actions.RemindAt(at=read.at, check_type=read.direction)
    # 8:50 counts as the morning, and the bot shows it
    return actions.RemindAt(at=read.times[0], check_type=CheckType.ON_DUTY)


def _snooze(read: Slots) -> Action:
    if not read.is_of_today:
        return actions.ReminderMenu()
    return actions.Snooze(minutes=read.minutes or 10)


def _leave(read: Slots) -> Action:
    match read.leave:
        case "take":
            return actions.Leave(days=read.days_off, part=read.part, hours=read.hours)
        case "cancel":
            return (
                actions.EndLeave()
                if read.is_of_today and not read.has_unclear_days
                else actions.Unmute()
            )
        case "balance":
            return actions.CannotAnswer()


def _come_later(read: Slots) -> Action:
    if read.whom.is_named or read.names_unclear_or_several_days:
        return actions.CannotAnswer()
    return actions.ComeLater(times=read.times, minutes=read.minutes, day=read.day)


def _correction(read: Slots) -> Action:
    return actions.RequestCorrection(
        direction=read.direction,
        day=read.day,
        times=read.times,
        reason=read.reason,
        unclear_days=read.names_unclear_or_several_days,
    )


def _requests(read: Slots) -> Action:
    reference = read.reference
    return (
        actions.OpenRequests() if reference is None else actions.ShowCorrection(reference=reference)
    )


def _decision(read: Slots, *, approve: bool) -> Action:
    if read.reference is None or _DECIDING.search(read.folded) is None:
        return _requests(read)
    answer = None if approve else read.reason
    return actions.DecideCorrection(reference=read.reference, approve=approve, answer=answer)


def _excuse(read: Slots, *, excused: bool) -> Action:
    return actions.ExcuseAction(
        excused=excused,
        person=read.person or read.whom.person,
        day=read.day,
        unclear_days=read.names_unclear_or_several_days,
        reason=read.reason,
    )


def _day_record(read: Slots) -> Action:
    whom = read.whom if read.whom.is_named else Whom(own=True)
    return actions.DayRecord(whom=whom, days=read.days, unclear_days=read.has_unclear_days)


def _month(read: Slots) -> Action:
    """Return the step of a month that the text names, by default the confirmation."""
    if _ASKING.search(read.folded):
        return actions.MonthStatus(days=read.days, unclear_days=read.has_unclear_days)
    named = (kind for kind, words in _STEPS.items() if words.search(read.folded))
    return actions.CloseMonth(
        days=read.days,
        unclear_days=read.has_unclear_days,
        step=next(named, StepKind.CONFIRMED),
        whom=read.whom,
        seen=read.figures,
        reason=read.reason,
    )


_FILL: Mapping[str, Callable[[Slots], Action]] = {
    "clock_in": partial(_punch, check_type=CheckType.ON_DUTY),
    "clock_out": partial(_punch, check_type=CheckType.OFF_DUTY),
    "status": _status,
    "history": _history,
    "my_shift": _my_shift,
    "leaving_time": _leaving_time,
    "why": _why,
    "summary_today": _summary,
    "summary_range": _range,
    "missing": _missing,
    "chart": _chart,
    "post_summary": _post,
    "export": _export,
    "digest_on": lambda read: actions.SetDigest(wanted=True),
    "digest_off": lambda read: actions.SetDigest(wanted=False),
    "who_sees": lambda read: actions.WhoSeesMe(),
    "remind_set": _remind,
    "remind_show": lambda read: actions.ReminderMenu(),
    "remind_on": lambda read: actions.Unmute(),
    "remind_off": lambda read: actions.Mute(
        days=read.days_off, unclear_days=read.has_unclear_days, part=read.part, hours=read.hours
    ),
    "snooze": _snooze,
    "leave": _leave,
    "late": _come_later,
    "correction": _correction,
    "approve": partial(_decision, approve=True),
    "refuse": partial(_decision, approve=False),
    "requests": _requests,
    "excuse": partial(_excuse, excused=True),
    "unexcuse": partial(_excuse, excused=False),
    "nudge": _nudge,
    "month": _month,
    "where": lambda read: actions.Where(),
    "location": lambda read: actions.Where(),
    "privacy": lambda read: actions.MyData(),
    "quota": lambda read: actions.QuotaUsage(),
    "undo": lambda read: actions.Undo(),
    "help": lambda read: actions.Help(),
    "on_leave": lambda read: actions.OnLeave(
        whom=read.whom, days=read.days, unclear_days=read.has_unclear_days
    ),
    "day_record": _day_record,
    "stand_in": lambda read: actions.CannotAnswer(),
    "make_ups_left": lambda read: actions.MakeUpsLeft(),
    "unanswerable": lambda read: actions.CannotAnswer(),
}
