"""What an approval that an event told of has read anew, and how little a flood of them costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.domain.absences import Absence
from bot.errors import NotSent, StoreRefused
from bot.services.organisation.absences import AT_ONCE, TRIPS_AT_ONCE, AbsenceReader
from tests.builders import SHANGHAI, TUESDAY, local


class StillClock:
    def now(self) -> datetime:
        return local("08:00")

    def monotonic(self) -> float:
        return 0.0


@dataclass
class DingTalk:
    """Counts what it is asked; both answers can be refused."""

    leave_of: list[list[str]] = field(default_factory=list)
    approvals_of: list[tuple[str, date]] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        assert first < local("00:00") and last > local("00:00") + timedelta(days=1)
        self.leave_of.append(list(user_ids))
        if "leaves" in self.refusing:
            raise NotSent("getleavestatus", "HTTP 503")
        return []

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        self.approvals_of.append((user_id, day))
        if "approvals" in self.refusing:
            raise NotSent("getupdatedata", "HTTP 503")
        return []


@dataclass
class Kept:
    """Where what was read goes."""

    refusing: bool = False

    async def put(self, *what: object, **how: object) -> None:
        if self.refusing:
            raise StoreRefused("disk full")


class Stage:
    def __init__(self) -> None:
        self.dingtalk, self.kept = DingTalk(), Kept()
        self.reader = AbsenceReader(self.dingtalk, self.kept, StillClock(), SHANGHAI)  # type: ignore[arg-type]


async def test_without_an_event_nothing_is_read() -> None:
    stage = Stage()
    await stage.reader.read_noted()
    assert (stage.dingtalk.leave_of, stage.dingtalk.approvals_of) == ([], [])


async def test_many_events_of_a_person_cost_one_call_and_the_next_minute_none() -> None:
    stage = Stage()
    for _ in range(500):
        stage.reader.note("ann", may_be_trip=False)
    for _ in range(3):
        await stage.reader.read_noted()
    assert (stage.dingtalk.leave_of, stage.dingtalk.approvals_of) == ([["ann"]], [])


async def test_a_trip_is_read_of_today_and_tomorrow() -> None:
    stage = Stage()
    stage.reader.note("ann", may_be_trip=True)
    await stage.reader.read_noted()
    assert stage.dingtalk.leave_of == [["ann"]]
    assert stage.dingtalk.approvals_of == [("ann", TUESDAY), ("ann", TUESDAY + timedelta(days=1))]


async def test_a_flood_costs_a_bounded_number_of_calls_a_minute() -> None:
    stage = Stage()
    people = [f"u{number:03}" for number in range(3 * AT_ONCE)]
    for user_id in people:
        stage.reader.note(user_id, may_be_trip=True)
    await stage.reader.read_noted()
    assert stage.dingtalk.leave_of == [people[:AT_ONCE]]
    assert len(stage.dingtalk.approvals_of) == 2 * TRIPS_AT_ONCE
    for _ in range(2):
        await stage.reader.read_noted()
    assert [one for some in stage.dingtalk.leave_of for one in some] == people


async def test_what_cannot_be_read_is_tried_again_in_the_next_minute() -> None:
    stage = Stage()
    stage.reader.note("ann", may_be_trip=True)
    stage.dingtalk.refusing = {"leaves"}
    await stage.reader.read_noted()
    stage.dingtalk.refusing = {"approvals"}
    await stage.reader.read_noted()
    stage.dingtalk.refusing = set()
    await stage.reader.read_noted()
    assert stage.dingtalk.leave_of == [["ann"], ["ann"]]
    assert len(stage.dingtalk.approvals_of) == 4


async def test_a_store_that_refuses_stops_nothing() -> None:
    stage = Stage()
    stage.reader.note("ann", may_be_trip=True)
    stage.kept.refusing = True
    await stage.reader.read_noted()
    stage.kept.refusing = False
    stage.reader.note("bob", may_be_trip=False)
    await stage.reader.read_noted()
    assert stage.dingtalk.leave_of == [["ann"], ["bob"]]
