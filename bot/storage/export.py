"""Reads the ledger for its export, beside a running bot and without touching anything."""

from collections.abc import Iterator
from datetime import date

from bot.domain.deliveries import DeliveryState
from bot.domain.punches import ExportRow
from bot.storage.punches import STATES, at_its_targets
from bot.storage.rows import Rows
from bot.storage.statements import Statement
from bot.storage.tables import punches
from bot.storage.urls import walk

_ROWS = Rows(
    ExportRow,
    {
        **{column.name: f"punches.{column.name}" for column in punches.c},
        **{name: f"position.{name}" for name in ("latitude", "longitude", "accuracy_m", "datum")},
        "location_source": "position.source",
        "name": "COALESCE(people.name, '')",
        "status": f"COALESCE({at_its_targets('MIN')}, {STATES.index(DeliveryState.ACCEPTED)})",
    },
    status=(STATES.__getitem__, None),
)
_EXPORT = Statement(
    f"""SELECT {_ROWS.sql()} FROM punches
      LEFT JOIN people ON people.user_id = punches.user_id
      LEFT JOIN punch_locations AS position ON position.punch_id = punches.punch_id
    WHERE punches.work_date BETWEEN :first AND :last
    ORDER BY punches.work_date, punches.user_id, punches.punched_ms"""
)


def read_export(url: str, first: date, last: date) -> Iterator[ExportRow]:
    """Return the punches of the work dates `first` to `last`, by work date, person and time, in bounded memory.

    The database is opened read-only and never checkpointed. To be used on one thread. Raises OperatorError when
    it cannot be read or has another schema.
    """
    return map(_ROWS.read, walk(url, _EXPORT, {"first": first.isoformat(), "last": last.isoformat()}))
