"""The days of a person, a team or a range. DingTalk is asked where needed."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.absences import kinds_away
from bot.domain.day import CheckState, PersonDay, Standing, person_day
from bot.domain.facts import FRESH, MISSED_AFTER, DayFacts
from bot.domain.shifts import CheckType, is_yesterdays_shift_running
from bot.domain.slots import A_DAY, Days
from bot.domain.summaries import TeamDay, TeamRange, team_day, team_range
from bot.services.base import Base
from bot.services.organisation.rosters import Rosters, in_batches, in_turn
from bot.services.organisation.sights import Sight
from bot.services.reporting.day_reader import DayReader

PEOPLE_AT_ONCE = 500  # of a range, to bound the memory


@dataclass(eq=False)
class PeopleDays:
    """Returns people's days. Each call raises StoreRefused.

    Today it first asks DingTalk about people who would be missing, missed a check or have no known
    plan. This takes at most `Patience.team_s` seconds: people who are not read by then are
    unknown. A check that a read after its window shows as missed needs no further call. With
    `stored` DingTalk is not asked: people who would have to be read are unknown, unless they were
    read within ten minutes and no check became due since.
    """

    base: Base
    rosters: Rosters
    reader: DayReader

    async def day(
        self, sight: Sight, day: date, *, departures: bool = False, stored: bool = False
    ) -> TeamDay:
        """Return a team's day. People in a night shift appear with the work date of its start.

        `departures`: also read people with an open clock-out.
        """
        today = self.base.today
        nights = await self._at_night(sight.user_ids, today) if day == today else frozenset()
        others = [user_id for user_id in sight.user_ids if user_id not in nights]
        kinds = sight.shows_kinds
        by_day = await self.of(
            others, Days(day, day), departures=departures, stored=stored, kinds=kinds
        )
        by_night = await self._open_day(
            sorted(nights), day - A_DAY, departures=departures, stored=stored, kinds=kinds
        )
        people = {**by_day, **{user_id: [night] for user_id, night in by_night.items()}}
        days = (their_day for user_id in sight.user_ids for their_day in people.get(user_id, ()))
        shown = (their_day for their_day in days if sight.shows(their_day, day))
        return team_day(shown, day, self.base.now)

    async def range(self, sight: Sight, dates: Days) -> TeamRange:
        people: dict[str, Sequence[PersonDay]] = {}
        async for some in self.people_days(sight, dates):
            people.update(some)
        return team_range(people, dates, self.base.now)

    async def people_days(
        self, sight: Sight, dates: Days
    ) -> AsyncIterator[Mapping[str, Sequence[PersonDay]]]:
        """Yield the visible days of some hundred people at a time.

        A whole company would need too much memory.
        """
        for batch in in_batches(sight.user_ids, PEOPLE_AT_ONCE):
            days_by_person = await self.of(batch, dates, kinds=sight.shows_kinds)
            yield {
                user_id: [day for day in days if sight.shows(day)]
                for user_id, days in days_by_person.items()
            }

    async def own_range(self, user_id: str, dates: Days) -> TeamRange:
        """Return a person's own days, as their lead sees them."""
        return team_range(await self.of([user_id], dates), dates, self.base.now)

    async def own_day(self, user_id: str, day: date) -> PersonDay:
        return (await self.own_days(user_id, Days(day, day)))[day]

    async def own_days(self, user_id: str, dates: Days) -> Mapping[date, PersonDay]:
        """Return a person's own days up to today."""
        days = (await self.of([user_id], dates, departures=True))[user_id]
        return {day.work_date: day for day in days}

    async def days_from_store(self, user_id: str, dates: Days) -> Mapping[date, PersonDay]:
        """Return a person's days from stored facts alone, as if these were complete."""
        days = (await self.reader.facts_from_store([user_id], dates))[user_id]
        now = self.base.now
        return {day: person_day(facts, now) for day, facts in days.items()}

    async def of(
        self,
        user_ids: Sequence[str],
        dates: Days,
        *,
        departures: bool = False,
        stored: bool = False,
        kinds: bool = False,
    ) -> Mapping[str, Sequence[PersonDay]]:
        """Return the days by user id, with the `kinds` of leave only if asked."""
        today = self.base.today
        days_by_person: dict[str, list[PersonDay]] = {user_id: [] for user_id in user_ids}
        if dates.first < today:
            past_dates = Days(dates.first, min(dates.last, today - A_DAY))
            past = await self.reader.past(user_ids, past_dates, stored=stored)
            now = self.base.now
            for number, (user_id, days) in enumerate(past.items()):
                days_by_person[user_id] += [
                    _judge(facts, now, kinds=kinds) for facts in days.values()
                ]
                if number % 50 == 49:
                    await asyncio.sleep(0)  # other work gets a turn
        if today in dates:
            todays = await self._open_day(
                user_ids, today, departures=departures, stored=stored, kinds=kinds
            )
            for user_id, day in todays.items():
                days_by_person[user_id].append(day)
        return days_by_person

    async def _at_night(self, user_ids: Sequence[str], today: date) -> frozenset[str]:
        """Return the people who still work in yesterday's shift."""
        now = self.base.now
        plans = await self.rosters.plans_of(user_ids, Days(today - A_DAY, today))
        return frozenset(
            user_id
            for user_id, days in plans.items()
            if is_yesterdays_shift_running(days.get(today - A_DAY), days.get(today), now)
        )

    async def _open_day(
        self, user_ids: Sequence[str], day: date, *, departures: bool, stored: bool, kinds: bool
    ) -> dict[str, PersonDay]:
        """Return today. DingTalk is asked first about people who would be missing, or missed a
        check.
        """
        facts = await self.reader.facts_on(user_ids, day)
        now = self.base.now
        known = await self.base.store.days.read_until(user_ids, Days(day, day))
        until = {user_id: known.get(user_id, {}).get(day) for user_id in user_ids}
        asked = {
            user_id: day_facts
            for user_id, day_facts in facts.items()
            if _is_to_be_read(day_facts, until[user_id], now, departures=departures)
        }
        if stored:
            read = {
                user_id: day_facts._replace(read=_is_fresh(day_facts, until[user_id], now))
                for user_id, day_facts in asked.items()
            }
        else:
            read = await self._read(asked, day)
        now = self.base.now
        return {
            user_id: _judge(day_facts, now, kinds=kinds)
            for user_id, day_facts in {**facts, **read}.items()
        }

    async def _read(self, asked: Mapping[str, DayFacts], day: date) -> dict[str, DayFacts]:
        """Read people's facts from DingTalk, in at most `Patience.team_s` seconds.

        The others stay unread. Reads are noted, so that they count later.
        """
        facts_by_person = {user_id: facts._replace(read=False) for user_id, facts in asked.items()}

        async def read(batch: Sequence[str]) -> None:
            begun_at = self.base.now
            facts = (await self.reader.read_now(batch, day)).facts
            if not await self.base.clock_watch.is_off():
                complete = [user_id for user_id, day_facts in facts.items() if day_facts.read]
                await self.base.store.days.note_read(complete, Days(day, day), begun_at)
            facts_by_person.update(facts)

        await in_turn(read, in_batches(list(asked)), self.base.patience.team_s)
        return facts_by_person


