"""What a handler is given, and what it may answer."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.domain.datum import Datum
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch, PunchPolicy
from bot.domain.verdicts import OwnDays
from bot.i18n import Texts
from bot.services.leading.corrections import CorrectionService
from bot.services.leading.excuses import ExcuseService
from bot.services.leading.nudging import Nudging
from bot.services.locating.positions import Positions
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Sight, Sighted, Visibility
from bot.services.ports import ReceiptAddress
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.punches import PunchService
from bot.services.punching.questions import PunchQuestions
from bot.services.punching.unfinished import Unfinished
from bot.services.reminding.wishes import WishService
from bot.services.reporting.digests import DigestWishes
from bot.services.reporting.privacy import PrivacyService
from bot.services.reporting.reports import Order, PictureOrSheet, ReportService
from bot.services.reporting.summaries import SummaryService
from bot.services.tapping.links import LinkDesk
from bot.services.tapping.taps import TapService
from bot.understanding.intents import Intent
from bot.views.reply import Reply

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, for handlers. `refused` counts, by reason, what is not done for somebody."""

    punches: PunchService
    questions: PunchQuestions
    own_punches: OwnPunches
    positions: Positions
    policy: PunchPolicy  # of punches
    datum: Datum  # of coordinates that people type
    wishes: WishService
    rosters: Rosters
    nudging: Nudging
    visibility: Visibility
    summaries: SummaryService
    reports: ReportService
    digests: DigestWishes
    in_groups: Literal["private", "open"]  # where a question about days that is asked in a group is answered
    unfinished: Unfinished
    corrections: CorrectionService
    excuses: ExcuseService
    privacy: PrivacyService
    refused: Callable[[str], None]
    progress_s: float  # work that takes longer is announced
    links: LinkDesk | None = None  # without web.public_url there is no page
    taps: TapService | None = None  # nor a tap on it


@dataclass(frozen=True, slots=True)
class Context:
    """One message and who sent it. `help_topics` are the locale keys of all routes, in help order."""

    who: Employee
    message: Message
    texts: Texts
    services: Services
    help_topics: tuple[str, ...]
    say: Callable[[Reply], Awaitable[None]]  # says something beforehand, such as that it takes a moment

    def refused(self, reason: str) -> None:
        """Note, without what was said, that nothing was done for the person and why."""
        log.info("a message changed nothing: %s", reason)
        self.services.refused(reason)

    @property
    def address(self) -> ReceiptAddress:
        """Return how a receipt for this message reaches the person."""
        return ReceiptAddress(self.who.user_id, self.message.is_group, self.texts.language)


@dataclass(frozen=True, slots=True)
class ReceiptDue:
    """The answer is the receipt of `punch`, given once its targets had time to answer."""

    punch: Punch
    address: ReceiptAddress


@dataclass(frozen=True, slots=True)
class Privately:
    """The answer goes to the person alone; the group where they asked hears `in_group`."""

    reply: Reply
    in_group: Reply


@dataclass(frozen=True, slots=True)
class Waits:
    """The message is answered once a question before it is over, which `notice` says."""

    notice: Reply


Answer = Reply | ReceiptDue | Privately

__all__ = [
    "Answer",
    "Context",
    "Intent",
    "Order",
    "OwnDays",
    "PictureOrSheet",
    "Privately",
    "ReceiptDue",
    "Reply",
    "Services",
    "Sight",
    "Sighted",
    "Waits",
]
