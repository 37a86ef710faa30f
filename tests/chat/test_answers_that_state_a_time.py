"""An answer that states a time: it answers for that minute alone, else it is a message of its own."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import to_ms
from tests.builders import TUESDAY, local
from tests.company import Company, a_company, morning

PLACE = {"clock_in": {"location": "required"}}


async def said_at(company: Company, at: str, text: str, **more: str) -> str:
    """Say something that the bot reads only now."""
    return await company.ask("user001", text, sent_at=to_ms(morning(at)), **more)


async def minutes(company: Company) -> list[datetime]:
    """Return the minutes of what is recorded."""
    assert company.app is not None
    punches = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
    return [punch.punched_at.replace(second=0, microsecond=0) for punch in punches]


@pytest.mark.parametrize(
    ("sent", "read", "first", "kind", "answer", "rules", "punched"),
    [
        ("17:00", "18:05", "clock out", "voice", "下班18:05", {}, "18:05"),
        ("17:00", "18:05", "clock out", "voice", "clock out now", {}, "18:05"),
        ("17:00", "18:05", "clock out", "voice", "yes", {}, "17:00"),
        ("17:00", "18:05", "clock out", "voice", "yes now", {}, None),
        ("17:00", "18:05", "clock out", "voice", "下班17:00", {}, "17:00"),
        ("17:00", "18:05", "clock out", "voice", "下班17:30", {}, None),
        ("17:00", "18:05", "clock out", "text", "I'm leaving now @HQ", PLACE, "18:05"),
        ("08:41", "09:05", "clock in", "text", "9:05到了，打卡 @HQ", PLACE, "09:05"),
        ("08:50", "09:05", "clock in", "voice", "just arrived, clock me in", {}, "09:05"),
        ("08:50", "09:05", "clock in", "voice", "just clock me in", {}, "08:50"),
        ("08:50", "09:05", "clock in", "voice", "clock in", {}, "08:50"),
    ],
)
async def test_an_answer_to_a_late_question_counts_for_the_minute_that_it_states(
    tmp_path: Path,
    sent: str,
    read: str,
    first: str,
    kind: str,
    answer: str,
    rules: Mapping[str, object],
    punched: str | None,
) -> None:
    async with a_company(tmp_path, at=read, **rules) as company:
        await said_at(company, sent, first, kind=kind)
        await company.ask("user001", answer)
        assert await minutes(company) == ([local(punched)] if punched else [])


async def test_what_states_another_minute_closes_the_question(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:05", **PLACE) as company:
        await said_at(company, "08:41", "clock in")
        assert "还没有记录" in await company.ask("user001", "9:05到了，打卡")
        assert "09:05" in await company.ask("user001", "HQ")
        assert await minutes(company) == [local("09:05")]


async def test_a_time_in_doubt_is_asked_about_for_the_minute_that_it_states(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05", **PLACE) as company:
        await said_at(company, "17:00", "下班打卡")
        assert "18:05" in await company.ask("user001", "下班18:05 @HQ")
        await company.ask("user001", "是")
        assert await minutes(company) == [local("18:05")]


async def test_what_states_another_minute_before_the_bot_asked_is_asked_about_for_that(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:10", **PLACE) as company:
        await said_at(company, "08:41", "clock in")
        await said_at(company, "09:05", "9:05到了，打卡")
        await company.ask("user001", "HQ")
        assert await minutes(company) == [local("09:05")]


async def test_a_clock_out_of_now_seconds_after_the_yes_to_an_earlier_one_counts(tmp_path: Path) -> None:
    async with a_company(
        tmp_path,
        at="18:05",
    ) as company:
        await said_at(company, "17:00", "clock out", kind="voice")
        await company.ask("user001", "yes")
        await company.ask("user001", "下班18:05")
        assert await minutes(company) == [local("17:00"), local("18:05")]


async def test_an_answer_at_once_that_says_now_keeps_the_time_asked_about(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:59:20") as company:
        await company.ask("user001", "clock in", kind="voice")
        company.at("09:00:40")
        assert "Clock-in 08:59" in await company.ask("user001", "just arrived, clock me in")


@pytest.mark.parametrize("answer", ["9:59 made it, clock me in", "9:59到了，打卡", "晚上9:59到了，打卡"])
async def test_on_a_night_shift_a_bare_hour_is_that_of_the_evening(tmp_path: Path, answer: str) -> None:
    async with a_company(tmp_path, at="21:59:40") as company:
        await company.ask("user008", "clock in", kind="voice")
        company.at("22:00:20")
        said = await company.ask("user008", answer)
        assert "21:59" in said
        assert "late" not in said


@pytest.mark.parametrize("said", ["out at 6:05", "6:05下班了", "下班6:05", "下班6:05了"])
async def test_a_bare_hour_is_the_one_that_is_near(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        assert "18:05" in await company.ask("user001", said)
        assert await minutes(company) == [local("18:05")]


@pytest.mark.parametrize("said", ["out at 6:05", "下班6:05", "下班06:05am"])
async def test_a_bare_hour_that_is_near_in_neither_half_of_the_day_punches_nothing(
    tmp_path: Path, said: str
) -> None:
    async with a_company(tmp_path, at="20:00") as company:
        await company.ask("user001", said)
        assert await minutes(company) == []
