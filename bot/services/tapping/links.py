"""Personal links to the page, each bound to the message it answers."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import PunchWish
from bot.storage.links import Link, Links
from bot.views.places import PageLink
from bot.views.reply import Language

LASTS = timedelta(minutes=5)
KEEPS = timedelta(minutes=2)  # so long a tap has the time of the message that asked to punch
PATH = "/here"


class LinkDesk:
    """Makes links. The token is in the link alone; the database has its SHA-256."""

    def __init__(
        self,
        links: Links,
        clock: Clock,
        *,
        base: Callable[[], str],
        token: Callable[[], str] = lambda: secrets.token_hex(32),
    ) -> None:
        """Take `base`, the address under which people reach the page, and what makes tokens of 256 bits."""
        self._links = links
        self._clock = clock
        self._base = base
        self._token = token

    async def make(
        self,
        who: Employee,
        message: Message,
        wish: PunchWish,
        language: Language,
        *,
        asked_about: datetime | None = None,
    ) -> PageLink | None:
        """Return a new link of the person, which ends the last one; None where one of this message was used.

        That is so when the message is answered again after a crash: its punch is there. With `asked_about`, when
        somebody asked to punch, a tap within two minutes has that time; else its own. The token is behind the
        `#`, where neither servers nor proxies see it. Raises StoreRefused.
        """
        token = self._token()
        now = self._clock.now()
        link = Link(
            user_id=who.user_id,
            message_id=message.message_id,
            language=language,
            direction=wish.direction,
            place_name=wish.place_name,
            reason=wish.reason,
            asked_about=asked_about or message.at,
            received_at=message.received_at,
            keeps_until=now + KEEPS if asked_about else message.at - timedelta(seconds=1),
            expires_at=now + LASTS,
        )
        if not await self._links.put(link, hashed(token)):
            return None
        url = f"{self._base()}{PATH}/{language}#{token}"
        return PageLink(url, link.asked_about, link.keeps_until if asked_about else None)


def hashed(secret: str) -> str:
    """Return the SHA-256 of a token or a device's key, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
