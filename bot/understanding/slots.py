"""The slots of a text: the arguments of its action. An unclear slot stays open, and the bot asks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache

from bot.domain.quiet import DayPart, Hours
from bot.domain.shifts import CheckType
from bot.domain.slots import Days, TypedPosition, Whom
from bot.understanding.days import UnclearDays, is_days, read_days
from bot.understanding.gate import take_position
from bot.understanding.times import read_hours, read_minutes, read_part, read_times
from bot.understanding.unknown_names import ABOUT_ONE, name_in
from bot.understanding.vocabulary import Named, NameIndex, fold, phrases, with_digits, word_pattern


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a text.

    `times` and `hours` have two readings if morning or afternoon is open. `has_unclear_days`: the
    named days are not one range. `site` is a known name, `place` the word after an @ or
    "location:". `outside` means field work.
    """

    folded: str = field(repr=False)  # the folded text
    today: date = field(repr=False)  # the sender's local date
    days: Days | None = None
    has_unclear_days: bool = False
    times: tuple[time, ...] = ()
    hours: tuple[Hours, ...] = ()
    part: DayPart | None = None
    minutes: int | None = None
    direction: CheckType | None = None
    named: Named = field(default_factory=Named)
    site: str | None = None
    place: str | None = None
    position: TypedPosition | None = None
    outside: bool = False
    reason: str | None = None
    reference: str | None = None
    figures: str | None = None  # the code of a month's figures

    @property
    def day(self) -> date | None:
        """Return the named day, None for several."""
        return self.days.first if self.days is not None and self.days.is_one else None

    @property
    def is_of_today(self) -> bool:
        """Return whether the text names no other day than today."""
        return self.days is None or self.day == self.today

    @property
    def names_unclear_or_several_days(self) -> bool:
        """Return whether days are named that are not one day: unclear days, or several."""
        return self.has_unclear_days or (self.days is not None and self.day is None)

    @property
    def days_off(self) -> Days | None:
        """Return the days without work or reminders. A part of a day is of today by default."""
        is_part = bool(self.part or self.hours) and not self.has_unclear_days
        return self.days or (Days(self.today, self.today) if is_part else None)

    @property
    def person(self) -> str | None:
        """Return the named person, None for several."""
        return self.named.people[0] if len(self.named.people) == 1 else None

    @property
    def whom(self) -> Whom:
        """Return whom a question is about. Without names this is the default team."""
        if self.person is not None:
            return Whom(person=self.person)
        if self.named.people:
            return Whom(people=self.named.people)
        departments = self.named.departments
        if len(departments) == 1:
            return Whom(department=departments[0])
        if departments:
            return Whom(departments=departments)
        if _COMPANY.search(self.folded):
            return Whom(company=True)
        return Whom(person=name_in(self.folded, ABOUT_ONE))


_COMPANY = re.compile(
    r"全公司|整个公司|全员|whole company|entire company|company[- ]wide|everyone in the company"
)
_REASON = re.compile(
    r"(?:原因|理由|事由|备注|reason|note)(?:是|为| is)? ?[:：]? ?(.+)|(?:因为|由于|because|due to) ?(.+)"
    r"|(?:外勤|外出|出差|field work)[^:：,，@]*[:：] ?(.+)",
    re.I | re.S,
)
_MARKED_REASON = re.compile(r"(?:原因|理由|事由|reason) ?[:：]", re.I)
_PLACE = re.compile(
    r"(?:@|(?:位置|定位|地点|location|site) ?[:：是在]) ?([^\s,，。;；@]{1,40})", re.I
)
_REFERENCE = re.compile(r"(?<![a-z0-9])c-([a-z0-9]{6})(?![a-z0-9])")
_FIGURES = re.compile(r"(?<![a-z0-9])m-[0-9a-f]{8}(?![a-z0-9])", re.I)
_IN = word_pattern(
    r"上班|签到|到(?:岗|的|公司|单位|办公室|了(?!点|下班))|早上?到"
    r"|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?in\b|arrived|\b(?:got|came|was) (?:in|here)\b|on duty|\bin punch"
)
_OUT = word_pattern(
    r"下班|签退|离岗|离开|走[的了]|(?:clock|punch|check|sign)(?:ed|ing)?[- ]?out\b|\bleft\b|off duty"
)


def _may_be_days(name: str) -> bool:
    """Return whether a name, such as May or the user id 12, may stand for days too."""
    return name.isdecimal() or is_days(name)


@cache
def _field_work() -> re.Pattern[str]:
    """Return a pattern for words of field work. Its group 1 is a denial before the word."""
    words = "|".join(sorted(phrases("outside")))
    return word_pattern(rf"((?:[不没非]|\bno\b|\bnot\b)[是有在算去]? ?(?:on |in )?)?(?:{words})")


def read_slots(
    text: str,
    today: date,
    *,
    ahead: bool = False,
    sites: Sequence[str] = (),
    names: NameIndex | None = None,
) -> Slots:
    """Return the slots of a text. `ahead`: bare days lie in the future. `sites` are known names."""
    figures = _FIGURES.search(text)
    text = _FIGURES.sub(" ", text)
    folded = fold(text)
    digits = with_digits(folded)
    direction = None
    if bool(_IN.search(folded)) != bool(_OUT.search(folded)):
        direction = CheckType.ON_DUTY if _IN.search(folded) else CheckType.OFF_DUTY
    reference = _REFERENCE.search(folded)
    reason = _REASON.search(text)
    before_reason = fold(text[: reason.start(reason.lastindex or 0)] if reason else text)
    place = _PLACE.search(text)
    try:
        # the 明 of 王小明, the Mark of Mark Lee and the 周一 of 周一科技园 are no days
        nameless = names.with_mark(text, " ", keeps=_may_be_days) if names else folded
        for site in map(fold, sites):
            if not _may_be_days(site):
                nameless = re.sub(rf"(?<![a-z0-9]){re.escape(site)}(?![a-z0-9])", " ", nameless)
        # a marked reason may name other days
        named = _MARKED_REASON.split(nameless, maxsplit=1)[0]
        days = read_days(named, today, ahead=ahead) or read_days(nameless, today, ahead=ahead)
        has_unclear_days = False
    except UnclearDays:
        days = None
        has_unclear_days = True
    return Slots(
        folded=folded,
        today=today,
        days=days,
        has_unclear_days=has_unclear_days,
        times=read_times(digits),
        hours=read_hours(digits),
        part=read_part(digits),
        minutes=read_minutes(digits),
        direction=direction,
        named=names.read(text) if names else Named(),
        place=place[1] if place else None,
        position=take_position(folded)[1],
        outside=any(match[1] is None for match in _field_work().finditer(before_reason)),
        site=max((site for site in sites if fold(site) in folded), key=len, default=None),
        reason=next(group for group in reason.groups() if group).strip() if reason else None,
        reference=f"C-{reference[1].upper()}" if reference else None,
        figures=figures[0].upper() if figures else None,
    )
