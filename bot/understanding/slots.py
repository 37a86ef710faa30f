"""The slots of a text: the arguments of its action. An unclear slot stays open, and the bot asks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from typing import Literal

from bot.actions import Days, Position
from bot.domain.shifts import CheckType
from bot.understanding.days import UnclearDays, read_days
from bot.understanding.gate import take_position
from bot.understanding.vocabulary import Named, NameIndex, fold, phrases, with_digits

_MORNING = "上午|早上|早晨|清晨|凌晨|今早|早"
_EVENING = "下午|傍晚|晚上|夜里|今晚|昨晚|晚"
_CLOCK = re.compile(
    rf"(?P<half>{_MORNING}|{_EVENING}|中午)?(?:差(?P<before>\d+|一刻|1刻)分?)?(?<![\d.])(?P<hour>\d{{1,2}})"
    r"(?:点钟?|[:时])(?P<minute>[1一3三]刻|\d{1,2})?分?(?:差(?P<less>\d+)分)? ?(?P<suffix>[ap]\.?m\b)?"
    r"|(?<![\d.:])(?P<bare>\d{1,2})(?:[:.](?P<minutes>\d\d))? ?(?P<ampm>[ap]\.?m\b)"
    r"|(?P<words>half|a quarter|quarter|\d+)(?: minutes?)? (?P<way>past|to) (?P<of>\d{1,2}) ?(?P<part>[ap]\.?m\b)?"
    r"|(?P<oclock>\d{1,2}) o'clock"
    r"|\bat (?P<at>\d{1,2})\b(?![:.\d-]| ?[ap]\.?m| o'| min)|(?P<noon>\bnoon\b|正午)"
)
_LENGTH = re.compile(
    r"(?P<count>(?<![\d.])\d{1,3}(?:\.\d+)?|\.5|半)个? ?(?:more )?"
    r"(?P<unit>小时|hours?\b|hrs?\b|分钟|分(?!部)|min(?:ute)?s?\b|刻钟)"
    r"(?P<half>半| and a half)?|(?P<half_hour>half an hour)|(?P<quarter>quarter of an hour)"
)
_SEVERAL = re.compile(r"改成|改为|不对|或者?|还是|\b(?:or|no wait|make that|instead of)\b")


def read_times(text: str) -> tuple[time, ...]:
    """Return the times of day that a text may mean: two if morning or afternoon is open.

    Return nothing for a text without a time, or with several.
    """
    said = with_digits(fold(text))
    found = {times for match in _CLOCK.finditer(said) if (times := _times(match))}
    return found.pop() if len(found) == 1 and not _SEVERAL.search(said) else ()


def read_minutes(text: str) -> int | None:
    """Return the duration in a text, in minutes, None without a single one."""
    said = _CLOCK.sub(" ", with_digits(fold(text)))  # the 10分 of 6点10分 is no duration
    found = {_minutes(match) for match in _LENGTH.finditer(said)}
    return found.pop() if len(found) == 1 else None


def _times(match: re.Match[str]) -> tuple[time, ...]:
    said = match.groupdict()
    if said["noon"]:
        return (time(12),)
    hour = int(said["hour"] or said["bare"] or said["of"] or said["oclock"] or said["at"])
    minutes = _past_the_hour(match)
    total = hour * 60 + minutes
    if not 0 <= total < 24 * 60 or minutes > 59:
        return ()
    hour, minute = divmod(total, 60)
    half = _half(match)
    is_written_out = (said["hour"] or "").startswith("0")  # 08:45
    if (
        hour > 12
        or hour == 0
        or is_written_out
        or (half == "am" and hour < 12)
        or (half == "noon" and hour >= 11)
    ):
        return (time(hour, minute),)
    if half in ("pm", "noon") or (hour == 12 and half is None):
        return (
            (time(hour % 12 + 12, minute),) if hour < 12 or "晚" not in (said["half"] or "") else ()
        )
    if half == "am":
        return (time(0, minute),)
    return (time(hour, minute), time(hour + 12, minute))


def _past_the_hour(match: re.Match[str]) -> int:
    """Return the minutes after the named hour, negative before it."""
    said = match.groupdict()
    if said["way"] is not None:
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(said["words"]) or int(
            said["words"]
        )
        return minutes if said["way"] == "past" else -minutes
    minute = said["minute"] or said["minutes"] or "0"
    minutes = (15 if minute[0] in "1一" else 45) if minute.endswith("刻") else int(minute)
    before = said["before"] or said["less"] or "0"
    return minutes - (15 if before.endswith("刻") else int(before))


def _half(match: re.Match[str]) -> str | None:
    said = match.groupdict()
    suffix = (said["suffix"] or said["ampm"] or said["part"] or "").replace(".", "")
    if suffix or said["half"] is None:
        return suffix or None
    return (
        "noon" if said["half"] == "中午" else "am" if re.fullmatch(_MORNING, said["half"]) else "pm"
    )


def _minutes(match: re.Match[str]) -> int:
    if match["half_hour"] or match["quarter"]:
        return 30 if match["half_hour"] else 15
    unit = 15 if match["unit"] == "刻钟" else 60 if match["unit"][0] in "小h" else 1
    count = 0.5 if match["count"] == "半" else float(match["count"])
    return round(count * unit + (unit / 2 if match["half"] else 0))


LeaveWish = Literal["take", "cancel", "balance"]


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a text.

    `times` has two readings if morning or afternoon is open. `has_unclear_days`: the named days are
    not one range. `site` is a known name, `place` the word after an @ or "location:". `outside` means
    field work.
    """

    days: Days | None = None
    has_unclear_days: bool = False
    times: tuple[time, ...] = ()
    minutes: int | None = None
    direction: CheckType | None = None
    named: Named = field(default_factory=Named)
    site: str | None = None
    place: str | None = None
    position: Position | None = None
    outside: bool = False
    reason: str | None = None
    reference: str | None = None
    leave: LeaveWish = "take"


