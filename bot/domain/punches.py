"""Punches, their deliveries and notes, and the decisions about requests to punch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import Field

from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import Datum, LocationResult, LocationSource, Unusable, Whereabouts
from bot.domain.slots import Frozen

# --- deliveries ---


class DeliveryState(StrEnum):
    """The state of a punch at a target. In this order: the worst news first."""

    REJECTED = "rejected"  # final, with a reason
    UNKNOWN = "unknown"  # the target may or may not have taken it
    ACCEPTED = "accepted"  # recorded here only
    SENT = "sent"  # the target took it
    CONFIRMED = "confirmed"  # DingTalk shows it


TAKEN = (DeliveryState.SENT, DeliveryState.CONFIRMED)
_ORDER = tuple(DeliveryState)
_TRANSITIONS: Mapping[DeliveryState, Collection[DeliveryState]] = {
    DeliveryState.ACCEPTED: (DeliveryState.SENT, DeliveryState.REJECTED, DeliveryState.UNKNOWN),
    DeliveryState.UNKNOWN: (DeliveryState.SENT, DeliveryState.ACCEPTED),
    DeliveryState.SENT: (DeliveryState.CONFIRMED, DeliveryState.REJECTED),
}


def may_become(current: DeliveryState, *following: DeliveryState) -> bool:
    """Return whether a delivery may go from `current` through each of `following`."""
    steps = pairwise((current, *following))
    return all(after in _TRANSITIONS.get(before, ()) for before, after in steps)


# --- notes: parts with semicolons between them, first the person's reason in quotes ---

_BETWEEN = "; "


class Remark(StrEnum):
    """A remark of the bot about a punch. A name follows a remark that ends in a colon."""

    UNKNOWN_PLACE = "place not known: "
    UNREAD_PLACE = "place not looked up: "
    NOT_TAKEN = "position not taken: "
    SITES_UNREAD = "sites not readable"
    ON_EDGE = "on the edge of the fence"
    OTHER_SITE = "not at the site named: "
    SIMULATED = "position simulated"
    NO_SHIFT = "no shift"
    OUTSIDE_WINDOW = "outside the shift's window"
    PLAN_UNREADABLE = "plan not readable"


def join_notes(*remarks: str, reason: str | None = None) -> str:
    """Return the note of a punch: the person's reason, then the remarks that are not empty."""
    quoted = f'"{clean(reason)}"' if reason else ""
    return _BETWEEN.join(filter(None, (quoted, *remarks)))


def reason_in(note: str) -> str:
    """Return the person's reason, empty without one."""
    first = note.split(_BETWEEN, maxsplit=1)[0]
    return first[1:-1] if len(first) > 1 and first[0] == first[-1] == '"' else ""


def clean(words: str) -> str:
    """Return a person's words without separators, so that they cannot add a remark."""
    return words.replace(_BETWEEN, ", ")


def has_remark(note: str, remark: Remark) -> bool:
    """Return whether a note contains a remark without a name."""
    return remark in note.split(_BETWEEN)


def name_after(note: str, remark: Remark) -> str | None:
    """Return the name that follows a remark in a note, None without that remark."""
    for part in note.split(_BETWEEN):
        if part.startswith(remark):
            return part.removeprefix(remark)
    return None


class PunchSource(StrEnum):
    """The door of a punch: the way on which it came."""

    CHAT = "chat"
    VOICE = "voice"
    CARD = "card"
    PAGE = "page"
    CORRECTION = "correction"
    NATIVE = "native"  # in DingTalk's app, at a gate or a machine: never in the ledger


