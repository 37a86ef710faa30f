"""The database as a whole, and what keeps it sound."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.domain.chain import Link
from bot.domain.shifts import CheckType
from bot.services.ports.leading import Corrections, Excuses, Notes, NudgeTrace, StoredRows
from bot.services.ports.locating import FlagBook, Links, Phones, TapQuestions
from bot.services.ports.organisation import Departments, People, Plans
from bot.services.ports.punching import Deliveries, Inbox, Ledger, Receipts
from bot.services.ports.reminding import Absences, DigestBook, NativePunches, Reminders, WishBook
from bot.services.ports.summaries import Days

if TYPE_CHECKING:
    from bot.storage.buttons import SqlButtons


class Chain(Protocol):
    """The hash chain over the ledger."""

    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` recorded punches that are in no link yet; return the new links."""
        ...

    async def holds(self, link: Link) -> bool:
        """Tell whether the chain passes through `link`."""
        ...


class Confirmation(NamedTuple):
    """A punch whose commit the database confirmed to this process."""

    punch_id: str
    user_id: str
    check_type: CheckType
    punched_at: datetime


class Confirmations(Protocol):
    """What the database confirmed to this process not long ago."""

    async def take_gone(self) -> Sequence[Confirmation]:
        """Return the punches that it has no longer, each once. Raises StoreRefused."""
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


class Retention(Protocol):
    """What may only be kept for a while. Each call raises StoreRefused."""

    async def forget_positions(self, before: datetime) -> int:
        """Delete the positions of punches made before `before`; return of how many."""
        ...

    async def knows(self, user_id: str) -> bool:
        """Tell whether somebody by this id was ever read from DingTalk, or punched."""
        ...

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete one person's positions, but of punches still to be sent on; return of how many punches.

        And forget their phones and buttons.
        """
        ...

    async def forget_phones(self, before: datetime) -> int:
        """Forget the phones that nobody has punched from since `before`; return how many."""
        ...

    async def forget_what_was_asked(self, before: datetime) -> None:
        """Delete the buttons and tap questions that expired before `before`, with their positions."""
        ...

    async def forget_frames(self, before: datetime) -> int:
        """Delete the heads of unreadable frames kept before `before`; return of how many."""
        ...


class Store(Protocol):
    """The database, by topic."""

    @property
    def buttons(self) -> "SqlButtons": ...

    @property
    def inbox(self) -> Inbox: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def people(self) -> People: ...
    @property
    def departments(self) -> Departments: ...
    @property
    def reminders(self) -> Reminders: ...
    @property
    def wishes(self) -> WishBook: ...
    @property
    def digests(self) -> DigestBook: ...
    @property
    def absences(self) -> Absences: ...
    @property
    def native_punches(self) -> NativePunches: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def days(self) -> Days: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def confirmations(self) -> Confirmations: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def comparisons(self) -> Comparisons: ...
    @property
    def corrections(self) -> Corrections: ...
    @property
    def excuses(self) -> Excuses: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def nudge_trace(self) -> NudgeTrace: ...
    @property
    def stored_rows(self) -> StoredRows: ...
    @property
    def links(self) -> Links: ...
    @property
    def phones(self) -> Phones: ...
    @property
    def tap_questions(self) -> TapQuestions: ...
    @property
    def flags(self) -> FlagBook: ...

    @property
    def owner(self) -> str:
        """Return the name under which this process claims; a new one after a claim of unknown outcome."""
        ...

    @property
    def trouble(self) -> str | None:
        """Return why the database takes nothing at present, None while it does."""
        ...

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
