"""Which punches count, in SQL; in Python `domain.punches.Punch` tells it."""

from sqlalchemy import ColumnElement, FromClause, and_, exists, or_

from bot.domain.deliveries import APPROVE_CHECK, DeliveryState
from bot.storage.tables import deliveries, punches

_correction = punches.alias("correction")

# Deliveries to targets that take punches: a mark says nothing of whether one is taken.
at_targets = deliveries.c.target != APPROVE_CHECK


def stands(rows: FromClause) -> ColumnElement[bool]:
    """Tell which punches count: those that not every target rejected."""
    owed = exists().where(deliveries.c.punch_id == rows.c.punch_id, at_targets)
    taken = owed.where(deliveries.c.state != DeliveryState.REJECTED.value)
    return or_(taken, ~owed)


def is_replaced(punch_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether a correction counts in place of a punch, which counts again when no target takes that."""
    return exists().where(and_(_correction.c.corrects == punch_id, stands(_correction)))


corrected = is_replaced(punches.c.punch_id)
