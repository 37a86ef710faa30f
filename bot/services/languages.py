"""The language that each person is spoken to in: the one they wrote last."""

import logging
from dataclasses import replace

from bot.errors import StoreRefused
from bot.i18n import language_or
from bot.services.base import Base
from bot.services.reminding.planning import ReminderPlan
from bot.views.reply import Language

log = logging.getLogger(__name__)


class Languages:
    """Keeps the language of each person's messages beside their reminder wishes."""

    def __init__(self, base: Base, plan: ReminderPlan) -> None:
        self._base = base
        self._plan = plan

    def known(self, user_id: str) -> Language:
        """Return the language as far as this process knows, else the configured one."""
        return language_or(self._plan.language_of(user_id), self._base.language)

    async def of(self, user_id: str) -> Language:
        """Return the language that a person last wrote to any process. Raises StoreRefused."""
        return language_or((await self._base.store.wishes.get(user_id)).language, self._base.language)

    async def remember(self, user_id: str, language: Language) -> None:
        """Keep the language of a person's message. If the database refuses, the next message brings it again."""
        if language == self.known(user_id):
            return
        try:
            wishes = await self._base.store.wishes.change(user_id, lambda old: replace(old, language=language))
        except StoreRefused as error:
            log.info("a language could not be noted: %s", error)
        else:
            self._plan.take(wishes)
