"""A team's day and a team's range of days, of exactly the people that a `Sight` shows."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.absences import Absence
from bot.domain.departures import Departure, departure
from bot.domain.due import Facts, Seen
from bot.domain.punches import Punch
from bot.domain.shifts import CheckType, DayPlan, lasts
from bot.domain.standings import DayFacts, by_work_date, names_no_check, person_day
from bot.domain.summaries import PersonDay, Standing, TeamDay, TeamRange, excused, team_day, team_range
from bot.domain.verdicts import OwnDays, verdicts
from bot.services.organisation.roster_books import RosterBook
from bot.services.organisation.visibility import Sight
from bot.services.punching.sightings import EARLIEST, LATEST
from bot.services.reminding.reminder_facts import FactFinder
from bot.services.reporting.past_days import FRESH, PastDays
from bot.services.upkeep.together import Together
from bot.storage.corrections import Excuses
from bot.storage.summaries import Days, KnownDays

log = logging.getLogger(__name__)

PATIENCE_S = 5.0  # then whoever is unread counts as unknown
READS_AT_ONCE = 8
PEOPLE_AT_ONCE = 500  # of a range, so that everybody's month takes bounded memory
_DAY = timedelta(days=1)
_NO_PLANS: Mapping[date, DayPlan] = {}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is here, without asking anybody; `plans` by person and work date."""

    plans: Mapping[str, Mapping[date, DayPlan]]
    days: KnownDays

    def seen(self, user_id: str) -> Sequence[Seen]:
        """Return a person's punches, those made past the bot last."""
        return (*self.days.punches.get(user_id, ()), *self.days.native.get(user_id, ()))

    def absences(self, user_id: str) -> Sequence[Absence]:
        """Return a person's approved absences."""
        return self.days.absences.get(user_id, ())


