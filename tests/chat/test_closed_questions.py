"""A question that the person spoke past is closed: what they agree to afterwards is something else."""

from pathlib import Path
from urllib.parse import quote

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


@pytest.mark.parametrize(
    ("between", "kind"),
    [
        ("clock in 999,999", "text"),
        ("上班打卡 下午", "text"),
        ("下班打卡 下午", "text"),
        ("clock out at 15:00", "text"),
        ("x", "picture"),
        ("x", "unknown"),
        ("x", "quota"),
    ],
)
async def test_a_yes_after_what_was_refused_or_could_not_be_read_punches_nothing(
    tmp_path: Path, between: str, kind: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice")
        await company.ask("user001", between, kind=kind)
        await company.ask("user001", "ok")
        assert company.punches_at_dingtalk("user001") == []


async def test_a_yes_in_private_closes_what_was_asked_in_a_group(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice", conversation="2")
        assert "nothing was recorded" in await company.ask("user001", "ok")
        await company.ask("user001", "ok", conversation="2")
        assert company.punches_at_dingtalk("user001") == []


@pytest.mark.parametrize(
    ("between", "kind"), [("ok", "text"), ("clock in 999,999", "text"), ("x", "picture"), ("打卡 999,999", "text")]
)
async def test_who_failed_to_give_a_place_still_keeps_the_time(tmp_path: Path, between: str, kind: str) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "clock in")
        await company.ask("user001", between, kind=kind)
        company.sandbox.clock.advance(90)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in @HQ")


async def test_another_direction_that_is_refused_closes_the_question_for_the_place(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "clock in")
        await company.ask("user001", "下班打卡 下午")
        company.sandbox.clock.advance(90)
        assert "08:51" in await company.ask("user001", "clock in @HQ")


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


@pytest.mark.parametrize(("at", "direction"), [("08:50", "上班打卡"), ("18:05", "下班打卡")])
async def test_the_question_for_the_place_says_the_direction_that_the_shift_told(
    tmp_path: Path, at: str, direction: str
) -> None:
    async with a_company(tmp_path, at=at, clock_in={"location": "required"}) as company:
        assert quote(f"{direction} @HQ") in await company.ask("user001", "打卡")


async def test_where_nothing_tells_the_direction_the_question_for_the_place_leaves_it_open(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00", clock_in={"location": "required"}) as company:
        asked = await company.ask("user001", "打卡")
        assert [quote(f"{said} @HQ") in asked for said in ("打卡", "上班打卡", "下班打卡")] == [True, False, False]


async def test_a_place_that_comes_goes_on_with_the_direction_that_the_shift_told(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="13:29", clock_in={"location": "required"}) as company:
        tap = quote("上班打卡 @HQ")
        assert tap in await company.ask("user001", "打卡")
        company.sandbox.clock.advance(180)  # the tap comes too late for the time, and still says what was decided
        assert "上班卡 13:32" in await company.ask("user001", "上班打卡 @HQ")
