"""The input of a handler, and its possible answers."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch
from bot.i18n import Texts
from bot.services.use_cases import Services
from bot.storage.outbox import ReceiptAddress
from bot.views.reply import Reply

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """One message and its sender.

    `sure` tells that the gate passed the action or that its button was pressed. Then the action counts at once.
    Else the bot shows a changing action with a button. `by_button` tells that a button was pressed.
    """

    who: Employee
    message: Message
    texts: Texts
    services: Services
    help_keys: Callable[..., tuple[str, ...]]
    say: Callable[[Reply], Awaitable[None]]  # sends a line before the answer
    sure: bool = False
    by_button: bool = False

    def refused(self, reason: str) -> None:
        """Log and count why the bot did nothing. The log does not contain the text of the message."""
        log.info("a message changed nothing: %s", reason)
        self.services.refused(reason)

    @property
    def address(self) -> ReceiptAddress:
        """Return where the bot sends a receipt for this message."""
        return ReceiptAddress(self.who.user_id, self.message.is_group, self.texts.language)


@dataclass(frozen=True, slots=True)
class ReceiptDue:
    """The answer is the receipt of `punch`. The bot first gives the targets time to answer."""

    punch: Punch
    address: ReceiptAddress


@dataclass(frozen=True, slots=True)
class Privately:
    """The bot sends `reply` only to the person, and `in_group` to the group where they asked."""

    reply: Reply
    in_group: Reply


Answer = Reply | ReceiptDue | Privately