_REASON = re.compile(
    r"(?:原因|理由|事由|备注|reason|note)(?:是|为| is)? ?[:：]? ?(.+)|(?:因为|由于|because|due to) ?(.+)"
    r"|(?:外勤|外出|出差|field work)[^:：,，@]*[:：] ?(.+)",
    re.I | re.S,
)
_PLACE = re.compile(
    r"(?:@|(?:位置|定位|地点|location|site) ?[:：是在]) ?([^\s,，。;；@]{1,40})", re.I
)
_REFERENCE = re.compile(r"(?<![a-z0-9])c-([a-z0-9]{6})(?![a-z0-9])")
_IN = re.compile(
    r"上班|签到|到(?:岗|的|公司|单位|办公室|了(?!点|下班))|早上?到"
    r"|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?in\b|arrived|\b(?:got|came|was) (?:in|here)\b|on duty|\bin punch"
)
_OUT = re.compile(
    r"下班|签退|离岗|离开|走[的了]|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?out\b|\bleft\b|off duty"
)
_CANCEL = re.compile(r"取消|撤|销假|不请|不休|cancel|withdraw|take back|revoke|undo")
_BALANCE = re.compile(
    r"余额|剩|还有(?:多少|几)|多少天|几天假|balance|how (?:many|much)|remaining|\bleft\b"
)


@cache
def _field_work() -> re.Pattern[str]:
    """Return a pattern for words of field work. Its group 1 is a denial before the word."""
    words = "|".join(sorted(phrases("outside")))
    return re.compile(rf"((?:[不没非]|\bno\b|\bnot\b)[是有在算去]? ?(?:on |in )?)?(?:{words})")


def read_slots(
    text: str,
    today: date,
    *,
    ahead: bool = False,
    sites: Sequence[str] = (),
    names: NameIndex | None = None,
) -> Slots:
    """Return the slots of a text. `ahead`: bare days lie in the future. `sites` are known names."""
    said = fold(text)
    enters = _IN.search(said)
    leaves = _OUT.search(said)
    reference = _REFERENCE.search(said)
    reason = _REASON.search(text)
    before_reason = fold(text[: reason.start(reason.lastindex or 0)] if reason else text)
    place = _PLACE.search(text)
    try:
        # the 明 of 王小明 is no day
        nameless = names.with_mark(text, " ", chinese_only=True) if names else text
        days = read_days(nameless, today, ahead=ahead)
        has_unclear_days = False
    except UnclearDays:
        days = None
        has_unclear_days = True
    return Slots(
        days=days,
        has_unclear_days=has_unclear_days,
        times=read_times(text),
        minutes=read_minutes(text),
        direction=None
        if bool(enters) == bool(leaves)
        else CheckType.ON_DUTY
        if enters
        else CheckType.OFF_DUTY,
        named=names.read(text) if names else Named(),
        place=place[1] if place else None,
        position=take_position(said)[1],
        outside=any(match[1] is None for match in _field_work().finditer(before_reason)),
        site=max((site for site in sites if fold(site) in said), key=len, default=None),
        reason=next(group for group in reason.groups() if group).strip() if reason else None,
        reference=f"C-{reference[1].upper()}" if reference else None,
        leave="cancel" if _CANCEL.search(said) else "balance" if _BALANCE.search(said) else "take",
    )
