"""Several places, coordinates that cannot be used, traffic beside a place: nothing is punched by guess."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.domain.flags import other_site, told_why
from bot.domain.punches import request_note, unknown_place
from tests.company import a_company

PUDONG = {"name": "Pudong", "latitude": 31.2304, "longitude": 121.4737, "radius_m": 200, "aliases": ["浦东"]}
HQ = {"name": "HQ", "latitude": 39.9088, "longitude": 116.3975, "radius_m": 200, "aliases": ["总部"]}


def taps_of(answer: str) -> list[str]:
    return [unquote(tap) for tap in re.findall(r"content=([^)]+)\)", answer)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clock in @HQ @Pudong", "clock in"),
        ("clock in @HQ or @Pudong", "clock in"),
        ("clock out HQ and Pudong", "clock out"),
        ("上班打卡 @总部 @浦东", "上班打卡"),
        ("clock in @HQ @Pudong at 8:50", "clock in"),
    ],
)
async def test_of_two_places_it_is_asked_which(tmp_path: Path, text: str, says: str) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        asked = await company.ask("user001", text)
        assert not company.punches_at_dingtalk("user001")
        assert taps_of(asked) == [f"{says} @HQ", f"{says} @Pudong"]
        company.sandbox.clock.advance(30)
        receipt = await company.ask("user001", taps_of(asked)[1])
        assert "08:50" in receipt
        assert "Pudong" in receipt


async def test_coordinates_beside_two_places_are_among_the_answers(tmp_path: Path) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        asked = await company.ask("user001", "clock in @HQ @Pudong 39.9088,116.3975")
        assert taps_of(asked)[-1] == "clock in 39.908800,116.397500"
        assert not company.punches_at_dingtalk("user001")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clock in @Pudong 39.9088,116.3975", "You named Pudong, but the position is nearest to HQ."),
        ("上班打卡 @浦东 39.9088,116.3975", "您说的是 Pudong，但定位最近的是 HQ。"),
    ],
)
async def test_the_receipt_says_that_the_position_is_at_another_site_than_named(
    tmp_path: Path, text: str, said: str
) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        assert said in await company.ask("user001", text)
        assert "nearest" not in await company.ask("user002", "clock in @HQ 39.9088,116.3975")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clock out 91,116.4", "cannot be on Earth"),
        ("clock in 91.0,116.4", "cannot be on Earth"),
        ("clock in 1e400,5", "could not read those coordinates"),
        ("clock out 39.9088", "could not read those coordinates"),
        ("clock out 39.9088,116.3975 ±NaNm", "could not read those coordinates"),
    ],
)
async def test_what_is_wrong_with_coordinates_is_said_and_nothing_recorded(
    tmp_path: Path, text: str, said: str
) -> None:
    async with a_company(tmp_path) as company:
        answer = await company.ask("user001", text)
        assert said in answer
        assert "Clocking in or" not in answer
        assert not company.punches_at_dingtalk("user001")


@pytest.mark.parametrize(
    ("text", "said", "tap"),
    [
        ("clock in @HQ, traffic jam", "Are you there already?", "clock in @HQ"),
        ("打卡 总部，堵车了", "您已经到了吗", "打卡 @HQ"),
        ("clock out, traffic jam", "Are you leaving now?", "clock out"),
        ("stuck in traffic but here now, clock in", "Are you there already?", "clock in"),
    ],
)
async def test_traffic_beside_a_place_asks_whether_they_are_there(
    tmp_path: Path, text: str, said: str, tap: str
) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        asked = await company.ask("user001", text)
        assert said in asked
        assert taps_of(asked) == [tap]
        assert not company.punches_at_dingtalk("user001")


@pytest.mark.parametrize("text", ["👍", "?", "123", ""])
async def test_what_has_no_words_is_answered_in_the_configured_language(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path, language="zh") as company:
        assert re.search("[\u4e00-\u9fff]", await company.ask("user001", text, conversation="2"))


async def test_what_has_no_words_is_answered_in_the_language_written_before(tmp_path: Path) -> None:
    async with a_company(tmp_path, language="zh") as company:
        await company.ask("user001", "my status")
        assert not re.search("[\u4e00-\u9fff]", await company.ask("user001", "123"))


async def test_of_two_positions_none_is_punched_and_neither_is_remembered(tmp_path: Path) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        asked = await company.ask("user001", "clock in 39.9088,116.3975 31.2304,121.4737")
        assert "two positions" in asked and "nothing was recorded" in asked
        await company.ask("user001", "ok")
        assert not company.punches_at_dingtalk("user001")
        assert "Pudong" in await company.ask("user001", "clock in 31.2304,121.4737")


async def test_who_said_why_outside_is_not_told_to_say_so_next_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, sites=[HQ]) as company:
        with_reason = await company.ask("user001", "clock in 39.95,116.39, reason: visiting a client")
        assert "is told, with your reason" in with_reason
        assert "Next time" not in with_reason
        assert "Next time you can say why" in await company.ask("user002", "clock in 39.95,116.39")
        assert "会连同您写的原因告知您的主管" in await company.ask("user003", "外勤打卡 39.95,116.39：拜访客户")
        assert "下次可以写明原因" in await company.ask("user004", "上班打卡 39.95,116.39")


def test_a_reason_cannot_pass_for_a_note_of_ours() -> None:
    note = request_note("a client; not at the site named: Moon; reason given", "place not known: Mars")
    assert (other_site(note), told_why(note), unknown_place(note)) == (None, False, "Mars")


@pytest.mark.parametrize("says", ["HQ", "@HQ", "总部", "hq."])
async def test_the_bare_name_of_a_site_after_a_refused_place_is_asked_about(tmp_path: Path, says: str) -> None:
    async with a_company(tmp_path, at="08:59:30", sites=[HQ, PUDONG], clock_in={"outside": "reject"}) as company:
        assert "Nothing was recorded" in await company.ask("user001", "clock in 39.95,116.3975")
        company.sandbox.clock.advance(10)
        tap, other = taps_of(await company.ask("user001", says))
        assert ("@HQ" in tap, "@HQ" in other, company.punches_at_dingtalk("user001")) == (True, True, [])
        again = await company.ask("user001", says)  # which asks for no punch either
        assert (taps_of(again)[0], company.punches_at_dingtalk("user001")) == (tap, [])
        company.at("09:00:20")
        assert "09:00" in await company.ask("user001", tap)
        assert len(company.punches_at_dingtalk("user001")) == 1


@pytest.mark.parametrize("says", ["HQ is closed", "Atlantis", "HQ?"])
async def test_what_is_more_or_no_site_of_ours_asks_about_no_punch(tmp_path: Path, says: str) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        assert not any("@HQ" in tap for tap in taps_of(await company.ask("user001", says)))
