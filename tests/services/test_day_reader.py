"""What is read right before somebody is spoken to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.day_punches import Seen
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import CheckType, DayPlan
from bot.errors import NotSent, ServiceStopped
from bot.services.organisation.absences import AbsenceReader
from bot.services.reporting.day_reader import DayReader, Reading
from bot.services.reporting.known_facts import KnownFacts
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.storage.stage import SqliteStage

NOW = local("08:50")
MORNING = Absence("ann", local("09:00"), local("12:00"), "morning")
TRIP = Absence("bob", local("09:00"), local("18:00"), "trip", source=AbsenceSource.APPROVAL)
T = TypeVar("T")


class SlowClock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def monotonic(self) -> float:
        return 0.0


@dataclass
class DingTalk:
    """Answers from its fields, in the order in which it is `asked`; what is `broken` raises."""

    shown: list[AttendanceRecord] = field(default_factory=list)
    leave: list[Absence] = field(default_factory=list)
    approved: list[Absence] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    span: tuple[datetime, datetime] | None = None

    def _answer(self, name: str, answer: T) -> T:
        self.asked.append(name)
        if name in self.broken:
            raise self.broken[name]
        return answer

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        self.span = (first, last)
        return self._answer("records", self.shown)

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        return self._answer("leaves", self.leave)

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        return self._answer(f"approvals of {user_id}", [one for one in self.approved if one.user_id == user_id])


@dataclass
class Book:
    dingtalk: DingTalk
    plans: dict[str, DayPlan] = field(default_factory=lambda: {"ann": a_plan(), "bob": a_plan()})

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        return self.dingtalk._answer("plans", self.plans)

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        return self.plans if day == TUESDAY else {}


@asynccontextmanager
async def a_stage(folder: Path, **dingtalk: object) -> AsyncIterator["Stage"]:
    sqlite = SqliteStage(folder)
    try:
        yield Stage(await sqlite.open(), DingTalk(**dingtalk))  # type: ignore[arg-type]
    finally:
        await sqlite.close()


class Stage:
    def __init__(self, store: Any, dingtalk: DingTalk) -> None:
        self.store, self.dingtalk, self.book, self.clock = store, dingtalk, Book(dingtalk), SlowClock()

    async def read(self) -> Reading:
        dingtalk, book = cast(Any, self.dingtalk), cast(Any, self.book)
        reader = DayReader(
            attendance=dingtalk,
            reader=AbsenceReader(dingtalk, self.store.absences, self.clock, SHANGHAI),
            known=KnownFacts(self.store.days, self.store.excuses, self.store.native_punches, book, SHANGHAI),
            book=book,
            clock=self.clock,
            zone=SHANGHAI,
        )
        return await reader.read(["ann", "bob"], TUESDAY)


async def test_everything_that_answers_is_in_the_facts(tmp_path: Path) -> None:
    record = AttendanceRecord("ann", local("08:41"), None, source="ATM", check_type=CheckType.ON_DUTY)
    async with a_stage(tmp_path, shown=[record], leave=[MORNING]) as stage:
        reading = await stage.read()
    ann, bob = reading.facts["ann"], reading.facts["bob"]
    seen = [Seen(local("08:41"), CheckType.ON_DUTY)]
    assert (ann.plan, ann.seen, ann.absences, ann.read) == (a_plan(), seen, [MORNING], True)
    assert (bob.seen, bob.absences, bob.read, reading.troubles) == ((), (), True, {})


async def test_punches_are_read_after_all_else_up_to_now_from_before_the_day_begins(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        await stage.read()
    assert stage.dingtalk.asked[-1] == "records"
    assert stage.dingtalk.span is not None
    first, last = stage.dingtalk.span
    assert first < local("00:00")
    assert NOW < last <= NOW + timedelta(minutes=5)


async def test_a_record_that_dingtalk_does_not_count_is_none_whatever_an_event_told(tmp_path: Path) -> None:
    record = AttendanceRecord("ann", local("08:41"), "outside")
    async with a_stage(tmp_path, shown=[record]) as stage:
        await stage.store.native_punches.note([("ann", local("08:41"))])
        assert (await stage.read()).facts["ann"].seen == ()


@pytest.mark.parametrize("api", ["records", "leaves", "plans"])
async def test_what_does_not_answer_leaves_everybody_unread_and_is_named(tmp_path: Path, api: str) -> None:
    async with a_stage(tmp_path, broken={api: ServiceStopped(api, "no permission", "Grant it.")}) as stage:
        reading = await stage.read()
    assert not any(facts.read for facts in reading.facts.values())
    assert list(reading.troubles) == [api]


async def test_leave_that_does_not_answer_stays_stored_as_it_was(tmp_path: Path) -> None:
    async with a_stage(tmp_path, broken={"leaves": NotSent("leave", "no way there")}) as stage:
        asked = replace(MORNING, pending=True, source=AbsenceSource.EVENT)
        await stage.store.absences.note(asked)
        reading = await stage.read()
    assert (reading.facts["ann"].absences, reading.facts["bob"].absences) == ([asked], ())


async def test_whose_plan_is_unknown_is_not_taken_to_rest(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        del stage.book.plans["bob"]
        bob = (await stage.read()).facts["bob"]
    assert (bob.plan, bob.read) == (None, False)


async def test_only_who_has_an_approval_is_asked_for_trips(tmp_path: Path) -> None:
    async with a_stage(tmp_path, approved=[TRIP], leave=[MORNING]) as stage:
        stage.book.plans["bob"] = replace(a_plan(), approved=True)
        reading = await stage.read()
    assert [one for one in stage.dingtalk.asked if one.startswith("approvals")] == ["approvals of bob"]
    assert (reading.facts["ann"].absences, reading.facts["bob"].absences) == ([MORNING], [TRIP])


async def test_an_approval_that_cannot_be_read_hides_that_persons_day_alone(tmp_path: Path) -> None:
    broken = {"approvals of bob": NotSent("day_data", "no way there")}
    async with a_stage(tmp_path, broken=broken) as stage:
        await put_trip(stage)
        reading = await stage.read()
    assert [(one.read, one.absences) for one in reading.facts.values()] == [(True, ()), (False, [])]


async def test_a_trip_that_the_plan_does_not_note_is_asked_for_again_and_counts_while_it_is_read(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path, approved=[TRIP]) as stage:
        await put_trip(stage)  # as it was read after an event
        assert (await stage.read()).facts["bob"].absences == [TRIP]
        assert "approvals of ann" not in stage.dingtalk.asked
        stage.dingtalk.approved = []  # it was taken back since
        assert (await stage.read()).facts["bob"].absences == ()


async def test_a_trip_of_another_time_is_not_asked_for_again(tmp_path: Path) -> None:
    async with a_stage(tmp_path, broken={"approvals of bob": NotSent("day_data", "HTTP 503")}) as stage:
        await put_trip(stage, timedelta(days=-1))
        reading = await stage.read()
    assert (reading.facts["bob"].read, reading.troubles) == (True, {})


async def put_trip(stage: Stage, shift: timedelta = timedelta()) -> None:
    first, last = TRIP.starts_at + shift, TRIP.ends_at + shift
    trip = replace(TRIP, starts_at=first, ends_at=last)
    before = NOW - timedelta(minutes=1)
    await stage.store.absences.put(["bob"], first, last, [trip], source=AbsenceSource.APPROVAL, begun_at=before)
