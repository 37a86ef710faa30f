"""Comparing the ledger with the records that DingTalk shows: what to settle, and what to report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain import notes
from bot.domain.deliveries import APPROVE_CHECK, TAKEN, DeliveryState, at_targets
from bot.domain.punches import OUTSIDE_WINDOW, Punch
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult

MOST_DAYS = 7  # a call of attendance/listRecord
SHOWN_DAYS = 180  # how far back DingTalk shows records
LATE_FOR = timedelta(minutes=30)  # DingTalk says that results may come late, not how late

Second = tuple[str, int]  # a person, and seconds since 1970 UTC

_APPROVED = "APPROVE"  # DingTalk's word for what an approval put there, which none of our punches did
_OPEN = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


class Kind(StrEnum):
    """How ledger and DingTalk differ over one punch."""

    INVALID = "shown as invalid"
    OUTSIDE_WINDOW = "outside the shift's window"
    NOT_SHOWN = "not shown by DingTalk"
    LATE = "late, may still come"
    WAITING = "not settled yet"
    REJECTED_HERE = "valid at DingTalk, rejected here"
    ELSEWHERE = "at DingTalk only"


class Sight(StrEnum):
    """What a look at DingTalk's records tells of a punch of unknown outcome."""

    SEEN = "seen"
    NOT_SEEN = "not seen"
    PERHAPS = "perhaps"  # a record may be its, or that of another one which is under way


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """One punch that DingTalk shows. `invalid_reason` is set when DingTalk does not count it.

    `source` is DingTalk's word for how it was made: USER (its app), ATM (a machine), BOSS, APPROVE and others.
    `check_type` and `planned_at` (UTC) are of the check that DingTalk says it answers, None where it does not say;
    `location` is its word for where.
    """

    user_id: str
    checked_at: datetime
    invalid_reason: str | None = None
    source: str = field(default="", compare=False)
    check_type: CheckType | None = field(default=None, compare=False)
    planned_at: datetime | None = field(default=None, compare=False)
    location: LocationResult = field(default=LocationResult.UNKNOWN, compare=False)


_Own = Mapping[str, AttendanceRecord | None]  # what each target of one punch took of it


def shows(record: AttendanceRecord, punch: Punch, target: str) -> bool:
    """Tell whether `record` may be what `target` took of `punch`; of which of several it is tells `matched`.

    DingTalk keeps the time to the second. A punch of several targets may be seen once for each: then DingTalk's
    word for how it was made tells them apart, since an uploaded one counts as a machine's.
    """
    if record.user_id != punch.user_id or whole_second(record.checked_at) != whole_second(punch.punched_at):
        return False
    if record.source == _APPROVED and APPROVE_CHECK in punch.states:
        return False
    if len(at_targets(punch.states)) < 2 or not record.source:
        return True
    return (record.source == "ATM") == (target == "record_upload")


def whole_second(at: datetime) -> int:
    """Return the second of a moment, since the epoch: what DingTalk keeps of a punch's time."""
    return int(at.timestamp())


def second_of(user_id: str, at: datetime) -> Second:
    """Return the person and the second, which is all that a record tells of whose it is."""
    return user_id, whole_second(at)


def punches_by_second(punches: Iterable[Punch]) -> Mapping[Second, Sequence[Punch]]:
    """Return the punches by person and second, in their order."""
    found: dict[Second, list[Punch]] = {}
    for punch in punches:
        found.setdefault(second_of(punch.user_id, punch.punched_at), []).append(punch)
    return found


def records_by_second(shown: Iterable[AttendanceRecord]) -> Mapping[Second, Sequence[AttendanceRecord]]:
    """Return the records by person and second, the valid ones first."""
    found: dict[Second, list[AttendanceRecord]] = {}
    for record in sorted(shown, key=lambda one: one.invalid_reason is not None):
        found.setdefault(second_of(record.user_id, record.checked_at), []).append(record)
    return found


def goes_before(one: Punch, other: Punch) -> bool:
    """Tell whether `one` has its turn before `other`: in the order in which they reached us and were handled."""
    return _turn(one) < _turn(other)


def _turn(punch: Punch) -> tuple[datetime, datetime, str]:
    return punch.received_at, punch.punched_at, punch.punch_id


