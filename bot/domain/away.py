"""The times when a person is away, in local date-times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, join_absences
from bot.domain.quiet import QuietTime, midnight, quiet_days
from bot.domain.slots import A_DAY, Days


class AwayState(StrEnum):
    """How certain it is that a person is away, as the key of its sentence."""

    APPROVED = "away.approved"
    PENDING = "away.pending"  # DingTalk shows an approval without readable times
    TOLD = "away.told"  # the person told the bot


@dataclass(frozen=True, slots=True)
class Away:
    """A time when a person is away. `kinds` are DingTalk's words for it, for HR alone."""

    time: QuietTime
    state: AwayState
    kinds: tuple[str, ...] = ()

    def touches(self, day: date) -> bool:
        starts = midnight(day)
        return self.time.starts_at < starts + A_DAY and starts < self.time.ends_at


def times_away(
    absences: Sequence[Absence],
    quiet: Iterable[QuietTime],
    dates: Sequence[date],
    zone: ZoneInfo,
) -> list[Away]:
    """Return when a person is away on one of `dates`, the earliest first.

    Of `quiet` only told leave counts, unless an approval covers it: the rest is private.
    """
    readable = [absence for absence in absences if not absence.times_unknown]
    times = []
    for starts_at, ends_at in join_absences(readable):
        within = [absence for absence in readable if starts_at <= absence.starts_at < ends_at]
        kinds = tuple(dict.fromkeys(absence.kind for absence in within if absence.kind))
        local, until = (at.astimezone(zone).replace(tzinfo=None) for at in (starts_at, ends_at))
        times.append(Away(QuietTime(local, until), AwayState.APPROVED, kinds))
    approved = [away.time for away in times]
    for absence in absences:
        if absence.times_unknown:
            day = absence.starts_at.astimezone(zone).date()
            times.append(Away(quiet_days(Days(day, day)), AwayState.PENDING))
    for told in quiet:
        is_approved = any(
            time.starts_at <= told.starts_at and told.ends_at <= time.ends_at for time in approved
        )
        if told.is_leave and not is_approved:
            times.append(Away(told, AwayState.TOLD))
    touching = (away for away in times if any(map(away.touches, dates)))
    return sorted(touching, key=lambda away: away.time.starts_at)
