"""Nudges: a lead asks one of their people to punch, where a check is due."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from bot.domain.day import person_day
from bot.domain.due import DueState, due_now, judge
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.i18n import language_or
from bot.services.base import Base
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.sending import TRY_AGAIN, ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.settings.rules import reminder_policy_of, reminders_lead_to_page
from bot.views.reminders import nudge

WHICH = "nudge"  # the same whoever asks and whenever, so that nobody is nudged twice for one check
# What became of a nudge. `not_now` gives no reason, since some are the person's own; with `untold` something could
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
        sender: ReminderSender,
        clock_is_wrong: Callable[[], bool],
    ) -> None:
        self._base = base
        self._visibility = visibility
        self._rosters = rosters
        self._reader = reader
        self._sender = sender
        self._clock_is_wrong = clock_is_wrong
        self._policy = reminder_policy_of(base.settings)

    async def nudge(self, lead: str, user_id: str) -> tuple[Outcome, Reminder | None]:
        """Nudge one of a lead's people if a check of theirs is due. Return the outcome and the reminder."""
        if self._clock_is_wrong():
            return "untold", None
        store, now = self._base.store, self._base.clock.now()
        day = await self._open_day(user_id, now)
        if day is None or self._policy.is_quiet(now):
            return "not_now", None
        found = person_day((await self._reader.read_now([user_id], day)).facts[user_id], now)
        wishes = await store.wishes.get(user_id)
        if not await self._visibility.is_led_by(user_id, lead):  # since the facts were read
            return "not_read", None
        check = due_now(found, now)
        if found.plan is None or check is None:
            return "untold" if found.plan is None else "not_now", None
        reminder = Reminder(user_id, day, check.key, WHICH, ReminderKind.NUDGE, now, check.due_at, asked_by=lead)
        verdict = judge(reminder, found)
        if verdict is not DueState.DUE:
            return "untold" if verdict is DueState.UNKNOWN else "not_now", None
        if wishes.are_quiet_on(day, reminder.due_at.astimezone(self._base.zone)):
            return "not_now", None
        if not await store.reminders.claim([reminder]):
            rows = await store.reminders.between(day, day)
            was_dropped = any(one.key == reminder.key and one.state is ReminderState.DROPPED for one in rows)
            return "not_now" if was_dropped else "already", reminder
        return await self._send(reminder, wishes.language), reminder

    async def reachable(self, user_ids: Sequence[str], work_date: date) -> frozenset[str]:
        """Return the people of `user_ids` that a nudge about `work_date` would reach now.

        Not who wants no reminders then or was nudged before, and nobody in quiet hours.
        """
        store, now = self._base.store, self._base.clock.now()
        if not user_ids or self._policy.is_quiet(now) or self._clock_is_wrong():
            return frozenset()
        rows = await store.reminders.between(work_date, work_date)
        nudged = {one.user_id for one in rows if one.kind is ReminderKind.NUDGE}
        wishes = [await store.wishes.get(one) for one in user_ids if one not in nudged]
        local = now.astimezone(self._base.zone)
        return frozenset(one.user_id for one in wishes if not one.are_quiet_on(work_date, local))

    async def _open_day(self, user_id: str, now: datetime) -> date | None:
        """Return the work date of which a check can be made now: today, or that of a night shift still running."""
        today = now.astimezone(self._base.zone).date()
        yesterday = today - timedelta(days=1)
        plans = (await self._rosters.plans_of([user_id], yesterday, today)).get(user_id, {})
        for day in (today, yesterday):
            plan = plans.get(day)
            if plan is not None and any(point.takes(now) for point in plan.points):
                return day
        return None

    async def _send(self, reminder: Reminder, language: str | None) -> Outcome:
        """Send what is claimed; what a refusing database stops before it leaves goes with the next look."""
        if self._policy.shadow:
            await self._sender.settle([reminder], ReminderState.SHADOW)
            return "going_shadow"
        texts, now = self._base.texts(language_or(language, self._base.language)), self._base.clock.now()
        by_page = reminders_lead_to_page(self._base.settings)
        try:
            await self._sender.send([reminder], nudge(reminder, texts, as_of=now, by_page=by_page))
        except StoreRefused:
            await self._sender.again([reminder], TRY_AGAIN)
        return "going"
