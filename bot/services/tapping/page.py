"""What happens at the page: opening a link, looking where one is, and the tap that punches."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.dingtalk.page_identity import PageSignature
from bot.domain.people import Employee
from bot.domain.positions import Fence, Given, Position
from bot.domain.punches import AskPhone, Punch, PunchWish
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix
from bot.services.places import Positions
from bot.services.position_notices import PositionNotices
from bot.services.punches import OwnPunches
from bot.services.tapping.links import hashed
from bot.services.tapping.tap_replies import Asked, TapReplies
from bot.services.tapping.taps import TapService
from bot.services.tapping.visitors import LinkOver, Visit, Visitors
from bot.storage.ledger import Recorded
from bot.storage.links import Link, Links
from bot.storage.outbox import ReceiptAddress
from bot.storage.tap_questions import Asking


@dataclass(frozen=True, slots=True)
class Measured:
    """A fix as the page gives it: how old it is, and whether the phone calls it simulated."""

    fix: Fix
    age: timedelta
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Tap:
    """What the person adds to their position with the tap."""

    direction: CheckType | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What the page shows first. `punch` is there once the link is used.

    Of its person nothing is shown but what the tap would do, while it is not known to be they who look.
    """

    name: str | None
    link: Link
    notice: bool  # they were never told what is kept
    punch: Punch | None


@dataclass(frozen=True, slots=True)
class Looked:
    """Where somebody is, and whether a punch from there is refused. `punch` is what the link punched already."""

    position: Position
    is_refused: bool
    punch: Punch | None


@dataclass(frozen=True, slots=True)
class Tapped:
    """What came of a tap: nothing is recorded where the position is not taken, or a reason is missing."""

    position: Position
    recorded: Recorded | None = None
    reason_missing: bool = False
    asked: Asked = Asked.IN_CHAT  # where a phone is asked about
    is_shown: bool = True  # what was punched before, to whoever tapped


class PageDesk:
    """The page's use cases. Each raises LinkRefused, PhoneRefused, IdentityUnknown, StoreRefused."""

    def __init__(
        self,
        *,
        visitors: Visitors,
        links: Links,
        notices: PositionNotices,
        own: OwnPunches,
        positions: Positions,
        taps: TapService,
        replies: TapReplies,
        refuse_outside: bool,
        without_positions: Callable[[str], str],
    ) -> None:
        """Take what cuts positions out of a reason: a position is kept apart, and for a shorter time."""
        self._visitors = visitors
        self._links = links
        self._notices = notices
        self._own = own
        self._positions = positions
        self._taps = taps
        self._replies = replies
        self._refuse_outside = refuse_outside
        self._without_positions = without_positions
        self._turns: MutableMapping[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self, visit: Visit) -> Opened:
        """Return what the page shows before it knows where the person is."""
        visitor = await self._visitors.at_the_page(visit)
        link = visitor.link
        if not visitor.is_known:
            return Opened(None, link, notice=True, punch=None)
        punch = await self._made(link)
        notice = not await self._notices.knows(link.user_id)
        return Opened(visitor.who.name, link, notice, punch)

    async def sign(self, url: str) -> PageSignature | None:
        """Return what DingTalk's script wants to see of the page at `url`; None where it cannot be had."""
        return await self._visitors.sign(url)

    async def look(self, visit: Visit, measured: Measured) -> Looked:
        """Return where the person is by the company's rules, or what their link has led to meanwhile.

        Stored is that they were told what is kept.
        """
        visitor = await self._visitors.at_the_page(visit, measured.fix.source)
        if visitor.is_known:
            await self._notices.note(visitor.who.user_id)
        position = await self._judge(visitor.link, visitor.who, measured)
        is_refused = self._refuse_outside and position.fence is Fence.OUTSIDE
        punch = await self._made(visitor.link) if visitor.is_known else None
        return Looked(position, is_refused, punch)

    async def punch(self, visit: Visit, measured: Measured, tap: Tap) -> Tapped:
        """Punch, where the position is taken. What this link has punched already it returns again."""
        visitor = await self._visitors.at_the_page(visit, measured.fix.source)
        link, who = visitor.link, visitor.who
        reason = link.reason or (tap.reason and self._without_positions(tap.reason)) or None
        position = await self._judge(link, who, measured, reason)
        made = await self._made(link)
        tapped = made is not None and made.message_id == link.message_id
        if position.unusable is not None and not tapped:
            return Tapped(position)
        if position.fence is Fence.OUTSIDE and not reason and not (self._refuse_outside or tapped):
            return Tapped(position, reason_missing=True)
        wish = PunchWish(link.direction or tap.direction, link.place_name, reason=reason)
        address = ReceiptAddress(who.user_id, is_group=False, language=link.language)
        phone = None if visit.code is not None else hashed(visit.device)
        # One after the other, so that a second tap sees whether the first has asked.
        async with self._turns.setdefault(who.user_id, asyncio.Lock()):
            tapping = await self._taps.tap(who, link, wish, position, address, phone=phone)
            if tapping.asking is Asking.OVER:
                raise LinkOver
            recorded, asked = tapping.recorded, await self._replies.ask_whose(tapping, address)
        if isinstance(recorded.decision, AskPhone):
            return Tapped(position, recorded, asked=asked)
        if recorded.fresh and recorded.punch is not None:
            self._replies.give_receipt(recorded.punch, address)
        is_shown = visitor.is_known or phone is None or await self._taps.holder(phone) == who.user_id
        return Tapped(position, recorded, is_shown=is_shown)

    async def _made(self, link: Link) -> Punch | None:
        """Return what the link has punched."""
        return await self._own.of_message(link.message_id) if link.used else None

    async def _judge(self, link: Link, who: Employee, measured: Measured, reason: str | None = None) -> Position:
        given = Given(measured.fix, link.place_name, reason, measured.age, measured.simulated)
        return await self._positions.judge(who, given)
