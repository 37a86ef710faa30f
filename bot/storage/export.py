"""Reads the ledger for its export, beside a running bot and without touching anything."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import bindparam, case, func, select

from bot.domain.deliveries import DeliveryState
from bot.domain.exports import ExportRow
from bot.storage.punches import at_targets, deliveries, delivers
from bot.storage.rows import Rows
from bot.storage.statements import Statement
from bot.storage.tables import people, punch_locations, punches
from bot.storage.urls import walk

_STATES = tuple(DeliveryState)  # the least settled first

_status = (
    select(func.min(case({state.value: rank for rank, state in enumerate(_STATES)}, value=deliveries.c.state)))
    .where(delivers(punches.c.punch_id), at_targets)
    .scalar_subquery()
)
_ROWS = Rows(
    ExportRow,
    {
        **punches.c,
        **{name: punch_locations.c[name] for name in ("latitude", "longitude", "accuracy_m", "datum")},
        "location_source": punch_locations.c.source,
        "name": func.coalesce(people.c.name, ""),
        "status": func.coalesce(_status, _STATES.index(DeliveryState.ACCEPTED)),
    },
    status=(_STATES.__getitem__, None),
)
_EXPORT = Statement(
    select(*_ROWS.columns)
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
    return map(_ROWS.read, walk(url, _EXPORT, {"first": first.isoformat(), "last": last.isoformat()}))
