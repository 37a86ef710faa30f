"""What may be a punch is asked about, and asking makes nobody late and loses no place."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.builders import SHANGHAI, TUESDAY
from tests.company import a_company
from tests.corrections.stage import taps_in

PLACE = {"clock_in": {"location": "required"}}


@pytest.mark.parametrize("said", ["昨晚没睡好，现在上班打卡", "请打卡", "打卡/签到", "我打卡了"])
async def test_the_answer_has_the_moment_of_what_was_asked_about(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        asked = await company.ask("user001", said)
        assert "上班打卡" in asked and ("现在要打上班卡吗" in asked or "下班打卡" in asked)
        company.at("09:00:10")
        assert "上班卡 08:59" in await company.ask("user001", "上班打卡")


@pytest.mark.parametrize("said", ["昨晚没睡好，现在打卡 @总部", "请打卡，我在总部"])
async def test_the_answer_keeps_the_place(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, **PLACE) as company:
        asked = unquote(await company.ask("user001", said))
        assert "上班打卡 @HQ" in asked
        company.sandbox.clock.advance(10)
        await company.ask("user001", "上班打卡")
        assert company.app is not None
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert punch.where.site == "HQ"
        assert f"{punch.punched_at.astimezone(SHANGHAI):%H:%M}" == "08:50"


@pytest.mark.parametrize("said", ["10分钟后打卡", "如果下雨就在家打卡", "please clock in for Tom"])
async def test_what_is_none_of_now_or_of_somebody_else_keeps_no_moment(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, at="08:59:30") as company:
        await company.ask("user001", said)
        company.at("09:00:10")
        assert "09:00" in await company.ask("user001", "上班打卡")


@pytest.mark.parametrize(
    ("said", "asks", "taps"),
    [
        ("今天准点下班", "现在要打下班卡吗", ("下班打卡",)),
        ("leaving on time today", "clock out now?", ("clock out",)),
        ("clock me out, dentist at 5", "clock out now?", ("clock out",)),
        ("昨晚没睡好，现在上班打卡", "现在要打上班卡吗", ("上班打卡",)),
        ("clock in/out", "Clocking in or clocking out?", ("clock in", "clock out")),
        ("我打卡了", "上班卡还是下班卡", ("上班打卡", "下班打卡")),
    ],
)
async def test_who_says_which_is_asked_whether_it_is_now(
    tmp_path: Path, said: str, asks: str, taps: tuple[str, ...]
) -> None:
    async with a_company(tmp_path) as company:
        asked = await company.ask("user001", said)
        assert (asks in asked, tuple(taps_in(asked))) == (True, taps)
        assert company.punches_at_dingtalk("user001") == []


async def test_a_plain_yes_says_nothing_of_coming_or_going(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "请打卡")
        await company.ask("user001", "好的")
        assert company.app is not None
        assert list(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)) == []
