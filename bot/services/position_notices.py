"""The notice about stored positions: given once, and again when its words change."""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.domain.punches import Punch
from bot.errors import StoreRefused
from bot.i18n import LANGUAGES, Texts
from bot.services.outbox.worker import until_written
from bot.storage.links import Links
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)

_SAID = ("place.first_use", "page.notice")  # in chat with the receipt, and on the page before it asks the phone


class PositionNotices:
    """Knows the people who have had the notice in its present words."""

    def __init__(self, links: Links, texts: Callable[[Language], Texts], *, keep: timedelta) -> None:
        """Take for how long coordinates are kept."""
        self._links = links
        self._texts = texts
        self._days = keep / timedelta(days=1)
        said = [texts(language)(key, days=f"{self._days:g}") for language in LANGUAGES for key in _SAID]
        self._words = hashlib.sha256("\n".join(said).encode()).hexdigest()

    async def due(self, punch: Punch) -> bool:
        """Tell whether `punch` has a position and its person was never told what is kept.

        A database that refuses costs the notice, which then comes with the next position, not the receipt.
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
        return await self._links.noticed(user_id, self._words)

    async def note(self, user_id: str) -> None:
        """Note that the person knows. Raises StoreRefused."""
        await self._links.notice(user_id, self._words)
