"""The arguments that a text gives to an action. What cannot be read plainly stays open: the bot asks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from bot.actions import Days
from bot.understanding.days import UnclearDays, read_days
from bot.understanding.gate import Direction, take_position
from bot.understanding.people import Named, NameIndex
from bot.understanding.times import read_minutes, read_times
from bot.understanding.vocabulary import fold

LeaveWish = Literal["take", "cancel", "balance"]


@dataclass(frozen=True, slots=True)
class Slots:
    """What a text names.

    `times` are the readings of a time of day: two where the half of the day is open. `has_unclear_days` tells that
    the named days are not one stretch. `site` is one of the known names, `place` the words behind an @
    or "location:", `position` latitude and longitude in degrees.
    """

    days: Days | None = None
    has_unclear_days: bool = False
    times: tuple[time, ...] = ()
    minutes: int | None = None
    direction: Direction | None = None
    named: Named = field(default_factory=Named)
    site: str | None = None
    place: str | None = None
    position: tuple[float, float] | None = None
    reason: str | None = None
    reference: str | None = None
    leave: LeaveWish = "take"


_REASON = re.compile(
    r"(?:原因|理由|事由|备注|reason|note)(?:是|为| is)? ?[:：]? ?(.+)|(?:因为|由于|because|due to) ?(.+)",
    re.I | re.S,
)
_PLACE = re.compile(r"(?:@|(?:位置|定位|地点|location|site) ?[:：是在]) ?([^\s,，。;；@]{1,40})", re.I)
_REFERENCE = re.compile(r"(?<![a-z0-9])c-([a-z0-9]{6})(?![a-z0-9])")
_IN = re.compile(
    r"上班|签到|到岗|到的|早上?到|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?in\b|arrived|on duty|\bin punch"
)
_OUT = re.compile(r"下班|签退|离岗|走的|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?out\b|\bleft\b|off duty")
_CANCEL = re.compile(r"取消|撤|销假|不请|不休|cancel|withdraw|take back|revoke|undo")
_BALANCE = re.compile(r"余额|剩|还有(?:多少|几)|多少天|几天假|balance|how (?:many|much)|remaining|\bleft\b")


def read_slots(
    text: str, today: date, *, ahead: bool = False, sites: Sequence[str] = (), names: NameIndex | None = None
) -> Slots:
    """Return the slots of a text. With `ahead` bare days lie in the future; `sites` are the known names."""
    said = fold(text)
    enters, leaves = _IN.search(said), _OUT.search(said)
    reference = _REFERENCE.search(said)
    reason, place = _REASON.search(text), _PLACE.search(text)
    try:
        days, has_unclear_days = read_days(text, today, ahead=ahead), False
    except UnclearDays:
        days, has_unclear_days = None, True
    return Slots(
        days=days,
        has_unclear_days=has_unclear_days,
        times=read_times(text),
        minutes=read_minutes(text),
        direction=None if bool(enters) == bool(leaves) else "in" if enters else "out",
        named=names.read(text) if names else Named(),
        place=place[1] if place else None,
        position=take_position(said)[1],
        site=max((site for site in sites if fold(site) in said), key=len, default=None),
        reason=next(group for group in reason.groups() if group).strip() if reason else None,
        reference=f"C-{reference[1].upper()}" if reference else None,
        leave="cancel" if _CANCEL.search(said) else "balance" if _BALANCE.search(said) else "take",
    )
