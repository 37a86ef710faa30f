"""What events of the Stream change. An event is acknowledged after it is stored."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from bot.chat.intake import Intake
from bot.clock import from_ms
from bot.dingtalk.frames import read_frame
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.people import Department, Employee
from bot.errors import StoreRefused
from bot.services.organisation.directory import ALL_DEPARTMENTS, Directory
from bot.storage.store import Store
from handlers.events import take_event
from tests.bases import a_base
from tests.storage.stage import HandClock, SqliteStage

PAYLOADS = Path(__file__).parent.parent / "dingtalk" / "payloads"
PUNCHED_AT = from_ms(1570791880000)
SPAN = (from_ms(1636646400000), from_ms(1636819199000))
LEAVE = Absence("user01", *SPAN, "59b71a21-xxx", source=AbsenceSource.EVENT)
PEOPLE = [Employee(user_id, user_id, department_ids=(1,)) for user_id in ("015xxxx227", "ding12345", "u1")]


class Stage:
    """The Stream client with a real directory and database."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.outdated = store, False
        itself: Any = self
        base = a_base(store, clock=clock, attendance=itself, contacts=itself)
        self.directory = Directory(base)
        unused = cast(Any, None)
        on_event = partial(take_event, base, self.directory, itself)
        self._intake = Intake(unused, unused, on_event, clock, Counter())

    def at(self, priority: object) -> "Stage":
        return self

    def forget_shifts(self) -> None:
        """There are no shifts."""

    async def department(self, department_id: int, priority: object) -> Department:
        return Department(department_id, "all")

    async def children(self, department_id: int) -> list[int]:
        return []

    async def members(self, department_id: int) -> list[Employee]:
        return PEOPLE

    async def send(self, event_type: str, body: Mapping[str, object]) -> str:
        """Send an event; return the status of its ACK."""
        headers = {"messageId": "f1", "eventType": event_type}
        raw = json.dumps({"type": "EVENT", "headers": headers, "data": json.dumps(body)})
        ack = await self._intake.handle(read_frame(raw))
        assert ack is not None
        status: str = json.loads(json.loads(ack)["data"])["status"]
        return status

    async def sample(self, name: str, **changes: object) -> str:
        """Send an official sample with changed fields."""
        body: dict[str, Any] = json.loads((PAYLOADS / f"event.{name}.json").read_text(encoding="utf-8"))
        event_type = body.get("eventType") or body["EventType"]
        return await self.send(event_type, {**body.get("data", body), **changes})

    async def doubted(self) -> frozenset[str]:
        return (await self.store.people.follow(0))[0]

    async def punches(self) -> dict[str, list[datetime]]:
        people, day = ("0126xxxx", "u1", "u2", "u3"), PUNCHED_AT.date()
        known = await self.store.days.known(people, day, day, PUNCHED_AT, PUNCHED_AT)
        return {who: [punch.at for punch in seen] for who, seen in known.native.items()}

    async def leave(self) -> list[Absence]:
        return list(await self.store.absences.touching(*SPAN))


@asynccontextmanager
async def a_stage(folder: Path) -> AsyncIterator[Stage]:
    sqlite = SqliteStage(folder)
    try:
        stage = Stage(await sqlite.open(), sqlite.clock)
        await stage.directory.crawl()
        sqlite.clock.move(1)
        yield stage
    finally:
        await sqlite.close()


# --- people


@pytest.mark.parametrize(
    ("name", "doubted"),
    [
        ("user_add_org.stream", "015xxxx227"),
        ("user_modify_org.stream.2", "user123456"),
        ("user_dept_change.stream", "user123"),
        ("org_dept_modify.stream", ALL_DEPARTMENTS),
    ],
)
async def test_contact_events_mark_people_as_doubted(tmp_path: Path, name: str, doubted: str) -> None:
    async with a_stage(tmp_path) as stage:
        assert await stage.sample(name) == "SUCCESS"
        assert await stage.doubted() == {doubted}


