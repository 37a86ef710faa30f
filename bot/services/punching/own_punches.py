"""A person's own punches, as they ask for them: of a message, of the day that lasts, of days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch, PunchPolicy, counting, punches_of_day
from bot.domain.shifts import DayPlan, lasts
from bot.services.organisation.rosters import Rosters
from bot.services.ports import Ledger

JUST_NOW = timedelta(minutes=10)  # a punch that what is said next may be about


class OwnPunches:
    """Knows a person's own punches."""

    def __init__(self, ledger: Ledger, rosters: Rosters, policy: PunchPolicy, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._rosters = rosters
        self._policy = policy
        self._zone = zone

    def local_date(self, message: Message) -> date:
        """Return the calendar date of a message where the company is."""
        return message.at.astimezone(self._zone).date()

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message, or its yes to a tap, led to; None without one. Raises StoreRefused."""
        return await self._ledger.of_message(message_id)

    async def answer_instead_of(self, message_id: str) -> Punch | None:
        """Return the punch that stands by an answer in chat to the question of `message_id`, instead of a tap on
        its link; None while there is none, or once they tapped all the same. Raises StoreRefused.
        """
        punch = await self._ledger.of_message(message_id)
        return None if punch is None or punch.message_id == message_id else punch

    async def today(self, who: Employee, message: Message) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the local date of `message`, or that of a night shift which lasts, the person's plan of it, and
        their punches of it and of a shift from the day before that is not over.
        """
        day, a_day = self.local_date(message), timedelta(days=1)
        plans = {plan.work_date: plan for plan in await self._rosters.plans_around(who, day) or ()}
        near = await self._ledger.punches(who.user_id, day - a_day, day + a_day)
        its = day - a_day if lasts(plans.get(day - a_day), plans.get(day), message.at) else day
        return its, plans.get(its), punches_of_day(near, [*plans.values()], message.at, self._zone)

    async def just_punched(self, who: Employee, message: Message) -> Punch | None:
        """Return the person's punch that was recorded last, in the minutes before `message`; None without one.

        Recorded, since that of an answer was received with what was asked about. Raises StoreRefused.
        """
        day = self.local_date(message)
        oldest = day - self._policy.max_age - timedelta(days=1)
        since = message.received_at - JUST_NOW
        return await self._ledger.last_recorded(who.user_id, oldest, day + timedelta(days=1), since=since)

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._ledger.punches(who.user_id, first, last)

    async def made_at(self, who: Employee, at: datetime) -> Punch | None:
        """Return the punch of the moment `at` that counts, None where there is none. Raises StoreRefused."""
        day = at.astimezone(self._zone).date()
        near = await self._ledger.punches(who.user_id, day - timedelta(days=1), day + timedelta(days=1))
        return next((punch for punch in counting(near) if punch.punched_at == at), None)
