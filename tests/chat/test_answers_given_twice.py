"""A double tap on the answer to a question is one punch; a genuine later clock-out is another one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.clock import to_ms
from bot.domain.punches import Punch
from tests.builders import TUESDAY
from tests.company import Company, a_company, morning

PLACE = {"clock_in": {"location": "required"}}


async def clock_outs(company: Company) -> list[Punch]:
    assert company.app is not None
    return list(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


@pytest.mark.parametrize(
    ("asked", "kind", "answer", "rules"),
    [
        ("clock out", "voice", "clock out", {}),
        ("clock out", "voice", "yes", {}),
        ("clock out @HQ", "voice", "clock out @HQ", {}),
        ("clock out @HQ", "voice", "yes", {}),
        ("clock out Alice", "text", "clock out", {}),
        ("clock out", "text", "clock out @HQ", PLACE),
        ("clock out", "voice", "clock out @HQ", PLACE),
        ("clock out @HQ", "voice", "yes", PLACE),
    ],
)
async def test_an_answer_that_comes_twice_punches_once(
    tmp_path: Path, asked: str, kind: str, answer: str, rules: Mapping[str, object]
) -> None:
    async with a_company(tmp_path, at="18:05", **rules) as company:
        await company.ask("user001", asked, kind=kind)
        company.sandbox.clock.advance(20)
        assert "Clock-out 18:05" in await company.ask("user001", answer)
        company.sandbox.clock.advance(5)
        assert "Nothing changed" in await company.ask("user001", answer)
        assert len(await clock_outs(company)) == 1


async def test_the_second_of_two_taps_at_the_end_of_the_two_minutes_is_no_punch_of_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        company.sandbox.clock.advance(118)
        await company.ask("user001", "clock out")
        company.sandbox.clock.advance(5)
        assert "Nothing changed" in await company.ask("user001", "clock out")


async def test_of_two_taps_that_come_in_reverse_order_one_punches(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        company.sandbox.clock.advance(20)
        first = round(company.sandbox.clock.now().timestamp() * 1000)
        await company.ask("user001", "clock out", sent_at=first + 1)
        assert "Nothing changed" in await company.ask("user001", "clock out", sent_at=first)
        assert len(await clock_outs(company)) == 1


async def test_the_answer_by_voice_again_asks_nothing_more(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        await company.ask("user001", "yes")
        company.sandbox.clock.advance(5)
        assert "Nothing changed" in await company.ask("user001", "clock out", kind="voice")


async def test_a_clock_out_half_a_minute_after_an_answer_counts(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        await company.ask("user001", "clock out")
        company.sandbox.clock.advance(60)
        assert "Clock-out 18:06" in await company.ask("user001", "clock out")


async def test_a_clock_out_seconds_after_another_without_a_question_counts(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out")
        company.sandbox.clock.advance(5)
        assert "Clock-out 18:05" in await company.ask("user001", "clock out")
        assert len(await clock_outs(company)) == 2


async def test_a_clock_out_that_is_in_time_while_the_answer_was_early_counts(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="17:59:50") as company:
        await company.ask("user001", "clock out", kind="voice")
        assert "early" in await company.ask("user001", "clock out")
        company.sandbox.clock.advance(15)
        assert "Clock-out 18:00" in await company.ask("user001", "clock out")


@pytest.mark.parametrize("more", ["clock out @Pudong", "clock out, reason: the doctor"])
async def test_an_answer_that_says_more_the_second_time_counts(tmp_path: Path, more: str) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out @HQ", kind="voice")
        await company.ask("user001", "yes")
        company.sandbox.clock.advance(5)
        reply = await company.ask("user001", more)
        assert ("Clock-out 18:05" in reply, "Nothing changed" in reply) == (True, False), reply


@pytest.mark.parametrize(
    ("first", "kind", "answer"),
    [("打卡", "text", "下班打卡"), ("clock out", "voice", "yes"), ("clock out", "voice", "clock out")],
)
@pytest.mark.parametrize("between", [None, "我今天的考勤"])
async def test_a_yes_after_the_receipt_of_an_early_clock_out_makes_no_later_one(
    tmp_path: Path, first: str, kind: str, answer: str, between: str | None
) -> None:
    async with a_company(tmp_path, at="17:59:40") as company:
        await company.ask("user001", first, kind=kind)
        company.sandbox.clock.advance(5)
        await company.ask("user001", answer)
        if between is not None:
            await company.ask("user001", between)
        company.sandbox.clock.advance(16)
        await company.ask("user001", "好的")
        assert len(await clock_outs(company)) == 1


async def test_of_three_taps_one_punches(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        for _ in range(3):
            company.sandbox.clock.advance(3)
            await company.ask("user001", "clock out")
        assert len(await clock_outs(company)) == 1


@pytest.mark.parametrize("between", ["thanks", "my status"])
@pytest.mark.parametrize(
    ("kind", "answer", "rules"), [("voice", "clock out", {}), ("text", "clock out @HQ", PLACE)]
)
async def test_a_second_tap_is_none_of_its_own_whatever_is_said_in_between(
    tmp_path: Path, between: str, kind: str, answer: str, rules: Mapping[str, object]
) -> None:
    async with a_company(tmp_path, at="18:05", **rules) as company:
        await company.ask("user001", "clock out", kind=kind)
        company.sandbox.clock.advance(10)
        await company.ask("user001", answer)
        tapped = round(company.sandbox.clock.now().timestamp() * 1000) + 1
        company.sandbox.clock.advance(3)
        await company.ask("user001", between)
        assert "Nothing changed" in await company.ask("user001", answer, sent_at=tapped)
        company.sandbox.clock.advance(3)
        assert "Nothing changed" in await company.ask("user001", answer)
        assert len(await clock_outs(company)) == 1


async def test_a_clock_in_and_a_clock_out_of_one_millisecond_stay_two_of_the_same_second(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:01") as company:
        last_ms = to_ms(morning("18:00")) - 1
        assert "Clock-in 17:59" in await company.ask("user001", "clock in", sent_at=last_ms)
        assert "Clock-out 17:59" in await company.ask("user001", "clock out", sent_at=last_ms)
        assert {to_ms(one.punched_at) for one in company.punches_at_dingtalk("user001")} == {last_ms - 1, last_ms}
