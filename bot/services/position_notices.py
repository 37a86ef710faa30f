"""The notice about stored positions, given once to each person."""

import logging
from collections.abc import Callable
from datetime import timedelta

from bot.domain.punches import Punch
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.outbox.worker import until_written
from bot.storage.wishes import PositionNoticeRows
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)


class PositionNotices:
    """Knows the people who have had the notice."""

    def __init__(self, rows: PositionNoticeRows, texts: Callable[[Language], Texts], *, keep: timedelta) -> None:
        """`keep` is how long coordinates are kept."""
        self._rows = rows
        self._texts = texts
        self._days = keep / timedelta(days=1)

    async def due(self, punch: Punch) -> bool:
        """Tell whether `punch` has a position and its person was never told what is kept.

        If the database refuses, the notice comes with the next position.
        """
        try:
            return punch.where.fix is not None and not await self.knows(punch.user_id)
        except StoreRefused as error:
            log.warning("whether somebody was told what is kept of positions could not be read: %s", error)
            return False

    def notice(self, language: Language) -> Reply:
        """Return the two sentences."""
        return sentence("place.first_use", self._texts(language), days=f"{self._days:g}")

    async def told(self, user_id: str) -> None:
        """Note that the person knows, once the database takes it."""
        await until_written(lambda: self.note(user_id), "that somebody was told what is kept")

    async def knows(self, user_id: str) -> bool:
        """Tell whether a person was told. Raises StoreRefused."""
        return await self._rows.is_told(user_id)

    async def note(self, user_id: str) -> None:
        """Note that the person knows. Raises StoreRefused."""
        await self._rows.note(user_id)
