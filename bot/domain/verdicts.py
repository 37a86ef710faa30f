"""How one's own punches count by the day they are of: others' arrivals and leave may change what was recorded."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.day import Check, CheckState, PersonDay
from bot.domain.punches import Punch, PunchSource
from bot.domain.reconciling import whole_second
from bot.domain.results import WRONG, TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import NOWHERE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What counts instead of the verdict that a punch was recorded with. Whole minutes, as in a punch.

    `counts_at` is the moment of a native punch that answers the check. `check` is the one that DingTalk counts
    the punch for, where that is another than was said, and `work_date` its date.
    """

    time_result: TimeResult
    minutes: int = 0
    counts_at: datetime | None = None
    on_leave: bool = False
    check: Check | None = None
    work_date: date | None = None


@dataclass(frozen=True, slots=True)
class OwnDays:
    """One's own days, as a lead's summary has them, with the verdicts that count instead, by punch id."""

    days: Mapping[date, PersonDay]
    verdicts: Mapping[str, Verdict]


def verdicts(
    punches: Sequence[Punch], days: Mapping[date, PersonDay], ours: Container[datetime]
) -> dict[str, Verdict]:
    """Return by punch id what counts instead, of those of one person's `punches` recorded as late or early, those
    made up, and those that name no check while DingTalk counts them for one of the other kind, a day apart too.

    `ours` are the times of all punches made through the bot.
    """
    found = {}
    for punch in punches:
        verdict = None
        if punch.check_point is None:
            verdict = _counted_otherwise(punch, days)
        elif punch.time_result in WRONG or punch.source is PunchSource.CORRECTION:
            verdict = _counted(punch, days.get(punch.work_date), ours)
        if verdict is not None:
            found[punch.punch_id] = verdict
    return found


def _counted(punch: Punch, day: PersonDay | None, ours: Container[datetime]) -> Verdict | None:
    if day is None:
        return None
    if any(point.key == punch.check_point for point in day.taken):
        return Verdict(TimeResult.UNKNOWN, on_leave=True)
    check = day.check(punch.check_point)
    if check is None or check.punched_at is None:
        return None
    if check.punched_at != punch.punched_at:
        instead = Verdict(check.time_result, check.minutes, counts_at=check.punched_at)
        return None if check.punched_at in ours else instead
    is_same = (check.time_result, check.minutes) == (punch.time_result, punch.late_minutes)
    return None if is_same else Verdict(check.time_result, check.minutes)


def _counted_otherwise(punch: Punch, days: Mapping[date, PersonDay]) -> Verdict | None:
    """Return DingTalk's word on a punch of which the ledger names no check, where it is of the other kind."""
    near = (days.get(punch.work_date + timedelta(days=apart)) for apart in (0, -1, 1))
    for day in (one for one in near if one is not None):
        for check in day.checks:
            at = check.punched_at
            is_it = at is not None and whole_second(at) == whole_second(punch.punched_at)
            if is_it and check.check_type is not punch.check_type:
                return Verdict(check.time_result, check.minutes, check=check, work_date=day.work_date)
    return None


def native_punches(day: PersonDay) -> list[Punch]:
    """Return the native punches that count for a day, in the shape of the ledger's.

    An early clock-out is left out: a later one replaces it.
    """
    found = [
        _native(day, one.check_type, one.key, one.punched_at)
        for one in day.checks
        if one.native and one.punched_at is not None and one.state is not CheckState.EARLY
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
