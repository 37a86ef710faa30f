"""Punches: one act of clocking, its deliveries, its note, and what a request for one can become."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import Datum, LocationResult, LocationSource, Unusable, Whereabouts

# --- deliveries ---


class DeliveryState(StrEnum):
    """Where one punch stands at one target, from least to most settled as in the contract."""

    REJECTED = "rejected"  # final, with a reason
    UNKNOWN = "unknown"  # it may or may not have been taken
    ACCEPTED = "accepted"  # recorded here, not yet there
    SENT = "sent"  # the target took it
    CONFIRMED = "confirmed"  # DingTalk shows it


TAKEN = (DeliveryState.SENT, DeliveryState.CONFIRMED)
_ORDER = tuple(DeliveryState)
_TRANSITIONS: Mapping[DeliveryState, Collection[DeliveryState]] = {
    DeliveryState.ACCEPTED: (DeliveryState.SENT, DeliveryState.REJECTED, DeliveryState.UNKNOWN),
    DeliveryState.UNKNOWN: (DeliveryState.SENT, DeliveryState.ACCEPTED),
    DeliveryState.SENT: (DeliveryState.CONFIRMED, DeliveryState.REJECTED),
}


def may_become(current: DeliveryState, following: DeliveryState) -> bool:
    """Tell whether a delivery in `current` may go to `following`. No other transitions exist."""
    return following in _TRANSITIONS.get(current, ())


def least_settled(states: Iterable[DeliveryState]) -> DeliveryState:
    """Return the one state that speaks for all targets."""
    return min(states, key=_ORDER.index, default=DeliveryState.ACCEPTED)


# --- notes: parts joined by semicolons, the person's own reason first and in quotes ---

_BETWEEN = "; "


class Remark(StrEnum):
    """What the bot found about a punch. A remark that ends in a colon is followed by a name."""

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


def request_note(reason: str | None, *remarks: str) -> str:
    """Return the note of a punch: the person's reason, then what the bot found; empty remarks are left out."""
    quoted = f'"{clean(reason)}"' if reason else ""
    return _BETWEEN.join(filter(None, (quoted, *remarks)))


def reason_in(note: str) -> str:
    """Return the reason that the person gave, empty without one."""
    first = note.split(_BETWEEN, maxsplit=1)[0]
    return first[1:-1] if len(first) > 1 and first[0] == first[-1] == '"' else ""


def clean(words: str) -> str:
    """Return a person's words as one part, so that they cannot add a remark."""
    return words.replace(_BETWEEN, ", ")


def has_remark(note: str, remark: Remark) -> bool:
    """Tell whether a note contains a remark without a name."""
    return remark in note.split(_BETWEEN)


def name_after(note: str, remark: Remark) -> str | None:
    """Return the name that follows a remark in a note, None without that remark."""
    for part in note.split(_BETWEEN):
        if part.startswith(remark):
            return part.removeprefix(remark)
    return None


# --- punches ---


class PunchSource(StrEnum):
    """How the person told us."""

    CHAT = "chat"
    VOICE = "voice"
    CARD = "card"
    PAGE = "page"
    CORRECTION = "correction"
    NATIVE = "native"  # in DingTalk's app, at a gate or a machine: never in the ledger


@dataclass(frozen=True, slots=True)
class Punch:
    """One act of clocking, as it stands in the ledger.

    `punched_at` is when the person said it (DingTalk's `createAt`), `received_at` when we read it; both UTC.
    `check_point` is the key of the check point it answers, None where no shift holds it. `where` lacks the fix
    itself once retention removed it.
    """

    punch_id: str
    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime
    received_at: datetime
    time_result: TimeResult
    late_minutes: int  # whole minutes after (on duty) or before (off duty) the due time; 0 unless late or early
    where: Whereabouts
    source: PunchSource
    message_id: str
    note: str = ""
    states: Mapping[str, DeliveryState] = field(default_factory=dict)  # by target name
    reasons: Mapping[str, str] = field(default_factory=dict)  # by target name, why rejected
    corrects: str | None = None  # the id of the punch that an approved one replaces

    @property
    def status(self) -> DeliveryState:
        """Return the least settled of the states at the targets."""
        return least_settled(self.states.values())

    @property
    def stands(self) -> bool:
        """Tell whether the punch counts: false once every target rejected it."""
        return set(self.states.values()) != {DeliveryState.REJECTED}

    @property
    def settled(self) -> bool:
        """Tell whether every target has given its answer."""
        return {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN}.isdisjoint(self.states.values())


def counting(punches: Sequence[Punch]) -> list[Punch]:
    """Return those of one person's punches that count: not rejected by all, not corrected by one that stands."""
    if not punches:
        return []
    standing = [punch for punch in punches if punch.stands]
    corrected = {punch.corrects for punch in standing}
    return [punch for punch in standing if punch.punch_id not in corrected]


def of_second(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the standing punch of the second of `at`: DingTalk keeps one a second for each person."""
    second = at.replace(microsecond=0)
    for one in punches:
        if one.stands and one.punched_at.replace(microsecond=0) == second:
            return one
    return None


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One punch as the export shows it; the fields are the contract's columns, in their order.

    `name` is empty for somebody the directory never showed; `latitude` to `location_source` are None without a
    position, or once retention removed it.
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


# --- requests and decisions ---


class PunchPolicy(BaseModel):
    """What the company allows. An older message than `max_age_hours` does not punch."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    location: Literal["required", "optional"] = "optional"
    outside: Literal["flag", "reject"] = "flag"
    trusted_sources: frozenset[LocationSource] = Field(frozenset(LocationSource), min_length=1)
    max_age_hours: float = Field(24, gt=0)


@dataclass(frozen=True, slots=True)
class PunchRequest:
    """What one message asks for.

    `direction` is None for a bare 打卡. `local_date` is the calendar date of `at` where the person works.
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
    confirmed: bool = False  # by a button, by the words of the gate, or by a tap on the page
    unusable: Unusable | None = None  # why a position that was given is not taken
    flagged: bool = False  # the lead gets a note on its position
    by_location: bool = False  # the person wants to punch with their position


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

    - `direction`: the person says whether they come or go; the `direction` that they said fits no window.
    - `again`: the time of the message is long past or in the future.
    - `place`: a position is needed, and this request has none, or an `unusable` one.
    - `outside`: the company refuses punches outside every site.
    """

    why: Literal["direction", "again", "place", "outside"]
    direction: CheckType | None = None
    unusable: Unusable | None = None


Decision = Accepted | AlreadyPunched | NotPunched
