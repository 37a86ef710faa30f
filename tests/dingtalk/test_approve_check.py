"""What marks a check as put right at DingTalk: its body, whence its id, and what its answers mean."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.dingtalk.apis import APPROVE_CHECK, DAY_DATA, SCHEDULE
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.clock_in import ApproveCheck
from bot.domain.corrections import NO_PLAN_ID
from bot.domain.shifts import CheckType
from bot.errors import NotSent, Rejected, ServiceStopped
from tests.builders import SHANGHAI, TUESDAY, a_punch, local
from tests.dingtalk.rig import Rig, ok, truncated

OUT = replace(
    a_punch(local("18:40"), CheckType.OFF_DUTY, check_point="OffDuty/0"), message_id="correction:C-7F3K2M"
)


def row(check_type: str, at: str, number: int | None, **more: Any) -> dict[str, Any]:
    told = {"userid": "u1", "check_type": check_type, "plan_check_time": f"{TUESDAY} {at}:00", "shift_id": 7}
    return {**told, "work_date": f"{TUESDAY} 00:00:00", **({} if number is None else {"id": number}), **more}


DAY = [row("OnDuty", "09:00", 4711), row("OffDuty", "18:00", 4712)]
SPLIT = [
    row("OffDuty", "18:00", 4),
    row("OnDuty", "13:00", 3),
    row("OffDuty", "12:00", 2),
    row("OnDuty", "09:00", 1),
]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as rig:
        rig.server.on(SCHEDULE.path, ok(result=DAY))
        rig.server.on(APPROVE_CHECK.path, ok())
        yield rig


def target(rig: Rig, operator: str = "manager01") -> ApproveCheck:
    attendance = Attendance(rig.openapi, operator_user_id=operator, zone=SHANGHAI, clock=rig.time)
    return ApproveCheck(rig.openapi, attendance, SHANGHAI)


async def test_the_check_is_named_by_the_schedules_id_and_both_times_are_local(rig: Rig) -> None:
    await target(rig).send(OUT)
    (asked,) = rig.server.asked(APPROVE_CHECK.path)
    jump_url = asked.body.pop("jump_url")
    assert asked.body == {
        "userid": "u1",
        "work_date": "2026-11-24",
        "punch_id": 4712,
        "punch_check_time": "2026-11-24 18:00",
        "user_check_time": "2026-11-24 18:40",
        "approve_id": "C-7F3K2M",
        "tag_name": "补卡",
    }
    assert jump_url.startswith("https://")


async def test_of_a_night_the_work_date_is_that_of_the_shift(rig: Rig) -> None:
    morning = TUESDAY + timedelta(days=1)
    night = [row("OnDuty", "22:00", 8), row("OffDuty", "22:00", 9, plan_check_time=f"{morning} 06:00:00")]
    rig.server.on(SCHEDULE.path, ok(result=night))
    await target(rig).send(replace(OUT, punched_at=local("06:10", morning)))
    (asked,) = rig.server.asked(APPROVE_CHECK.path)
    assert (asked.body["work_date"], asked.body["punch_id"]) == ("2026-11-24", 9)
    assert asked.body["user_check_time"] == "2026-11-25 06:10"


async def test_of_two_sections_the_one_of_the_check_point_is_meant(rig: Rig) -> None:
    rig.server.on(SCHEDULE.path, ok(result=SPLIT))
    for section, number in ((0, 2), (1, 4)):
        await target(rig).send(replace(OUT, check_point=f"OffDuty/{section}"))
        assert rig.server.asked(APPROVE_CHECK.path)[-1].body["punch_id"] == number


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("OnDuty", "09:00", 4711), row("OffDuty", "18:00", None)],
        [row("OffDuty", "18:00", 4712)],  # half a section: which one is not told
        [row("OnDuty", "09:00", 1, shift_id=0), row("OffDuty", "18:00", 2, shift_id=0)],  # a day of rest
    ],
)
async def test_without_an_id_for_the_check_nothing_is_sent_and_the_reason_says_so(
    rig: Rig, rows: list[dict[str, Any]]
) -> None:
    rig.server.on(SCHEDULE.path, ok(result=rows))
    with pytest.raises(Rejected) as refused:
        await target(rig).send(OUT)
    assert refused.value.reason == NO_PLAN_ID
    assert not rig.server.asked(APPROVE_CHECK.path)


async def test_a_schedule_that_cannot_be_read_has_sent_nothing(rig: Rig) -> None:
    rig.server.on(SCHEDULE.path, truncated)
    with pytest.raises(NotSent):
        await target(rig).send(OUT)
    with pytest.raises(ServiceStopped):
        await target(rig, operator="").send(OUT)
    assert not rig.server.asked(APPROVE_CHECK.path)


@pytest.mark.parametrize(
    ("more", "marked"),
    [
        ({"source_type": "APPROVE"}, True),
        ({"source_type": "ATM", "procInst_id": "C-7F3K2M"}, True),
        ({"source_type": "USER"}, False),
        ({"source_type": "APPROVE", "user_check_time": "2026-11-24 18:41:00"}, False),
        ({"source_type": "APPROVE", "check_type": "OnDuty"}, False),
        ({"source_type": "APPROVE", "user_check_time": None}, False),
    ],
)
async def test_the_day_shows_what_was_marked(rig: Rig, more: dict[str, Any], marked: bool) -> None:
    result = {"check_type": "OffDuty", "user_check_time": "2026-11-24 18:40:00", **more}
    rig.server.on(DAY_DATA.path, ok(result={"attendance_result_list": [result]}))
    assert await target(rig).is_marked(OUT) is marked
