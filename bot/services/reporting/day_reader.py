"""The facts of people's days: stored facts, and reads of today and of past days from DingTalk."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from bot.dingtalk.limits import Priority
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.facts import (
    NOTHING_KNOWN,
    AttendanceRecord,
    DayFacts,
    Known,
    beside_the_ledger,
    facts_of_days,
    is_complete,
    over_at,
    window,
)
from bot.domain.shifts import DayPlan
from bot.domain.slots import A_DAY, Days
from bot.services.base import Base
from bot.services.organisation.rosters import DingTalkRosters, Plans, Rosters, in_batches, in_turn
from bot.services.reconciling import SHOWN_DAYS, moments_of, spans_of
from bot.services.reporting.absence_reader import (
    PEOPLE_A_LEAVE_CALL,
    Troubles,
    read_approvals,
    read_leave,
)

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=2)  # DingTalk's clock may be ahead of ours
DAYS_A_CALL = 5  # one call reads 7 days: these, the day before and the day after
PAST_S = 60.0  # past days that are unread after this time are unknown in the answer
Facts = dict[str, dict[date, DayFacts]]  # by person and work date
_T = TypeVar("_T")


class Reading(NamedTuple):
    """The facts of people for one work date, and the failed calls."""

    facts: Mapping[str, DayFacts]
    troubles: Troubles


class DayReader:
    """Reads people's days. It stores each read, and always makes facts from all stored data.

    The plan of a past day is read once. Its punches and leave are read until its last window has
    closed. Each call raises StoreRefused.
    """

    def __init__(self, base: Base, rosters: Rosters) -> None:
        self._base = base
        self._attendance = base.dingtalk.attendance.at(Priority.REMINDER)
        self._days = base.store.days
        self._rosters = rosters

    async def facts_from_store(
        self, user_ids: Sequence[str], dates: Days, plans: Plans | None = None
    ) -> Facts:
        """Return the stored facts of the work dates, without a call. They count as read.

        Dates on which a person did not work here are days off. If given, `plans` include the day
        before and the day after.
        """
        if plans is None:
            plans = await self._rosters.plans_of(user_ids, dates.with_neighbours)
        stored = await self._load_stored(user_ids, dates)
        memberships = self._rosters.directory.view.memberships
        facts_by_person: Facts = {}
        for number, user_id in enumerate(user_ids):
            if number % 50 == 49:
                await asyncio.sleep(0)  # other work gets a turn
            known = stored.get(user_id, NOTHING_KNOWN)
            outside = memberships.dates_outside(user_id, dates)
            facts_by_person[user_id] = facts_of_days(
                user_id,
                dates,
                {**plans.get(user_id, {}), **{day: DayPlan(day) for day in outside}},
                known,
                self._base.zone,
            )
        return facts_by_person

    async def facts_on(self, user_ids: Sequence[str], day: date) -> dict[str, DayFacts]:
        """Return the stored facts of one work date, as `facts_from_store` does."""
        facts_by_person = await self.facts_from_store(user_ids, Days(day, day))
        return {user_id: facts[day] for user_id, facts in facts_by_person.items()}

    async def read_now(self, user_ids: Sequence[str], work_date: date) -> Reading:
        """Read a day of at most 50 people from DingTalk.

        Punches come last, so that the newest are included.
        """
        troubles = Troubles()
        first, last = window(Days(work_date, work_date), self._base.zone)
        planned, has_leave = await asyncio.gather(
            troubles.answer_of(self._rosters.refresh(user_ids, work_date)),
            read_leave(self._base, user_ids, first, last, troubles),
        )
        unread = await self._read_approvals(user_ids, work_date, troubles)
        until = min(last, self._base.now + CLOCKS_DIFFER)
        records = await troubles.answer_of(self._attendance.records(user_ids, first, until))
        await self._keep_native_punches(user_ids, records or (), Days.around(work_date))
        readable = (
            frozenset(planned or ()) - unread if has_leave and records is not None else frozenset()
        )
        stored = await self.facts_on(user_ids, work_date)
        facts = {
            user_id: known._replace(read=user_id in readable) for user_id, known in stored.items()
        }
        return Reading(facts, troubles)

    async def past(self, user_ids: Sequence[str], dates: Days, *, stored: bool) -> Facts:
        """Return the facts of days before today. A day that was not read to its end has `read=False`.

        Unless `stored`, first read what is missing from DingTalk: plans, and punches and leave that
        may have changed since the last read.
        """
        around = dates.with_neighbours
        plans = await self._rosters.plans_of(user_ids, around)
        read_until = await self._days.read_until(user_ids, dates)

        def has_plan(user_id: str, day: date) -> bool:
            return day in plans.get(user_id, ())

        def is_final(user_id: str, day: date) -> bool:
            until = read_until.get(user_id, {}).get(day)
            plan = plans.get(user_id, {}).get(day)
            return until is not None and until >= over_at(day, plan, self._base.zone)

        if not stored:
            has_unread_plans = isinstance(self._rosters, DingTalkRosters)
            if has_unread_plans and await self._read_missing(
                self._read_plans, user_ids, around, has_plan
            ):
                plans = await self._base.store.plans.of(user_ids, around)
            if await self._read_missing(self._read_records, user_ids, dates, is_final):
                read_until = await self._days.read_until(user_ids, dates)
        facts_by_person = await self.facts_from_store(user_ids, dates, plans)
        now = self._base.now
        for user_id, days in facts_by_person.items():
            until = read_until.get(user_id, {})
            for day, facts in days.items():
                if not is_complete(facts, until.get(day), now, self._base.zone):
                    days[day] = facts._replace(read=False)
        return facts_by_person

    async def read_absences(
        self, user_ids: Sequence[str], days: Days
    ) -> tuple[Mapping[str, Sequence[Absence]], bool]:
        """Read the leave of local dates, also of future ones.

        Return all known absences of these dates by person, and whether the read worked.
        """
        begins, ends = moments_of(days, self._base.zone)
        present = self._present(user_ids)
        troubles = Troubles()
        in_time = await in_turn(
            lambda batch: read_leave(self._base, batch, begins, ends, troubles),
            in_batches(present, PEOPLE_A_LEAVE_CALL),
            PAST_S,
        )
        troubles.log()
        absences: dict[str, list[Absence]] = {user_id: [] for user_id in user_ids}
        for absence in await self._base.store.absences.touching(begins, ends):
            if absence.user_id in absences:
                absences[absence.user_id].append(absence)
        return absences, in_time and not troubles

    async def _read_approvals(
        self, user_ids: Sequence[str], day: date, troubles: Troubles
    ) -> Set[str]:
        """Read the approvals that plans or stored absences show.

        Return the people who could not be read. Stored leave explains an approval in the plan: then
        no other approval is expected.
        """
        known = list((await self.facts_on(user_ids, day)).values())
        people = [facts.user_id for facts in known if _may_have_approval(facts)]
        expected = [
            facts.user_id
            for facts in known
            if facts.plan is not None
            and facts.plan.shows_approval
            and all(absence.source is not AbsenceSource.LEAVE for absence in facts.absences)
        ]
        return await read_approvals(self._base, people, day, troubles, expected=expected)

    async def _read_missing(
        self,
        read: Callable[[Sequence[str], Days], Awaitable[None]],
        user_ids: Sequence[str],
        dates: Days,
        is_stored: Callable[[str, date], bool],
    ) -> bool:
        """Call `read` for people and days that are not stored. Return whether there were any.

        Leave out people who left, and days that DingTalk no longer shows.
        """
        oldest = self._base.today - timedelta(days=SHOWN_DAYS - 1)
        present = self._present(user_ids)
        calls: list[tuple[Sequence[str], Days]] = []
        for span in in_batches(list(dates), DAYS_A_CALL):
            people = [
                user_id for user_id in present if not all(is_stored(user_id, day) for day in span)
            ]
            if span[0] >= oldest:
                calls += [(batch, Days(span[0], span[-1])) for batch in in_batches(people)]
        if calls:
            await in_turn(lambda call: read(*call), calls, PAST_S)
        return bool(calls)

    async def _read_plans(self, user_ids: Sequence[str], dates: Days) -> None:
        troubles = Troubles()
        answer = await troubles.answer_of(self._attendance.plans(user_ids, dates))
        if answer is not None:
            await self._base.store.plans.store(answer, None)
        troubles.log()

    async def _read_records(self, user_ids: Sequence[str], dates: Days) -> None:
        """Read punches of the dates, and of the day before and after: a shift may begin or end
        there.
        """
        around = dates.with_neighbours
        records: list[AttendanceRecord] = []
        troubles = Troubles()
        for begins, ends in (moments_of(span, self._base.zone) for span in spans_of(around)):
            if begins <= self._base.now:
                answer = await troubles.answer_of(self._attendance.records(user_ids, begins, ends))
                if answer is None:
                    return troubles.log()
                records += answer
        return await self.store_records(user_ids, around, records, dates)

    async def store_records(
        self,
        user_ids: Sequence[str],
        dates: Days,
        records: Sequence[AttendanceRecord],
        work_dates: Days | None = None,
    ) -> None:
        """Store records of whole local `dates`, and read the leave. Then note `work_dates` as read,
        by default all but the first: its shifts may begin on the day before.
        """
        await self._keep_native_punches(user_ids, records, dates.with_neighbours)
        begins, until = moments_of(dates, self._base.zone)
        troubles = Troubles()
        has_leave = await read_leave(self._base, user_ids, begins, until, troubles)
        # a wrong clock would note more than DingTalk showed
        if has_leave and not await self._base.clock_watch.is_off():
            complete = work_dates or Days(dates.first + A_DAY, dates.last)
            await self._days.note_read(user_ids, complete, min(until, self._base.now))
        troubles.log()

    async def _keep_native_punches(
        self, user_ids: Sequence[str], records: Sequence[AttendanceRecord], dates: Days
    ) -> None:
        """Store the records of punches that the ledger does not have."""
        if not records:
            return
        stored = await self._load_stored(user_ids, dates)
        shown: dict[str, list[AttendanceRecord]] = {user_id: [] for user_id in user_ids}
        for record in records:
            shown.get(record.user_id, []).append(record)
        beside = [
            record
            for user_id, theirs in shown.items()
            for record in beside_the_ledger(theirs, stored.get(user_id, NOTHING_KNOWN).seen)
        ]
        if beside:
            await self._base.store.native_punches.keep(beside)

    def _present(self, user_ids: Sequence[str]) -> Sequence[str]:
        """Return the people who have not left: DingTalk can be asked about them."""
        return [who for who in user_ids if self._rosters.directory.employee(who) is not None]

    async def _load_stored(self, user_ids: Sequence[str], dates: Days) -> Mapping[str, Known]:
        return await self._days.load(user_ids, dates, *window(dates, self._base.zone))


def _may_have_approval(facts: DayFacts) -> bool:
    """Return whether the plan shows an approval, or a stored one covers a check."""
    if facts.plan is None:
        return False
    approvals = [absence for absence in facts.absences if absence.source is AbsenceSource.APPROVAL]
    return facts.plan.shows_approval or any(
        absence.covers(point.due_at) for absence in approvals for point in facts.plan.points
    )
