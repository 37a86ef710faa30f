"""How one's own punches count by the day they are of: native punches and leave may change what was recorded."""

from collections.abc import Mapping, Sequence
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


def verdicts(punches: Sequence[Punch], days: Mapping[date, PersonDay]) -> dict[str, Verdict]:
    """Return by punch id what counts instead, of those of one person's `punches` recorded as wrong or made up."""
    found = {}
    for punch in punches:
        is_asked = punch.time_result in WRONG or punch.source is PunchSource.CORRECTION
        day = days.get(punch.work_date) if is_asked else None
        check = day.check(punch.check_point) if day is not None else None
        if day is not None and any(point.key == punch.check_point for point in day.taken):
            found[punch.punch_id] = Verdict(TimeResult.UNKNOWN, on_leave=True)
        elif check is not None and check.punched_at == punch.punched_at:
            if (check.time_result, check.minutes) != (punch.time_result, punch.late_minutes):
                found[punch.punch_id] = Verdict(check.time_result, check.minutes)
        elif check is not None and check.native:
            found[punch.punch_id] = Verdict(check.time_result, check.minutes, counts_at=check.punched_at)
    return found


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
