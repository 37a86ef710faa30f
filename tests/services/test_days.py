"""People's days: DingTalk is read before anybody is missing, and unread days stay unknown."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.actions import Absent
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.day import CheckState, PersonDay, Standing
from bot.domain.facts import AttendanceRecord, DayFacts
from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.domain.slots import Days
from bot.domain.summaries import TeamDay
from bot.errors import NotSent, ServiceStopped
from bot.services.organisation.sights import Sight, ViewResult
from bot.services.reporting.absence_reader import Troubles, read_approvals
from bot.views.i18n import Texts
from bot.views.team import team_day as shown_day
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.services.attendance_stage import Stage, a_stage
from tests.storage.stage import a_wish, always, record

TEAM = [f"u{number:03d}" for number in range(120)]
SIGHT = Sight(ViewResult.SEEN, tuple(Employee(user_id, "") for user_id in TEAM))
MORNING = Absence("ann", local("09:00"), local("12:00"), "morning")
TRIP = Absence("bob", local("09:00"), local("18:00"), "trip", source=AbsenceSource.APPROVAL)


def punched(user_id: str, at: str, **more: Any) -> AttendanceRecord:
    return AttendanceRecord(
        user_id, local(at), check_type=CheckType.ON_DUTY, planned_at=local("09:00"), **more
    )


async def facts_of(stage: Stage) -> dict[str, DayFacts]:
    return dict((await stage.reader.read_now(["ann", "bob"], TUESDAY)).facts)


async def team_day(stage: Stage, *, ours: int = 0, departures: bool = False) -> TeamDay:
    """Return the team's day. The first `ours` people clocked in through the bot."""
    stage.people.user_ids = TEAM
    stage.dingtalk.planned = dict.fromkeys(TEAM, a_plan())
    await stage.rosters.read()
    for user_id in TEAM[:ours]:
        await record(stage.store, a_wish(user_id, user_id, at=local("08:50")), always())
    stage.dingtalk.asked.clear()
    return await stage.days.day(SIGHT, TUESDAY, departures=departures)


def who(found: TeamDay, standing: Standing) -> list[str]:
    return [day.user_id for day in found.of(standing)]


# --- the last look before a message


async def test_the_last_look_reads_plans_leave_and_finally_punches(tmp_path: Path) -> None:
    async with a_stage(tmp_path, shown=[punched("bob", "08:40")], leave=[MORNING]) as stage:
        facts = await facts_of(stage)
        assert [name for name, _ in stage.dingtalk.asked][-1] == "records"
        assert (facts["ann"].absences, facts["ann"].plan) == ([MORNING], a_plan())
        assert [punch.at for punch in facts["bob"].seen] == [local("08:40")]
        assert all(day.read for day in facts.values())


async def test_a_punch_that_dingtalk_rejects_does_not_count(tmp_path: Path) -> None:
    async with a_stage(
        tmp_path, shown=[punched("bob", "08:40", invalid_reason="Security")]
    ) as stage:
        await stage.store.native_punches.note([("bob", local("08:40"))])
        assert not (await facts_of(stage))["bob"].seen


@pytest.mark.parametrize("api", ["plans", "leaves", "records"])
async def test_an_api_without_answer_leaves_everybody_unread(tmp_path: Path, api: str) -> None:
    async with a_stage(tmp_path, leave=[MORNING]) as stage:
        await facts_of(stage)
        stage.dingtalk.broken[api] = (
            NotSent("an api", "HTTP 503") if api != "records" else ServiceStopped("x", "y", "z")
        )
        reading = await stage.reader.read_now(["ann", "bob"], TUESDAY)
        assert reading.troubles
        assert not any(day.read for day in reading.facts.values())
        assert reading.facts["ann"].absences == [MORNING], "what was read before stays"


async def test_trips_are_read_only_for_people_with_an_approval(tmp_path: Path) -> None:
    async with a_stage(tmp_path, approved=[TRIP]) as stage:
        await facts_of(stage)
        assert stage.dingtalk.calls("approvals") == []
        await read_approvals(stage.base, ["bob"], TUESDAY, Troubles())
        facts = await facts_of(stage)
        assert (facts["bob"].absences, facts["bob"].read) == ([TRIP], True)
        stage.dingtalk.broken["approvals"] = NotSent("getupdatedata", "HTTP 503")
        facts = await facts_of(stage)
        assert (facts["ann"].read, facts["bob"].read) == (True, False)
        stage.dingtalk.broken.clear()
        stage.dingtalk.approved.clear()
        assert not (await facts_of(stage))["bob"].absences, "a trip that was taken back"


