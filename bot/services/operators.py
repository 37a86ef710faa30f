"""Telling the people who run the assistant that something needs mending, once."""

import logging
from collections.abc import Sequence

from bot.errors import BotError
from bot.i18n import Texts
from bot.services.ports import Messenger
from bot.views.reply import Reply

log = logging.getLogger(__name__)


class Operators:
    """The administrators' inbox: each trouble is told once until it is over, and shown by `/readyz` meanwhile."""

    def __init__(self, messenger: Messenger, admins: Sequence[str], texts: Texts) -> None:
        self._messenger = messenger
        self._admins = list(admins)
        self._texts = texts
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> dict[str, str]:
        """Return what is wrong now, a sentence by subject."""
        return dict(self._troubles)

    async def alert(self, subject: str, key: str, **values: object) -> None:
        """Tell log and administrators about `subject` with the sentence `key`, unless they know already."""
        if subject in self._troubles:
            return
        text = self._texts(key, **values)
        self._troubles[subject] = text
        log.error("operator alert on %s: %s", subject, text)
        if not self._admins:
            return
        try:
            await self._messenger.send(self._admins[:20], Reply(self._texts("alert.title"), text))
        except BotError as error:
            log.warning("the alert on %s did not reach the administrators: %s", subject, error)

    def over(self, subject: str) -> None:
        """Note that `subject` works again."""
        if self._troubles.pop(subject, None) is not None:
            log.info("%s works again", subject)
