"""Somebody's lateness asked about by their lead and by others; how leave is taken; a next page of nothing."""

from pathlib import Path

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.asking.asked import AskedOf, asked_of_somebody
from tests.corrections.stage import a_correcting_company
from tests.handlers.a_desk import Desk
from tests.understanding.figures import TODAY

LEAD, LATE, OTHER = "lead01", "user002", "user003"


@pytest.mark.parametrize("asks", ["why was Alice Johnson late today", "Alice Johnson 今天为什么迟到"])
async def test_a_lead_is_told_the_rule_that_made_one_of_theirs_late_and_nobody_else_is(
    tmp_path: Path, asks: str
) -> None:
    async with a_correcting_company(tmp_path, at="09:20") as company:
        await company.ask(LATE, "clock in")
        told = await company.ask(LEAD, asks)
        assert "Alice Johnson" in told
        assert "09:00" in told
        assert "09:20:" in told
        assert "Your punch" not in told
        refused = await company.ask(OTHER, asks)
        assert "09:" not in refused
        alone, in_group = await company.ask_in_group(LEAD, asks)
        assert "09:20:" in alone
        assert "09:" not in in_group


async def test_why_late_is_about_the_clock_in_and_not_the_clock_out_behind_it(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="09:20") as company:
        await company.ask(LATE, "clock in")
        company.sandbox.clock.advance(60)
        await company.ask(LATE, "clock out")
        told = await company.ask(LEAD, "why was Alice Johnson late today")
        assert "Clock-in" in told
        assert "Clock-out" not in told


@pytest.mark.parametrize(
    "asks", ["why is Alice Johnson late today", "why isn't Alice Johnson in", "why is Alice Johnson not here"]
)
async def test_of_whom_there_is_no_clock_in_it_is_said_how_they_stand(tmp_path: Path, asks: str) -> None:
    async with a_correcting_company(tmp_path, at="09:20") as company:
        told = await company.ask(LEAD, asks)
        assert told == await company.ask(LEAD, "is Alice Johnson late?")
        assert "No clock-in" in told, told


async def test_ones_own_punch_of_another_day_is_not_explained_as_one_of_today(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="09:20") as company:
        await company.ask(LATE, "clock in")
        company.sandbox.clock.advance(23 * 3600)
        assert "not of today" in await company.ask(LATE, "why was I late")
        assert "not of today" not in await company.ask(LATE, "why was I late yesterday")
        assert "nothing to explain today" in await company.ask(LATE, "why was I late today")


async def test_how_late_somebody_was_is_answered_with_their_days(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="09:20") as company:
        await company.ask(LATE, "clock in")
        assert "Alice Johnson" in await company.ask(LEAD, "how late was Alice Johnson this month")
        assert "Alice" not in await company.ask(OTHER, "how late was Alice Johnson this month")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("why did Li Lei come late on Friday?!", AskedOf("why", "Li Lei on Friday")),
        ("why was J. Smith yesterday late", AskedOf("why", "J. Smith yesterday")),
        ("上官云昨天为啥算迟到？", AskedOf("why", "上官云 昨天")),
        ("怎么小王又迟到了", AskedOf("why", "小王 今天")),
        ("how often has Bob been late last week", AskedOf("late", "Bob last week")),
        ("how late was the team last week", None),
        ("why was Bob late, and where is he", None),
        ("他们组今天为什么迟到", None),
    ],
)
def test_whose_lateness_is_asked_for(text: str, asked: AskedOf | None) -> None:
    assert asked_of_somebody(text) == asked


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("王小明这个月迟到了多少分钟", "王小明"),
        ("Daniel这个月迟到了多少分钟", "Daniel"),
        ("李娜这个月一共迟到多少分钟？", "李娜"),
        ("上个月王小明迟到了几分钟", "王小明"),
        ("how many minutes was Daniel late this month", "Daniel"),
        ("how many minutes late was Daniel this month", "Daniel"),
    ],
)
def test_somebodys_minutes_late_are_a_question_about_their_days(text: str, named: str) -> None:
    intent = understand(text, today=TODAY)
    assert intent.name is IntentName.HISTORY
    assert named in (intent.person, *intent.unclear)
    assert intent.dates is not None
    assert intent.dates.first.day == 1


@pytest.mark.parametrize(
    "text", ["我这个月迟到了多少分钟", "我这个月迟到了几分钟", "how many minutes was I late this month"]
)
def test_ones_own_minutes_late_are_ones_own_days(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert intent.name is IntentName.HISTORY
    assert (intent.person, intent.unclear) == (None, ())


def test_minutes_late_told_beside_a_punch_are_no_question() -> None:
    assert understand("我迟到了几分钟，打卡", today=TODAY).name is IntentName.CLOCK_IN


@pytest.mark.parametrize(
    "text", ["why was I late", "why late?", "为什么我今天迟到", "为什么又迟到了", "how late was I yesterday"]
)
def test_ones_own_lateness_stays_ones_own(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.person, intent.unclear) == (None, ())
    assert intent.name is not IntentName.SUMMARY_RANGE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("怎么请假", "OA 审批"),
        ("how do I request leave", "OA Approval"),
        ("next page", "page 2"),
        ("下一页", "第2页"),
        ("上一页", "第2页"),
        ("previous page", "page 2"),
        ("page 2", "page 2"),
        ("第2页", "第2页"),
    ],
)
async def test_what_is_asked_of_leave_and_pages_is_told(text: str, said: str) -> None:
    assert said in await Desk().say(text)


@pytest.mark.parametrize(
    "text",
    [
        "calendar of Daniel this month",
        "Daniel's calendar this month",
        "Daniel这个月的日历",
        "chart of Daniel this month",
    ],
)
def test_somebodys_calendar_is_a_picture_of_their_days(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert "Daniel" in (intent.person, *intent.unclear)
    assert len([intent.person, *intent.unclear]) <= 2
    assert (intent.form, intent.dates and intent.dates.first.day) == ("picture", 1)
    assert "calendar" not in " ".join(intent.unclear)
