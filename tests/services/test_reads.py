"""When the plans of all and who is away are read."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bot.domain.absences import Absence
from bot.domain.shifts import DayPlan
from bot.errors import NotSent, StoreRefused
from bot.services.organisation.absences import LEAVES_A_CALL as AT_ONCE
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.reads import HOURS, PAUSE, ROSTERS, Reads
from tests.bases import a_base
from tests.builders import TUESDAY, a_plan, local


class MovableClock:
    def __init__(self) -> None:
        self.at = local("08:00")

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Book:
    """Plans of two people; reading them can fail."""

    plans: dict[DayPlan, Sequence[str]] = field(default_factory=lambda: {a_plan(): ["ann", "bob"]})
    trouble: Exception | None = None
    times: int = 0
    new: int = 0
    outdated: bool = False

    async def read_new(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.new += 1

    async def read(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.times += 1
        self.outdated = False


@dataclass
class Turns:
    """Turns of jobs as a database shared by processes keeps them."""

    done: set[tuple[str, str]] = field(default_factory=set)

    async def do_once(self, name: str, turn: str, work: Callable[[], Awaitable[bool]]) -> None:
        if await self.take(name, turn) and await work():
            await self.finish(name, turn)

    async def take(self, name: str, turn: str = "") -> bool:
        return (name, turn) not in self.done

    async def finish(self, name: str, turn: str) -> None:
        self.done.add((name, turn))


@dataclass
class DingTalk:
    leave_of: list[list[str]] = field(default_factory=list)
    approvals_of: list[tuple[str, date]] = field(default_factory=list)
    trouble: Exception | None = None

    def at(self, priority: object) -> "DingTalk":
        return self

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        if self.trouble is not None:
            raise self.trouble
        assert first <= local("00:00") - timedelta(days=1)
        assert last >= local("00:00") + timedelta(days=2)
        self.leave_of.append(list(user_ids))
        return []

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        self.approvals_of.append((user_id, day))
        return []


class ReadDirectory:
    is_read = True


class Nowhere:
    async def put(self, *what: object, **how: object) -> None:
        """Keep nothing."""


class Stage:
    def __init__(self, turns: Turns | None = None) -> None:
        self.clock, self.book, self.dingtalk = MovableClock(), Book(), DingTalk()
        self.turns = turns or Turns()
        store: Any = SimpleNamespace(absences=Nowhere(), jobs=self.turns)
        base = a_base(store, clock=self.clock, attendance=self.dingtalk)
        self.operators = base.operators
        rosters: Any = self.book
        directory: Any = ReadDirectory()
        self.reads = Reads(base, directory, rosters, AbsenceReader(base), on_walked=lambda: None)

    async def minutes_later(self, minutes: int) -> int:
        """Let time pass and look; return how often plans were read so far."""
        self.clock.at += timedelta(minutes=minutes)
        await self.reads.read_if_due()
        return self.book.times


async def test_plans_are_read_at_the_start_and_then_once_a_turn() -> None:
    stage = Stage()
    assert [await stage.minutes_later(minutes) for minutes in (0, 1, 60, 60 * HOURS, 1)] == [1, 1, 1, 2, 2]


async def test_between_turns_who_is_new_is_looked_for_and_an_api_that_does_not_answer_is_told() -> None:
    stage = Stage()
    await stage.minutes_later(0)
    assert stage.book.new == 0
    await stage.minutes_later(1)
    assert (stage.book.times, stage.book.new) == (1, 1)
    stage.book.trouble = NotSent("schedule", "no way there")
    await stage.minutes_later(1)
    assert "no way there" in stage.operators.troubles[ROSTERS]


async def test_of_processes_that_share_a_database_one_reads() -> None:
    one = Stage()
    two = Stage(one.turns)
    assert (await one.minutes_later(0), await two.minutes_later(0)) == (1, 0)


async def test_an_event_has_plans_read_at_the_next_look_once() -> None:
    stage = Stage()
    await stage.minutes_later(0)
    stage.book.outdated = True
    assert [await stage.minutes_later(1) for _ in range(2)] == [2, 2]


async def test_many_events_have_plans_read_once_in_five_minutes() -> None:
    stage = Stage()
    await stage.minutes_later(0)
    read = []
    for _ in range(PAUSE // timedelta(minutes=1) + 1):
        stage.book.outdated = True
        read.append(await stage.minutes_later(1))
    assert read == [2, 2, 2, 2, 2, 3]


async def test_plans_that_cannot_be_read_are_told_and_read_as_soon_as_they_can() -> None:
    stage = Stage()
    stage.book.trouble = NotSent("day_schedule", "no way there")
    assert await stage.minutes_later(0) == 0
    assert "no way there" in stage.operators.troubles[ROSTERS]
    stage.book.trouble = None
    assert await stage.minutes_later(1) == 1
    assert stage.operators.troubles == {}


async def test_a_database_that_refuses_is_no_matter_of_the_operators_and_tried_again() -> None:
    stage = Stage()
    stage.book.trouble = StoreRefused("no")
    assert await stage.minutes_later(0) == 0
    stage.book.trouble = None
    assert (stage.operators.troubles, await stage.minutes_later(1)) == ({}, 1)


async def test_leave_is_read_of_all_who_work_a_hundred_a_call() -> None:
    stage = Stage()
    everybody = [f"u{number}" for number in range(AT_ONCE + 1)]
    stage.book.plans = {a_plan(): everybody, a_plan(day=TUESDAY + timedelta(days=1)): everybody}
    await stage.minutes_later(0)
    assert [len(some) for some in stage.dingtalk.leave_of] == [AT_ONCE, 1]


async def test_trips_are_read_only_of_those_whose_plan_notes_an_approval() -> None:
    stage = Stage()
    stage.book.plans = {a_plan(): ["ann"], replace(a_plan(), approved=True): ["bob"]}
    await stage.minutes_later(0)
    assert stage.dingtalk.approvals_of == [("bob", TUESDAY)]


async def test_leave_that_does_not_answer_leaves_the_plans_read() -> None:
    stage = Stage()
    stage.dingtalk.trouble = NotSent("leave", "no way there")
    assert [await stage.minutes_later(minutes) for minutes in (0, 1)] == [1, 1]
    assert stage.operators.troubles == {}


async def test_in_one_outage_the_operators_are_told_once() -> None:
    stage = Stage()
    await stage.minutes_later(0)
    stage.book.outdated = True
    stage.book.trouble = NotSent("schedule", "no way there")
    for _ in range(12):
        await stage.minutes_later(1)
        assert stage.operators.troubles.keys() == {ROSTERS}
