"""What leads do for their people, in the database. Every call raises StoreRefused."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.corrections import Correction, CorrectionState, Missing, NotAllowed, Overtaken
from bot.domain.excuses import Excuse
from bot.domain.privacy import Held
from bot.domain.punches import Punch
from bot.domain.reminders import Reminder
from bot.services.ports.punching import ReceiptAddress


class NoteKind(StrEnum):
    """What a note is for."""

    ASKED = "asked"  # a lead: one of their people asks for a make-up punch
    CLOSED = "closed"  # who asked: it was refused, or it expired
    OUTCOME = "outcome"  # who approved: what the targets made of it
    EXCUSED = "excused"  # somebody: a lead excused a day of theirs, or took that back


@dataclass(frozen=True, slots=True)
class Note:
    """What `user_id` is owed a word about: a correction's reference, or the day and number of an excuse.

    The latter as in `2026-11-24/1`.
    """

    about: str
    kind: NoteKind
    user_id: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """A request after somebody decided it. `fresh` is false when it was decided before, or cannot be any more.

    `punch` is the one that an approval made, or else the one that had overtaken it.
    """

    correction: Correction
    fresh: bool
    punch: Punch | None = None


class Corrections(Protocol):
    """Requests for make-up punches."""

    async def ask(
        self,
        user_id: str,
        message_id: str,
        work_dates: Sequence[date],
        decide: Callable[[str, Sequence[Punch], Sequence[Correction]], Correction | Missing | NotAllowed],
        *,
        told: Collection[str],
    ) -> Correction | Missing | NotAllowed:
        """Decide and store in one transaction, under the person's lock, with a note to each of `told`.

        `decide` is called with an unused reference, the person's punches of `work_dates` and all their requests.
        Idempotent by `message_id`.
        """
        ...

    async def get(self, reference: str) -> Correction | None:
        """Return a request, None for a reference that nobody has."""
        ...

    async def of_person(self, user_id: str) -> Sequence[Correction]:
        """Return all requests of a person, whatever their state. Raises StoreRefused."""
        ...

    async def approve(
        self,
        correction: Correction,
        by: str,
        make: Callable[[str, Sequence[Punch]], Punch | Overtaken],
        *,
        targets: Mapping[str, str | None],
        address: ReceiptAddress,
    ) -> Decided:
        """Approve once, whoever races, with the ledger's new row, its deliveries, its receipt and a note to `by`.

        `make` is called with the new punch's id and the person's punches of the work date. What is overtaken is
        not approved; it is closed, with a note to who asked, once the punch that overtook it is settled.
        `targets` tells of those that cannot take the punch any more why; to them it is rejected at once.
        """
        ...

    async def close(self, correction: Correction, state: CorrectionState, by: str, answer: str = "") -> Decided:
        """Refuse or withdraw once, whoever races; who asked is owed a note unless it was they.

        `answer` is why it is refused.
        """
        ...

    async def expire(self) -> Sequence[str]:
        """Close what nobody decided in time, with a note to who asked; return the references."""
        ...

    async def open(self) -> Sequence[tuple[Correction, frozenset[str]]]:
        """Return the requests that wait for a decision, each with who was or will be told of it."""
        ...

    async def put_before(self, reference: str, leads: Collection[str]) -> None:
        """Owe further leads the note of a request; whoever is or was owed it already is owed no second one."""
        ...

    async def wrong_references(self, user_id: str) -> int:
        """Return how often in this hour somebody named a reference that is not theirs to decide."""
        ...

    async def note_wrong_reference(self, user_id: str) -> None:
        """Count one."""
        ...

    async def forget_wrong_references(self, before: datetime) -> None:
        """Delete the counts of hours before `before`."""
        ...


class Excuses(Protocol):
    """What leads said of days: excused, or that taken back. The last word on a day holds."""

    async def put(self, said: Excuse) -> tuple[Excuse | None, bool]:
        """Store it, numbered, with a note to the person, if it changes how the day stands.

        Returns the last word on that day, and whether it is this one.
        """
        ...

    async def last(self, user_id: str, work_date: date) -> Excuse | None:
        """Return the last word on a day, None where nobody said any."""
        ...

    async def between(self, user_ids: Sequence[str], first: date, last: date) -> Sequence[Excuse]:
        """Return the excuses that hold of these people for `first` to `last`, by person and day."""
        ...


class Notes(Protocol):
    """What people are still to be told."""

    async def take_due(self, now: datetime, limit: int) -> Sequence[Note]:
        """Claim notes that no living process works on; an outcome once every target has answered."""
        ...

    async def told(self, note: Note) -> None:
        """Note that this was told."""
        ...

    async def postpone(self, note: Note, until: datetime) -> None:
        """Release the claim until `until`."""
        ...


class NudgeTrace(Protocol):
    """Which lead asked whom to punch."""

    async def claim(self, lead: str, nudge: Reminder) -> bool:
        """Claim this nudge and write down that `lead` asked for it; False for one that is there already."""
        ...

    async def lead_of(self, nudge: Reminder) -> str | None:
        """Return who asked for this nudge, None if nobody is known to."""
        ...

    async def count(self, lead: str, since: datetime) -> int:
        """Return how many nudges `lead` has asked for since then."""
        ...


class StoredRows(Protocol):
    """What there is of one person."""

    async def held(self, user_id: str, *, asked_by: str = "") -> Mapping[str, Held]:
        """Return how many rows of each kind there are of somebody, without the message that asked."""
        ...