# --- a team's day


async def test_only_people_without_a_known_punch_are_read(tmp_path: Path) -> None:
    async with a_stage(
        tmp_path, "09:42", shown=[punched("u010", "08:55"), punched("u011", "09:12")]
    ) as stage:
        found = await team_day(stage, ours=10)
        batches = stage.dingtalk.calls("records")
        assert sorted(one for some in batches for one in some) == TEAM[10:]
        assert sorted(map(len, batches)) == [10, PEOPLE_A_CALL, PEOPLE_A_CALL]
        assert found.counts[Standing.ON_TIME] == 11
        assert (who(found, Standing.LATE), who(found, Standing.MISSING)) == (["u011"], TEAM[12:])


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_people_not_read_in_time_are_unknown_and_not_missing(
    tmp_path: Path, language: Any
) -> None:
    async with a_stage(tmp_path, "09:42", silent="u060") as stage:
        found = await team_day(stage)
        assert who(found, Standing.UNKNOWN) == TEAM[50:100]
        assert who(found, Standing.MISSING) == [*TEAM[:50], *TEAM[100:]]
        reply = shown_day(found, SIGHT.people, Texts(language, SHANGHAI), title="", asked=Absent())
        apart = {"zh": "未知（", "en": "Unknown ("}[language]
        lines = reply.text.split("\n\n")
        (unknown,) = [line for line in lines if apart in line]
        told = {user_id for user_id in TEAM if user_id in unknown}
        assert told and told <= set(TEAM[50:100])
        assert not any(one in line for one in told for line in lines if line != unknown)


async def test_dingtalk_is_asked_before_a_clock_out_is_missing(tmp_path: Path) -> None:
    async with a_stage(tmp_path, "18:30") as stage:
        await team_day(stage, ours=len(TEAM))
        assert stage.dingtalk.calls("records") == []
        stage.dingtalk.silent = "u060"
        found = await stage.days.day(SIGHT, TUESDAY, departures=True)
        stand = {day.user_id: day.departure for day in found.days}
        assert {stand[user_id] for user_id in TEAM[50:100]} == {CheckState.UNKNOWN}
        assert {stand[user_id] for user_id in (*TEAM[:50], *TEAM[100:])} == {CheckState.MISSING}


# --- checks without a punch after their window


def gone(user_id: str, at: str, planned: str = "18:00") -> AttendanceRecord:
    """Return a clock-out at a gate, which only DingTalk knows."""
    return AttendanceRecord(
        user_id, local(at), check_type=CheckType.OFF_DUTY, planned_at=local(planned)
    )


async def came(stage: Stage, *user_ids: str) -> None:
    """Let people clock in through the bot."""
    await stage.rosters.read()
    for user_id in user_ids:
        await record(stage.store, a_wish(user_id, user_id, at=local("08:50")), always())
    stage.dingtalk.asked.clear()


Ask = Callable[[Stage], Awaitable[Sequence[PersonDay]]]
BOTH = Sight(ViewResult.SEEN, (Employee("ann", "Ann"), Employee("bob", "Bob")))


async def _of_day(stage: Stage) -> Sequence[PersonDay]:
    found = await stage.days.day(BOTH, TUESDAY)
    return sorted(found.days, key=lambda day: day.user_id)


async def _of_range(stage: Stage) -> Sequence[PersonDay]:
    found = await stage.days.range(BOTH, ON_TUESDAY)
    return sorted((one.days[0] for one in found.people), key=lambda day: day.user_id)


async def _of_sheet(stage: Stage) -> Sequence[PersonDay]:
    (some,) = [some async for some in stage.days.people_days(BOTH, ON_TUESDAY)]
    return [some[user_id][0] for user_id in ("ann", "bob")]


async def _of_history(stage: Stage) -> Sequence[PersonDay]:
    return [
        (await stage.days.own_range(user_id, ON_TUESDAY)).people[0].days[0]
        for user_id in ("ann", "bob")
    ]


