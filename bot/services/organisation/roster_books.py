"""The plans of everybody for the days around today, in memory, grouped by those that are the same."""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from sys import intern
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.domain.shifts import DayPlan
from bot.errors import OutcomeUnknown, Rejected
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import ConfiguredRosters
from bot.storage.plans import Plans

log = logging.getLogger(__name__)

AT_ONCE = 8  # such calls under way
AT_A_STRETCH = 10_000  # plans taken in before others get a turn
MANY = 5  # people who lose their plan in one answer: a fault rather than a decision, until it is said again
SCHEDULE = "schedule"  # what operators are told does not answer
OVERLAP = timedelta(minutes=1)  # by which clocks of replicas may differ, and commits be late

Book = Mapping[DayPlan, Sequence[str]]


class RosterBook(Protocol):
    """Who works what, for all. Each call but `plan_of` raises StoreRefused, UpstreamError, OperatorError."""

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""
        ...

    @property
    def doubted(self) -> bool:
        """Tell whether an answer was too odd to be believed, so that all has to be read anew."""
        ...

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day as it is known, None if none is."""
        ...

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known, days without work included."""
        ...

    async def read(self) -> None:
        """Read everybody's plans anew."""
        ...

    async def read_new(self) -> None:
        """Read the plans of people who joined after everybody's were read."""
        ...

    async def follow(self) -> bool:
        """Take in what was read, by whichever process; tell whether anything changed."""
        ...

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the current plans of at most 50 people for `day`. Leave out people with an unknown plan."""
        ...


class Pages:
    """Plans by day and person, and the groups of people whose plan is the same."""

    def __init__(self) -> None:
        self._days: dict[date, dict[str, DayPlan]] = {}
        self._groups: dict[DayPlan, list[str]] | None = {}

    @property
    def groups(self) -> Book:
        """Return the people of each plan that has check points."""
        if self._groups is None:
            self._groups = _grouped(self._days.values())
        return self._groups

    def of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day, None if none is known."""
        return self._days.get(day, {}).get(user_id)

    def on(self, day: date) -> Mapping[str, DayPlan]:
        """Return the plans of one day that are known, by person."""
        return self._days.get(day, {})

    def working(self, day: date, user_ids: Iterable[str] | None = None) -> list[str]:
        """Return who works on a day by what is known, of everybody or of `user_ids`."""
        page = self._days.get(day, {})
        some = page if user_ids is None else user_ids
        return [user_id for user_id in some if (plan := page.get(user_id)) is not None and plan.points]

    def enter(self, user_id: str, plan: DayPlan) -> bool:
        """Take in one plan; tell whether it differs from the one that was known."""
        page = self._days.setdefault(plan.work_date, {})
        known = page.get(user_id)
        if known is plan or known == plan:
            return False
        page[user_id] = plan
        self._groups = None
        return True

    def replace(self, day: date, plans: dict[str, DayPlan]) -> None:
        """Let `plans` be all of one day."""
        self._days[day] = plans
        self._groups = None

    def keep(self, first: date, last: date) -> bool:
        """Forget the days outside `first` to `last`; tell whether there were any."""
        gone = [day for day in self._days if not first <= day <= last]
        for day in gone:
            del self._days[day]
        if gone:
            self._groups = None
        return bool(gone)


def _grouped(pages: Iterable[Mapping[str, DayPlan]]) -> dict[DayPlan, list[str]]:
    """Group people by plan. Most plans are one object already, so that few have to be compared."""
    by_object: dict[int, tuple[DayPlan, list[str]]] = {}
    for page in pages:
        for user_id, plan in page.items():
            known = by_object.get(id(plan))
            if known is not None:
                known[1].append(user_id)
            elif plan.points:
                by_object[id(plan)] = (plan, [user_id])
    groups: dict[DayPlan, list[str]] = {}
    for plan, user_ids in by_object.values():
        groups.setdefault(plan, []).extend(user_ids)
    return groups


