"""Make an action from an intent and the slots of a text."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot import actions
from bot.domain.closing import StepKind
from bot.domain.shifts import CheckType
from bot.domain.slots import Action, Days, Whom
from bot.understanding.slots import Slots
from bot.understanding.vocabulary import word_pattern

_PAYROLL = re.compile("工资|薪|payroll|salar|wage")
_FOR_GOOD = re.compile("以后|永久|永远|for good|forever|permanent")
_MONTH = re.compile("月|month")
_PICTURE = re.compile("图|picture|chart|graph|image")
# 我 as the owner, not as who wants or gets something
_OWN = word_pattern(
    r"(?<![帮给替发让])我(?![要想需得能])|自己|本人|\b(?:my|mine|myself)\b|\bfor me\b"
)
_TEAM = word_pattern(
    r"团队|部门|我的?组|[小全本]组|组[里员]|[我咱]们|我司|公司|大家|每个人|[全所]有?人|全体|我的人|员工|下属|手下"
    r"|\b(?:team|department|group|our|everyone|everybody|people|staff|company|colleagues)\b"
)
_HOURS = word_pattern(r"工时|时长|小时|钟头|多久|\b(?:hours|hrs)\b|how long")
_MOST_LATE = word_pattern(
    r"最[常爱]?迟到|迟到.{0,4}(?:最|排)|most.*\blate\b|\blate\b.*most|by late|latecomers"
)
_OVERTIME = re.compile("加(?:[了过]?(?:多少|多久|几)[^,，。]{0,4})?班|overtime")
# without one of these, a reference asks for the request itself
_DECIDING = re.compile(
    "[批准拒撤]|同意|通过|[驳退打]回|否决|取消"
    "|approv|accept|agree|grant|allow|confirm|refus|reject|den[yi]|declin|veto|withdraw|cancel"
    "|turn.* down|send.* back"
)
_EVERY = word_pattern(r"都|全|所有|统统|一起|\b(?:all|every\w*|both)\b")
_ASKING = word_pattern(r"谁|哪些|吗|情况|进度|状态|调整|adjust|\b(?:who|which|is|how|status)\b")
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
_FIRST_PERSON = word_pattern(r"我|\b(?:i|i'm|i'll|me|my)\b")
_LEAVE_CANCEL = re.compile(r"取消|撤|销假|不请|不休|cancel|withdraw|take back|revoke|undo")
_LEAVE_BALANCE = word_pattern(
    r"余额|剩|还有(?:多少|几)|多少天|几天假|balance|how (?:many|much)|remaining|\bleft\b"
)
_NO_NEW_STAND_IN = word_pattern(
    "取消|撤|收回|结束|停止|终止|不用|不再|不要|拒|谁|吗|查看|有没有"
    r"|\b(?:cancel|end (?:the|my)|stop|remove|revoke|no longer|withdraw|refuse|decline|who|show|do i)\b"
)
_NO_LAST_DAY = word_pattern(
    r"开始|起(?!床)|以后|\bonwards?\b|\bfrom\b(?!.*(?:-|\b(?:to|until|till|through)\b))"
)
# without a direction; the router calls it clock_in
_PUNCHING = word_pattern(r"打卡|刷卡|打个卡|\bpunch\b")


# The slots of a text and the fields of actions with the same names.
_SAME_NAME = frozenset({
    "day", "days", "direction", "hours", "minutes", "outside", "part", "position", "reason", "times", "whom",
})  # fmt: skip
A = TypeVar("A", bound=Action)
ABOUT_DAYS_AHEAD = frozenset({
    "leave", "remind_off", "my_shift", "leaving_time", "on_leave", "stand_in"
})  # fmt: skip


def fill_action(intent: str, slots: Slots) -> Action:
    """Return the action of an intent with the slots of a text. Missing slots stay open."""
    return _FILL[intent](slots)


def slots_for(kind: type[Action], read: Slots) -> dict[str, object]:
    """Return the slots of a text that this kind of action has a field for, by the same name."""
    values = {name: getattr(read, name) for name in kind.model_fields.keys() & _SAME_NAME}
    if "part" in values:
        values["days"] = read.days_off
    is_unclear = read.names_unclear_or_several_days if "day" in values else read.has_unclear_days
    return {**values, "unclear_days": is_unclear} if "unclear_days" in kind.model_fields else values


def _fill(kind: type[A], read: Slots, **given: object) -> A:
    """Return an action from the slots of a text. Values in `given` replace slots."""
    return kind.model_validate({**slots_for(kind, read), **given})


def _punch(read: Slots, check_type: CheckType) -> Action:
    is_open = check_type is CheckType.ON_DUTY and _PUNCHING.search(read.folded) is not None
    direction = read.direction if is_open else check_type
    return _fill(actions.PunchAction, read, direction=direction, place=read.site or read.place)


def _summary(read: Slots) -> actions.Summary:
    return _fill(actions.Summary, read, by_lateness=_MOST_LATE.search(read.folded) is not None)


def _range(read: Slots) -> actions.Summary:
    """Show the named days, by default this week or, for a month without its name, this month."""
    begun = read.today.day - 1 if _MONTH.search(read.folded) else read.today.weekday()
    default = Days(read.today - timedelta(days=begun), read.today)
    return _summary(read).but(days=read.days or default)


def _status(read: Slots) -> Action:
    if read.whom.is_named:
        return _summary(read)
    if read.is_of_today and not _asks_overtime(read):
        if not _HOURS.search(read.folded):
            return actions.MyDay()
        return _fill(actions.History, read, days=Days(read.today, read.today))
    return _history(read)


def _history(read: Slots) -> Action:
    if read.whom.is_named:
        return _range(read)
    return _fill(actions.Overtime if _asks_overtime(read) else actions.History, read)


def _asks_overtime(read: Slots) -> bool:
    return bool(_OVERTIME.search(read.folded) and not _PUNCHING.search(read.folded))


def _my_shift(read: Slots) -> Action:
    """Show the sender's shifts. The bot does not tell shifts of others."""
    if read.whom.is_named:
        return actions.CannotAnswer()
    return _fill(actions.MyShift, read)


