"""Reads the ledger for its export, beside a running bot and without touching anything."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import bindparam, case, func, select

from bot.clock import from_ms
from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState
from bot.domain.exports import ExportRow
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, LocationSource
from bot.storage.engine import Row
from bot.storage.read_only import walk
from bot.storage.standing import at_targets
from bot.storage.statements import Statement
from bot.storage.tables import deliveries, people, punch_locations, punches

_STATES = tuple(DeliveryState)  # the least settled first

_status = (
    select(func.min(case({state.value: rank for rank, state in enumerate(_STATES)}, value=deliveries.c.state)))
    .where(deliveries.c.punch_id == punches.c.punch_id, at_targets)
    .scalar_subquery()
)
_EXPORT = Statement(
    select(
        *(punches.c.punch_id, punches.c.user_id, func.coalesce(people.c.name, ""), punches.c.work_date),
        *(punches.c.check_type, punches.c.punched_ms, punches.c.received_ms, punches.c.site),
        *(punch_locations.c.latitude, punch_locations.c.longitude, punch_locations.c.accuracy_m),
        *(punch_locations.c.datum, punch_locations.c.source, punches.c.location_result, punches.c.time_result),
        *(_status, punches.c.source, punches.c.message_id, punches.c.note),
    )
    .select_from(punches)
    .outerjoin(people, people.c.user_id == punches.c.user_id)
    .outerjoin(punch_locations, punch_locations.c.punch_id == punches.c.punch_id)
    .where(punches.c.work_date.between(bindparam("first"), bindparam("last")))
    .order_by(punches.c.work_date, punches.c.user_id, punches.c.punched_ms)
)


def read_export(url: str, first: date, last: date) -> Iterator[ExportRow]:
    """Return the punches of the work dates `first` to `last`, by work date, person and time, in bounded memory.

    The database is opened read-only and never checkpointed. To be used on one thread. Raises OperatorError when
    it cannot be read or has another schema.
    """
    days = {"first": first.isoformat(), "last": last.isoformat()}
    return map(_export_row, walk(url, _EXPORT, days))


def _export_row(row: Row) -> ExportRow:
    punch_id, user_id, name, work_date, check_type, punched_ms, received_ms, site, *rest = row
    latitude, longitude, accuracy_m, datum, location_source, location_result, *judged = rest
    time_result, status, source, message_id, note = judged
    return ExportRow(
        punch_id=punch_id,
        user_id=user_id,
        name=name,
        work_date=date.fromisoformat(work_date),
        check_type=CheckType(check_type),
        punched_at=from_ms(punched_ms),
        received_at=from_ms(received_ms),
        site=site,
        latitude=latitude,
        longitude=longitude,
        accuracy_m=accuracy_m,
        datum=None if datum is None else Datum(datum),
        location_source=None if location_source is None else LocationSource(location_source),
        location_result=LocationResult(location_result),
        time_result=TimeResult(time_result),
        status=DeliveryState.ACCEPTED if status is None else _STATES[status],
        source=PunchSource(source),
        message_id=message_id,
        note=note,
    )