def _judge(facts: DayFacts, now: datetime, *, kinds: bool) -> PersonDay:
    """Return a day, with the kinds of its leave only if asked."""
    day = person_day(facts, now)
    if not kinds or facts.plan is None:
        return day
    return day._replace(kinds=kinds_away(facts.plan.points, facts.absences))


def _is_to_be_read(
    facts: DayFacts, read_until: datetime | None, now: datetime, *, departures: bool
) -> bool:
    """Return whether DingTalk has to be asked about a day first.

    That is so without a known punch or plan, and before a check is missed. It is so with leave that
    nobody approved yet. It is so with a punch in the ledger without a check: DingTalk may count it
    for one. A read up to `read_until` after the last window is final.
    """
    plan = facts.plan
    if plan is None:
        return True
    if plan.closes_at is not None and _is_final(read_until, plan.closes_at):
        return False
    day = person_day(facts, now)
    closes_at = {point.key: point.closes_at for point in plan.points}
    missing = (
        check
        for check in day.checks
        if check.state is CheckState.MISSING and not _is_final(read_until, closes_at[check.key])
    )
    unassigned = (
        seen for seen in facts.seen if seen.check_point is None and seen.work_date is not None
    )
    return (
        (day.standing is Standing.ON_LEAVE and day.uncertain)
        or any(
            check.missed or departures or check.check_type is CheckType.ON_DUTY for check in missing
        )
        or (bool(day.checks) and any(unassigned))
    )


def _is_fresh(facts: DayFacts, read_until: datetime | None, now: datetime) -> bool:
    """Return whether a read still counts: it is young, and no check became due since."""
    if read_until is None or read_until < now - FRESH:
        return False
    waiting, waiting_then = (
        [check.key for check in person_day(facts, at).checks if check.state is CheckState.NOT_DUE]
        for at in (now, read_until)
    )
    return waiting == waiting_then


def _is_final(read_until: datetime | None, closes_at: datetime) -> bool:
    """Return whether a read shows all punches of a window."""
    return read_until is not None and read_until >= closes_at + MISSED_AFTER
