"""The first use of a position in chat: what is kept of it, said once."""

import logging
from collections.abc import Callable
from datetime import timedelta

from bot.domain.punches import Punch
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.ports import Links
from bot.services.upkeep.persisting import until_written
from bot.views.receipts import position_notice
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)


class PositionNotices:
    """Tells with the receipt of somebody's first position what the page tells before it asks for one."""

    def __init__(self, links: Links, texts: Callable[[Language], Texts], *, keep: timedelta) -> None:
        """Take for how long coordinates are kept."""
        self._links = links
        self._texts = texts
        self._keep = keep

    async def due(self, punch: Punch) -> bool:
        """Tell whether `punch` has a position and its person was never told what is kept.

        A database that refuses costs the notice, which then comes with the next position, not the receipt.
        """
        if punch.where.fix is None:
            return False
        try:
            return not await self._links.noticed(punch.user_id)
        except StoreRefused as error:
            log.warning("whether somebody was told what is kept of positions could not be read: %s", error)
            return False

    def notice(self, language: Language) -> Reply:
        """Return the two sentences."""
        return position_notice(self._keep / timedelta(days=1), self._texts(language))

    async def told(self, user_id: str) -> None:
        """Note that the person knows."""
        await until_written(lambda: self._links.notice(user_id), "that somebody was told what is kept")
