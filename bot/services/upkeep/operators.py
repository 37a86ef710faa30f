"""Telling the people who run the assistant that something needs mending, once."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence

from bot.dingtalk.robot import RECIPIENTS_A_CALL, Robot
from bot.errors import BotError
from bot.i18n import Texts
from bot.services.upkeep.troubles import for_markdown, trouble
from bot.views.reply import Reply

log = logging.getLogger(__name__)


class Operators:
    """The administrators' inbox: each trouble is told once until it is over, and shown by `/readyz` meanwhile."""

    def __init__(self, messenger: Robot, admins: Sequence[str], texts: Texts) -> None:
        self._messenger = messenger
        self._admins = list(admins)
        self._texts = texts
        self._troubles: dict[str, str] = {}
        self._untold: dict[str, list[str]] = {}

    @property
    def troubles(self) -> dict[str, str]:
        """Return what is wrong now, a sentence by subject."""
        return dict(self._troubles)

    def note(self, subject: str, key: str, **values: object) -> None:
        """Show and log a trouble of which another process tells the administrators."""
        if subject not in self._troubles:
            text = self._troubles[subject] = self._texts(key, **self._in_words(values))
            log.error("operator alert on %s: %s", subject, text)

    async def alert(self, subject: str, key: str, **values: object) -> bool:
        """Tell log and administrators about `subject` with the sentence `key`, unless they know already.

        Whom the alert does not reach is told at the next call; return whether there is nobody left. A `reason` may
        be an error, or somebody's own words.
        """
        if subject not in self._troubles:
            self.note(subject, key, **values)
            self._untold[subject] = self._admins
        untold = self._untold.pop(subject, [])  # taken out, so that a call at the same time tells nobody twice
        if not untold:
            return True
        values = self._in_words(values)
        if "reason" in values:
            values["reason"] = for_markdown(str(values["reason"]))
        reply = Reply(self._texts("alert.title"), self._texts(key, **values))
        missed = [admin async for admin in self._not_reached(subject, untold, reply)]
        if missed and subject in self._troubles:
            self._untold[subject] = missed
        return not missed

    def _in_words(self, values: Mapping[str, object]) -> dict[str, object]:
        reason = values.get("reason")
        if not isinstance(reason, BotError):
            return dict(values)
        return {**values, "reason": trouble(reason, self._texts, service_named="service" in values)}

    def over(self, subject: str) -> None:
        """Note that `subject` works again."""
        self._untold.pop(subject, None)
        if self._troubles.pop(subject, None) is not None:
            log.info("%s works again", subject)

    async def _not_reached(self, subject: str, admins: Sequence[str], reply: Reply) -> AsyncIterator[str]:
        """Say `reply` to `admins`, and yield whom it did not reach."""
        for start in range(0, len(admins), RECIPIENTS_A_CALL):
            some = admins[start : start + RECIPIENTS_A_CALL]
            try:
                sent = await self._messenger.send(some, reply)
            except BotError as error:
                log.warning("the alert on %s did not reach the administrators: %s", subject, error)
                missed: Sequence[str] = some
            else:
                missed = sent.flow_controlled
            for admin in missed:
                yield admin
