"""What taking punches and answering needs of the database."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypedDict, Unpack

from bot.domain.deliveries import DeliveryState
from bot.domain.messages import Message
from bot.domain.punches import Decision, Punch, PunchRequest, PunchWish
from bot.domain.reconciling import Second
from bot.domain.shifts import CheckType
from bot.views.reply import Language


class InboxResult(StrEnum):
    """What became of a message: committed once, unless it is one too many."""

    NEW = "new"  # this process's, to work on now
    REPEAT = "repeat"  # it was here before
    ELSEWHERE = "elsewhere"  # new, but an earlier one of the person is in other hands; comes by `take_over`
    TOO_MANY = "too many"  # not stored: so many others of the person are not answered yet


class Inbox(Protocol):
    """Messages taken for good before they are acknowledged."""

    async def accept(self, message: Message) -> InboxResult:
        """Commit the message, if not too many of its sender are open. Raises StoreRefused."""
        ...

    async def holds(self, message_id: str, *, person: str = "") -> InboxResult | None:
        """Tell whose the message is that a refused commit may have stored, None if it is not there.

        Read after reopening the database, once nothing is in doubt that was written for `person`, the key of its
        sender. `new`: open and this process's; `repeat`: answered before. Raises StoreRefused.
        """
        ...

    async def take_over(self, limit: int) -> Sequence[Message]:
        """Claim open messages that no living process works on (or that were left to us), oldest first."""
        ...

    async def finish(self, message_id: str) -> None:
        """Mark the message as answered."""
        ...

    async def postpone(self, message_id: str, until: datetime) -> int:
        """Leave the message open until `until`; return how often that has happened."""
        ...

    async def quarantine(self, raw: str, reason: str, at: datetime) -> None:
        """Keep the head (4 KiB) of a frame that could not be read, for diagnosis."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a request: the decision, and the punch when there is one."""

    decision: Decision
    punch: Punch | None
    fresh: bool = True  # False when this message had been recorded before
    wish: PunchWish | None = None  # what was asked for, with what the question said that it answers


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """To whom, how and in which language a receipt goes."""

    user_id: str
    is_group: bool
    language: Language


@dataclass(frozen=True, slots=True)
class PunchMark:
    """That somebody punched: what a reminder has to know of it."""

    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime


class Ledger(Protocol):
    """The append-only record of punches."""

    async def record(
        self,
        request: PunchRequest,
        decide: Callable[[Sequence[Punch]], Decision],
        *,
        work_dates: Sequence[date],
        targets: Sequence[str],
        address: ReceiptAddress,
    ) -> Recorded:
        """Decide and store in one transaction, under the person's lock.

        `decide` is called with the person's punches of `work_dates`. An accepted punch is stored with one delivery
        for each of `targets` (each marked as being under way by this process), a receipt owed to `address`, the
        finished inbox message, and the button that was pressed. Idempotent by `request.message_id`. Raises
        StoreRefused, AlreadyPressed.
        """
        ...

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message led to, be it by a yes about a tap on the page; None without one."""
        ...

    async def punches(self, user_id: str, first: date, last: date) -> Sequence[Punch]:
        """Return a person's punches of the work dates `first` to `last`, oldest first."""
        ...

    async def marks(self, first: date, last: date, user_ids: Sequence[str] | None = None) -> Sequence[PunchMark]:
        """Return, of everybody or of `user_ids`, which checks were punched on the work dates `first` to `last`.

        Punches that every target rejected and those that were corrected are left out.
        """
        ...

    async def replaced(self, user_ids: Sequence[str]) -> Set[Second]:
        """Return the people and seconds of the punches that a correction replaced; ask of some hundred people."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One punch on its way to one target. `tries` counts sends, `lookups` read-backs since the last send."""

    punch: Punch
    target: str
    state: DeliveryState
    tries: int = 0
    lookups: int = 0


class Tried(TypedDict, total=False):
    """What came of a try of a delivery, besides the state it is in then.

    `next_at` is when to go on with what is not settled (None: at once), unless it `is_over`. `sent` counts one
    send, `looked_up` one read-back.
    """

    reason: str
    next_at: datetime | None
    sent: bool
    looked_up: bool
    is_over: bool


class Deliveries(Protocol):
    """The outbox of punches."""

    async def take_due(
        self, now: datetime, limit: int, *, skip_targets: Sequence[str], resting: Sequence[str] = ()
    ) -> Sequence[Delivery]:
        """Claim deliveries that are due and that no living process works on.

        One that a dead process had under way comes back as `unknown`. Of targets that are `resting` only those of
        unknown outcome are claimed: they are looked for in DingTalk's records, which asks nothing of the target.
        """
        ...

    async def settle(self, delivery: Delivery, state: DeliveryState, **tried: Unpack[Tried]) -> Punch:
        """Write what came of a try, release the claim, and return the punch as it now stands.

        Raises ValueError for a transition that does not exist.
        """
        ...

    async def in_same_seconds(self, punches: Sequence[Punch]) -> Sequence[Punch]:
        """Return all punches of the same people in the same seconds as `punches`, these too, as they now stand.

        Oldest first. Raises StoreRefused.
        """
        ...

    async def waiting(self) -> Mapping[str, int]:
        """Return how many punches are not yet settled, by target."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt owed for one punch. `told` is the state the person last heard of, None for none yet."""

    punch: Punch
    address: ReceiptAddress
    told: DeliveryState | None
    tries: int = 0


class Receipts(Protocol):
    """What people are still to be told about their punches."""

    async def take_due(self, now: datetime, limit: int) -> Sequence[Receipt]:
        """Claim receipts that no living process works on and that have something new to say.

        That is: nothing was told yet, or none of the punch's deliveries is accepted or unknown any more.
        """
        ...

    async def take(self, punch_id: str, now: datetime) -> Receipt | None:
        """Claim the receipt of one punch as `take_due` does, or one that a former name of this process has.

        None where it is not due, or in the hands of a living process, this one too.
        """
        ...

    async def told(self, punch_id: str, state: DeliveryState, *, closed: bool) -> None:
        """Note what the person has heard and release the claim; `closed` when nothing more is owed."""
        ...

    async def postpone(self, punch_id: str, until: datetime) -> None:
        """Release the claim until `until`."""
        ...
