"""What reminders need of the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.digests import DigestKind
from bot.domain.reconciling import AttendanceRecord
from bot.domain.reminders import CheckAt, Reminder, ReminderState, Wishes


class Reminders(Protocol):
    """Reminders: each once, whoever claims it. Every call raises StoreRefused."""

    async def looked_at(self) -> datetime | None:
        """Return up to which moment what is due has been claimed, None at the very first start."""
        ...

    async def claim(self, wanted: Sequence[Reminder]) -> Sequence[Reminder]:
        """Store those that are not there yet, in their `state`, and return them; claimed ones are ours."""
        ...

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back."""
        ...

    async def undrop(self, now: datetime) -> None:
        """Forget those that were dropped before their moment came: a clock that was ahead did that."""
        ...

    async def take_over(self, now: datetime, limit: int) -> Sequence[Reminder]:
        """Claim those that are to be tried again by `now`, and those that a dead process had not begun to send.

        What a dead process had begun to send becomes `unknown` and is not returned.
        """
        ...

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Note, before a call leaves, that these are being sent; return those that may be.

        The others are no longer ours: another process took them while this one stood still, or they are settled.
        """
        ...

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        """Note what became of them, and release the claim."""
        ...

    async def again(self, reminders: Sequence[Reminder], at: datetime) -> None:
        """Leave them claimed by nobody, to be tried again at `at`."""
        ...

    async def free(self, reminders: Sequence[Reminder]) -> None:
        """Forget those of ours that were not begun, so that anybody may claim them anew."""
        ...

    async def spoken(self, first: date, last: date, least: int = 1) -> Mapping[CheckAt, int]:
        """Count, by check and the minute at which it is due, the `before` and `after` ones that were said.

        Those in somebody's hands count too, but not those dropped or waiting to be tried again. Counts below
        `least` are left out.
        """
        ...

    async def held(self, user_id: str) -> Sequence[Reminder]:
        """Return what waits for the person's next clock-in, oldest first."""
        ...

    async def holders(self) -> frozenset[str]:
        """Return the people for whose next clock-in a reminder waits."""
        ...

    async def between(self, first: date, last: date) -> Sequence[Reminder]:
        """Return all of the work dates `first` to `last`, in the order of their moments."""
        ...

    async def forget(self, before: date) -> None:
        """Delete those of work dates before `before`."""
        ...


class WishBook(Protocol):
    """What people want of reminders, and the language they write."""

    async def get(self, user_id: str) -> Wishes:
        """Return a person's wishes, those of somebody who never said anything if there are none."""
        ...

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Store what the pure `change` makes of a person's wishes, and return it; nobody else's change is lost."""
        ...

    async def changed(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        """Return the wishes stored after the change number `since_change` (0: all), and the newest number."""
        ...


class DigestBook(Protocol):
    """Which summaries people want by themselves, and how far it was looked for due ones."""

    async def all(self) -> Mapping[str, frozenset[DigestKind]]:
        """Return the kinds that each person wants who ever said so, none of them included."""
        ...

    async def change(
        self, user_id: str, change: Callable[[frozenset[DigestKind] | None], frozenset[DigestKind]]
    ) -> frozenset[DigestKind]:
        """Store and return what `change` makes of what somebody wants, None while they never said; at one go."""
        ...

    async def looked_at(self) -> datetime | None:
        """Return up to which moment due ones have been claimed, None at first."""
        ...

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back."""
        ...


class Absences(Protocol):
    """Leave, trips and outings as last heard of."""

    async def put(
        self,
        user_ids: Sequence[str],
        first: datetime,
        last: datetime,
        found: Sequence[Absence],
        *,
        source: AbsenceSource,
        begun_at: datetime | None = None,
        outweighs: datetime | None = None,
    ) -> Collection[str]:
        """Let `found` be all that `source` tells of these people from `first` to `last`.

        It was begun to be read at `begun_at`, without one it is told now. Return of whom a reading of that time
        was begun later: what that one told stays. Others' words stay, but for approved leave that begins in that
        time, of which an event told before `outweighs` and `found` has nothing.
        """
        ...

    async def note(self, absence: Absence, heard_at: datetime | None = None) -> None:
        """Store one that an event tells of, in place of one with the same id.

        Without `heard_at` no reading outweighs it.
        """
        ...

    async def remove(self, user_id: str, absence_id: str) -> None:
        """Forget one that was refused or taken back."""
        ...

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        """Return all that touch `first` to `last`."""
        ...

    async def forget(self, before: datetime) -> None:
        """Delete those that ended before `before`."""
        ...


class NativePunches(Protocol):
    """Punches made past the bot (DingTalk's app, a gate, a machine) that an event told of.

    A punch of ours that a correction replaced is never among what is read, although an event may have told of it.
    """

    async def note(self, punches: Sequence[tuple[str, datetime]]) -> None:
        """Store who punched when; one that is there changes nothing."""
        ...

    async def since(
        self, first: datetime, user_ids: Sequence[str] | None = None
    ) -> Mapping[str, Sequence[datetime]]:
        """Return, by person, the times of those from `first` on, oldest first; of everybody or of `user_ids`."""
        ...

    async def keep(self, records: Sequence[AttendanceRecord]) -> None:
        """Store what a reading tells; one that DingTalk does not count goes."""
        ...

    async def forget(self, before: datetime) -> None:
        """Delete those older than `before`."""
        ...
