"""The reads of plans and absences, and the alert about unknown holidays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.domain.people import EVERYBODY
from bot.domain.shifts import WORKING_WEEK, Calendar
from bot.errors import NotSent, StoreRefused
from bot.services.organisation.reads import CALENDAR, HOURS, PAUSE, ROSTERS, Reads
from bot.services.organisation.rosters import Assignment, ConfiguredRosters, Schedule
from bot.services.reporting.absence_reader import PEOPLE_A_LEAVE_CALL, read_all_absences
from tests.bases import a_base
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift
from tests.faults.a_store import StillClock
from tests.services.attendance_stage import Stage, a_stage

AWAY = NotSent("schedule", "no way there")


class Process:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.troubles = stage, stage.base.operators.troubles
        directory: Any = SimpleNamespace(is_read=True)
        self._reads = Reads(stage.base, directory, stage.rosters, on_walked=lambda: None)

    async def after(self, minutes: int) -> int:
        """Advance the clock and look. Return the number of complete reads so far."""
        self.stage.clock.advance(minutes=minutes)
        await self._reads.read_if_due()
        return len(self.stage.dingtalk.calls("plans"))


async def test_one_process_reads_plans_each_turn_and_after_events(tmp_path: Path) -> None:
    async with a_stage(tmp_path, "08:00") as stage:
        one, two = Process(stage), Process(stage.another())
        assert [await one.after(minutes) for minutes in (0, 1, 60, 60 * HOURS, 1)] == [
            1,
            1,
            1,
            2,
            2,
        ]
        assert await two.after(1) == 0
        read = []
        for _ in range(PAUSE // timedelta(minutes=1) + 1):
            stage.rosters.outdated = True
            read.append(await one.after(1))
        assert read == [3, 3, 3, 3, 3, 4]


async def test_administrators_hear_of_unreadable_plans_until_they_are_read(tmp_path: Path) -> None:
    async with a_stage(tmp_path, "08:00") as stage:
        process = Process(stage)
        stage.dingtalk.broken["plans"] = AWAY
        for _ in range(7):
            await process.after(1)
            assert "no way there" in stage.base.operators.troubles[ROSTERS]
        stage.dingtalk.broken["plans"] = StoreRefused("no")
        await process.after(5)
        stage.dingtalk.broken.clear()
        stage.dingtalk.asked.clear()
        assert await process.after(5) == 1
        assert stage.base.operators.troubles == {}


async def test_leave_is_read_for_all_and_trips_where_noted(
    tmp_path: Path,
) -> None:
    people = [f"u{number:03}" for number in range(PEOPLE_A_LEAVE_CALL + 1)]
    async with a_stage(tmp_path, "08:00") as stage:
        noted = replace(a_plan(), shows_approval=True)
        await read_all_absences(stage.base, {a_plan(): people, noted: ["u007"]})
        assert [len(some) for some in stage.dingtalk.calls("leaves")] == [PEOPLE_A_LEAVE_CALL, 1]
        assert stage.dingtalk.calls("approvals") == [("u007", TUESDAY)]
        stage.dingtalk.broken["leaves"] = NotSent("leave", "no way there")
        assert await Process(stage).after(0) == 1, (
            "leave that does not answer leaves the plans read"
        )
        assert stage.base.operators.troubles == {}


async def test_administrators_hear_of_an_unknown_year_until_it_is_known() -> None:
    clock = StillClock(datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    base = a_base(clock=clock)
    office = Assignment(a_shift(), WORKING_WEEK, EVERYBODY)

    async def check(*years: int) -> bool:
        schedule = Schedule([office], SHANGHAI, Calendar(known_years=frozenset(years)))
        unused: Any = None
        rosters = ConfiguredRosters(base, schedule, unused)
        await Reads(base, unused, cast(Any, rosters), on_walked=lambda: None).check_calendar()
        return CALENDAR in base.operators.troubles

    assert not await check(2026)
    clock.advance(minutes=1)  # 1 November in Shanghai
    assert await check(2026)
    assert "2027 are not known" in base.operators.troubles[CALENDAR]
    assert not await check(2026, 2027)