def around(now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day that matter at `now`: of yesterday a night shift may still run."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=1), today + timedelta(days=1)


class ReadBook:
    """Plans as DingTalk tells them, shared with other processes by the database.

    An answer that takes the plan from everybody it is about, five people or more, is not believed at once: of one
    batch until a reading of all says the same, of a reading of all while it leaves nobody a plan on any day.
    """

    def __init__(
        self, attendance: Attendance, plans: Plans, directory: Directory, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._attendance = attendance
        self._plans = plans
        self._directory = directory
        self._clock = clock
        self._zone = zone
        self._pages = Pages()
        self._followed: tuple[datetime, date] | None = None
        self._joined_by = -1  # the directory's number of changes when it was last looked through for new people
        self._entered = False
        self.doubted = False

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""
        return self._pages.groups

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day as it is known, None if none is."""
        return self._pages.of(user_id, day)

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known, days without work included."""
        page = self._pages.on(day)
        return {user_id: page[user_id] for user_id in user_ids if user_id in page}

    async def read(self) -> None:
        """Read the plans of yesterday, today and tomorrow, and store them.

        Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        first, last = around(self._clock.now(), self._zone)
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        read = {day: (self._clock.now(), await self._of_day(day)) for day in days}
        if not any(found for _, found in read.values()):
            _believe({user_id for day in days for user_id in self._pages.working(day)}, {})
        for day, (begun_at, found) in read.items():
            plans = {**found, **self._resting(found, day)}
            await self._enter({user_id: [plan] for user_id, plan in plans.items()}, begun_at)
        self.doubted = False

    async def read_new(self) -> None:
        """Read the plans of people of whom none is known, though everybody's were read: they joined since.

        No event need tell of that. Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        changes = self._directory.changes
        now = self._clock.now()
        page = self._pages.on(now.astimezone(self._zone).date())
        if not page or changes == self._joined_by:
            return
        new = sorted(self._directory.active().difference(page))
        first, last = around(now, self._zone)
        for start in range(0, len(new), PEOPLE_A_CALL):
            begun_at = self._clock.now()
            plans = await self._attendance.plans(new[start : start + PEOPLE_A_CALL], first, last)
            await self._enter(self._changed(plans), begun_at)
        self._joined_by = changes

    async def follow(self) -> bool:
        """Take in what was read since the last time. Raises StoreRefused."""
        now = self._clock.now()
        first, last = around(now, self._zone)
        since = None
        if self._followed is not None and self._followed[1] == last:
            since = self._followed[0] - OVERLAP
        readings = await self._plans.changed(first, last, since)
        self._entered |= self._pages.keep(first, last)
        for begin in range(0, len(readings), AT_A_STRETCH):
            for reading in readings[begin : begin + AT_A_STRETCH]:
                self._entered |= self._pages.enter(intern(reading.user_id), reading.plan)
            await asyncio.sleep(0)
        changed, self._entered, self._followed = self._entered, False, (now, last)
        return changed

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Read the plans of at most 50 people for `day`; what changed is stored.

        Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        begun_at = self._clock.now()
        read = await self._attendance.plans(user_ids, day, day)
        plans = {user_id: plans[0] for user_id, plans in read.items() if plans}
        try:
            _believe(self._pages.working(day, user_ids), plans)
        except OutcomeUnknown:
            self.doubted = True
            raise
        for user_id, _ in await self._enter(self._changed({who: [plan] for who, plan in plans.items()}), begun_at):
            if stored := await self._plans.get(user_id, day, day):
                plans[user_id] = stored[0][0]
        return plans

    def _changed(self, read: Mapping[str, Sequence[DayPlan]]) -> dict[str, Sequence[DayPlan]]:
        """Return what of `read` is not what was known."""
        return {
            user_id: new
            for user_id, plans in read.items()
            if (new := [plan for plan in plans if self._pages.of(user_id, plan.work_date) != plan])
        }

    async def _enter(
        self, read: Mapping[str, Sequence[DayPlan]], begun_at: datetime
    ) -> Collection[tuple[str, date]]:
        """Store what was read from `begun_at` on and take it in, but where another reading was begun later.

        Return of whom and of which days that is.
        """
        later = await self._plans.put(read, self._clock.now(), begun_at=begun_at) if read else ()
        for user_id, plans in read.items():
            for plan in plans:
                if (user_id, plan.work_date) not in later:
                    self._entered |= self._pages.enter(user_id, plan)
        return later

    def _resting(self, working: Mapping[str, DayPlan], day: date) -> dict[str, DayPlan]:
        """Return, of those who do not work, the ones of whom that is news: no longer planned, or never read."""
        page, rest = self._pages.on(day), DayPlan(day)
        people = {*page, *(one.user_id for one in self._directory.everyone())}
        others = (user_id for user_id in people if user_id not in working)
        return {user_id: rest for user_id in others if user_id not in page or page[user_id].points}

    async def _of_day(self, day: date) -> Mapping[str, DayPlan]:
        try:
            return await self._attendance.day_plans(day)
        except Rejected as error:  # DingTalk reads a whole day only for organisations below 10,000 people
            log.info("the plans of %s are read person by person: %s", day, error)
        return await self._by_people(day)

    async def _by_people(self, day: date) -> Mapping[str, DayPlan]:
        people = [employee.user_id for employee in self._directory.everyone()]
        batches = [people[start : start + PEOPLE_A_CALL] for start in range(0, len(people), PEOPLE_A_CALL)]
        turn = asyncio.Semaphore(AT_ONCE)
        found: dict[str, DayPlan] = {}
        same: dict[DayPlan, DayPlan] = {}  # equal plans as one object, so that everybody's take no room

        async def read(batch: Sequence[str]) -> None:
            async with turn:
                plans = await self._attendance.plans(batch, day, day)
            worked = {user_id: days[0] for user_id, days in plans.items() if days and days[0].points}
            found.update((user_id, same.setdefault(plan, plan)) for user_id, plan in worked.items())

        await asyncio.gather(*(read(batch) for batch in batches))
        for batch in batches if found else ():
            _believe(self._pages.working(day, batch), found)
        return found


def _believe(planned: Collection[str], read: Mapping[str, DayPlan]) -> None:
    """Raise OutcomeUnknown where `read` takes the plan from all of those who were `planned`, and they are many."""
    still = any((plan := read.get(user_id)) is not None and plan.points for user_id in planned)
    if len(planned) >= MANY and not still:
        raise OutcomeUnknown(SCHEDULE, f"answered without a plan for any of {len(planned)} people who had one")


class ConfiguredBook:
    """Plans from the configuration, for the people of the directory."""

    doubted = False

    def __init__(self, rosters: ConfiguredRosters, directory: Directory, clock: Clock, zone: ZoneInfo) -> None:
        self._rosters = rosters
        self._directory = directory
        self._clock = clock
        self._zone = zone
        self._pages = Pages()
        self._unknown: dict[date, frozenset[str]] = {}
        self._made: tuple[int, date] | None = None

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""
        return self._pages.groups

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day, None if none is known."""
        return self._pages.of(user_id, day)

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known; whom no shift is for works nothing."""
        unknown = self._unknown.get(day, frozenset())
        known = (user_id for user_id in user_ids if user_id not in unknown)
        return {user_id: self._pages.of(user_id, day) or DayPlan(day) for user_id in known}

    async def read(self) -> None:
        """Read nothing: the configuration is all there is."""

    async def read_new(self) -> None:
        """Read nothing: `follow` makes plans for people who joined."""

    async def follow(self) -> bool:
        """Make the plans anew on a new day, or when the directory changed."""
        first, last = around(self._clock.now(), self._zone)
        made = (self._directory.changes, last)
        if made == self._made:
            return False
        people = self._directory.everyone()
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            groups = dict(await asyncio.to_thread(self._rosters.day_plans, people, day))
            self._unknown[day] = frozenset(groups.pop(None, ()))
            self._pages.replace(day, {user_id: plan for plan, some in groups.items() if plan for user_id in some})
        self._pages.keep(first, last)
        self._unknown = {day: some for day, some in self._unknown.items() if first <= day <= last}
        self._made = made
        return True

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known."""
        return self.known(user_ids, day)
