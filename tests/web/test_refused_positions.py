"""A position that was measured and led to no punch: who says minutes later that they are elsewhere is told of."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.domain.sites import LocationSource
from tests.company import Company, a_company
from tests.web.test_positions_not_taken import ledger
from tests.web.test_whose_phone import code_of
from tests.web.visiting import A_DEGREE_M, HQ, PUDONG, a_fix, a_phone

REJECT = {"outside": "reject", "new_phone": "accept"}
NORTH_M = 20_000  # of Pudong: outside every site
AWAY = f"{PUDONG[0] + NORTH_M / A_DEGREE_M},{PUDONG[1]}"
NOTE = "position that led to no punch: 1049 km, 1 min"


def kept_positions(folder: Path) -> list[tuple[object, ...]]:
    """Return what is kept of positions that led to no punch."""
    with closing(sqlite3.connect(folder / "clock-in.db")) as database:
        return database.execute("SELECT user_id, latitude FROM unpunched_fixes").fetchall()


async def lead_is_told(company: Company) -> str:
    return str(await company.sandbox.wait_for_reply("lead01"))


@pytest.mark.parametrize("location", ["required", "optional"])
async def test_who_is_refused_far_away_at_the_page_and_then_names_a_site_is_told_of(
    tmp_path: Path, session: aiohttp.ClientSession, location: str
) -> None:
    async with a_company(tmp_path, clock_in={**REJECT, "location": location}) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert (await phone.punch(a_fix(PUDONG, north_m=NORTH_M)))["state"] == "refused"
        assert not await ledger(company)
        receipt = await company.ask("user001", "上班打卡 总部")
        (punch,) = await ledger(company)
        assert (punch.where.site, punch.where.fix.source) == ("HQ", LocationSource.NAMED)
        assert punch.note == NOTE
        assert "您另外给过一个位置，那次没有打上卡；从那里到这里，这点时间赶不到。会告知您的主管" in receipt
        told = await lead_is_told(company)
        assert "另外给过的一个位置与此至少相距 1048.9 公里，间隔只有 1 分钟，那次没有打上卡" in told
        assert "31.2" not in told + punch.note


async def test_coordinates_in_chat_that_were_refused_count_alike_and_in_english(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REJECT, language="en") as company:
        assert "outside every site" in await company.ask("user001", f"clock in {AWAY}")
        receipt = await company.ask("user001", "clock in @HQ")
        assert "Another position was given for you, from where nobody gets here in the time between" in receipt
        assert (await ledger(company))[0].note == NOTE
        told = await lead_is_told(company)
        assert "at least 1049.0 km away was given besides, with only 1 min between them; it led" in told


@pytest.mark.parametrize("location", ["required", "optional"])
@pytest.mark.parametrize(
    "said", [f"clock in {AWAY} @Atlantis", f"clock in {AWAY} or HQ", f"clock in {AWAY} @HQ or @Pudong"]
)
async def test_coordinates_of_a_punch_that_is_asked_about_first_count_alike(
    tmp_path: Path, said: str, location: str
) -> None:
    async with a_company(tmp_path, clock_in={**REJECT, "location": location}) as company:
        await company.ask("user001", said)
        assert not await ledger(company)
        company.sandbox.clock.advance(60)
        assert "这点时间赶不到" in await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == NOTE
        await lead_is_told(company)


@pytest.mark.parametrize("said", ["我在{}打卡了", "请大家打卡 {}", "昨晚在{}没睡好，现在打卡"])
async def test_coordinates_that_may_be_told_of_elsewhere_are_told_of_to_nobody(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        await company.ask("user001", said.format(AWAY))
        assert "赶不到" not in await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == ""


async def test_a_tap_by_a_phone_that_was_not_known_is_told_of_as_such(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject", "location": "required"}) as company:
        phone = await a_phone(company, session)
        assert (await phone.punch(a_fix(PUDONG, north_m=NORTH_M)))["state"] == "refused"
        await company.ask("user001", "上班打卡 总部")
        told = await lead_is_told(company)
        assert "由一部当时还不认识的手机测得的" in told


async def test_who_was_refused_nearby_and_names_the_site_then_is_told_of_to_nobody(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert (await phone.punch(a_fix(HQ, north_m=900)))["state"] == "refused"
        receipt = await company.ask("user001", "上班打卡 总部")
        assert "赶不到" not in receipt
        assert (await ledger(company))[0].note == ""


async def test_a_second_refusal_nearby_hides_no_first_one_far_away(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert (await phone.punch(a_fix(PUDONG, north_m=NORTH_M)))["state"] == "refused"
        near = f"{HQ[0] + 0.02},{HQ[1]}"
        assert "不在任何考勤地点范围内" in await company.ask("user001", f"上班打卡 {near}")
        await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == NOTE


async def test_a_position_on_the_edge_that_is_asked_about_counts_for_another_site(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"edge": "ask", "new_phone": "accept"}) as company:
        phone = await a_phone(company, session, "clock in with my location")
        edge = a_fix(PUDONG, north_m=340, accuracy_m=90)
        assert (await phone.punch(edge))["state"] == "edge"
        await company.ask("user001", "上班打卡 总部")
        (punch,) = await ledger(company)
        assert punch.note.startswith("position that led to no punch: ")


@pytest.mark.parametrize("outside", ["reject", "flag"])
async def test_who_only_looks_at_the_page_far_away_and_then_names_a_site_is_told_of(
    tmp_path: Path, session: aiohttp.ClientSession, outside: str
) -> None:
    async with a_company(tmp_path, clock_in={**REJECT, "outside": outside}) as company:
        phone = await a_phone(company, session, "clock in with my location")
        status, stands = await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M))
        assert (status, stands["fence"], stands["refused"]) == (200, "outside", outside == "reject")
        receipt = await company.ask("user001", "上班打卡 总部")
        assert "那次没有打上卡" in receipt
        assert (await ledger(company))[0].note == NOTE
        assert "相距 1048.9 公里" in await lead_is_told(company)


async def test_a_position_that_was_looked_at_and_then_punched_with_led_to_a_punch(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix())
        assert (await phone.punch(a_fix()))["state"] == "recorded"
        await phone.call("look", fix=a_fix())  # the page opened anew
        assert kept_positions(tmp_path) == []


async def test_a_position_that_the_company_does_not_take_is_kept_nowhere(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M, accuracy_m=50_000))
        await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M, age_s=3600))
        assert kept_positions(tmp_path) == []


async def test_what_an_unknown_phone_found_is_forgotten_once_its_person_says_that_it_was_not_they(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"new_phone": "ask"}) as company:
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix(PUDONG))
        before = len(company.sandbox.replies("user001"))
        assert (await phone.punch(a_fix(PUDONG)))["state"] == "phone"
        question = await company.sandbox.wait_for_reply("user001", after=before)
        assert len(kept_positions(tmp_path)) == 1
        await company.ask("user001", f"not me {code_of(question)}")
        assert kept_positions(tmp_path) == []
        assert "赶不到" not in await company.ask("user001", "上班打卡 总部")
