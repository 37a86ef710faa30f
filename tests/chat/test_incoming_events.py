"""What events of the Stream change, and that none is acknowledged before it is taken."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.clock import from_ms
from bot.dingtalk.frames import read_frame
from bot.dingtalk.stream import StreamClient
from bot.domain.absences import Absence, AbsenceSource
from bot.errors import StoreRefused
from bot.services.organisation.reads import Incoming
from tests.bases import a_base

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
PAYLOADS = Path(__file__).parent.parent / "dingtalk" / "payloads"
SAID_MS = 1685501863357


class StoppedClock:
    """A clock that stands at noon."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


class NotedDirectory:
    """Writes down what it is told; can refuse as its database would."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.refusing = False

    def employee(self, user_id: str) -> str | None:
        return None if user_id == "stranger" else user_id

    async def changed(self, user_ids: Sequence[str]) -> None:
        self.told.append(("changed", list(user_ids)))

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        self.told.append(("joined", list(user_ids), at))

    async def left(self, user_ids: Sequence[str], at: datetime) -> None:
        if self.refusing:
            raise StoreRefused("disk full")
        self.told.append(("left", list(user_ids), at))

    async def departments_changed(self, department_ids: Sequence[int] = ()) -> None:
        self.told.append(("departments", list(department_ids)))


class NotedStore:
    """Native punches and absences in memory; can refuse."""

    def __init__(self) -> None:
        self.punches: list[tuple[str, datetime]] = []
        self.absences: dict[tuple[str, str], Absence] = {}
        self.forgotten: list[tuple[str, AbsenceSource]] = []  # of what was read
        self.refusing = False

    async def note(self, found: Any, heard_at: datetime | None = None) -> None:
        if self.refusing:
            raise StoreRefused("disk full")
        if isinstance(found, Absence):
            self.absences[found.user_id, found.absence_id] = found
        else:
            self.punches += found

    async def remove(self, user_id: str, absence_id: str) -> None:
        if self.refusing:
            raise StoreRefused("disk full")
        self.absences.pop((user_id, absence_id), None)

    async def put(
        self, user_ids: Any, first: datetime, last: datetime, found: Any, *, source: AbsenceSource
    ) -> None:
        assert not found
        self.forgotten += [(user_id, source) for user_id in user_ids]


class Stage:
    """Incoming behind the desk that acknowledges frames."""

    def __init__(self) -> None:
        self.directory = NotedDirectory()
        self.store = NotedStore()
        self.outdated = False
        self.hinted: list[tuple[str, bool]] = []
        itself: Any = self
        stand_in: Any = None
        directory: Any = self.directory
        store: Any = self.store
        stores: Any = SimpleNamespace(native_punches=store, absences=store)
        base = a_base(stores, clock=StoppedClock())
        self.incoming = Incoming(base, directory, itself, itself)
        self._stream = StreamClient(
            stand_in,
            take=stand_in,
            on_event=self.incoming.event,
            clock=StoppedClock(),
            rng=stand_in,
            on_ack=stand_in,
        )

    def note(self, user_id: str, *, may_be_trip: bool) -> None:
        """Take a hint that somebody may be away."""
        self.hinted.append((user_id, may_be_trip))

    async def send(self, event_type: str, body: Mapping[str, object]) -> str:
        """Send an event; return the status of its ACK."""
        headers = {"messageId": "f1", "eventType": event_type}
        raw = json.dumps({"type": "EVENT", "headers": headers, "data": json.dumps(body)})
        ack = await self._stream.handle(raw, read_frame(raw))
        assert ack is not None
        status: str = json.loads(json.loads(ack)["data"])["status"]
        return status

    async def sample(self, name: str, **changes: object) -> str:
        """Send an official sample, changed."""
        body: dict[str, Any] = json.loads((PAYLOADS / f"event.{name}.json").read_text(encoding="utf-8"))
        event_type = body.get("eventType") or body["EventType"]
        return await self.send(event_type, {**body.get("data", body), **changes})


# --- people


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("user_add_org.stream", ("joined", ["015xxxx227"], from_ms(SAID_MS))),
        ("user_leave_org.stream.2", ("left", ["015xxxx227"], from_ms(SAID_MS))),
        ("user_leave_org.stream", ("left", ["ding12345"], NOON)),
        ("user_modify_org.stream.2", ("changed", ["user123456"])),
        ("user_modify_org.stream", ("changed", ["user123"])),
        ("user_active_org.stream", ("changed", ["015xxxx227"])),
        ("user_active_org.stream.2", ("changed", ["user123"])),
        ("user_dept_change.stream", ("changed", ["user123"])),
        ("org_dept_create.stream", ("departments", [432825033])),
        ("org_dept_modify.stream", ("departments", [432825033])),
        ("org_dept_remove.stream", ("departments", [432825033])),
    ],
)
async def test_the_official_samples_of_contacts_reach_the_directory(name: str, told: tuple[Any, ...]) -> None:
    stage = Stage()
    assert await stage.sample(name) == "SUCCESS"
    assert stage.directory.told == [told]


async def test_when_somebody_joined_is_read_in_either_spelling() -> None:
    stage = Stage()
    await stage.send("user_add_org", {"userId": ["u1", 7], "timestamp": SAID_MS})
    assert stage.directory.told == [("joined", ["u1", "7"], from_ms(SAID_MS))]


async def test_a_change_of_people_that_names_nobody_has_everybody_read() -> None:
    stage = Stage()
    assert await stage.send("user_modify_org", {"userId": {"odd": 1}}) == "SUCCESS"
    assert ("departments", []) in stage.directory.told


# --- punches


@pytest.mark.parametrize("name", ["attendance_check_record.stream", "attendance_check_record.old_http"])
async def test_the_official_samples_of_a_punch_are_noted(name: str) -> None:
    stage = Stage()
    assert await stage.sample(name) == "SUCCESS"
    assert stage.store.punches == [("0126xxxx", from_ms(1570791880000))]


@pytest.mark.parametrize("by_user", [False, "false"])
async def test_a_punch_told_again_because_of_a_schedule_is_no_punch(by_user: object) -> None:
    stage = Stage()
    rows = [
        {"userId": "u1", "checkTime": 1570791880000, "checkByUser": by_user},
        {"userId": "u2", "checkTime": "1570791880001", "checkByUser": True},
        {"userId": "u3", "checkTime": 1570791880002},
    ]
    await stage.send("attendance_check_record", {"dataList": rows})
    assert stage.store.punches == [("u2", from_ms(1570791880001)), ("u3", from_ms(1570791880002))]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dataList": None},
        {"dataList": "x"},
        {"dataList": [None, 3, {}]},
        {"dataList": [{"userId": "u1"}]},
        {"dataList": [{"userId": "u1", "checkTime": 10**30}]},
        {"dataList": [{"userId": "u1", "checkTime": "soon"}]},
        {"dataList": [{"userId": [], "checkTime": 1570791880000}]},
    ],
    ids=str,
)
async def test_a_punch_that_cannot_be_read_is_passed_over_and_not_sent_for_ever(body: dict[str, Any]) -> None:
    stage = Stage()
    assert await stage.send("attendance_check_record", body) == "SUCCESS"
    assert stage.store.punches == []


# --- leave

SPAN = (from_ms(1636646400000), from_ms(1636819199000))
KEY = ("user01", "59b71a21-xxx")


async def test_the_official_sample_of_leave_is_approved_leave() -> None:
    stage = Stage()
    assert await stage.sample("leave_record_change.stream") == "SUCCESS"
    assert stage.store.absences == {KEY: Absence("user01", *SPAN, "59b71a21-xxx", source=AbsenceSource.EVENT)}


@pytest.mark.parametrize("status", ["init", "running", "new word", "", None])
async def test_leave_in_any_other_state_is_pending(status: object) -> None:
    stage = Stage()
    await stage.sample("leave_record_change.stream", leaveStatus=status)
    assert stage.store.absences[KEY].pending


@pytest.mark.parametrize(
    "status", ["refuse", "REFUSED", "rejected", "cancel", "canceled", "revoke", "terminated", "delete", "deleted"]
)
async def test_leave_that_is_not_taken_is_forgotten(status: str) -> None:
    stage = Stage()
    await stage.sample("leave_record_change.stream")
    assert await stage.sample("leave_record_change.stream", leaveStatus=status) == "SUCCESS"
    assert stage.store.absences == {}
    assert stage.store.forgotten == [("user01", AbsenceSource.LEAVE), ("user01", AbsenceSource.APPROVAL)]


async def test_a_record_that_takes_leave_back_removes_it_though_it_succeeded() -> None:
    stage = Stage()
    await stage.sample("leave_record_change.stream")
    await stage.sample("leave_record_change.stream", leaveRecordType="cancel_leave")
    assert stage.store.absences == {}


async def test_a_change_of_a_balance_is_no_absence() -> None:
    stage = Stage()
    await stage.sample("leave_record_change.stream", leaveRecordType="update")
    assert stage.store.absences == {}


async def test_leave_that_is_approved_takes_the_place_of_the_same_one_pending() -> None:
    stage = Stage()
    for status in ("init", "success"):
        await stage.sample("leave_record_change.stream", leaveStatus=status)
    assert [absence.pending for absence in stage.store.absences.values()] == [False]


@pytest.mark.parametrize(
    "changes", [{"userid": ""}, {"startTime": None}, {"endTime": "soon"}, {"endTime": 1636646400000}], ids=str
)
async def test_leave_that_cannot_be_read_is_passed_over(changes: dict[str, object]) -> None:
    stage = Stage()
    assert await stage.sample("leave_record_change.stream", **changes) == "SUCCESS"
    assert stage.store.absences == {}


# --- rosters, others, and a store that refuses


@pytest.mark.parametrize(
    "name", ["attendance_schedule_change.old_http", "attend_group_change.stream", "attend_shift_change.stream"]
)
async def test_a_changed_roster_is_told(name: str) -> None:
    stage = Stage()
    assert await stage.sample(name) == "SUCCESS"
    assert stage.outdated


async def test_an_event_that_concerns_nobody_passes() -> None:
    stage = Stage()
    assert await stage.send("org_change", {"corpId": "x"}) == "SUCCESS"
    assert (stage.directory.told, stage.store.punches, stage.outdated) == ([], [], False)


@pytest.mark.parametrize(
    "name", ["attendance_check_record.stream", "leave_record_change.stream", "user_leave_org.stream"]
)
async def test_an_event_that_the_store_refuses_is_asked_for_again_and_then_taken(name: str) -> None:
    stage = Stage()
    stage.store.refusing = stage.directory.refusing = True
    assert await stage.sample(name) == "LATER"
    stage.store.refusing = stage.directory.refusing = False
    assert await stage.sample(name) == "SUCCESS"
    assert len(stage.store.punches) + len(stage.store.absences) + len(stage.directory.told) == 1


async def test_refused_leave_that_the_store_cannot_forget_is_asked_for_again() -> None:
    stage = Stage()
    stage.store.refusing = True
    assert await stage.sample("leave_record_change.stream", leaveStatus="refuse") == "LATER"


async def test_events_that_come_together_are_all_taken() -> None:
    stage = Stage()
    row = {"userId": "u1", "checkTime": 1570791880000}
    events = [stage.send("attendance_check_record", {"dataList": [row]}) for _ in range(50)]
    assert set(await asyncio.gather(*events)) == {"SUCCESS"}
    assert len(stage.store.punches) == 50


# --- approvals


@pytest.mark.parametrize("kind", ["start", "finish", "terminate", "delete", "something new"])
@pytest.mark.parametrize(
    ("category", "may_be_trip"),
    [
        ({}, False),
        ({"bizCategoryId": ""}, False),
        ({"bizCategoryId": "20230101"}, False),
        ({"bizCategoryId": "attendance.goout"}, True),
        ({"bizCategoryId": "alitrip.business"}, True),
    ],
)
async def test_an_approval_has_who_asked_for_it_read_anew_and_is_not_believed(
    kind: str, category: dict[str, object], may_be_trip: bool
) -> None:
    stage = Stage()
    body = {"staffId": "u1", "type": kind, "result": "agree", "title": "leave", **category}
    assert await stage.send("bpms_instance_change", body) == "SUCCESS"
    assert stage.hinted == [("u1", may_be_trip)]
    assert (stage.store.absences, stage.store.forgotten) == ({}, [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"staffId": ""},
        {"staffId": {"id": "u1"}},
        {"staffId": "stranger"},
        {"staffId": "u1", "bizCategoryId": "dingtalk.businessFinance.payment"},
        {"staffId": "u1", "bizCategoryId": "hrm.hire"},
        {"staffId": "u1", "bizCategoryId": "attendance.supply"},
        {"staffId": "u1", "bizCategoryId": "20230101", "title": "王小明提交的采购"},
        {"staffId": "u1", "bizCategoryId": "", "title": "Travel expenses of Alice"},
        {"staffId": "u1", "bizCategoryId": "dingtalk.businessFinance.reimbursement", "title": "休假报销"},
    ],
)
async def test_an_approval_of_nobody_or_of_something_else_has_nobody_read(body: dict[str, object]) -> None:
    stage = Stage()
    assert await stage.send("bpms_instance_change", body) == "SUCCESS"
    assert stage.hinted == []
