"""A line of the ledger's export."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, LocationSource


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
