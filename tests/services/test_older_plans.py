"""Of plans and leave that two read at once, what was begun to be read later counts, whichever ends first."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.dingtalk_rosters import DingTalkRosters
from bot.storage import Store
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.services.test_dingtalk_rosters import People
from tests.storage.stage import PostgresqlStage, Stage

BOB = Employee("bob", "Bob")
EARLY, LATE = a_shift(), a_shift(("10:00", "19:00"))
DAY = (local("00:00"), local("23:59"))
AWAY = Absence("bob", local("13:00"), local("18:00"), "L1")
TRIP = Absence("bob", local("13:00"), local("18:00"), "T1", source=AbsenceSource.APPROVAL)


class DingTalk:
    """One shift for all, and who is away. An answer that is held up tells what was so when it was asked for."""

    def __init__(self) -> None:
        self.shift = EARLY
        self.away: list[Absence] = []
        self.asked = asyncio.Event()
        self._held: asyncio.Event | None = None

    def at(self, priority: object) -> "DingTalk":
        return self

    def hold(self) -> asyncio.Event:
        """Hold up the next answer that is of Tuesday, until the event is set."""
        self._held = asyncio.Event()
        return self._held

    async def day_plans(self, day: date) -> Mapping[str, DayPlan]:
        found = {user_id: a_plan(self.shift, day) for user_id in ("ann", "bob")}
        if day == TUESDAY:
            await self._wait()
        return found

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        found = {user_id: [a_plan(self.shift, day) for day in days] for user_id in user_ids}
        await self._wait()
        return found

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        found = [one for one in self.away if one.source is AbsenceSource.LEAVE]
        await self._wait()
        return found

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        found = [one for one in self.away if one.source is AbsenceSource.APPROVAL]
        await self._wait()
        return found

    async def _wait(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.asked.set()
            await held.wait()


class Process:
    """What reads plans and absences in one process."""

    def __init__(self, stage: Stage, store: Store) -> None:
        self.dingtalk, self.store, self._clock = DingTalk(), store, stage.clock
        self.reader = AbsenceReader(self.dingtalk, store.absences, stage.clock, SHANGHAI)  # type: ignore[arg-type]
        self.book = self.new_rosters()

    def new_rosters(self) -> DingTalkRosters:
        """Return the plans as they are after a start."""
        dingtalk: Any = self.dingtalk
        people: Any = People()
        return DingTalkRosters(dingtalk, self.store.plans, people, self._clock, SHANGHAI)


async def two(stage: PostgresqlStage) -> tuple[Process, Process]:
    """Start two processes that know everybody's plan."""
    one, other = [Process(stage, await stage.open(name)) for name in ("one", "two")]
    await one.book.read()
    await other.book.follow()
    stage.clock.move(1)
    return one, other


def begins(plan: DayPlan | None) -> str:
    assert plan is not None
    return f"{plan.points[0].due_at.astimezone(SHANGHAI):%H:%M}"


