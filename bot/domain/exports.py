"""A line of the ledger's export, and the format that it is written in."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath

from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, LocationSource

FORMATS = ("csv", "xlsx", "jsonl")


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


def export_format(wanted: str | None, out: PurePath | None) -> str:
    """Return the one of `FORMATS` that is wanted, else the one of the file's ending, else csv.

    Raises ValueError where the ending is none of a format, or contradicts the one wanted.
    """
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    if not ending:
        return wanted or FORMATS[0]
    if ending not in FORMATS:
        known = ", ".join(f".{one}" for one in FORMATS)
        raise ValueError(f"--out {out}: its ending names no format of an export; end it in one of {known}")
    if wanted not in (None, ending):
        raise ValueError(f"--format {wanted} contradicts --out {out}, which ends in .{ending}")
    return ending