class SummaryService:
    """Puts plans, punches, absences and what DingTalk tells together."""

    def __init__(
        self,
        *,
        days: Days,
        excuses: Excuses,
        book: RosterBook,
        finder: FactFinder,
        past: PastDays,
        clock: Clock,
        zone: ZoneInfo,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Wait `patience_s` seconds in all for DingTalk before somebody is told that who is unread is unknown."""
        self._patience_s = patience_s
        self._days = days
        self._excuses = excuses
        self._book = book
        self._finder = finder
        self._past = past
        self._clock = clock
        self._zone = zone
        self._together = Together(self._read_known)  # since many come late at once

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
        nights: Sequence[str] = ()
        if day == today and departures:
            nights = self._ending_on(today, sight.user_ids)
        elif day == today and lasting:
            nights = self._at_night(today, sight.user_ids)
        others = [one for one in sight.user_ids if one not in nights] if nights else sight.user_ids
        found = dict(await self._range_of(others, day, day, departures=departures))
        if nights:
            found.update(await self._range_of(nights, day - _DAY, day - _DAY))
        days = (one for user_id in sight.user_ids for one in found.get(user_id, ()))
        return team_day(days, day, self._clock.now())

    def _ending_on(self, today: date, user_ids: Sequence[str]) -> list[str]:
        """Return whose last clock-out that is due is of a shift of the day before that ends on `today`, local."""
        now, plans = self._clock.now(), self._book.known(user_ids, today)
        return [
            user_id
            for user_id, plan in self._book.known(user_ids, today - _DAY).items()
            if plan.points and max(one.due_at for one in plan.points).astimezone(self._zone).date() >= today
            if not _is_any_clock_out_due(plans.get(user_id), now)
        ]

    def _at_night(self, today: date, user_ids: Sequence[str]) -> list[str]:
        """Return whose shift of the day before lasts."""
        now, plans = self._clock.now(), self._book.known(user_ids, today)
        before = self._book.known(user_ids, today - _DAY)
        return [user_id for user_id, plan in before.items() if lasts(plan, plans.get(user_id), now)]

    async def range(self, sight: Sight, first: date, last: date) -> TeamRange:
        """Return the team's days `first` to `last`, today's as `day` tells them. Raises StoreRefused."""
        people: dict[str, Sequence[PersonDay]] = {}
        async for some in self.people_days(sight, first, last):
            people.update(some)
        return team_range(people, first, last, self._clock.now())

    async def own_range(self, user_id: str, first: date, last: date) -> TeamRange:
        """Return a person's own days, read as `range` reads them for their lead. Raises StoreRefused."""
        return team_range(await self._range_of([user_id], first, last), first, last, self._clock.now())

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
        plans = await self._past.known_plans([user_id], first - _DAY, last + _DAY)
        known = _Known(plans, await self._together.of((first, last), user_id))
        now, its_plans = self._clock.now(), plans.get(user_id, _NO_PLANS)
        of_days = self._by_day(user_id, known)
        absences = known.absences(user_id)
        days = {
            day: person_day(DayFacts(user_id, day, plan, of_days.get(day, ()), absences, read=False), now)
            for day, plan in its_plans.items()
            if first <= day <= last
        }
        ours = {seen.at for seen in known.days.punches.get(user_id, ())}
        counted = verdicts(punches, its_plans, days, ours)
        held = await self._with_excuses({user_id: list(days.values())}, first, last)
        return OwnDays(its_plans, {day.work_date: day for day in held[user_id]}, counted)

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
        return await self._with_excuses(found, first, last)

    async def _with_excuses(
        self, found: Mapping[str, Sequence[PersonDay]], first: date, last: date
    ) -> Mapping[str, Sequence[PersonDay]]:
        held = await self._excuses.between(list(found), first, last)
        days = {(one.user_id, one.work_date) for one in held}
        if not days:
            return found
        return {
            user_id: [excused(day) if (user_id, day.work_date) in days else day for day in of_person]
            for user_id, of_person in found.items()
        }

    # --- today ------------------------------------------------------------------

    async def _today(
        self, user_ids: Sequence[str], day: date, *, departures: bool = False
    ) -> dict[str, PersonDay]:
        """Return today's days; those who would be missing are read from DingTalk before they are called so."""
        around = {at: self._book.known(user_ids, at) for at in (day - _DAY, day, day + _DAY)}
        plans = {
            user_id: {at: plan for at, some in around.items() if (plan := some.get(user_id)) is not None}
            for user_id in user_ids
        }
        known = await self._known(user_ids, day, day, plans)
        now = self._clock.now()
        facts = {user_id: self._facts(user_id, day, known) for user_id in user_ids}
        days = {user_id: person_day(one, now) for user_id, one in facts.items()}
        asked = [
            user_id
            for user_id, one in days.items()
            if _is_to_be_read(one, facts[user_id]) or (departures and departure(one, now) is Departure.OPEN)
        ]
        if not asked:
            return days
        read = await self._read(asked, day)
        now = self._clock.now()
        for user_id in asked:
            told = read.get(user_id)
            final = (
                facts[user_id]._replace(read=False) if told is None else self._told(facts[user_id], told, known)
            )
            days[user_id] = person_day(final, now)
        return days

    async def _read(self, user_ids: Sequence[str], day: date) -> dict[str, Facts]:
        """Read people's facts from DingTalk, as far as that goes within the patience."""
        found: dict[str, Facts] = {}
        turn = asyncio.Semaphore(READS_AT_ONCE)

        async def read(some: Sequence[str]) -> None:
            async with turn:
                found.update((await self._finder.read(some, day)).facts)

        batches = (user_ids[begin : begin + PEOPLE_A_CALL] for begin in range(0, len(user_ids), PEOPLE_A_CALL))
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.gather(*(read(some) for some in batches))
        except TimeoutError:
            log.warning("%d of %d people could not be read in time", len(user_ids) - len(found), len(user_ids))
        return found

    def _told(self, before: DayFacts, facts: Facts, known: _Known) -> DayFacts:
        """Return what is known of a person once DingTalk was asked."""
        plan = facts.plan or before.plan
        around = {**known.plans.get(before.user_id, _NO_PLANS), **({before.work_date: plan} if plan else {})}
        seen = (
            *known.days.punches.get(before.user_id, ()),
            *(facts.records or ()),
            *known.days.native.get(before.user_id, ()),
            *facts.seen,  # what came since the first look
        )
        return DayFacts(
            before.user_id,
            before.work_date,
            plan,
            by_work_date(seen, around, self._zone).get(before.work_date, ()),
            [*facts.approved, *(() if facts.absences else before.absences)],
            [one for one in facts.heard_of if one.pending],
            read=None not in (facts.plan, facts.records, facts.absences),
        )

    # --- past days --------------------------------------------------------------

    async def _past_days(self, user_ids: Sequence[str], first: date, last: date) -> dict[str, list[PersonDay]]:
        plans = await self._past.plans(user_ids, first - _DAY, last + _DAY)
        read = await self._past.read_until(user_ids, first, last, plans)
        known = await self._known(user_ids, first, last, plans)
        now = self._clock.now()
        dates = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        found: dict[str, list[PersonDay]] = {}
        for number, user_id in enumerate(user_ids):
            if number % 50 == 49:
                await asyncio.sleep(0)  # others get in between
            of_days = self._by_day(user_id, known)
            until = read.get(user_id, {})
            its_plans = plans.get(user_id, _NO_PLANS)
            absences = known.absences(user_id)
            found[user_id] = [
                person_day(
                    DayFacts(
                        user_id,
                        day,
                        plan := its_plans.get(day),
                        of_days.get(day, ()),
                        absences,
                        read=self._is_told(day, plan, until.get(day), absences, now),
                    ),
                    now,
                )
                for day in dates
            ]
        return found

    def _is_told(
        self, day: date, plan: DayPlan | None, until: datetime | None, absences: Sequence[Absence], now: datetime
    ) -> bool:
        """Tell whether a day was read to its end; an approval that nobody could read leaves it open."""
        if until is None or until < min(self._past.over_at(day, plan), now - FRESH):
            return False
        if plan is None or not plan.approved:
            return True
        return any(absence.covers(point.due_at) for absence in absences for point in plan.points)

    # --- what is here -----------------------------------------------------------

    async def _known(
        self, user_ids: Sequence[str], first: date, last: date, plans: Mapping[str, Mapping[date, DayPlan]]
    ) -> _Known:
        return _Known(plans, await self._read_known((first, last), user_ids))

    async def _read_known(self, days: tuple[date, date], user_ids: Sequence[str]) -> KnownDays:
        first, last = days
        begins = datetime.combine(first, time(), self._zone).astimezone(UTC) - EARLIEST
        ends = datetime.combine(last, time(), self._zone).astimezone(UTC) + LATEST
        return await self._days.known(user_ids, first, last, begins, ends)

    def _facts(self, user_id: str, day: date, known: _Known) -> DayFacts:
        seen = self._by_day(user_id, known).get(day, ())
        plan = known.plans.get(user_id, _NO_PLANS).get(day)
        return DayFacts(user_id, day, plan, seen, known.absences(user_id))

    def _by_day(self, user_id: str, known: _Known) -> Mapping[date, Sequence[Seen]]:
        seen = known.seen(user_id)
        return by_work_date(seen, known.plans.get(user_id, _NO_PLANS), self._zone) if seen else {}


def _is_any_clock_out_due(plan: DayPlan | None, now: datetime) -> bool:
    points = plan.points if plan is not None else ()
    return any(point.check_type is CheckType.OFF_DUTY and point.due_at <= now for point in points)


def _is_to_be_read(day: PersonDay, facts: DayFacts) -> bool:
    """Tell whether DingTalk is asked before anything is said: nobody has seen them come, no plan is known, or a
    punch of ours names no check, and DingTalk may count it for one.
    """
    if day.standing is Standing.MISSING or (day.uncertain and not day.checks):
        return True
    return bool(day.checks) and any(names_no_check(one) for one in facts.seen)