async def test_an_older_reading_of_all_plans_takes_nothing_from_a_newer_one_of_some(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    one, other = await two(stage)
    answer = one.dingtalk.hold()
    walking = asyncio.create_task(one.book.read())
    await one.dingtalk.asked.wait()
    stage.clock.move(5)
    other.dingtalk.shift = LATE
    await other.book.current(["bob"], TUESDAY)  # such as before a reminder
    stage.clock.move(30)
    answer.set()
    await walking
    stage.clock.move(61)
    for process in (one, other):
        await process.book.follow()
        assert begins(process.book.plan_of("bob", TUESDAY)) == "10:00"
        assert begins(process.book.plan_of("ann", TUESDAY)) == "09:00"
    plans = await other.new_rosters().plans_around(BOB, TUESDAY)
    assert plans is not None
    assert begins(plans[1]) == "10:00"


async def test_within_one_process_the_reading_that_was_begun_later_counts(stage: Stage) -> None:
    one = Process(stage, await stage.open())
    await one.book.read()
    stage.clock.move(1)
    answer = one.dingtalk.hold()
    walking = asyncio.create_task(one.book.read())
    await one.dingtalk.asked.wait()
    stage.clock.move(5)
    one.dingtalk.shift = LATE
    await one.book.current(["bob"], TUESDAY)
    answer.set()
    await walking
    assert begins(one.book.plan_of("bob", TUESDAY)) == "10:00"
    stored = await one.store.plans.get("bob", TUESDAY, TUESDAY)
    assert stored is not None
    assert begins(stored[0][0]) == "10:00"


async def test_who_asks_for_some_and_is_overtaken_hears_what_is_stored(postgresql_stage: PostgresqlStage) -> None:
    stage = postgresql_stage
    one, other = await two(stage)
    one.dingtalk.shift = a_shift(("08:00", "17:00"))
    answer = one.dingtalk.hold()
    asking = asyncio.create_task(one.book.current(["bob"], TUESDAY))
    await one.dingtalk.asked.wait()
    stage.clock.move(5)
    other.dingtalk.shift = LATE
    await other.book.current(["bob"], TUESDAY)
    answer.set()
    assert begins((await asking)["bob"]) == "10:00"


async def test_no_punch_is_held_against_a_plan_that_was_overtaken(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    one, other = [Process(stage, await stage.open(name)) for name in ("one", "two")]
    answer = one.dingtalk.hold()
    asking = asyncio.create_task(one.book.plans_around(BOB, TUESDAY))
    await one.dingtalk.asked.wait()
    stage.clock.move(1)
    other.dingtalk.shift = one.dingtalk.shift = LATE
    await other.book.plans_around(BOB, TUESDAY)
    answer.set()
    for plans in (await asking, await one.book.plans_around(BOB, TUESDAY)):
        assert plans is not None
        assert [begins(plan) for plan in plans] == ["10:00"] * 3


async def test_plans_that_were_read_while_the_clock_was_ahead_are_read_anew_once_it_is_right(stage: Stage) -> None:
    one = Process(stage, await stage.open())
    stage.clock.move(3600)
    await one.book.read()
    stage.clock.move(-3500)
    one.dingtalk.shift = LATE
    await one.book.read()
    assert begins(one.book.plan_of("bob", TUESDAY)) == "10:00"


async def test_an_older_reading_of_leave_neither_ends_nor_brings_back_any(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    one, other = [Process(stage, await stage.open(name)) for name in ("one", "two")]
    for before, after in (([], [AWAY]), ([AWAY], [])):
        one.dingtalk.away, other.dingtalk.away = list(before), list(after)
        one.dingtalk.asked.clear()
        answer = one.dingtalk.hold()
        reading = asyncio.create_task(one.reader.leaves(["bob", "ann"], *DAY, {}))
        await one.dingtalk.asked.wait()
        stage.clock.move(5)
        await other.reader.leaves(["bob"], *DAY, {})
        answer.set()
        found = await reading
        assert found is not None
        assert list(found.get("bob", [])) == after, "who asked hears of the newer one"
        assert await other.store.absences.touching(*DAY) == after


async def test_an_older_reading_of_trips_neither_ends_nor_brings_back_any(
    postgresql_stage: PostgresqlStage,
) -> None:
    stage = postgresql_stage
    one, other = [Process(stage, await stage.open(name)) for name in ("one", "two")]
    other.dingtalk.away = [TRIP]
    answer = one.dingtalk.hold()
    reading = asyncio.create_task(one.reader.approvals(["bob"], TUESDAY, {}))
    await one.dingtalk.asked.wait()
    stage.clock.move(5)
    await other.reader.approvals(["bob"], TUESDAY, {})
    answer.set()
    assert await reading == {"bob": [TRIP]}
    assert await other.store.absences.touching(*DAY) == [TRIP]
