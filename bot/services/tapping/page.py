"""What happens at the page: opening a link, looking where one is, and the tap that punches."""

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from weakref import WeakValueDictionary

from bot.domain.fences import Fence
from bot.domain.people import Employee
from bot.domain.punches import AskPhone, Punch, PunchWish
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource
from bot.errors import OperatorError, UpstreamError
from bot.i18n import Texts
from bot.services.locating.positions import Position, Positions
from bot.services.organisation.directory import Directory
from bot.services.ports import (
    Asking,
    Link,
    LinkEnded,
    Links,
    PageIdentity,
    PageSignature,
    Reached,
    ReceiptAddress,
    Recorded,
)
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.speakers import Speaker
from bot.services.tapping.links import hashed
from bot.services.tapping.taps import Tapping, TapService, at_the_site
from bot.services.upkeep.leases import Lease
from bot.views.places import ask_phone
from bot.views.reply import Language

log = logging.getLogger(__name__)


class LinkRefused(Exception):
    """No such link, or not any more, or not for this person or device: one answer for all of them."""


class PhoneRefused(Exception):
    """The link is somebody else's than the person's whose phone this is known as."""


class LinkOver(LinkRefused):
    """There is such a link, but it has expired, or is somebody else's: said alike, though nothing was guessed."""


