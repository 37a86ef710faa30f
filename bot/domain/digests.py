"""Summaries that come by themselves: which are due when, and which days each tells of."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.reminders import Reminder, ReminderKind

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
    kinds: Collection[str],
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
        for day, moments in starts.items():
            if moments:
                (start, _), *_ = sorted(Counter(moments).items(), key=lambda one: (-one[1], one[0]))
                due.append(_digest(lead, DigestKind.DAILY, day, start + timedelta(minutes=rules.daily_minutes)))
    for kind, at in ((DigestKind.WEEKLY, rules.weekly), (DigestKind.MONTHLY, rules.monthly)):
        first, before = _first_day(kind, today), today - _DAY
        worked_before = bool(starts.get(before)) and _first_day(kind, before) == first
        if kind in kinds and starts.get(today) and not worked_before:
            due.append(_digest(lead, kind, first, datetime.combine(today, at, zone)))
    return due


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


def _digest(lead: str, kind: DigestKind, first: date, moment: datetime) -> Reminder:
    return Reminder(lead, first, "digest", kind, ReminderKind.DIGEST, moment, moment)


def _first_day(kind: DigestKind, day: date) -> date:
    """Return the first day that a weekly or monthly digest sent on `day` tells of."""
    if kind is DigestKind.WEEKLY:
        return day - timedelta(days=day.weekday() + 7)
    return (day.replace(day=1) - _DAY).replace(day=1)
