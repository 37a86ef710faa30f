"""What events of the Stream change. An event is acknowledged after it is stored."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from bot.chat.intake import Intake, take_event
from bot.clock import from_ms
from bot.dingtalk.frames import read_frame
from bot.domain.people import Department, Employee
from bot.domain.slots import Days
from bot.services.organisation.directory import Directory
from bot.storage.store import Store
from tests.bases import a_base
from tests.builders import SHANGHAI
from tests.faults.disks import StubbornDisk
from tests.storage.stage import HandClock, SqliteStage, Stubborn
from tests.tables import cases

PAYLOADS = Path(__file__).parent.parent / "dingtalk" / "payloads"
PUNCHED_AT = from_ms(1570791880000)
PEOPLE = [
    Employee(user_id, user_id, department_ids=(1,)) for user_id in ("015xxxx227", "ding12345", "u1")
]


class Stage:
    """The Stream client with a real directory and database."""

    def __init__(self, store: Store, disk: StubbornDisk, clock: HandClock) -> None:
        self.store, self.disk, self.outdated = store, disk, False
        self.shifts_kept = True
        itself: Any = self
        base = a_base(store, clock=clock, attendance=itself, contacts=itself)
        self.directory = Directory(base)
        unused = cast(Any, None)
        on_event = partial(take_event, base, self.directory, itself)
        self._intake = Intake(unused, unused, on_event, clock, SHANGHAI, Counter())

    def at(self, priority: object) -> "Stage":
        return self

    def forget_shifts(self) -> None:
        self.shifts_kept = False

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
        body: dict[str, Any] = json.loads(
            (PAYLOADS / f"event.{name}.json").read_text(encoding="utf-8")
        )
        event_type = body.get("eventType") or body["EventType"]
        return await self.send(event_type, {**body.get("data", body), **changes})

    async def doubted(self) -> frozenset[str]:
        return (await self.store.people.load_changes(0))[0]

    async def punches(self) -> dict[str, list[datetime]]:
        people, day = ("0126xxxx", "u1", "u2", "u3"), PUNCHED_AT.date()
        known = await self.store.days.load(people, Days(day, day), PUNCHED_AT, PUNCHED_AT)
        return {who: [punch.at for punch in facts.seen] for who, facts in known.items()}


@pytest.fixture
async def events(stubborn: Stubborn, sqlite_stage: SqliteStage) -> Stage:
    store, disk = stubborn
    stage = Stage(store, disk, sqlite_stage.clock)
    await stage.directory.crawl()
    sqlite_stage.clock.move(1)
    return stage


# --- people


@cases
async def test_contact_events_mark_people_as_doubted(
    events: Stage, name: str, doubted: str, is_new: bool
) -> None:
    assert await events.sample(name) == "SUCCESS"
    assert await events.doubted() == {doubted}
    assert events.outdated is is_new, "the plans of new people are read"


async def test_a_leave_event_removes_the_person(events: Stage) -> None:
    assert await events.sample("user_leave_org.stream.2") == "SUCCESS"
    assert events.directory.employee("015xxxx227") is None
    assert await events.store.people.is_here("015xxxx227") is False


# --- punches


async def test_a_punch_event_is_noted(events: Stage) -> None:
    assert await events.sample("attendance_check_record.stream") == "SUCCESS"
    assert await events.punches() == {"0126xxxx": [PUNCHED_AT]}


async def test_an_event_of_a_schedule_is_no_punch(events: Stage) -> None:
    rows = [
        {"userId": "u1", "checkTime": 1570791880000, "checkByUser": False},
        {"userId": "u1", "checkTime": 1570791880000, "checkByUser": "false"},
        {"userId": "u2", "checkTime": "1570791880000", "checkByUser": True},
        {"userId": "u3", "checkTime": "2019-10-11 19:04:40"},  # in Shanghai
    ]
    assert await events.send("attendance_check_record", {"dataList": rows}) == "SUCCESS"
    assert await events.punches() == {"u2": [PUNCHED_AT], "u3": [PUNCHED_AT]}


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
async def test_an_unreadable_punch_event_is_acknowledged(events: Stage, rows: object) -> None:
    assert await events.send("attendance_check_record", {"dataList": rows}) == "SUCCESS"
    assert await events.punches() == {}


# --- approvals


@cases
async def test_an_approval_makes_the_bot_read_absences_anew(
    events: Stage, changes: dict[str, object], outdated: bool
) -> None:
    assert await events.sample("attendance_approve_status_change.stream", **changes) == "SUCCESS"
    assert events.outdated is outdated
    assert events.shifts_kept, "an approval changes no shift"


# --- rosters, unknown events, and a store that refuses


async def test_a_roster_event_marks_plans_as_outdated(events: Stage) -> None:
    assert await events.send("org_change", {"corpId": "x"}) == "SUCCESS"
    assert (events.outdated, await events.doubted()) == (False, frozenset())
    assert await events.sample("attend_shift_change.stream") == "SUCCESS"
    assert events.outdated and not events.shifts_kept


@pytest.mark.parametrize(
    "name", ["attendance_check_record.stream", "user_leave_org.stream", "user_modify_org.stream"]
)
async def test_an_event_that_the_store_refuses_is_requested_again(events: Stage, name: str) -> None:
    events.disk.outcomes = ["lost"]
    assert await events.sample(name) == "LATER"
    assert await events.sample(name) == "SUCCESS"