def has_to_wait(punch: Punch, same_second: Iterable[Punch], target: str) -> bool:
    """Tell whether another punch, of those of the `same_second`, has its turn at `target` before `punch`.

    Records of one second cannot be told apart. Where a repeat would count as another punch, one of them is settled
    before the next one leaves: then it is never asked which of two a record is of.
    """
    return any(goes_before(one, punch) and one.states.get(target) in _OPEN for one in same_second)


def matched(
    punches: Iterable[Punch], target: str, records: Iterable[AttendanceRecord], *, in_turn: bool = False
) -> Mapping[str, AttendanceRecord]:
    """Return, by punch id, the record of what `target` took of each of one person's punches of one second.

    A record tells of one punch. Punches known to be taken come first, then those that may be under way; `records`
    are in order of preference. What is left tells of those of unknown outcome only if there is one for each, since
    nothing shows which of them arrived. Where they go `in_turn` (see `has_to_wait`), what is open takes the
    records in its order: a later one has not left yet.
    """
    free = list(records)
    found: dict[str, AttendanceRecord] = {}
    ours = sorted((punch for punch in punches if target in punch.states), key=_turn)

    def those(*states: DeliveryState) -> list[Punch]:
        return [punch for punch in ours if punch.states[target] in states]

    def give(takers: Iterable[Punch], *, for_its_reason: bool = False) -> None:
        for punch in takers:
            for number, record in enumerate(free):
                same_reason = record.invalid_reason == punch.reasons.get(target)
                if shows(record, punch, target) and (same_reason or not for_its_reason):
                    found[punch.punch_id] = free.pop(number)
                    break

    rejected, unknown = those(DeliveryState.REJECTED), those(DeliveryState.UNKNOWN)
    give((punch for punch in rejected if punch.reasons.get(target)), for_its_reason=True)
    give(those(DeliveryState.CONFIRMED))
    give(those(DeliveryState.SENT))
    if in_turn:
        give(those(*_OPEN))
    else:
        give(those(DeliveryState.ACCEPTED))
        left = sum(any(shows(record, punch, target) for punch in unknown) for record in free)
        give(unknown if left >= len(unknown) else ())
    give(punch for punch in rejected if punch.punch_id not in found)
    return found


def sight(
    punch: Punch,
    same_second: Sequence[Punch],
    target: str,
    records: Sequence[AttendanceRecord],
    *,
    knows_repeats: bool,
) -> Sight:
    """Tell whether `records` show that `target` took `punch`, whose outcome is unknown.

    `same_second` are the person's punches of that second, this one too. In doubt it is not seen by a target that
    `knows_repeats`: there it can go again. To another one they go in turn, and a record that may be of one under
    way decides nothing.
    """
    found = matched(same_second, target, records, in_turn=not knows_repeats)
    if punch.punch_id in found:
        return Sight.SEEN
    under_way = any(
        one.punch_id in found and one.states.get(target) is DeliveryState.ACCEPTED for one in same_second
    )
    return Sight.PERHAPS if under_way and not knows_repeats else Sight.NOT_SEEN


@dataclass(frozen=True, slots=True)
class Difference:
    """One punch on which ledger and DingTalk differ. `punch_id` and `targets` are empty for one not ours."""

    kind: Kind
    user_id: str
    at: datetime
    punch_id: str = ""
    targets: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A state that a delivery now takes, by way of those before it."""

    punch: Punch
    target: str
    current: DeliveryState
    following: DeliveryState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing some people."""

    settlements: tuple[Settlement, ...]
    differences: tuple[Difference, ...]


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


@dataclass(frozen=True, slots=True)
class Failure:
    """People who could not be compared, and why."""

    user_ids: tuple[str, ...]
    reason: str


