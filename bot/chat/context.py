"""What a handler is given, and what it may answer."""

from dataclasses import dataclass

from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch
from bot.i18n import Texts
from bot.services.ports import ReceiptAddress
from bot.services.punches import PunchService
from bot.understanding.intents import Intent
from bot.views.reply import Reply


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, for handlers."""

    punches: PunchService


@dataclass(frozen=True, slots=True)
class Context:
    """One message and who sent it. `help_topics` are the locale keys of all routes, in help order."""

    who: Employee
    message: Message
    texts: Texts
    services: Services
    help_topics: tuple[str, ...]

    @property
    def address(self) -> ReceiptAddress:
        """Return how a receipt for this message reaches the person."""
        return ReceiptAddress(self.who.user_id, self.message.is_group, self.texts.language)


@dataclass(frozen=True, slots=True)
class ReceiptDue:
    """The answer is the receipt of `punch`, given once its targets had time to answer."""

    punch: Punch
    address: ReceiptAddress


Answer = Reply | ReceiptDue

__all__ = ["Answer", "Context", "Intent", "ReceiptDue", "Reply", "Services"]
