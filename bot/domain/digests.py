"""Summaries that come by themselves: which are due when, and which days each tells of."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.agenda import holds
from bot.domain.reminders import Reminder, ReminderKind

CHECK_POINT = "digest"
_DAY = timedelta(days=1)


class DigestKind(StrEnum):
    """How often one comes."""

    DAILY = "day"
    WEEKLY = "week"
    MONTHLY = "month"


@dataclass(frozen=True, slots=True)
class DigestRules:
    """When digests come, in local time, and the kinds that a lead gets who said nothing.

    The daily one comes `daily_minutes` after the start that most of the team's shifts of the day have.
    """

    daily_minutes: int
    weekly: time
    monthly: time
    default: frozenset[DigestKind] = frozenset()


def digests_due(
    lead: str,
    kinds: Collection[DigestKind],
    starts: Mapping[date, Collection[datetime]],
    rules: DigestRules,
    *,
    today: date,
    zone: ZoneInfo,
) -> list[Reminder]:
    """Return the digests of a lead that fall on the work dates of `starts`, with the moments at which they leave.

    `starts` are the starts (UTC) of the shifts of the lead's people by work date; a date without any brings none.
    A week is told on the first day with work of the next one, a month likewise: not on a day after one with work.
    """
    due = []
    if DigestKind.DAILY in kinds:
        due += [
            _digest(lead, DigestKind.DAILY, day, moment)
            for day, moments in starts.items()
            for moment in daily_moments([moments], rules)
        ]
    for kind, at in ((DigestKind.WEEKLY, rules.weekly), (DigestKind.MONTHLY, rules.monthly)):
        first, before = _first_day(kind, today), today - _DAY
        worked_before = bool(starts.get(before)) and _first_day(kind, before) == first
        if kind in kinds and starts.get(today) and not worked_before:
            due.append(_digest(lead, kind, first, datetime.combine(today, at, zone)))
    return due


def never_due(
    rules: DigestRules, quiet_hours: tuple[time, time] | None, starts: Iterable[Collection[datetime]]
) -> frozenset[DigestKind]:
    """Return the kinds that never come, since their minute lies in `quiet_hours` whenever it is due.

    `starts` are those of each day's shifts, as far as they are known, in local time; without any nothing is said
    of the daily one.
    """
    if quiet_hours is None:
        return frozenset()
    daily = [at.time() for at in daily_moments(starts, rules)]
    minutes = {DigestKind.DAILY: daily, DigestKind.WEEKLY: [rules.weekly], DigestKind.MONTHLY: [rules.monthly]}
    return frozenset(kind for kind, at in minutes.items() if at and all(holds(quiet_hours, one) for one in at))


def daily_moments(starts: Iterable[Collection[datetime]], rules: DigestRules) -> list[datetime]:
    """Return when the daily digest of each day leaves on which somebody starts, by the `starts` of each day."""
    return [_main(moments) + timedelta(minutes=rules.daily_minutes) for moments in starts if moments]


def days_of(digest: Reminder) -> tuple[date, date]:
    """Return the first and the last day that a digest tells of."""
    first = digest.work_date
    match DigestKind(digest.which):
        case DigestKind.DAILY:
            return first, first
        case DigestKind.WEEKLY:
            return first, first + 6 * _DAY
        case DigestKind.MONTHLY:
            return first, (first.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


def _main(moments: Collection[datetime]) -> datetime:
    """Return the moment that most of them are, the earlier of two."""
    counted = Counter(moments)
    return min(counted, key=lambda at: (-counted[at], at))


def _digest(lead: str, kind: DigestKind, first: date, moment: datetime) -> Reminder:
    return Reminder(lead, first, CHECK_POINT, kind, ReminderKind.DIGEST, moment, moment)


def _first_day(kind: DigestKind, day: date) -> date:
    """Return the first day that a digest sent on `day` tells of: the day, the last week, the last month."""
    match kind:
        case DigestKind.DAILY:
            return day
        case DigestKind.WEEKLY:
            return day - timedelta(days=day.weekday() + 7)
        case DigestKind.MONTHLY:
            return (day.replace(day=1) - _DAY).replace(day=1)
