"""How one's own punches count by the day they are of: native punches and leave may change what was recorded."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.day import CheckState, PersonDay
from bot.domain.punches import Punch, PunchSource
from bot.domain.results import WRONG, TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import NOWHERE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What counts instead of the verdict that a punch was recorded with. Whole minutes, as in a punch.

    `counts_at` is the moment of a native punch that answers the check.
    """

    time_result: TimeResult
    minutes: int = 0
    counts_at: datetime | None = None
    on_leave: bool = False


@dataclass(frozen=True, slots=True)
class OwnDays:
    """One's own days, as a lead's summary has them, with the verdicts that count instead, by punch id."""

    days: Mapping[date, PersonDay]
    verdicts: Mapping[str, Verdict]


def verdicts(
    punches: Sequence[Punch], days: Mapping[date, PersonDay], ours: Container[datetime]
) -> dict[str, Verdict]:
    """Return by punch id what counts instead, of those of one person's `punches` recorded as wrong or made up.

    `ours` are the times of all punches made through the bot.
    """
    found = {}
    for punch in punches:
        day = days.get(punch.work_date)
        if day is not None and (punch.time_result in WRONG or punch.source is PunchSource.CORRECTION):
            verdict = _counted(punch, day, ours)
            if verdict is not None:
                found[punch.punch_id] = verdict
    return found


def _counted(punch: Punch, day: PersonDay, ours: Container[datetime]) -> Verdict | None:
    if any(point.key == punch.check_point for point in day.taken):
        return Verdict(TimeResult.UNKNOWN, on_leave=True)
    check = day.check(punch.check_point)
    if check is None or check.punched_at is None:
        return None
    if check.punched_at != punch.punched_at:
        if check.punched_at in ours:
            return None
        return Verdict(check.time_result, check.minutes, counts_at=check.punched_at)
    is_same = (check.time_result, check.minutes) == (punch.time_result, punch.late_minutes)
    return None if is_same else Verdict(check.time_result, check.minutes)


def native_punches(day: PersonDay) -> list[Punch]:
    """Return the native punches that count for a day, in the shape of the ledger's.

    An early clock-out is left out: a later one replaces it.
    """
    found = [
        _native(day, check.check_type, check.key, check.punched_at)
        for check in day.checks
        if check.native and check.punched_at is not None and check.state is not CheckState.EARLY
    ]
    if not day.checks and day.arrived_at is not None:
        found.append(_native(day, CheckType.ON_DUTY, None, day.arrived_at))
    return found


def _native(day: PersonDay, check_type: CheckType, key: str | None, at: datetime) -> Punch:
    return Punch(
        punch_id="",
        user_id=day.user_id,
        work_date=day.work_date,
        check_type=check_type,
        check_point=key,
        punched_at=at,
        received_at=at,
        time_result=TimeResult.UNKNOWN,
        late_minutes=0,
        where=NOWHERE,
        source=PunchSource.NATIVE,
        message_id="",
    )
