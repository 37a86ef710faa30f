"""The newest punches that the database confirmed to this process, to see whether it has them still."""

from collections import deque
from collections.abc import Sequence, Set
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from bot.domain.punches import Punch
from bot.domain.shifts import CheckType
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Statement, listed, listing
from bot.storage.tables import punches

MOST_KEPT = 5_000  # about 2 MB; more than a rush records between two looks, or a late standby lacks

_THERE = Statement(
    select(punches.c.punch_id).where(punches.c.punch_id.in_(listed("punch_ids", punches.c.punch_id)))
)


class Confirmation(NamedTuple):
    """A punch whose commit the database confirmed to this process."""

    punch_id: str
    user_id: str
    check_type: CheckType
    punched_at: datetime


class Confirmations:
    """What the database confirmed to this process not long ago."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: deque[Confirmation] = deque(maxlen=MOST_KEPT)

    def add(self, punch: Punch) -> None:
        """Remember a punch whose commit was confirmed."""
        self._newest.append(Confirmation(punch.punch_id, punch.user_id, punch.check_type, punch.punched_at))

    async def take_gone(self) -> Sequence[Confirmation]:
        """Return which of them the database has no longer, each once. Raises StoreRefused."""
        asked = list(self._newest)
        if not asked:
            return ()
        params = listing("punch_ids", ((known.punch_id,) for known in asked))

        def work(tx: Tx) -> set[str]:
            return {punch_id for (punch_id,) in tx.all(_THERE, params)}

        there = await self._database.read(work)
        gone = [known for known in asked if known.punch_id not in there]
        self._forget({known.punch_id for known in gone})
        return gone

    def _forget(self, punch_ids: Set[str]) -> None:
        if punch_ids:
            kept = (known for known in self._newest if known.punch_id not in punch_ids)
            self._newest = deque(kept, maxlen=MOST_KEPT)