@pytest.mark.parametrize("ask", [_of_day, _of_range, _of_sheet, _of_history])
async def test_dingtalk_is_asked_once_before_a_clock_out_is_missed(
    tmp_path: Path, ask: Ask
) -> None:
    async with a_stage(tmp_path, "22:40", shown=[gone("ann", "18:02")]) as stage:
        await came(stage, "ann", "bob")
        ann, bob = await ask(stage)
        assert (ann.missed, ann.left_at) == (0, local("18:02"))
        assert (bob.missed, bob.left_at) == (1, None)
        asked = len(stage.dingtalk.asked)
        assert await ask(stage) == [ann, bob]
        assert len(stage.dingtalk.asked) == asked, "the stored read counts"


@pytest.mark.parametrize("ask", [_of_day, _of_range, _of_sheet, _of_history])
async def test_a_clock_out_that_could_not_be_read_is_unknown_and_not_missed(
    tmp_path: Path, ask: Ask
) -> None:
    async with a_stage(tmp_path, "22:40") as stage:
        await came(stage, "ann", "bob")
        stage.dingtalk.broken["records"] = NotSent("listRecord", "HTTP 503")
        for day in await ask(stage):
            assert (day.missed, day.departure) == (0, CheckState.UNKNOWN)
            assert (day.worked_minutes, day.standing) == (None, Standing.ON_TIME)
        stage.dingtalk.broken.clear()
        assert [day.missed for day in await ask(stage)] == [1, 1]


async def test_a_missed_check_of_an_earlier_section_is_asked_about_once(tmp_path: Path) -> None:
    split = a_plan(a_shift(("09:00", "12:00"), ("13:00", "18:00")))
    shown = [gone("ann", "12:05", "12:00")]
    async with a_stage(tmp_path, "17:00", shown=shown) as stage:
        stage.dingtalk.planned = dict.fromkeys(("ann", "bob"), split)
        await came(stage, "ann", "bob")
        for user_id in ("ann", "bob"):
            wish = a_wish(f"{user_id}2", user_id, at=local("12:55"))
            await record(stage.store, wish, always(check_point="OnDuty/1"))
        ann, bob = await _of_day(stage)
        assert (ann.missed, bob.missed) == (0, 1)
        asked = len(stage.dingtalk.asked)
        assert asked
        assert [day.missed for day in await _of_range(stage)] == [0, 1]
        assert len(stage.dingtalk.asked) == asked
        stage.clock.moment = local("22:40")
        assert [day.missed for day in await _of_range(stage)] == [1, 2]
        assert len(stage.dingtalk.asked) > asked, "the last clock-out was not read yet"


# --- past days


async def test_a_past_day_is_read_once_and_unknown_before(tmp_path: Path) -> None:
    monday = TUESDAY - timedelta(days=1)
    on_monday = replace(
        punched("ann", "09:30"),
        checked_at=local("09:30", monday),
        planned_at=local("09:00", monday),
    )
    async with a_stage(tmp_path, shown=[on_monday]) as stage:
        stage.dingtalk.broken["records"] = NotSent("listRecord", "HTTP 503")
        days = await stage.days.of(["ann", "bob"], Days(monday, monday))
        assert [days[user_id][0].standing for user_id in ("ann", "bob")] == [
            Standing.UNKNOWN,
            Standing.UNKNOWN,
        ]
        stage.dingtalk.broken.clear()
        days = await stage.days.of(["ann", "bob"], Days(monday, monday))
        assert [days[user_id][0].standing for user_id in ("ann", "bob")] == [
            Standing.LATE,
            Standing.MISSING,
        ]
        asked = len(stage.dingtalk.asked)
        stage.dingtalk.planned.clear()
        assert await stage.days.of(["ann", "bob"], Days(monday, monday)) == days
        assert len(stage.dingtalk.asked) == asked


async def test_a_day_is_not_over_by_a_wrong_clock(tmp_path: Path) -> None:
    async with a_stage(tmp_path, at="12:00") as stage:
        right = stage.clock.now

        async def a_day_earlier() -> datetime:
            return right() - timedelta(days=1)

        usual = stage.base.dingtalk.server_time
        vars(stage.base.dingtalk)["server_time"] = a_day_earlier
        stage.clock.advance(days=1)
        days = await stage.days.of(["ann"], ON_TUESDAY)
        assert days["ann"][0].standing is Standing.UNKNOWN
        vars(stage.base.dingtalk)["server_time"] = usual
        stage.clock.advance(days=1)
        stage.dingtalk.shown = [punched("ann", "08:50")]
        days = await stage.days.of(["ann"], ON_TUESDAY)
        assert days["ann"][0].standing is Standing.ON_TIME
