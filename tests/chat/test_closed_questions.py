"""A question that the person spoke past is closed: what they agree to afterwards is something else."""

from pathlib import Path

import pytest

from tests.company import a_company


@pytest.mark.parametrize(
    ("first", "kind", "between", "after"),
    [
        ("下班打卡", "voice", "不是", "好的"),
        ("clock in", "voice", "no", "ok"),
        ("clock in", "voice", "my status", "ok"),
        ("clock in Alice", "text", "no", "ok"),
        ("clock in Alice", "text", "my status", "yes"),
    ],
)
async def test_a_yes_after_something_else_punches_nothing(
    tmp_path: Path, first: str, kind: str, between: str, after: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", first, kind=kind)
        await company.ask("user001", between)
        await company.ask("user001", after)
        assert company.punches_at_dingtalk("user001") == []


@pytest.mark.parametrize("said", ["clock in Alice", "上班打卡 @火星"])
async def test_a_yes_to_an_unclear_punch_punches_nothing(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", said)
        await company.ask("user001", "ok")
        assert company.punches_at_dingtalk("user001") == []


async def test_a_question_that_was_not_spoken_past_is_still_confirmed(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice")
        assert "Clock-in 08:50" in await company.ask("user001", "yes")


async def test_a_place_given_without_a_direction_keeps_the_one_that_was_said(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "下班打卡")
        assert "下班卡 08:50" in await company.ask("user001", "打卡 @HQ")


async def test_a_place_asked_for_by_voice_keeps_the_direction(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "下班打卡", kind="voice")
        assert "下班卡 08:50" in await company.ask("user001", "打卡 @HQ")


async def test_the_example_of_coordinates_says_the_direction_that_was_said(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        assert "clock out 39.9088,116.3975" in await company.ask("user001", "clock out")
