"""A team's day and a team's range of days, of exactly the people that a `Sight` shows."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.day import DayFacts, Departure, PersonDay, Standing, person_day
from bot.domain.punches import Punch
from bot.domain.shifts import CheckType, DayPlan, lasts
from bot.domain.summaries import TeamDay, TeamRange, team_day, team_range
from bot.domain.verdicts import OwnDays, verdicts
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Sight
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.known_facts import KnownFacts
from bot.services.reporting.past_days import FRESH, PastDays

log = logging.getLogger(__name__)

PATIENCE_S = 5.0  # then whoever is unread counts as unknown
READS_AT_ONCE = 8
PEOPLE_AT_ONCE = 500  # of a range, so that everybody's month takes bounded memory
_DAY = timedelta(days=1)


class SummaryService:
    """Puts plans, punches, absences and what DingTalk tells together."""

    def __init__(
        self,
        *,
        known: KnownFacts,
        reader: DayReader,
        past: PastDays,
        book: Rosters,
        clock: Clock,
        zone: ZoneInfo,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Wait `patience_s` seconds in all for DingTalk before somebody is told that who is unread is unknown."""
        self._known = known
        self._reader = reader
        self._past = past
        self._book = book
        self._clock = clock
        self._zone = zone
        self._patience_s = patience_s

    def now(self) -> datetime:
        """Return the moment as of which days are told."""
        return self._clock.now()

    async def day(
        self, sight: Sight, work_date: date | None = None, *, departures: bool = False, lasting: bool = False
    ) -> TeamDay:
        """Return the team's day, today's without a date. Raises StoreRefused.

        Of today, whoever would be missing, or has no known plan, is read from DingTalk first, fifty a call and
        five seconds in all; who could not be read is unknown. With `departures` that goes for those too of whom no
        clock-out is known though it was due; and whoever has a night shift that ends today stands with
        that one. With `lasting` whoever is in a night shift stands with that one.
        """
        today = local_date(self._clock, self._zone)
        day = work_date or today
        is_open = day == today and (departures or lasting)
        nights = self._at_night(today, sight.user_ids, departures=departures) if is_open else ()
        others = [one for one in sight.user_ids if one not in nights] if nights else sight.user_ids
        found = dict(await self._range_of(others, day, day, departures=departures))
        if nights:
            found.update(await self._range_of(nights, day - _DAY, day - _DAY))
        days = (one for user_id in sight.user_ids for one in found.get(user_id, ()))
        return team_day(days, day, self._clock.now())

    def _at_night(self, today: date, user_ids: Sequence[str], *, departures: bool) -> list[str]:
        """Return the people who still work yesterday's shift; with `departures`, those who last left it."""
        now, plans = self._clock.now(), self._book.known(user_ids, today)

        def is_meant(plan: DayPlan, of_today: DayPlan | None) -> bool:
            if not departures:
                return lasts(plan, of_today, now)
            ends_at = max((point.due_at for point in plan.points), default=None)
            ends_today = ends_at is not None and ends_at.astimezone(self._zone).date() >= today
            going = (one for one in of_today.points if one.check_type is CheckType.OFF_DUTY) if of_today else ()
            return ends_today and not any(point.due_at <= now for point in going)

        before = self._book.known(user_ids, today - _DAY)
        return [user_id for user_id, plan in before.items() if is_meant(plan, plans.get(user_id))]

    async def range(self, sight: Sight, first: date, last: date) -> TeamRange:
        """Return the team's days `first` to `last`, today's as `day` tells them. Raises StoreRefused."""
        people: dict[str, Sequence[PersonDay]] = {}
        async for some in self.people_days(sight, first, last):
            people.update(some)
        return team_range(people, first, last, self._clock.now())

    async def own_range(self, user_id: str, first: date, last: date) -> TeamRange:
        """Return a person's own days, read as `range` reads them for their lead. Raises StoreRefused."""
        return team_range(await self._range_of([user_id], first, last), first, last, self._clock.now())

    async def own_day(self, user_id: str, day: date) -> PersonDay:
        """Return a person's own day; DingTalk is asked before a check is called missing. Raises StoreRefused."""
        return (await self._range_of([user_id], day, day, departures=True))[user_id][0]

    async def people_days(
        self, sight: Sight, first: date, last: date
    ) -> AsyncIterator[Mapping[str, Sequence[PersonDay]]]:
        """Yield the days of some hundred people at a time, so that a whole company needs bounded memory.

        Raises StoreRefused.
        """
        for begin in range(0, len(sight.user_ids), PEOPLE_AT_ONCE):
            some = sight.user_ids[begin : begin + PEOPLE_AT_ONCE]
            yield await self._range_of(some, first, last)

    async def own(self, user_id: str, first: date, last: date, punches: Sequence[Punch]) -> OwnDays:
        """Return how a person's days stand, and what counts instead of how their own `punches` were recorded.

        By the rules of everybody's summary and from what is here, asking nobody. Raises StoreRefused.
        """
        days = await self._known_days(user_id, first, last)
        now = self._clock.now()
        found = {day: person_day(one._replace(read=False), now) for day, one in days.items() if one.plan}
        ours = {seen.at for one in days.values() for seen in one.seen if not seen.is_native}
        return OwnDays(found, verdicts(punches, found, ours))

    async def known_day(self, user_id: str, work_date: date) -> PersonDay:
        """Return how a person's work date stands by what is here, taken for all there is. Raises StoreRefused."""
        days = await self._known_days(user_id, work_date, work_date)
        return person_day(days[work_date], self._clock.now())

    async def _known_days(self, user_id: str, first: date, last: date) -> Mapping[date, DayFacts]:
        plans = await self._past.known_plans([user_id], first - _DAY, last + _DAY)
        return await self._known.of_one(user_id, first, last, plans)

    async def _range_of(
        self, user_ids: Sequence[str], first: date, last: date, *, departures: bool = False
    ) -> Mapping[str, Sequence[PersonDay]]:
        today = local_date(self._clock, self._zone)
        found: dict[str, list[PersonDay]] = {user_id: [] for user_id in user_ids}
        if first < today:
            past = await self._past_days(user_ids, first, min(last, today - _DAY))
            found.update((user_id, list(days)) for user_id, days in past.items())
        if first <= today <= last:
            for user_id, day in (await self._today(user_ids, today, departures=departures)).items():
                found[user_id].append(day)
        return found

    async def _today(
        self, user_ids: Sequence[str], day: date, *, departures: bool = False
    ) -> dict[str, PersonDay]:
        """Return today's days; those who would be missing are read from DingTalk before they are called so."""
        facts = await self._known.near(user_ids, day)
        now = self._clock.now()
        days = {user_id: person_day(one, now) for user_id, one in facts.items()}
        asked = {
            user_id: facts[user_id]
            for user_id, one in days.items()
            if _is_to_be_read(one, facts[user_id]) or (departures and one.departure is Departure.OPEN)
        }
        if asked:
            read = await self._read(asked, day)
            now = self._clock.now()
            days.update((user_id, person_day(one, now)) for user_id, one in read.items())
        return days

    async def _read(self, asked: Mapping[str, DayFacts], day: date) -> dict[str, DayFacts]:
        """Read people's facts from DingTalk within the patience; whoever is not read stays unread."""
        found: dict[str, DayFacts] = {}
        turn, user_ids = asyncio.Semaphore(READS_AT_ONCE), list(asked)

        async def read(some: Sequence[str]) -> None:
            async with turn:
                found.update((await self._reader.read(some, day)).facts)

        batches = (user_ids[begin : begin + PEOPLE_A_CALL] for begin in range(0, len(user_ids), PEOPLE_A_CALL))
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.gather(*(read(some) for some in batches))
        except TimeoutError:
            log.warning("%d of %d people could not be read in time", len(user_ids) - len(found), len(user_ids))
        unread = {user_id: one._replace(read=False) for user_id, one in asked.items() if user_id not in found}
        return {**found, **unread}

    async def _past_days(self, user_ids: Sequence[str], first: date, last: date) -> dict[str, list[PersonDay]]:
        plans = await self._past.plans(user_ids, first - _DAY, last + _DAY)
        read = await self._past.read_until(user_ids, first, last, plans)
        facts = await self._known.of(user_ids, first, last, plans)
        now = self._clock.now()
        found: dict[str, list[PersonDay]] = {}
        for number, (user_id, days) in enumerate(facts.items()):
            if number % 50 == 49:
                await asyncio.sleep(0)  # others get in between
            until = read.get(user_id, {})
            found[user_id] = [
                person_day(one if self._is_told(one, until.get(day), now) else one._replace(read=False), now)
                for day, one in days.items()
            ]
        return found

    def _is_told(self, facts: DayFacts, until: datetime | None, now: datetime) -> bool:
        """Tell whether a day was read to its end; an approval that nobody could read leaves it open."""
        plan = facts.plan
        if until is None or until < min(self._past.over_at(facts.work_date, plan), now - FRESH):
            return False
        if plan is None or not plan.approved:
            return True
        approved = (one for one in facts.absences if not one.pending)
        return any(absence.covers(point.due_at) for absence in approved for point in plan.points)


def _is_to_be_read(day: PersonDay, facts: DayFacts) -> bool:
    """Tell whether DingTalk is asked before anything is said: nobody has seen them come, no plan is known, or a
    punch of ours names no check, and DingTalk may count it for one.
    """
    if day.standing in (Standing.MISSING, Standing.EXCUSED) or (day.uncertain and not day.checks):
        return True
    if day.standing is Standing.ON_LEAVE and day.uncertain:  # only asked for
        return True
    return bool(day.checks) and any(one.check_point is None and not one.is_native for one in facts.seen)
