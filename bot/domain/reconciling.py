"""Comparing the ledger with the records that DingTalk shows: what to settle, and what to report."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.punches import TAKEN, DeliveryState, Punch
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult

MOST_DAYS = 7  # a call of attendance/listRecord
SHOWN_DAYS = 180  # how far back DingTalk shows records
LATE_FOR = timedelta(minutes=30)  # DingTalk says that results may come late, not how late

Second = tuple[str, int]  # a person, and seconds since 1970 UTC


class Kind(StrEnum):
    """How ledger and DingTalk differ over one punch."""

    INVALID = "shown as invalid"
    NOT_SHOWN = "not shown by DingTalk"
    REJECTED_HERE = "valid at DingTalk, rejected here"
    ELSEWHERE = "at DingTalk only"


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """One punch that DingTalk shows. `invalid_reason` is set when DingTalk does not count it.

    `source` is DingTalk's word for how it was made, such as USER (its app) or ATM (a machine). `check_type` and
    `planned_at` (UTC) are of the check that DingTalk says it answers.
    """

    user_id: str
    checked_at: datetime
    invalid_reason: str | None = None
    source: str = field(default="", compare=False)
    check_type: CheckType | None = field(default=None, compare=False)
    planned_at: datetime | None = field(default=None, compare=False)
    location: LocationResult = field(default=LocationResult.UNKNOWN, compare=False)


def whole_second(at: datetime) -> int:
    """Return the second of a moment, since the epoch: what DingTalk keeps of a punch's time."""
    return int(at.timestamp())


def shows(record: AttendanceRecord, punch: Punch, target: str) -> bool:
    """Tell whether `record` is what `target` took of `punch`: a person has one punch in one second.

    A punch of several targets may be shown once for each. An uploaded one counts as a machine's.
    """
    if _second_of(record.user_id, record.checked_at) != _second_of(punch.user_id, punch.punched_at):
        return False
    if len(punch.states) < 2 or not record.source:
        return True
    return (record.source == "ATM") == (target == "record_upload")


@dataclass(frozen=True, slots=True)
class Finding:
    """One punch at one target; without `punch` one that only DingTalk has.

    `kind` is None where the two agree. `states` are those that the delivery takes now, one after the other.
    """

    kind: Kind | None
    user_id: str
    at: datetime
    punch: Punch | None = None
    target: str = ""
    reason: str = ""
    states: Sequence[DeliveryState] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """The local dates `first` to `last`, both included."""

    first: date
    last: date

    def spans(self) -> Iterator["Days"]:
        """Yield the same days in spans that one call can ask for."""
        first = self.first
        while first <= self.last:
            yield Days(first, min(first + timedelta(days=MOST_DAYS - 1), self.last))
            first += timedelta(days=MOST_DAYS)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first second of the first day and the last but one of the last, UTC.

        A reader of records asks for one second more; another one would touch an eighth day, which is refused.
        """
        starts_at = datetime.combine(self.first, time(), zone)
        ends_at = datetime.combine(self.last, time(23, 59, 58), zone)
        return starts_at.astimezone(UTC), ends_at.astimezone(UTC)

    def hold(self, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether the moment is on one of these days."""
        return self.first <= at.astimezone(zone).date() <= self.last


@dataclass(slots=True)
class Report:
    """What comparing `days` came to.

    `settled` counts deliveries by the state they took; `failures` are people who could not be compared, and why.
    """

    days: Days
    people: int = 0
    punches: int = 0
    records: int = 0
    settled: dict[DeliveryState, int] = field(default_factory=dict)
    differences: list[Finding] = field(default_factory=list)
    failures: list[tuple[Sequence[str], str]] = field(default_factory=list)


def days_to_compare(today: date, first: date | None = None, last: date | None = None) -> Days:
    """Return the days asked for; without any the seven up to yesterday. Raises ValueError."""
    until = last or max(today - timedelta(days=1), first or date.min)
    since = first or until - timedelta(days=MOST_DAYS - 1)
    if until < since:
        raise ValueError(f"the last day, {until}, is before the first, {since}")
    if until > today:
        raise ValueError(f"{until} is in the future")
    if (today - since).days > SHOWN_DAYS:
        raise ValueError(f"DingTalk shows {SHOWN_DAYS} days back, {since} is before that")
    return Days(since, until)


def compare(
    punches: Sequence[Punch], shown: Iterable[AttendanceRecord], now: datetime, zone: ZoneInfo
) -> list[Finding]:
    """Compare what we and DingTalk have of the same people and days.

    A punch of today, or of the last half hour, that is not there may still come. A record is of one punch: of a
    rejected one only if no other punch of that second takes it.
    """
    free: dict[Second, list[AttendanceRecord]] = {}
    for record in sorted(shown, key=lambda one: one.invalid_reason is not None):  # the valid ones first
        free.setdefault(_second_of(record.user_id, record.checked_at), []).append(record)
    ours = {_second_of(punch.user_id, punch.punched_at) for punch in punches}
    found: list[Finding] = []
    for punch in sorted(punches, key=lambda one: not one.stands):
        records = free.get(_second_of(punch.user_id, punch.punched_at), [])
        for target, state in punch.states.items():
            number = next((place for place, one in enumerate(records) if shows(one, punch, target)), None)
            own = None if number is None else records.pop(number)
            kind = _kind(punch, target, own, now, zone)
            reason = own.invalid_reason or "" if own is not None else ""
            states = () if own is None else _states(state, own)
            found.append(Finding(kind, punch.user_id, punch.punched_at, punch, target, reason, states))
    for record in (records[0] for second, records in free.items() if second not in ours):
        reason = "; ".join(part for part in (record.source, record.invalid_reason) if part)
        found.append(Finding(Kind.ELSEWHERE, record.user_id, record.checked_at, reason=reason))
    return found


def _states(state: DeliveryState, record: AttendanceRecord) -> Sequence[DeliveryState]:
    """Return the states that the target's own record settles."""
    final = DeliveryState.CONFIRMED if record.invalid_reason is None else DeliveryState.REJECTED
    if state is DeliveryState.UNKNOWN:
        return DeliveryState.SENT, final
    return (final,) if state is DeliveryState.SENT else ()


def _kind(
    punch: Punch, target: str, record: AttendanceRecord | None, now: datetime, zone: ZoneInfo
) -> Kind | None:
    """Return how the target's own record differs from what we have of it, None where it does not."""
    if record is not None and record.invalid_reason is not None:
        return Kind.INVALID
    if record is not None:
        return None if punch.stands else Kind.REJECTED_HERE
    state, at = punch.states[target], punch.punched_at
    may_still_come = now - at < LATE_FOR or at.astimezone(zone).date() >= now.astimezone(zone).date()
    return Kind.NOT_SHOWN if state in TAKEN and not may_still_come else None


def _second_of(user_id: str, at: datetime) -> Second:
    """Return the person and the second, which identify a punch in DingTalk's records."""
    return user_id, whole_second(at)