def _leaving_time(read: Slots) -> Action:
    if read.is_of_today and not (read.has_unclear_days or read.whom.is_named):
        return actions.LeavingTime()
    return _my_shift(read)


def _chart(read: Slots) -> Action:
    return _range(read).but(form="chart", whom=_whose(read))


def _whose(read: Slots) -> Whom:
    """Return the people of a file or a chart: the sender if the text says so."""
    is_own = _OWN.search(read.folded) is not None and _TEAM.search(read.folded) is None
    return Whom(own=True) if is_own and not read.whom.is_named else read.whom


def _post(read: Slots) -> Action:
    """Post one day. Answer ranges in private."""
    if read.names_unclear_or_several_days:
        return _range(read)
    return _fill(actions.PostSummary, read)


def _nudge(read: Slots) -> Action:
    if read.whom.person is not None:
        return actions.Nudge(person=read.whom.person)
    return _absent(read).but(whom=Whom()) if read.named.people else _absent(read)


def _absent(read: Slots) -> Action:
    return _fill(actions.Absent, read, check_type=read.direction or CheckType.ON_DUTY)


def _export(read: Slots) -> Action:
    if _PAYROLL.search(read.folded):
        return _fill(actions.ExportPayroll, read)
    if _PICTURE.search(read.folded):
        return _chart(read)
    return _fill(actions.Export, read, whom=_whose(read))


def _remind(read: Slots) -> Action:
    if read.minutes is not None:
        return actions.RemindBefore(minutes=read.minutes)
    if not (read.times and read.is_of_today):  # the bot has no reminder of a single other day
        return actions.ReminderMenu()
    is_out = read.direction is CheckType.OFF_DUTY
    # 8:50 counts as the morning, and the bot shows it
    default = CheckType.ON_DUTY if len(read.times) > 1 else None
    return actions.RemindAt(
        at=read.times[-1 if is_out else 0], check_type=read.direction or default
    )


def _snooze(read: Slots) -> Action:
    if not read.is_of_today:
        return actions.ReminderMenu()
    return actions.Snooze(minutes=read.minutes or 10)