@dataclass(frozen=True, slots=True)
class Punch:
    """One act of clocking, as in the ledger.

    `punched_at` is the time of the message (DingTalk's `createAt`), `received_at` is the time of
    its arrival, both UTC. `check_point` is a key, None outside all windows. Retention removes the
    fix from `where`.
    """

    punch_id: str
    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime
    received_at: datetime
    time_result: TimeResult
    late_minutes: int  # whole minutes late (on duty) or early (off duty), else 0
    where: Whereabouts
    source: PunchSource
    message_id: str
    note: str = ""
    states: Mapping[str, DeliveryState] = field(default_factory=dict)  # by target name
    reasons: Mapping[str, str] = field(default_factory=dict)  # by target name, why rejected
    corrects: str | None = None  # the id of the punch that a make-up punch replaces
    refused: bool = False  # a lead changed the approval of this make-up punch to a refusal

    @property
    def status(self) -> DeliveryState:
        """Return the worst state of all targets."""
        return min(self.states.values(), key=_ORDER.index, default=DeliveryState.ACCEPTED)

    @property
    def stands(self) -> bool:
        """Return whether the punch counts: not rejected by every target, its approval holds."""
        return not self.refused and set(self.states.values()) != {DeliveryState.REJECTED}

    @property
    def settled(self) -> bool:
        """Return whether every target has answered."""
        return {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN}.isdisjoint(self.states.values())


def punches_that_count(punches: Sequence[Punch]) -> list[Punch]:
    """Return the punches that count: those that stand, not replaced by a make-up punch."""
    standing = [punch for punch in punches if punch.stands]
    corrected = {punch.corrects for punch in standing}
    return [punch for punch in standing if punch.punch_id not in corrected]


def punch_in_second(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the punch that stands in the second of `at`, also one that a make-up punch replaced.

    DingTalk stores one punch a second for each person.
    """
    second = at.replace(microsecond=0)
    for punch in punches:
        if punch.stands and punch.punched_at.replace(microsecond=0) == second:
            return punch
    return None


class Counts(StrEnum):
    """Whether a punch counts."""

    YES = "yes"
    REPLACED = "replaced"  # by a make-up punch
    REJECTED = "rejected"  # by all targets
    REFUSED = "refused"  # a lead changed the approval of this make-up punch


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One punch in the export. The fields are its columns, in this order.

    `name`, `job_number` and `department` are empty if the directory does not know them. `latitude`
    to `location_source` are None without a position, and after retention. `time_result` is the
    verdict of the day, with later leave. If the day has none, it is the recorded verdict.
    """

    punch_id: str
    user_id: str
    name: str
    work_date: date
    check_type: CheckType
    punched_at: datetime
    received_at: datetime
    site: str | None
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    datum: Datum | None
    location_source: LocationSource | None
    location_result: LocationResult
    time_result: TimeResult
    status: DeliveryState
    source: PunchSource
    message_id: str
    note: str
    job_number: str
    department: str
    counts: Counts


class PunchPolicy(Frozen):
    """The rules of the company. A message older than `max_age_hours` does not punch."""

    location: Literal["required", "optional"] = "optional"
    outside: Literal["flag", "reject"] = "flag"
    trusted_sources: frozenset[LocationSource] = Field(frozenset(LocationSource), min_length=1)
    max_age_hours: float = Field(24, gt=0)


@dataclass(frozen=True, slots=True)
class PunchRequest:
    """The request of one message.

    `direction` is None for a bare 打卡. `local_date` is the local date of `at`.
    """

    user_id: str
    message_id: str
    direction: CheckType | None
    at: datetime
    local_date: date
    received_at: datetime
    where: Whereabouts
    source: PunchSource
    note: str = ""
    confirmed: bool = False  # by a button or a tap on the page
    unusable: Unusable | None = None  # why the given position does not count
    flagged: bool = False  # leads get a note about its position
    by_location: bool = False  # the person wants to punch with a position


@dataclass(frozen=True, slots=True)
class Accepted:
    """The punch to record."""

    work_date: date
    check_type: CheckType
    check_point: str | None
    time_result: TimeResult
    late_minutes: int
    note: str


@dataclass(frozen=True, slots=True)
class AlreadyPunched:
    """Nothing changes: `punch` already answers this check point."""

    punch: Punch


@dataclass(frozen=True, slots=True)
class NotPunched:
    """Nothing is recorded.

    - `direction`: it is not known whether the person comes or goes. A stated `direction` fits no
      window.
    - `again`: the message is too old, or from the future.
    - `place`: a position is needed, and there is none, or an `unusable` one.
    - `outside`: the company refuses punches outside all sites.
    - `too_many`: the work date has MOST_A_DAY punches already.
    """

    why: Literal["direction", "again", "place", "outside", "too_many"]
    direction: CheckType | None = None
    unusable: Unusable | None = None


Decision = Accepted | AlreadyPunched | NotPunched
