"""What the use cases need from the outside, as Protocols; adapters in `storage/` and `dingtalk/` provide it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.chain import Link
from bot.domain.messages import Message, SessionWebhook
from bot.domain.people import Employee
from bot.domain.punches import Decision, DeliveryState, Punch, PunchRequest
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.views.reply import Language, Reply

# --- DingTalk -------------------------------------------------------------------------------------------------


class ClockInTarget(Protocol):
    """An API that takes punches."""

    @property
    def name(self) -> str:
        """Return `signed` or `record_upload`."""
        ...

    @property
    def knows_repeats(self) -> bool:
        """Tell whether a second call with the same person and time is taken as the same punch."""
        ...

    async def send(self, punch: Punch) -> None:
        """Hand the punch over, with the punch's own time. Returns once it is taken.

        Raises NotSent (safe to send again), OutcomeUnknown (read back first), Rejected (final),
        ServiceStopped (an operator must act; the punch waits).
        """
        ...


class Attendance(Protocol):
    """What DingTalk knows of attendance. Each call raises UpstreamError or ServiceStopped."""

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return the records of at most 50 people between two moments, at most 7 days apart."""
        ...

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return each person's plan for the work dates `first` to `last` (at most 50 people, 7 days)."""
        ...


class Contacts(Protocol):
    """The organisation's directory. Each call raises UpstreamError or ServiceStopped."""

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None when the organisation does not know them."""
        ...

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact."""
        ...

    def everyone(self) -> AsyncIterator[Employee]:
        """Walk all departments and yield each person once."""
        ...


@dataclass(frozen=True, slots=True)
class SendResult:
    """Who a proactive message did not reach: ids nobody has, ids to try again later."""

    invalid: tuple[str, ...] = ()
    flow_controlled: tuple[str, ...] = ()


class Messenger(Protocol):
    """Says things to people."""

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        """Answer through a message's session webhook. Raises UpstreamError; NotSent when it has expired."""
        ...

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        """Say the same to at most 20 people, one to one. Raises UpstreamError, ServiceStopped."""
        ...


# --- Storage --------------------------------------------------------------------------------------------------


class InboxResult(StrEnum):
    """What became of a message: committed in any case, once."""

    NEW = "new"  # this process's, to work on now
    REPEAT = "repeat"  # it was here before
    ELSEWHERE = "elsewhere"  # new, but an earlier one of the person is in other hands; comes by `take_over`


class Inbox(Protocol):
    """Messages taken for good before they are acknowledged."""

    async def accept(self, message: Message) -> InboxResult:
        """Commit the message. Raises StoreRefused."""
        ...

    async def holds(self, message_id: str) -> InboxResult | None:
        """Tell whose the message is that a refused commit may have stored, None if it is not there.

        Read after reopening the database. `new`: open and this process's; `repeat`: answered before.
        Raises StoreRefused.
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


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """To whom, how and in which language a receipt goes."""

    user_id: str
    is_group: bool
    language: Language


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

        `decide` is called with the person's punches of `work_dates`. An accepted punch is stored with one
        delivery for each of `targets` (each marked as being under way by this process), a receipt owed to
        `address`, and the inbox message finished. Idempotent by `request.message_id`. Raises StoreRefused.
        """
        ...

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message led to, None without one."""
        ...

    async def punches(self, user_id: str, first: date, last: date) -> Sequence[Punch]:
        """Return a person's punches of the work dates `first` to `last`, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One punch on its way to one target. `tries` counts sends, `lookups` read-backs since the last send."""

    punch: Punch
    target: str
    state: DeliveryState
    tries: int = 0
    lookups: int = 0


class Deliveries(Protocol):
    """The outbox of punches."""

    async def take_due(self, now: datetime, limit: int, *, skip_targets: Sequence[str]) -> Sequence[Delivery]:
        """Claim deliveries that are due and that no living process works on.

        One that a dead process had under way comes back as `unknown`.
        """
        ...

    async def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        reason: str = "",
        next_at: datetime | None = None,
        sent: bool = False,
        looked_up: bool = False,
    ) -> Punch:
        """Write what came of a try, release the claim, and return the punch as it now stands.

        `next_at` is when to try again (None: never); `sent` counts one send, `looked_up` one read-back.
        Raises ValueError for a transition that does not exist.
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

    async def told(self, punch_id: str, state: DeliveryState, *, closed: bool) -> None:
        """Note what the person has heard and release the claim; `closed` when nothing more is owed."""
        ...

    async def postpone(self, punch_id: str, until: datetime) -> None:
        """Release the claim until `until`."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question the bot asked; an answer in time punches with the asked message's own time."""

    user_id: str
    message_id: str
    asked_about: datetime  # when the message in question was sent
    received_at: datetime  # when the message in question reached us
    expires_at: datetime
    source: str  # PunchSource of the message in question
    direction: str | None  # CheckType that a plain "yes" confirms


class Questions(Protocol):
    """At most one open question a person."""

    async def ask(self, question: Question) -> None:
        """Remember the question, in place of an older one."""
        ...

    async def open_question(self, user_id: str, at: datetime) -> Question | None:
        """Return the person's question if it is still open at `at`."""
        ...

    async def close(self, user_id: str) -> None:
        """Forget the person's question."""
        ...


class People(Protocol):
    """The directory as we last read it."""

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        """Return the person and when they were read."""
        ...

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> None:
        """Store people as read at `read_at`."""
        ...

    async def remove(self, user_ids: Sequence[str]) -> None:
        """Forget people who left."""
        ...

    async def all(self) -> Sequence[tuple[Employee, datetime]]:
        """Return everybody known."""
        ...


class Plans(Protocol):
    """Plans as last read from DingTalk."""

    async def get(self, user_id: str, first: date, last: date) -> tuple[Sequence[DayPlan], datetime] | None:
        """Return the plans of those work dates and when the oldest of them was read; None if any is missing."""
        ...

    async def put(self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime) -> None:
        """Store plans as read at `read_at`."""
        ...


class Chain(Protocol):
    """The hash chain over the ledger."""

    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` recorded punches that are in no link yet; return the new links."""
        ...


class Jobs(Protocol):
    """Work that one process does for all."""

    async def take(self, name: str, turn: str = "") -> bool:
        """Claim a turn of a job; False when it is done, or a living process has it."""
        ...

    async def finish(self, name: str, turn: str) -> None:
        """Note that a turn is done, for good."""
        ...


class Comparisons(Protocol):
    """Whose punches are compared with DingTalk's."""

    async def people(self, first: date, last: date) -> Sequence[str]:
        """Return everybody of the directory, and who else has punches of those work dates."""
        ...


class Store(Protocol):
    """The database, by topic."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def questions(self) -> Questions: ...
    @property
    def people(self) -> People: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def comparisons(self) -> Comparisons: ...

    async def open(self) -> None:
        """Open the database, take the writer's place, bring the schema up to date."""
        ...

    async def close(self) -> None:
        """Write what is queued, give up all claims, close."""
        ...

    async def beat(self) -> None:
        """Keep this process's claims for another 10 s; to be called every 2 s. Raises StoreRefused."""
        ...

    async def ping(self) -> None:
        """Write and read something. Raises StoreRefused when the database does not take it or does not answer."""
        ...
