"""What is to be said next: the agenda, rebuilt when a plan, wish or absence changed, and what is due of it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.absences import Absence
from bot.domain.agenda import Entry, between, choose, plan_agenda
from bot.domain.day_punches import Seen
from bot.domain.reminders import STALE_AFTER, Reminder, Wishes
from bot.errors import StoreRefused
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.reporting.day_reader import window
from bot.views.i18n import language_or
from bot.views.reply import Language

AROUND = timedelta(days=3)  # absences matter this far from now


class ReminderPlan:
    """Follows plans, wishes and absences, and returns what has become due. Calls that await raise StoreRefused."""

    def __init__(self, base: Base, rosters: Rosters, directory: Directory) -> None:
        self._base = base
        self._rosters = rosters
        self._directory = directory
        self.agenda: Sequence[Entry] = ()
        self.wishes: dict[str, Wishes] = {}
        self._change = 0  # the number of the last change of wishes that was followed
        self._absences: Sequence[Absence] = ()
        self._is_outdated = False  # stays true if the database refuses half-way

    def language_of(self, user_id: str) -> Language:
        """Return the language a person last wrote in, else the configured one."""
        wishes = self.wishes.get(user_id)
        return language_or(wishes.language if wishes else None, self._base.language)

    async def remember_language(self, user_id: str, language: Language) -> None:
        """Keep the language of a person's message. If the database refuses, the next message brings it again."""
        if language != self.language_of(user_id):
            with suppress(StoreRefused):
                change = self._base.store.wishes.change
                self._take(await change(user_id, lambda old: replace(old, language=language)))

    def is_silenced(self, reminder: Reminder) -> bool:
        """Tell whether the person does not want this reminder any more."""
        wishes = self.wishes.get(reminder.user_id, Wishes(reminder.user_id))
        return wishes.silence(reminder, self._base.zone)

    async def follow(self) -> None:
        """Bring the agenda up to date."""
        self._is_outdated |= await self._rosters.follow()
        await self.follow_wishes()
        now = self._base.clock.now()
        absences = tuple(await self._base.store.absences.touching(now - AROUND, now + AROUND))
        self._is_outdated |= absences != self._absences
        self._absences = absences
        if self._is_outdated:
            self._is_outdated = False
            wishes, plans, policy = list(self.wishes.values()), self._rosters.plans, self._base.settings.reminders
            # On a thread: for 100,000 people it takes longer than a punch should wait.
            self.agenda = await asyncio.to_thread(plan_agenda, plans, wishes, absences, policy, self._base.zone)

    async def follow_wishes(self) -> None:
        """Take over the wishes that changed."""
        changed, self._change = await self._base.store.wishes.changed(self._change)
        for wishes in changed:
            self._take(wishes)

    async def due(self, now: datetime) -> Sequence[Reminder]:
        """Return what became due since the last look of any process; nothing before the very first look."""
        store = self._base.store
        since = await store.reminders.looked_at()
        entries = between(self.agenda, max(since, now - STALE_AFTER), now) if since is not None else ()
        if not entries:
            return ()
        days = [entry.point.work_date for entry in entries]
        first, last = min(days), max(days)
        seen = await store.ledger.marks(first, last)
        for user_id, moments in (await store.native_punches.since(window(first, self._base.zone)[0])).items():
            seen.setdefault(user_id, []).extend(map(Seen, moments))
        enough = await store.reminders.often(first, last, self._base.settings.reminders.most)
        active, teams = self._directory.active(), self._directory.teams()
        return await asyncio.to_thread(lambda: choose(entries, active, seen, enough, teams))

    def _take(self, wishes: Wishes) -> None:
        self.wishes[wishes.user_id] = wishes
        self._is_outdated = True
