"""What is read right before somebody is spoken to."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.due import Seen
from bot.domain.excuses import Excuse
from bot.domain.reconciling import AttendanceRecord, Second
from bot.domain.shifts import CheckType, DayPlan
from bot.errors import NotSent, ServiceStopped
from bot.services.organisation.absence_reading import AbsenceReader
from bot.services.punching.sightings import Sightings
from bot.services.reminding.reminder_facts import FactFinder, Reading
from bot.storage.marks import PunchMark
from tests.builders import SHANGHAI, TUESDAY, a_plan, local

NOW = local("08:50")
MORNING = Absence("ann", local("09:00"), local("12:00"), "morning")
TRIP = Absence("bob", local("09:00"), local("18:00"), "trip", source=AbsenceSource.APPROVAL)
T = TypeVar("T")


class StoppedClock:
    def now(self) -> datetime:
        return NOW

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


@dataclass
class Stored:
    """Absences in the database, and what was put there."""

    absences: list[Absence] = field(default_factory=list)
    put_for: list[tuple[AbsenceSource, list[str]]] = field(default_factory=list)

    async def between(self, user_ids: Sequence[str], first: date, last: date) -> Sequence[Excuse]:
        return ()

    async def put(
        self,
        user_ids: Sequence[str],
        first: datetime,
        last: datetime,
        found: Sequence[Absence],
        *,
        source: AbsenceSource,
        begun_at: datetime | None = None,
        outweighs: datetime | None = None,
    ) -> None:
        self.put_for.append((source, list(user_ids)))

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        return self.absences


@dataclass
class Ours:
    """Our ledger, and the punches that events told of."""

    dingtalk: DingTalk
    marked: list[PunchMark] = field(default_factory=list)
    native: dict[str, list[datetime]] = field(default_factory=dict)

    async def marks(self, first: date, last: date, user_ids: Sequence[str] | None = None) -> Sequence[PunchMark]:
        self.dingtalk.asked.append("ledger")
        return [one for one in self.marked if user_ids is None or one.user_id in user_ids]

    async def replaced(self, user_ids: Sequence[str]) -> Set[Second]:
        return set()

    async def since(
        self, first: datetime, user_ids: Sequence[str] | None = None
    ) -> Mapping[str, Sequence[datetime]]:
        return {one: at for one, at in self.native.items() if user_ids is None or one in user_ids}


class Stage:
    def __init__(self, **dingtalk: object) -> None:
        self.dingtalk = DingTalk(**dingtalk)  # type: ignore[arg-type]
        self.book, self.stored, self.ours = Book(self.dingtalk), Stored(), Ours(self.dingtalk)

    async def read(self, *user_ids: str) -> Reading:
        finder = FactFinder(
            attendance=self.dingtalk,  # type: ignore[arg-type]
            absences=self.stored,  # type: ignore[arg-type]
            excuses=self.stored,  # type: ignore[arg-type]
            reader=AbsenceReader(self.dingtalk, self.stored, StoppedClock(), SHANGHAI),  # type: ignore[arg-type]
            sightings=Sightings(self.ours, self.ours, SHANGHAI),  # type: ignore[arg-type]
            book=self.book,  # type: ignore[arg-type]
            clock=StoppedClock(),
        )
        return await finder.read(user_ids or ("ann", "bob"), TUESDAY)


async def test_everything_that_answers_is_in_the_facts() -> None:
    record = AttendanceRecord("ann", local("08:41"), None, source="ATM", check_type=CheckType.ON_DUTY)
    stage = Stage(shown=[record], leave=[MORNING])
    reading = await stage.read()
    ann, bob = reading.facts["ann"], reading.facts["bob"]
    assert (ann.plan, ann.records, ann.absences) == (
        a_plan(),
        [Seen(local("08:41"), CheckType.ON_DUTY)],
        [MORNING],
    )
    assert (bob.records, bob.absences, reading.troubles) == ((), [], {})


async def test_punches_are_read_after_all_else() -> None:
    stage = Stage()
    await stage.read()
    assert stage.dingtalk.asked[-2:] == ["records", "ledger"]


async def test_records_are_asked_for_up_to_now_from_before_the_day_begins() -> None:
    stage = Stage()
    await stage.read()
    assert stage.dingtalk.span is not None
    first, last = stage.dingtalk.span
    assert first < local("00:00")
    assert NOW < last <= NOW + timedelta(minutes=5)


async def test_a_record_that_dingtalk_does_not_count_is_none() -> None:
    record = AttendanceRecord("ann", local("08:41"), "outside")
    assert (await Stage(shown=[record]).read()).facts["ann"].records == ()


async def test_records_that_do_not_answer_are_unknown_and_named() -> None:
    reading = await Stage(broken={"records": NotSent("list_record", "no way there")}).read()
    assert [facts.records for facts in reading.facts.values()] == [None, None]
    assert [facts.absences for facts in reading.facts.values()] == [[], []]
    assert reading.troubles == {"list_record": "no way there"}


async def test_leave_that_does_not_answer_is_unknown_and_stays_stored_as_it_was() -> None:
    stage = Stage(broken={"leaves": ServiceStopped("leave", "no permission", "Grant it.")})
    reading = await stage.read()
    assert [facts.absences for facts in reading.facts.values()] == [None, None]
    assert list(reading.troubles) == ["leave"]
    assert stage.stored.put_for == []


async def test_plans_that_do_not_answer_are_unknown_and_the_rest_is_read() -> None:
    reading = await Stage(broken={"plans": NotSent("schedule", "no way there")}, leave=[MORNING]).read()
    assert [facts.plan for facts in reading.facts.values()] == [None, None]
    assert reading.facts["ann"].absences == [MORNING]


async def test_whose_plan_is_unknown_is_not_taken_to_rest() -> None:
    stage = Stage()
    del stage.book.plans["bob"]
    assert (await stage.read()).facts["bob"].plan is None


async def test_only_who_has_an_approval_is_asked_for_trips() -> None:
    stage = Stage(approved=[TRIP], leave=[MORNING])
    stage.book.plans["bob"] = replace(a_plan(), approved=True)
    reading = await stage.read()
    assert [one for one in stage.dingtalk.asked if one.startswith("approvals")] == ["approvals of bob"]
    assert (reading.facts["ann"].absences, reading.facts["bob"].absences) == ([MORNING], [TRIP])
    assert (AbsenceSource.APPROVAL, ["bob"]) in stage.stored.put_for


async def test_an_approval_that_cannot_be_read_hides_that_persons_facts_alone() -> None:
    stage = Stage(broken={"approvals of bob": NotSent("day_data", "no way there")})
    stage.book.plans["bob"] = replace(a_plan(), approved=True)
    reading = await stage.read()
    assert (reading.facts["ann"].absences, reading.facts["bob"].absences) == ([], None)


async def test_what_events_told_is_in_the_facts_also_when_leave_does_not_answer() -> None:
    stage = Stage(broken={"leaves": NotSent("leave", "no way there")})
    asked = replace(MORNING, pending=True, source=AbsenceSource.EVENT)
    stage.stored.absences = [asked]
    reading = await stage.read()
    assert (reading.facts["ann"].heard_of, reading.facts["bob"].heard_of) == ([asked], ())


async def test_our_own_punches_and_those_at_the_gate_are_seen() -> None:
    stage = Stage()
    stage.ours.marked = [PunchMark("ann", TUESDAY, CheckType.ON_DUTY, "OnDuty/0", local("08:42"))]
    stage.ours.native = {"ann": [local("08:43")], "bob": [local("08:44")], "cem": [local("08:45")]}
    reading = await stage.read()
    own = Seen(local("08:42"), CheckType.ON_DUTY, None, "OnDuty/0", TUESDAY)
    assert list(reading.facts["ann"].seen) == [own, Seen(local("08:43"))]
    assert list(reading.facts["bob"].seen) == [Seen(local("08:44"))]


async def test_a_trip_that_the_plan_does_not_note_is_asked_for_again_and_counts_while_it_is_read() -> None:
    stage = Stage(approved=[TRIP])
    stage.stored.absences = [TRIP]  # as it was read after an event
    assert (await stage.read()).facts["bob"].absences == [TRIP]
    assert "approvals of ann" not in stage.dingtalk.asked
    stage.dingtalk.approved = []  # it was taken back since
    assert (await stage.read()).facts["bob"].absences == []


async def test_a_trip_of_another_time_is_not_asked_for_again() -> None:
    stage = Stage(broken={"approvals of bob": NotSent("day_data", "HTTP 503")})
    yesterday = timedelta(days=1)
    stage.stored.absences = [replace(TRIP, starts_at=TRIP.starts_at - yesterday, ends_at=TRIP.ends_at - yesterday)]
    reading = await stage.read()
    assert (reading.facts["bob"].absences, reading.troubles) == ([], {})
