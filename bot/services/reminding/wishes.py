"""What each person wants of reminders: read, changed, and the language they write kept beside it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import MOST_STRETCHES, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.i18n import language_or
from bot.storage.wishes import WishBook
from bot.views.reply import Language

log = logging.getLogger(__name__)

ONE_DAY = timedelta(days=1)


class WishService:
    """Changes a person's own wishes. Every call but `remember_language` raises StoreRefused."""

    def __init__(
        self,
        book: WishBook,
        policy: ReminderPolicy,
        clock: Clock,
        zone: ZoneInfo,
        *,
        language_of: Callable[[str], Language],
        live: bool = True,
    ) -> None:
        """`language_of` tells in which language a person is spoken to, by what was followed of the database."""
        self._book = book
        self._language_of = language_of
        self._clock = clock
        self._zone = zone
        self._languages: dict[str, Language] = {}  # written here, and not followed yet
        self.policy = policy  # what holds for those who want nothing else
        self.live = live  # false while reminders are only written down

    async def get(self, user_id: str) -> Wishes:
        """Return what a person wants now."""
        return await self._book.get(user_id)

    async def before(self, user_id: str, minutes: int) -> Wishes:
        """Remind `minutes` before each check, at no fixed time any more."""
        return await self._book.change(
            user_id,
            lambda old: replace(old, is_muted=False, before_minutes=(minutes,), on_duty_at=None, off_duty_at=None),
        )

    async def at(self, user_id: str, check_type: CheckType, at: time) -> Wishes:
        """Remind of each check of `check_type` at a local time of day."""

        def set_time(old: Wishes) -> Wishes:
            if check_type is CheckType.ON_DUTY:
                return replace(old, is_muted=False, on_duty_at=at)
            return replace(old, is_muted=False, off_duty_at=at)

        return await self._book.change(user_id, set_time)

    async def once(self, user_id: str, at: datetime) -> Wishes | None:
        """Remind one more time at a moment (aware); None, and nothing changed, when it has passed."""
        if at <= self._clock.now():
            return None
        return await self._book.change(user_id, lambda old: replace(old, snoozed_until=at.astimezone(UTC)))

    async def mute(self, user_id: str) -> Wishes:
        """Remind of nothing until the person says otherwise."""
        return await self._book.change(user_id, lambda old: replace(old, is_muted=True, snoozed_until=None))

    async def quiet(self, user_id: str, quiet: Quiet) -> Wishes | None:
        """Remind of nothing on some local dates; None, and nothing changed, where too many stretches are kept."""
        today = local_date(self._clock, self._zone)

        def added(old: Wishes) -> Wishes:
            stretches = with_quiet(old.quiet, quiet, today)
            if len(stretches) > MOST_STRETCHES:
                return old
            return self._without_snooze(replace(old, quiet=stretches), quiet)

        kept = await self._book.change(user_id, added)
        return kept if any(one.first <= quiet.first and quiet.last <= one.last for one in kept.quiet) else None

    async def resume(self, user_id: str) -> Wishes:
        """Remind again, at once."""
        return await self._book.change(user_id, lambda old: replace(old, is_muted=False, quiet=()))

    def language_of(self, user_id: str) -> Language:
        """Return the language that a person last wrote, else the configured one."""
        return self._languages.get(user_id, self._language_of(user_id))

    async def written_language_of(self, user_id: str) -> Language:
        """Return the language that a person last wrote to any process, else the configured one."""
        return language_or((await self._book.get(user_id)).language, self.language_of(user_id))

    async def remember_language(self, user_id: str, language: Language) -> None:
        """Keep the language of a person's message; free when it is the one they are spoken to in anyway.

        What the database had when it was followed last decides, since other processes write there too; what was
        written here counts until it is followed. A database that refuses costs the language alone: the next
        message brings it again.
        """
        followed = self._language_of(user_id)
        if self._languages.get(user_id) == followed:
            del self._languages[user_id]
        if followed == language == self._languages.get(user_id, followed):
            return
        try:
            await self._book.change(user_id, lambda old: replace(old, language=language))
        except StoreRefused as error:
            log.info("a language could not be noted: %s", error)
        else:
            self._languages[user_id] = language

    def _without_snooze(self, new: Wishes, quiet: Quiet) -> Wishes:
        """Take back "once more in ten minutes" where it falls on quiet days."""
        at = new.snoozed_until
        if at is None or not quiet.first <= at.astimezone(self._zone).date() <= quiet.last:
            return new
        return replace(new, snoozed_until=None)


def with_quiet(old: Iterable[Quiet], new: Quiet, today: date) -> tuple[Quiet, ...]:
    """Return the quiet stretches with one added, in order; those that touch are one, those over are gone."""
    apart: list[Quiet] = []
    for one in old:
        if one.first <= new.last + ONE_DAY and new.first <= one.last + ONE_DAY:
            new = Quiet(min(one.first, new.first), max(one.last, new.last))
        elif one.last >= today - ONE_DAY:  # yesterday's night shift may still run
            apart.append(one)
    return tuple(sorted((*apart, new), key=lambda one: (one.first, one.last)))