async def test_a_leave_event_removes_the_person(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        assert await stage.sample("user_leave_org.stream.2") == "SUCCESS"
        assert stage.directory.employee("015xxxx227") is None
        assert await stage.store.people.has_left("015xxxx227")


# --- punches


@pytest.mark.parametrize("name", ["attendance_check_record.stream", "attendance_check_record.old_http"])
async def test_punch_events_are_noted(tmp_path: Path, name: str) -> None:
    async with a_stage(tmp_path) as stage:
        assert await stage.sample(name) == "SUCCESS"
        assert await stage.punches() == {"0126xxxx": [PUNCHED_AT]}


async def test_an_event_of_a_schedule_is_no_punch(tmp_path: Path) -> None:
    rows = [
        {"userId": "u1", "checkTime": 1570791880000, "checkByUser": False},
        {"userId": "u1", "checkTime": 1570791880000, "checkByUser": "false"},
        {"userId": "u2", "checkTime": "1570791880000", "checkByUser": True},
        {"userId": "u3", "checkTime": 1570791880000},
    ]
    async with a_stage(tmp_path) as stage:
        await stage.send("attendance_check_record", {"dataList": rows})
        assert await stage.punches() == {"u2": [PUNCHED_AT], "u3": [PUNCHED_AT]}


@pytest.mark.parametrize(
    "rows",
    [
        None,
        [None, 3, {}],
        [{"userId": "u1", "checkTime": 10**30}],
        [{"userId": [], "checkTime": 1570791880000}],
    ],
    ids=str,
)
async def test_an_unreadable_punch_event_is_acknowledged(tmp_path: Path, rows: object) -> None:
    async with a_stage(tmp_path) as stage:
        assert await stage.send("attendance_check_record", {"dataList": rows}) == "SUCCESS"
        assert await stage.punches() == {}


# --- leave and approvals


async def test_leave_holds_until_it_is_taken_back(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        for status, pending in (("init", True), ("new word", True), (None, True), ("success", False)):
            assert await stage.sample("leave_record_change.stream", leaveStatus=status) == "SUCCESS"
            assert [absence.pending for absence in await stage.leave()] == [pending]
        assert await stage.leave() == [LEAVE]
        await stage.sample("leave_record_change.stream", leaveRecordType="cancel_leave")
        assert await stage.leave() == []
        await stage.sample("leave_record_change.stream", leaveRecordType="update")
        assert await stage.leave() == [], "an update only changes the balance"


@pytest.mark.parametrize("status", ["REFUSED", "terminated"])
async def test_refused_leave_is_removed_with_its_reading(tmp_path: Path, status: str) -> None:
    async with a_stage(tmp_path) as stage:
        await stage.sample("leave_record_change.stream")
        read = Absence("user01", *SPAN, "read")
        await stage.store.absences.put(["user01"], SPAN, [read], AbsenceSource.LEAVE)
        assert len(await stage.leave()) == 2
        assert await stage.sample("leave_record_change.stream", leaveStatus=status) == "SUCCESS"
        assert await stage.leave() == []


# --- rosters, unknown events, and a store that refuses


@pytest.mark.parametrize(
    "name", ["attendance_schedule_change.old_http", "attend_group_change.stream", "attend_shift_change.stream"]
)
async def test_roster_events_mark_plans_as_outdated(tmp_path: Path, name: str) -> None:
    async with a_stage(tmp_path) as stage:
        assert await stage.send("org_change", {"corpId": "x"}) == "SUCCESS"
        assert (stage.outdated, await stage.doubted()) == (False, frozenset())
        assert await stage.sample(name) == "SUCCESS"
        assert stage.outdated


@pytest.mark.parametrize(
    ("name", "repository", "method"),
    [
        ("attendance_check_record.stream", "native_punches", "note"),
        ("user_leave_org.stream", "people", "left"),
        ("user_modify_org.stream", "people", "doubt"),
    ],
)
async def test_an_event_that_the_store_refuses_is_requested_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, repository: str, method: str
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise StoreRefused("disk full")

    async with a_stage(tmp_path) as stage:
        with monkeypatch.context() as patch:
            patch.setattr(getattr(stage.store, repository), method, refuse)
            assert await stage.sample(name) == "LATER"
        assert await stage.sample(name) == "SUCCESS"
