"""A person's own punches, as they ask for them: of a message, of the day that lasts, of days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch, punches_of_day
from bot.domain.shifts import DayPlan, lasts
from bot.services.organisation.rosters import Rosters
from bot.storage.ledger import Ledger


class OwnPunches:
    """Knows a person's own punches."""

    def __init__(self, ledger: Ledger, rosters: Rosters, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._rosters = rosters
        self._zone = zone

    def date_of(self, at: datetime) -> date:
        """Return the calendar date of an aware moment where the company is."""
        return at.astimezone(self._zone).date()

    def local_date(self, message: Message) -> date:
        """Return the calendar date of a message where the company is."""
        return self.date_of(message.at)

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message, or its yes to a tap, led to; None without one. Raises StoreRefused."""
        return await self._ledger.of_message(message_id)

    async def today(self, who: Employee, message: Message) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the local date of `message`, or that of a night shift which lasts, the person's plan of it, and
        their punches of it and of a shift from the day before that is not over.
        """
        day, a_day = self.local_date(message), timedelta(days=1)
        plans = {plan.work_date: plan for plan in await self._rosters.plans_around(who, day) or ()}
        near = await self._ledger.punches(who.user_id, day - a_day, day + a_day)
        its = day - a_day if lasts(plans.get(day - a_day), plans.get(day), message.at) else day
        return its, plans.get(its), punches_of_day(near, [*plans.values()], message.at, self._zone)

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._ledger.punches(who.user_id, first, last)
