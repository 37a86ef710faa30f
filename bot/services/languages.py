"""The language that each person is spoken to in: the one they wrote last."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.errors import StoreRefused
from bot.i18n import language_or
from bot.services.base import Base
from bot.views.reply import Language

log = logging.getLogger(__name__)


class Languages:
    """Keeps the language of each person's messages beside their reminder wishes."""

    def __init__(self, base: Base, followed: Callable[[str], str | None]) -> None:
        """`followed` gives a person's language as the database was last followed, None for nobody's."""
        self._base = base
        self._followed = followed
        self._written: dict[str, Language] = {}  # here, and not followed yet

    def known(self, user_id: str) -> Language:
        """Return the language as far as this process knows, else the configured one."""
        followed = language_or(self._followed(user_id), self._base.language)
        return self._written.get(user_id, followed)

    async def of(self, user_id: str) -> Language:
        """Return the language that a person last wrote to any process. Raises StoreRefused."""
        return language_or((await self._base.store.wishes.get(user_id)).language, self.known(user_id))

    async def remember(self, user_id: str, language: Language) -> None:
        """Keep the language of a person's message. If the database refuses, the next message brings it again."""
        followed = language_or(self._followed(user_id), self._base.language)
        if self._written.get(user_id) == followed:
            del self._written[user_id]
        if followed == language == self._written.get(user_id, followed):
            return
        try:
            await self._base.store.wishes.change(user_id, lambda old: replace(old, language=language))
        except StoreRefused as error:
            log.info("a language could not be noted: %s", error)
        else:
            self._written[user_id] = language
