"""What positions need.

Of the database links to the page, phones, questions about taps, and what leads are told; of DingTalk its sites and
who is on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.flags import Flag
from bot.domain.punches import Punch
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, Site
from bot.services.ports.dingtalk import Reached
from bot.views.reply import Language


@dataclass(frozen=True, slots=True)
class Link:
    """A person's way to the page, bound to the message it answers.

    A tap up to `keeps_until` punches with the time of that message, `asked_about`; a later one with its own.
    """

    user_id: str
    message_id: str
    language: Language
    direction: CheckType | None
    place_name: str | None
    reason: str | None
    asked_about: datetime
    received_at: datetime
    keeps_until: datetime
    expires_at: datetime
    used: bool = False

    @property
    def is_for_a_punch(self) -> bool:
        """Tell whether it answers a wish to punch, not where one may."""
        return self.keeps_until >= self.asked_about


class Links(Protocol):
    """At most one link a person; the token and the device that opened it are known by their SHA-256 alone."""

    async def put(self, link: Link, token_hash: str) -> bool:
        """Store the link in place of the person's last one, but for one of the same message that was used.

        Tell whether it is stored. Raises StoreRefused.
        """
        ...

    async def known(self, token_hash: str) -> bool:
        """Tell whether there is or lately was such a link, whoever has it now. Raises StoreRefused."""
        ...

    async def open(self, token_hash: str, device_hash: str, user_id: str | None) -> Link | None:
        """Return the link that has not expired, bound to the first device that opens it; None for any other.

        And None for the link of somebody else than `user_id`, where that is known. Raises StoreRefused.
        """
        ...

    async def owner(self, token_hash: str) -> str | None:
        """Return whose link this is, None for one that is none or has expired. Raises StoreRefused."""
        ...

    async def noticed(self, user_id: str, words: str) -> bool:
        """Tell whether a person was told in these `words`, known by a digest, what is kept of their positions.

        Raises StoreRefused.
        """
        ...

    async def notice(self, user_id: str, words: str) -> None:
        """Note that they were. Raises StoreRefused."""
        ...


class Phones(Protocol):
    """From which phones, known by their digests alone, people have punched; each is one person's."""

    async def holder(self, digest: str) -> str | None:
        """Return whose phone it is known as, None for one that is not known. Raises StoreRefused."""
        ...

    async def others(self, user_id: str, digest: str) -> int:
        """Return how many phones but this one are known as a person's. Raises StoreRefused."""
        ...


ANSWER_WITHIN = timedelta(minutes=2)  # after the bot asked about the phone of a tap
MOST_ASKED = 3  # questions a link leads to
MOST_WRONG_CODES = 3


class Asking(StrEnum):
    """What is to be done about a tap from a phone that is not known."""

    ANEW = "anew"  # the question is to be said
    STANDS = "stands"  # the same is in the chat, or another process is about to ask
    ENOUGH = "enough"  # no more is asked about this link
    PUNCHED = "punched"  # the link has led to a punch meanwhile
    OVER = "over"  # the link has ended meanwhile


@dataclass(frozen=True, slots=True)
class TapQuestion:
    """A tap that waits for its owner's word. `code` is known to whoever reads the question in private, alone."""

    user_id: str
    message_id: str  # of the link
    code: str
    asked_about: datetime  # the time of the tap
    received_at: datetime
    expires_at: datetime
    check_type: CheckType
    place_name: str | None
    fix: Fix | None
    reason: str | None
    phone: str | None  # its digest; None once the tap is a punch


class TapQuestions(Protocol):
    """At most one question a person, that of the last tap; apart from the questions about what they said."""

    async def ask(self, question: TapQuestion) -> tuple[TapQuestion, Asking]:
        """Keep the question in place of an older one, and return what is asked now and whether to say it.

        The same tap asks nothing new for seconds after it was said, and no tap while another process is about to
        say one; a link asks MOST_ASKED times at most, without those that a crash left unsaid, and nothing once it
        has led to a punch or has ended. Raises StoreRefused.
        """
        ...

    async def asked(self, question: TapQuestion, said: Reached) -> None:
        """Note whether the question came: one that may have come counts. Raises StoreRefused."""
        ...

    async def answer(self, user_id: str, code: str) -> TapQuestion | None:
        """Return the person's question with this code, also one that is over; None without one.

        After MOST_WRONG_CODES wrong codes no code is right any more. Raises StoreRefused.
        """
        ...

    async def deny(self, user_id: str, code: str) -> TapQuestion | None:
        """Forget the question with this code, end the link that was tapped, and return it. Raises StoreRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Flagged:
    """A punch of which leads are still to be told why it was flagged."""

    punch: Punch
    flags: tuple[Flag, ...]
    tries: int = 0


class FlagBook(Protocol):
    """What leads are still to be told of punches; written with the punch itself."""

    async def take_due(self, now: datetime, limit: int) -> Sequence[Flagged]:
        """Claim what is due and no living process works on, the longest due first. Raises StoreRefused."""
        ...

    async def told(self, punch_id: str) -> None:
        """Note that the leads know. Raises StoreRefused."""
        ...

    async def postpone(self, punch_id: str, until: datetime) -> None:
        """Release the claim until `until`. Raises StoreRefused."""
        ...


class SiteReader(Protocol):
    """The places of DingTalk's attendance groups. Each call raises UpstreamError or ServiceStopped."""

    async def group_of(self, user_id: str) -> int | None:
        """Return the attendance group of a person, None without one."""
        ...

    async def sites_of(self, group_id: int) -> Sequence[Site]:
        """Return where the people of a group may clock in, in GCJ-02."""
        ...


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What DingTalk's script in the page needs before it gives a position."""

    agent_id: str
    corp_id: str
    client_id: str
    nonce: str
    at_ms: int
    signature: str


class PageIdentity(Protocol):
    """Who is at the page, by DingTalk's word. Each call raises UpstreamError or ServiceStopped."""

    async def user_id_of(self, code: str) -> str | None:
        """Return whose login code this is; None for one that DingTalk does not know, or that was used."""
        ...

    async def signature(self, url: str) -> PageSignature:
        """Return the signature under which the page at `url` may ask for a position."""
        ...