def _leave(read: Slots) -> Action:
    if _LEAVE_CANCEL.search(read.folded):
        return actions.Unmute()
    if _LEAVE_BALANCE.search(read.folded):
        return actions.CannotAnswer()
    if read.whom.is_named and not _FIRST_PERSON.search(read.folded):
        return _fill(actions.OnLeave, read)
    return _fill(actions.Leave, read)


def _come_later(read: Slots) -> Action:
    if read.whom.is_named or read.names_unclear_or_several_days:
        return actions.CannotAnswer()
    return _fill(actions.ComeLater, read)


def _requests(read: Slots) -> Action:
    if read.reference is None:
        return actions.OpenRequests()
    return actions.ShowCorrection(reference=read.reference)


def _decision(read: Slots, *, approve: bool) -> Action:
    person = read.whom.person
    is_known = read.reference or person or _EVERY.search(read.folded)
    if not is_known or _DECIDING.search(read.folded) is None:
        return _requests(read)
    return actions.DecideCorrection(
        references=(read.reference,) if read.reference else (),
        person=person,
        approve=approve,
        answer=None if approve else read.reason,
    )


def _excuse(read: Slots, *, excused: bool) -> Action:
    return _fill(actions.ExcuseAction, read, excused=excused, person=read.whom.person)


def _day_record(read: Slots) -> Action:
    whom = read.whom if read.whom.is_named else Whom(own=True)
    return _fill(actions.DayRecord, read, whom=whom)


def _stand_in(read: Slots) -> Action:
    """Return a new stand-in, or the list of stand-ins for a question and for an end."""
    if _NO_NEW_STAND_IN.search(read.folded):
        return actions.ShowStandIns()
    is_open = read.day is not None and _NO_LAST_DAY.search(read.folded) is not None
    days = None if is_open else read.days
    return _fill(actions.StandIn, read, person=read.person, days=days)


def _month(read: Slots) -> Action:
    """Return the step of a month that the text names, by default the confirmation."""
    if _ASKING.search(read.folded):
        return _fill(actions.MonthStatus, read)
    named = (kind for kind, words in _STEPS.items() if words.search(read.folded))
    step = next(named, StepKind.CONFIRMED)
    return _fill(actions.CloseMonth, read, step=step, seen=read.figures)


_FILL: Mapping[str, Callable[[Slots], Action]] = {
    "clock_in": partial(_punch, check_type=CheckType.ON_DUTY),
    "clock_out": partial(_punch, check_type=CheckType.OFF_DUTY),
    "status": _status,
    "history": _history,
    "my_shift": _my_shift,
    "leaving_time": _leaving_time,
    "why": lambda read: _summary(read) if read.whom.is_named else _fill(actions.Why, read),
    "summary_today": _summary,
    "summary_range": _range,
    "missing": _absent,
    "chart": _chart,
    "post_summary": _post,
    "export": _export,
    "digest_on": lambda read: actions.SetDigest(wanted=True),
    "digest_off": lambda read: actions.SetDigest(wanted=False),
    "who_sees": lambda read: actions.WhoSeesMe(),
    "remind_set": _remind,
    "remind_show": lambda read: actions.ReminderMenu(),
    "remind_on": lambda read: actions.Unmute(),
    "remind_off": lambda read: _fill(
        actions.Mute, read, for_good=_FOR_GOOD.search(read.folded) is not None
    ),
    "snooze": _snooze,
    "leave": _leave,
    "late": _come_later,
    "correction": partial(_fill, actions.RequestCorrection),
    "approve": partial(_decision, approve=True),
    "refuse": partial(_decision, approve=False),
    "requests": _requests,
    "excuse": partial(_excuse, excused=True),
    "unexcuse": partial(_excuse, excused=False),
    "nudge": _nudge,
    "month": _month,
    "where": lambda read: actions.Where(),
    "privacy": lambda read: actions.MyData(),
    "quota": lambda read: actions.QuotaUsage(),
    "undo": lambda read: actions.Undo(),
    "help": lambda read: actions.Help(),
    "on_leave": partial(_fill, actions.OnLeave),
    "day_record": _day_record,
    "stand_in": _stand_in,
    "make_ups_left": lambda read: actions.MakeUpsLeft(),
    "unanswerable": lambda read: actions.CannotAnswer(),
}
