"""Who is at the page: whose link it is, and whether they, their phone or DingTalk tell that it is they."""

import logging
from dataclasses import dataclass

from bot.dingtalk.page_identity import DingTalkPage, PageSignature
from bot.domain.people import Employee
from bot.domain.sites import LocationSource
from bot.errors import OperatorError, UpstreamError
from bot.services.organisation.directory import Directory
from bot.services.tapping.links import hashed
from bot.services.tapping.taps import TapService
from bot.storage.links import Link, Links

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
class Visitor:
    """Whose link it is, and whether it is known to be they who have it open."""

    link: Link
    who: Employee
    is_known: bool


class Visitors:
    """Knows whoever calls the page by the link, the phone, and DingTalk's word where it can be had."""

    def __init__(
        self, links: Links, directory: Directory, taps: TapService, identity: DingTalkPage | None
    ) -> None:
        """Take `identity`, None where DingTalk cannot be asked who is at the page."""
        self._links = links
        self._directory = directory
        self._taps = taps
        self._identity = identity

    async def at_the_page(self, visit: Visit, source: LocationSource | None = None) -> Visitor:
        """Return the link and its person; a position said to be DingTalk's needs DingTalk's word for who.

        Where DingTalk does not say it, a phone that is known as somebody's opens no link of anybody else. Raises
        LinkRefused, PhoneRefused, IdentityUnknown, StoreRefused.
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

    async def sign(self, url: str) -> PageSignature | None:
        """Return what DingTalk's script wants to see of the page at `url`; None where it cannot be had."""
        if self._identity is None:
            return None
        try:
            return await self._identity.signature(url)
        except (UpstreamError, OperatorError) as error:
            log.warning("the page could not be signed, so that it asks the browser: %s", error)
            return None