@dataclass(slots=True)
class Report:
    """What comparing `days` came to; `settled` counts deliveries by the state they took."""

    days: Days
    people: int = 0
    punches: int = 0
    records: int = 0
    settled: dict[DeliveryState, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Tell whether everybody could be compared."""
        return not self.failures


class DaysNotShown(ValueError):
    """The asked days cannot be compared; the text says why."""


def days_to_compare(today: date, first: date | None = None, last: date | None = None) -> Days:
    """Return the days asked for; without any the seven up to yesterday. Raises DaysNotShown."""
    until = last or max(today - timedelta(days=1), first or date.min)
    since = first or until - timedelta(days=MOST_DAYS - 1)
    if until < since:
        raise DaysNotShown(f"the last day, {until}, is before the first, {since}")
    if until > today:
        raise DaysNotShown(f"{until} is in the future")
    if (today - since).days > SHOWN_DAYS:
        raise DaysNotShown(f"DingTalk shows {SHOWN_DAYS} days back, {since} is before that")
    return Days(since, until)


def compare(
    punches: Sequence[Punch], shown: Iterable[AttendanceRecord], now: datetime, zone: ZoneInfo
) -> Compared:
    """Compare what we and DingTalk have of the same people and days.

    DingTalk keeps a record's time to the second. A punch of today, or of the last half hour, that is not there may
    still come. One sent to a service that never writes to DingTalk is not there either: that settles nothing.
    """
    records, ours = records_by_second(shown), punches_by_second(punches)
    settlements: list[Settlement] = []
    differences: list[Difference] = []
    for second, of_second in ours.items():
        targets = {target for punch in of_second for target in at_targets(punch.states)}
        found = {target: matched(of_second, target, records.get(second, ())) for target in targets}
        for punch in of_second:
            own = {target: found[target].get(punch.punch_id) for target in punch.states if target in found}
            settlements += _settlements(punch, own)
            differences += _differences(punch, own, now, zone)
    differences += [_elsewhere(of_second[0]) for second, of_second in records.items() if second not in ours]
    return Compared(tuple(settlements), tuple(differences))


def _settlements(punch: Punch, own: _Own) -> Iterator[Settlement]:
    """Yield what each target's own record settles; what is not shown is left to the courier."""
    for target, record in own.items():
        if record is None:
            continue
        state, reason = punch.states[target], record.invalid_reason
        final = DeliveryState.CONFIRMED if reason is None else DeliveryState.REJECTED
        if state is DeliveryState.UNKNOWN:
            yield Settlement(punch, target, state, DeliveryState.SENT)
        if state in (DeliveryState.SENT, DeliveryState.UNKNOWN):
            yield Settlement(punch, target, DeliveryState.SENT, final, reason or "")


def _differences(punch: Punch, own: _Own, now: datetime, zone: ZoneInfo) -> Iterator[Difference]:
    """Yield how each target's own record differs from what we have of it."""
    if not punch.stands and any(record is not None and record.invalid_reason is None for record in own.values()):
        yield _of(punch, Kind.REJECTED_HERE, ())
        return
    refused: dict[str, list[str]] = {}
    for target, record in own.items():
        if record is not None and record.invalid_reason is not None:
            refused.setdefault(record.invalid_reason, []).append(target)
    for reason, targets in refused.items():
        yield _of(punch, _unless_outside(punch, Kind.INVALID), targets, reason)
    yield from _missing(punch, [target for target, record in own.items() if record is None], now, zone)


def _missing(punch: Punch, targets: Sequence[str], now: datetime, zone: ZoneInfo) -> Iterator[Difference]:
    """Yield what is to be said of targets of which DingTalk shows nothing."""
    waiting = [target for target in targets if punch.states[target] in _OPEN]
    taken = [target for target in targets if punch.states[target] in TAKEN]
    if waiting:
        yield _of(punch, Kind.WAITING, waiting)
    elif taken and _may_still_come(punch.punched_at, now, zone):
        yield _of(punch, Kind.LATE, taken)
    elif taken:
        yield _of(punch, _unless_outside(punch, Kind.NOT_SHOWN), taken)


def _unless_outside(punch: Punch, kind: Kind) -> Kind:
    return Kind.OUTSIDE_WINDOW if OUTSIDE_WINDOW in notes.parts(punch.note) else kind


def _may_still_come(at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    return now - at < LATE_FOR or at.astimezone(zone).date() >= now.astimezone(zone).date()


def _of(punch: Punch, kind: Kind, targets: Sequence[str], reason: str = "") -> Difference:
    return Difference(kind, punch.user_id, punch.punched_at, punch.punch_id, tuple(targets), reason)


def _elsewhere(record: AttendanceRecord) -> Difference:
    reason = "; ".join(part for part in (record.source, record.invalid_reason) if part)
    return Difference(Kind.ELSEWHERE, record.user_id, record.checked_at, reason=reason)
