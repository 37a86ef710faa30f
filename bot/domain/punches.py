"""Punches, what a message asks for, and what can become of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState, least_settled
from bot.domain.positions import LocationPolicy, Unusable
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan, points_at
from bot.domain.sites import LocationResult, LocationSource, Whereabouts


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
    standing = [punch for punch in punches if punch.stands]
    corrected = {punch.corrects for punch in standing}
    return [punch for punch in standing if punch.punch_id not in corrected]


def of_second(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the standing punch of the second of `at`: DingTalk keeps one a second for each person."""
    second = at.replace(microsecond=0)
    return next((one for one in punches if one.stands and one.punched_at.replace(microsecond=0) == second), None)


def punches_of_day(
    near: Sequence[Punch], plans: Sequence[DayPlan], at: datetime, zone: ZoneInfo
) -> Sequence[Punch]:
    """Return those of the punches around `at` that a person then calls today's, oldest first.

    These are the punches of the work date, those made on the calendar date in `zone`, and those of a shift from
    the day before whose windows still hold `at`.
    """
    day = at.astimezone(zone).date()
    days = {day, *(point.work_date for point in points_at(plans, at))}
    todays = [one for one in near if one.work_date in days or one.punched_at.astimezone(zone).date() == day]
    return sorted(todays, key=lambda punch: punch.punched_at)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One punch as the export shows it; the fields are its columns, in their order.

    Moments are aware, UTC. `name` is empty for somebody the directory never showed; `latitude` to
    `location_source` are None without a position, or once retention removed it. `status` is the least settled
    of the targets'.
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
    flagged: bool = False  # the lead is told of its position
    by_location: bool = False  # the person wants to punch with their position


class PunchPolicy(LocationPolicy):
    """What the company allows. An older message than `max_age_hours` does not punch."""

    location: Literal["required", "optional"] = "optional"
    outside: Literal["flag", "reject"] = "flag"
    max_age_hours: float = Field(24, gt=0)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The punch to record."""

    work_date: date
    check_type: CheckType
    check_point: str | None
    time_result: TimeResult
    late_minutes: int
    note: str


def decision_of(punch: Punch) -> Accepted:
    """Return the decision that a recorded punch came from."""
    return Accepted(
        punch.work_date, punch.check_type, punch.check_point, punch.time_result, punch.late_minutes, punch.note
    )


@dataclass(frozen=True, slots=True)
class AlreadyPunched:
    """Nothing changes: `punch` already answers this check point."""

    punch: Punch


@dataclass(frozen=True, slots=True)
class NotPunched:
    """Nothing is recorded.

    - `direction`: the person says whether they come or go; the `direction` that they said fits no window.
    - `confirm`: a voice message was understood as a punch; speech recognition errs.
    - `again`: the time of the message is long past or in the future.
    - `place`: a position is needed, and this request has none, or an `unusable` one.
    - `outside`: the company refuses punches outside every site.
    """

    why: Literal["direction", "confirm", "again", "place", "outside"]
    direction: CheckType | None = None
    unusable: Unusable | None = None


Decision = Accepted | AlreadyPunched | NotPunched
