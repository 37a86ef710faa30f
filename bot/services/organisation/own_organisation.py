"""Refusing messages from other organisations, and saying so to those who run the bot.

A wrong `dingtalk.corp_id` looks the same as a stranger in a group: the operators get both ids to tell them apart.
"""

import logging
from collections.abc import Callable

from bot.domain.messages import Message
from bot.errors import UserError
from bot.services.upkeep.operators import Operators
from bot.services.upkeep.troubles import for_markdown

log = logging.getLogger(__name__)

SUBJECT = "another organisation"  # never over: a wrong id is mended by a restart
REASON = "other_organisation"  # what a refused message is counted as


class OwnOrganisation:
    """The organisation that the bot serves: the configured one, else the robot's."""

    def __init__(self, corp_id: str | None, operators: Operators, refused: Callable[[str], None]) -> None:
        """Take `refused`, which counts a message by the reason of its refusal."""
        self._corp_id = corp_id
        self._operators = operators
        self._refused = refused

    async def admit(self, message: Message) -> None:
        """Raise UserError for a message from another organisation; log and count each, alert at the first."""
        ours, theirs = self._corp_id or message.robot_corp_id, message.sender.corp_id
        if not ours or not theirs or theirs == ours:
            return
        log.warning("refused a message from organisation %s: this bot serves organisation %s", theirs, ours)
        self._refused(REASON)
        ids = {"theirs": for_markdown(theirs), "ours": for_markdown(ours)}
        await self._operators.alert(SUBJECT, "alert.other_organisation", **ids)
        raise UserError("who.other_org")
