"""The agenda kept true: rebuilt when a plan, a wish or an absence changed."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.domain.absences import Absence
from bot.domain.agenda import Agenda, ReminderPolicy, plan_agenda, specials_of
from bot.domain.reminders import Reminder, ReminderKind, Wishes
from bot.services.organisation.rosters import Book, Rosters
from bot.storage.absences import Absences
from bot.storage.wishes import WishBook

A_SECOND = timedelta(seconds=1)  # what the database may cut off
BEFORE = timedelta(days=2)  # how far around now absences matter
BEYOND = timedelta(days=3)
MANY = 10_000  # plans of single people


class AgendaKeeper:
    """Follows what other processes and people change, and gives the agenda of now."""

    def __init__(
        self,
        *,
        book: Rosters,
        wishes: WishBook,
        absences: Absences,
        policy: ReminderPolicy,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._book = book
        self._wish_book = wishes
        self._absence_book = absences
        self._policy = policy
        self._clock = clock
        self._zone = zone
        self._wishes: dict[str, Wishes] = {}
        self._change = 0
        self._outdated = False  # the agenda is older than what is known
        self._absences: Sequence[Absence] = ()
        self._frozen_on: date | None = None
        self.agenda = Agenda()

    def language_of(self, user_id: str) -> str | None:
        """Return the language a person last wrote in, None for somebody who never did."""
        wishes = self._wishes.get(user_id)
        return wishes.language if wishes else None

    def is_silenced(self, reminder: Reminder) -> bool:
        """Tell whether the person has said, perhaps just now, that they want none for this day."""
        wishes = self._wishes.get(reminder.user_id)
        if (
            reminder.kind is ReminderKind.SNOOZE
        ):  # asked for after any "none today", which would have taken it back
            asked = wishes.snoozed_until if wishes else None
            return asked is None or abs(asked - reminder.moment) > A_SECOND
        due_at = reminder.due_at.astimezone(self._zone)
        return wishes is not None and wishes.are_quiet_on(reminder.work_date, due_at)

    async def follow(self) -> None:
        """Bring the agenda up to date. Raises StoreRefused."""
        self._outdated |= await self._book.follow()
        await self.follow_wishes()
        await self._follow_absences()
        if self._outdated:
            self._outdated = False
            wishes, absences, plans = list(self._wishes.values()), self._absences, self._book.plans
            self.agenda = await asyncio.to_thread(self._planned, wishes, absences, plans)
            self._freeze(sum(len(user_ids) for user_ids in plans.values()))

    def _planned(self, wishes: Sequence[Wishes], absences: Sequence[Absence], plans: Book) -> Agenda:
        """Return the agenda; on a thread, since for 100,000 people it takes longer than a punch should wait."""
        return plan_agenda(plans, specials_of(wishes, absences), self._policy, self._zone)

    def _freeze(self, people: int) -> None:
        """Take what lives for the day out of the garbage collector's sight, once a day and only if it is much.

        Looking through it for cycles would hold up whatever else is done by 200 ms a time.
        """
        today = local_date(self._clock, self._zone)
        if people >= MANY and today != self._frozen_on:
            self._frozen_on = today
            gc.freeze()

    async def follow_wishes(self) -> None:
        """Take in what people wished since. Raises StoreRefused."""
        changed, self._change = await self._wish_book.changed(self._change)
        self._wishes.update((wishes.user_id, wishes) for wishes in changed)
        self._outdated |= bool(changed)

    async def _follow_absences(self) -> None:
        now = self._clock.now()
        absences = tuple(await self._absence_book.touching(now - BEFORE, now + BEYOND))
        self._outdated |= absences != self._absences
        self._absences = absences