class IdentityUnknown(Exception):
    """DingTalk could not be asked who is at the page; it may be tried again."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a call of the page comes with: token, the device's own key, inside DingTalk a login code."""

    token: str
    device: str
    code: str | None = None


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
    edge_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose link it is, and whether it is known to be they who have it open."""

    link: Link
    who: Employee
    is_known: bool


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
    """Where somebody is, and whether a punch from there is refused. `punch` is there once the link is used, for
    whom `Opened` shows it, too: they have nothing left to tap.
    """

    position: Position
    refused: bool
    punch: Punch | None


class Asked(StrEnum):
    """What became of the question whose phone it is."""

    IN_CHAT = "phone"
    NOT_KNOWN = "phone_unsure"  # whether it came
    NOT_REACHED = "phone_unasked"
    ENOUGH = "phone_enough"


_ASKED = {Reached.YES: Asked.IN_CHAT, Reached.UNKNOWN: Asked.NOT_KNOWN, Reached.NO: Asked.NOT_REACHED}


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
        links: Links,
        directory: Directory,
        own: OwnPunches,
        positions: Positions,
        taps: TapService,
        desk: ReceiptDesk,
        speaker: Speaker,
        lease: Lease,
        texts: Callable[[Language], Texts],
        identity: PageIdentity | None,
        refuse_outside: bool,
        without_positions: Callable[[str], str],
    ) -> None:
        """Take what cuts positions out of a reason: a position is kept apart, and for a shorter time."""
        self._links = links
        self._directory = directory
        self._own = own
        self._positions = positions
        self._taps = taps
        self._desk = desk
        self._speaker = speaker
        self._lease = lease
        self._texts = texts
        self._identity = identity
        self._refuse_outside = refuse_outside
        self._without_positions = without_positions
        self._telling: set[asyncio.Task[None]] = set()
        self._turns: MutableMapping[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self, visit: Visit) -> Opened:
        """Return what the page shows before it knows where the person is."""
        visitor = await self._visitor(visit)
        link = visitor.link
        if not visitor.is_known:
            return Opened(None, link, notice=True, punch=None)
        punch = await self._made(link)
        notice = not await self._links.noticed(link.user_id)
        return Opened(visitor.who.name, link, notice, punch)

    async def sign(self, url: str) -> PageSignature | None:
        """Return what DingTalk's script wants to see of the page at `url`; None where it cannot be had."""
        if self._identity is None:
            return None
        try:
            return await self._identity.signature(url)
        except (UpstreamError, OperatorError) as error:
            log.warning("the page could not be signed, so that it asks the browser: %s", error)
            return None

    async def look(self, visit: Visit, measured: Measured) -> Looked:
        """Return where the person is by the company's rules, or what their link has led to meanwhile.

        Stored is that they were told what is kept, and the position, which the next punch is looked at by: the
        lead is told of one from elsewhere, be it that this one was refused or left alone.
        """
        visitor = await self._visitor(visit, measured.fix.source)
        if visitor.is_known:
            await self._links.notice(visitor.who.user_id)
        position = await self._judge(visitor.link, visitor.who, measured)
        if position.where.fix is not None:
            await self._links.looked(visitor.link, position.where.fix, known_phone=visitor.is_known)
        punch = await self._made(visitor.link) if visitor.is_known else None
        return Looked(position, self._refuse_outside and position.fence is Fence.OUTSIDE, punch)

    async def punch(self, visit: Visit, measured: Measured, tap: Tap) -> Tapped:
        """Punch, where the position is taken. What this link has punched already it returns again."""
        visitor = await self._visitor(visit, measured.fix.source)
        link, who = visitor.link, visitor.who
        reason = link.reason or (tap.reason and self._without_positions(tap.reason)) or None
        position = await self._judge(link, who, measured, reason)
        made = await self._made(link)
        tapped = made is not None and made.message_id == link.message_id
        if position.unusable is not None and not tapped:
            return Tapped(position)
        if position.fence is Fence.OUTSIDE and not reason and not (self._refuse_outside or tapped):
            return Tapped(position, reason_missing=True)
        if tap.edge_confirmed:
            position = at_the_site(position)
        wish = PunchWish(link.direction or tap.direction, link.place_name, reason=reason)
        address = ReceiptAddress(who.user_id, is_group=False, language=link.language)
        term = self._lease.term
        phone = None if visit.code is not None else hashed(visit.device)
        # One after the other, so that a second tap sees whether the first has asked.
        async with self._turns.setdefault(who.user_id, asyncio.Lock()):
            try:
                tapping = await self._taps.tap(who, link, wish, position, address, phone=phone)
            except LinkEnded:
                raise LinkOver from None
            if tapping.asking is Asking.OVER:
                raise LinkOver
            recorded, asked = tapping.recorded, await self._ask(tapping, address)
        if isinstance(recorded.decision, AskPhone):
            return Tapped(position, recorded, asked=asked)
        if recorded.fresh and recorded.punch is not None:
            telling = asyncio.create_task(self._tell(recorded.punch, address, term), name="page receipt")
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        is_shown = visitor.is_known or phone is None or await self._taps.holder(phone) == who.user_id
        return Tapped(position, recorded, is_shown=is_shown)

    async def _made(self, link: Link) -> Punch | None:
        """Return what the link, or an answer in chat to its question, has punched."""
        return await self._own.of_message(link.message_id) if link.used else None

    async def _visitor(self, visit: Visit, source: LocationSource | None = None) -> Visitor:
        """Return the link and its person; a position said to be DingTalk's needs DingTalk's word for who.

        Where DingTalk does not say it, a phone that is known as somebody's opens no link of anybody else.
        """
        token_hash, phone = hashed(visit.token), hashed(visit.device)
        if not await self._links.known(token_hash):
            raise LinkRefused
        user_id = None if visit.code is None else await self._identified(visit.code)
        if user_id is None and source is LocationSource.DINGTALK:
            raise LinkOver if self._identity is None else IdentityUnknown
        holder = await self._taps.holder(phone) if user_id is None else None
        link = await self._links.open(token_hash, phone, user_id or holder)
        if link is None and holder is not None and await self._links.owner(token_hash) not in (None, holder):
            raise PhoneRefused
        who = None if link is None else self._directory.employee(link.user_id)
        if link is None or who is None:
            raise LinkOver
        return Visitor(link, who, not self._taps.asks_whose_phone or link.user_id in (user_id, holder))

    async def _identified(self, code: str) -> str:
        """Return who is at the page inside DingTalk's client."""
        try:
            user_id = await self._identity.user_id_of(code) if self._identity is not None else None
        except (UpstreamError, OperatorError) as error:
            log.warning("who is at the page could not be asked: %s", error)
            raise IdentityUnknown from None
        if user_id is None:
            raise LinkOver
        return user_id

    async def _judge(self, link: Link, who: Employee, measured: Measured, reason: str | None = None) -> Position:
        return await self._positions.judge(
            who,
            measured.fix,
            link.place_name,
            reason=reason,
            age=measured.age,
            simulated=measured.simulated,
        )

    async def _ask(self, tapping: Tapping, address: ReceiptAddress) -> Asked:
        """Ask in private chat whose tap it was, where that is to be asked anew, and tell what became of it."""
        decision, question = tapping.recorded.decision, tapping.question
        if tapping.asking is Asking.ENOUGH:
            return Asked.ENOUGH
        if tapping.asking is not Asking.ANEW or question is None or not isinstance(decision, AskPhone):
            return Asked.IN_CHAT
        said = await self._speaker.tell(address.user_id, ask_phone(decision, self._texts(address.language)))
        await self._taps.said(question, said)
        return _ASKED[said]

    async def _tell(self, punch: Punch, address: ReceiptAddress, term: int) -> None:
        """Give the receipt in chat, as for any punch; one that fails here is given by a later process."""
        try:
            await self._desk.complete(punch, address, None, term)
        except Exception:
            log.exception("the receipt of a tap on the page failed in a way nobody foresaw")
