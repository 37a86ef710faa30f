"""Nudges: a lead asks one of their people to punch, where a check is due."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from bot.domain.day import person_day
from bot.domain.reminders import Reminder, ReminderKind, ReminderState, is_due
from bot.services.base import Base
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.reporting.day_reader import DayReader

# The outcome of a nudge. `not_now` gives no reason, since some are the person's own; with `untold` something could
# not be read; with `not_read` it is in doubt whether the sender leads the person.
Outcome = Literal["going", "going_shadow", "already", "not_now", "untold", "not_read"]


class Nudging:
    """Lets leads ask somebody to punch, once for each check, by the facts of reminders. Raises StoreRefused."""

    def __init__(
        self,
        base: Base,
        visibility: Visibility,
        rosters: Rosters,
        reader: DayReader,
        *,
        begin: Callable[[Sequence[Reminder]], None],
        is_clock_off: Callable[[], Awaitable[bool]],
    ) -> None:
        """Take `begin`, which proves and sends claimed reminders in the background."""
        self._base = base
        self._visibility = visibility
        self._rosters = rosters
        self._reader = reader
        self._begin = begin
        self._is_clock_off = is_clock_off

    async def nudge(self, lead: str, user_id: str) -> tuple[Outcome, Reminder | None]:
        """Nudge one of a lead's people if a check of theirs is due. Return the outcome and the reminder."""
        if await self._is_clock_off():
            return "untold", None
        settings, store, now = self._base.settings, self._base.store, self._base.clock.now()
        day = await self._open_day(user_id, now)
        if day is None or self._base.is_quiet(now):
            return "not_now", None
        found = person_day((await self._reader.read_now([user_id], day)).facts[user_id], now)
        wishes = await store.wishes.get(user_id)
        if not await self._visibility.is_led_by(user_id, lead):  # since the facts were read
            return "not_read", None
        closes = {point.key: point.closes_at for point in (found.plan.points if found.plan is not None else ())}
        open_checks = [check for check in found.checks if check.due_at <= now <= closes[check.key]]
        check = max(open_checks, key=lambda one: one.due_at, default=None)
        if check is None:
            return "untold" if found.plan is None else "not_now", None
        nudge = Reminder(user_id, ReminderKind.NUDGE, day, check.key, check.due_at, now, asked_by=lead)
        is_wanted = is_due(nudge, found)
        if not is_wanted or wishes.silence(nudge, self._base.zone):
            return "untold" if is_wanted is None else "not_now", None
        if not await store.reminders.claim([nudge]):
            same = [one for one in await store.reminders.between(day, day) if one.key == nudge.key]
            was_dropped = any(one.state is ReminderState.DROPPED for one in same)
            return "not_now" if was_dropped else "already", nudge
        self._begin([nudge])
        return "going_shadow" if settings.reminders.mode == "shadow" else "going", nudge

    async def _open_day(self, user_id: str, now: datetime) -> date | None:
        """Return the work date with an open check: today, or yesterday while its night shift runs."""
        today = now.astimezone(self._base.zone).date()
        yesterday = today - timedelta(days=1)
        plans = (await self._rosters.plans_of([user_id], yesterday, today)).get(user_id, {})
        for day in (today, yesterday):
            plan = plans.get(day)
            if plan is not None and any(point.takes(now) for point in plan.points):
                return day
        return None
