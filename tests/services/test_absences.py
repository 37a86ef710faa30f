"""An approval event has a person read anew, and a flood of events costs few calls."""

from datetime import timedelta
from pathlib import Path

from bot.domain.absences import Absence
from bot.errors import NotSent
from bot.services.organisation.absences import LEAVES_A_CALL, TRIPS_AT_ONCE
from tests.builders import TUESDAY, local
from tests.services.attendance_stage import a_stage

AWAY = Absence("ann", local("13:00"), local("18:00"), "L1")


async def test_many_events_of_a_person_cost_one_call_and_no_event_none(tmp_path: Path) -> None:
    async with a_stage(tmp_path, leave=[AWAY]) as stage:
        await stage.absences.read_noted()
        assert stage.dingtalk.asked == []
        for _ in range(500):
            stage.absences.note("ann", may_be_trip=False)
        for _ in range(3):
            await stage.absences.read_noted()
        assert stage.dingtalk.asked == [("leaves", ["ann"])]
        assert list(await stage.store.absences.touching(local("00:00"), local("23:00"))) == [AWAY]


async def test_a_flood_costs_few_calls_a_minute_and_a_trip_is_read_of_today_and_tomorrow(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        people = [f"u{number:03}" for number in range(2 * LEAVES_A_CALL)]
        for number, user_id in enumerate(people):
            stage.absences.note(user_id, may_be_trip=number < 2 * TRIPS_AT_ONCE)
        await stage.absences.read_noted()
        (first,) = stage.dingtalk.calls("leaves")
        assert len(first) == LEAVES_A_CALL
        assert len(stage.dingtalk.calls("approvals")) == 2 * TRIPS_AT_ONCE
        assert {day for _, day in stage.dingtalk.calls("approvals")} == {TUESDAY, TUESDAY + timedelta(days=1)}
        await stage.absences.read_noted()
        assert sorted(one for some in stage.dingtalk.calls("leaves") for one in some) == people


async def test_a_failed_read_is_tried_again_in_the_next_minute(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        stage.absences.note("ann", may_be_trip=True)
        stage.dingtalk.broken = {"leaves": NotSent("getleavestatus", "HTTP 503")}
        await stage.absences.read_noted()
        stage.dingtalk.broken = {"approvals": NotSent("getupdatedata", "HTTP 503")}
        await stage.absences.read_noted()
        stage.dingtalk.broken = {}
        await stage.absences.read_noted()
        await stage.absences.read_noted()
        assert len(stage.dingtalk.calls("leaves")) == 3
        assert len(stage.dingtalk.calls("approvals")) == 4
