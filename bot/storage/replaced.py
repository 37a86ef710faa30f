"""Which punches a correction replaced. Nothing else that tells of the same person and second counts either."""

from collections.abc import Mapping, Set

from sqlalchemy import bindparam, select

from bot.domain.reconciling import Second
from bot.storage.engine import Tx
from bot.storage.standing import stands
from bot.storage.statements import Statement, listed
from bot.storage.tables import punches

_correction = punches.alias("correction")
_replaced = (
    select(punches.c.user_id, punches.c.punched_ms // 1000)
    .join(_correction, _correction.c.corrects == punches.c.punch_id)
    .where(_correction.c.corrects.is_not(None), stands(_correction))  # SQLite then reads the index of those alone
)
_OF_SOME = Statement(_replaced.where(punches.c.user_id.in_(listed("user_ids", punches.c.user_id))))
_OF_ALL = Statement(_replaced.where(punches.c.punched_ms >= bindparam("first") - 1000))


def replaced_seconds(tx: Tx, params: Mapping[str, object]) -> Set[Second]:
    """Return the people and seconds of punches that a correction replaced.

    Of the listed `user_ids`; without them of everybody, from `first` (ms) on.
    """
    rows = tx.all(_OF_SOME if "user_ids" in params else _OF_ALL, params)
    return {(user_id, second) for user_id, second in rows}
