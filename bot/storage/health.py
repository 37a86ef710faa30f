"""Whether the database answers: what all lanes know of it together, and what is logged of that, once."""

import logging
from threading import Lock

from bot.errors import StoreDamaged, StoreRefused

logger = logging.getLogger(__name__)


class Health:
    """What the lanes of one database have seen last; used by all their threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._refusing: dict[str, str] = {}
        self._damage = ""

    @property
    def trouble(self) -> str | None:
        """Return why the database refuses, None while it takes what comes."""
        with self._lock:
            return self._damage or next(iter(self._refusing.values()), None)

    def error(self, reason: str = "") -> StoreRefused:
        """Return what to raise for something that was refused for `reason`: StoreDamaged once that is known."""
        return StoreDamaged(self._damage) if self._damage else StoreRefused(reason)

    def refuse_damaged(self) -> None:
        """Raise StoreDamaged once the file is known to be damaged: nothing is read or written any more."""
        if self._damage:
            raise StoreDamaged(self._damage)

    def damaged(self, how_to_restore: str) -> None:
        """Note for good that the file is damaged."""
        with self._lock:
            if not self._damage:
                logger.critical("the database is damaged: %s", how_to_restore)
                self._damage = how_to_restore

    def refused(self, lane: str, reason: str) -> None:
        with self._lock:
            if not self._refusing and not self._damage:
                logger.error("the database refuses: %s", reason)
            self._refusing[lane] = reason

    def answered(self, lane: str) -> None:
        """Note that a lane was served; the database answers again once all that were refused have been."""
        if lane not in self._refusing:
            return
        with self._lock:
            del self._refusing[lane]
            if not self._refusing and not self._damage:
                logger.warning("the database answers again")
