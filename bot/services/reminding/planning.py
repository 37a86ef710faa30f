"""What is to be said next: the agenda, rebuilt when a plan, wish or absence changed, and what is due of it."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.clock import local_date
from bot.domain.absences import Absence
from bot.domain.agenda import Agenda, Entry, plan_agenda
from bot.domain.day_punches import Seen
from bot.domain.due import STALE_AFTER, Known, choose, notes_due
from bot.domain.reminders import Reminder, ReminderKind, Wishes
from bot.errors import StoreRefused
from bot.i18n import language_or
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.reporting.day_reader import window
from bot.settings.rules import reminder_policy_of
from bot.storage.punches import PunchMark
from bot.views.reply import Language

A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)  # after a longer absence of ours nobody is told what they missed then
AROUND = timedelta(days=3)  # absences matter this far from now
MANY = 10_000  # plans


class ReminderPlan:
    """Follows plans, wishes and absences, and returns what has become due. Calls that await raise StoreRefused."""

    def __init__(self, base: Base, rosters: Rosters, directory: Directory) -> None:
        self._base = base
        self._rosters = rosters
        self._directory = directory
        self.policy = reminder_policy_of(base.settings)
        self.agenda = Agenda()
        self._wishes: dict[str, Wishes] = {}
        self.digests: dict[str, frozenset[str]] = {}  # the kinds that people chose, who ever did
        self._change = 0  # the number of the last change of wishes that was followed
        self._absences: Sequence[Absence] = ()
        self._is_outdated = False  # stays true if the database refuses half-way
        self._frozen_on: date | None = None

    def language_of(self, user_id: str) -> Language:
        """Return the language a person last wrote in, else the configured one."""
        wishes = self._wishes.get(user_id)
        return language_or(wishes.language if wishes else None, self._base.language)

    async def remember_language(self, user_id: str, language: Language) -> None:
        """Keep the language of a person's message. If the database refuses, the next message brings it again."""
        if language == self.language_of(user_id):
            return
        with suppress(StoreRefused):
            self.take(await self._base.store.wishes.change(user_id, lambda old: replace(old, language=language)))

    def take(self, wishes: Wishes) -> None:
        """Let changed wishes count at once."""
        self._wishes[wishes.user_id] = wishes
        if wishes.digests is not None:
            self.digests[wishes.user_id] = wishes.digests
        self._is_outdated = True

    def is_silenced(self, reminder: Reminder) -> bool:
        """Tell whether the person wants no reminder of this check any more."""
        wishes = self._wishes.get(reminder.user_id)
        if reminder.kind is ReminderKind.SNOOZE:  # asked for after any "none today", which takes it back
            asked = wishes.snoozed_until if wishes else None
            return asked is None or abs(asked - reminder.moment) > A_SECOND  # the database may cut off less
        due_at = reminder.due_at.astimezone(self._base.zone)
        return wishes is not None and wishes.are_quiet_on(reminder.work_date, due_at)

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
            wishes, plans = list(self._wishes.values()), self._rosters.plans
            # On a thread: for 100,000 people it takes longer than a punch should wait.
            self.agenda = await asyncio.to_thread(plan_agenda, plans, wishes, absences, self.policy)
            self._freeze(sum(map(len, plans.values())))

    async def follow_wishes(self) -> None:
        """Take over the wishes that changed."""
        changed, self._change = await self._base.store.wishes.changed(self._change)
        for wishes in changed:
            self.take(wishes)

    async def due(self, now: datetime) -> list[Reminder]:
        """Return what became due since the last look of any process; nothing before the very first look."""
        since = await self._base.store.reminders.looked_at()
        if since is None:
            return []
        if since > now + A_MINUTE:  # a clock was ahead: what was claimed then has its row
            since = now - STALE_AFTER
        entries = self.agenda.between(max(since, now - LOOK_BACK), now)
        return await self._chosen(entries, now) if entries else []

    async def _chosen(self, entries: Sequence[Entry], now: datetime) -> list[Reminder]:
        store, most, teams = self._base.store, self.policy.most, self._directory.teams()
        days = [entry.point.work_date for entry in entries]
        first, last = min(days), max(days)
        marks = await store.ledger.marks(first, last)
        native = await store.native_punches.since(window(first, self._base.zone)[0])
        spoken = await store.reminders.spoken(first, last, most)
        active = self._directory.active()

        def chosen() -> list[Reminder]:
            known = Known(active=active, seen=_by_person(marks, native), spoken=spoken)
            return [*choose(entries, known, most, now), *notes_due(entries, known, teams)]

        return await asyncio.to_thread(chosen)

    def _freeze(self, people: int) -> None:
        """Hide a big agenda from the garbage collector, which would stop everything for 200 ms; once a day."""
        today = local_date(self._base.clock, self._base.zone)
        if people >= MANY and today != self._frozen_on:
            self._frozen_on = today
            gc.freeze()


def _by_person(marks: Sequence[PunchMark], native: Mapping[str, Sequence[datetime]]) -> dict[str, Sequence[Seen]]:
    """Return the punches of each person, our own first."""
    found: dict[str, list[Seen]] = {}
    for mark in marks:
        seen = Seen(mark.punched_at, mark.check_type, None, mark.check_point, mark.work_date)
        found.setdefault(mark.user_id, []).append(seen)
    for user_id, moments in native.items():
        found.setdefault(user_id, []).extend(map(Seen, moments))
    return dict(found)
