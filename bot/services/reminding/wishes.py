"""What each person wants of reminders: read, changed, and the language they write kept beside it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import BOTH, MOST_STRETCHES, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.services.ports import WishBook
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
            user_id, lambda old: replace(_on(old), before_minutes=(minutes,), on_duty_at=None, off_duty_at=None)
        )

    async def at(self, user_id: str, check_type: CheckType, at: time) -> Wishes:
        """Remind of each check of `check_type` at a local time of day."""
        muted = frozenset({check_type})
        if check_type is CheckType.ON_DUTY:
            return await self._book.change(
                user_id, lambda old: replace(old, muted=old.muted - muted, on_duty_at=at)
            )
        return await self._book.change(user_id, lambda old: replace(old, muted=old.muted - muted, off_duty_at=at))

    async def once(self, user_id: str, at: datetime) -> Wishes | None:
        """Remind one more time at a moment (aware); None, and nothing changed, when it has passed."""
        if at <= self._clock.now():
            return None
        return await self._book.change(user_id, lambda old: replace(old, snoozed_until=at.astimezone(UTC)))

    async def mute(self, user_id: str, check_types: frozenset[CheckType] = BOTH) -> Wishes:
        """Remind of nothing, or of no check of `check_types`, until the person says otherwise."""
        return await self._book.change(user_id, lambda old: _muted(old, check_types))

    async def swap(self, user_id: str, ended: CheckType) -> Wishes:
        """Remind of no check of type `ended` any more, and again, at once, of those of the other type."""
        today, others = local_date(self._clock, self._zone), BOTH - {ended}

        def swapped(old: Wishes) -> Wishes:
            return _muted(resumed(old, today, today, others), frozenset({ended}))

        return await self._book.change(user_id, swapped)

    async def quiet(self, user_id: str, quiet: Quiet) -> Wishes | None:
        """Remind of nothing on some local dates; None, and nothing changed, where too many stretches are kept."""
        today = local_date(self._clock, self._zone)

        def added(old: Wishes) -> Wishes:
            return self._without_snooze(replace(old, quiet=with_quiet(old.quiet, quiet, today)), quiet)

        def too_many(old: Wishes) -> bool:
            return len(added(old).quiet) > MOST_STRETCHES

        kept = await self._book.change(user_id, lambda old: old if too_many(old) else added(old))
        return None if too_many(kept) else kept  # what was added becomes no more by being added again

    async def resume(
        self, user_id: str, from_day: date | None = None, check_types: frozenset[CheckType] = BOTH
    ) -> Wishes | None:
        """Remind again of checks of `check_types`, at once or from a later local date on; None where it was on."""
        today = local_date(self._clock, self._zone)
        changed = False

        def resume(old: Wishes) -> Wishes:
            nonlocal changed
            new = resumed(old, today, from_day or today, check_types)
            changed = new != old
            return new

        kept = await self._book.change(user_id, resume)
        return kept if changed else None

    def language_of(self, user_id: str) -> Language:
        """Return the language that a person last wrote, else the configured one."""
        return self._languages.get(user_id, self._language_of(user_id))

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
        """Take back "once more in ten minutes" where it falls on dates of which nothing at all is to be said."""
        at = new.snoozed_until
        if (
            at is None
            or quiet.check_types != BOTH
            or not quiet.first <= at.astimezone(self._zone).date() <= quiet.last
            or not quiet.spans(at.astimezone(self._zone).time())
        ):
            return new
        return replace(new, snoozed_until=None)


def with_quiet(old: Iterable[Quiet], new: Quiet, today: date) -> tuple[Quiet, ...]:
    """Return the quiet stretches with one added, in order; those that touch are one, those over are gone."""
    apart: list[Quiet] = []
    for one in old:
        touches = one.first <= new.last + ONE_DAY and new.first <= one.last + ONE_DAY
        same = (one.check_types, one.since, one.until) == (new.check_types, new.since, new.until)
        if same and touches:
            new = replace(new, first=min(one.first, new.first), last=max(one.last, new.last))
        elif one.last >= today - ONE_DAY:  # yesterday's night shift may still run
            apart.append(one)
    return tuple(sorted((*apart, new), key=lambda one: (one.first, one.last)))


def resumed(old: Wishes, today: date, from_day: date, check_types: frozenset[CheckType] = BOTH) -> Wishes:
    """Return wishes that are reminded again of `check_types` from `from_day` on.

    At once all quiet stretches end. From a later date on what was switched off stays off until then, and so does
    a stretch that runs into it; stretches before and after it are another matter, and stay.
    """
    if from_day <= today:
        kept = (replace(one, check_types=one.check_types - check_types) for one in old.quiet)
        return replace(old, muted=old.muted - check_types, quiet=tuple(one for one in kept if one.check_types))
    quiet: list[Quiet] = []
    for one in old.quiet:
        quiet += _until(one, from_day, check_types) if one.first <= from_day <= one.last else [one]
    new = replace(old, muted=old.muted - check_types, quiet=tuple(quiet))
    muted = old.muted & check_types
    if not muted:
        return new
    return replace(new, quiet=with_quiet(new.quiet, Quiet(today, from_day - ONE_DAY, muted), today))


def _until(quiet: Quiet, day: date, check_types: frozenset[CheckType]) -> list[Quiet]:
    """Return what stays of a quiet stretch of which checks of `check_types` are reminded again from `day` on."""
    others, ended = quiet.check_types - check_types, quiet.check_types & check_types
    kept = [replace(quiet, check_types=others)] if others else []
    if ended and quiet.first < day:
        kept.append(replace(quiet, last=day - ONE_DAY, check_types=ended))
    return kept


def _muted(old: Wishes, check_types: frozenset[CheckType]) -> Wishes:
    muted = old.muted | check_types
    return replace(old, muted=muted, snoozed_until=None if muted == BOTH else old.snoozed_until)


def _on(old: Wishes) -> Wishes:
    """Return wishes of somebody who says when they want to be reminded, and so wants to be reminded at all."""
    return replace(old, muted=frozenset()) if old.muted == BOTH else old
