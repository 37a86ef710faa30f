"""A position that was measured and led to no punch: who says minutes later that they are elsewhere is told of."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.domain.sites import Fix, LocationSource
from bot.services.ports import Link
from tests.company import Company, a_company
from tests.web.test_positions_not_taken import ledger
from tests.web.visiting import A_DEGREE_M, HQ, PUDONG, a_fix, a_phone

REJECT = {"outside": "reject", "new_phone": "accept"}
NORTH_M = 20_000  # of Pudong: outside every site
AWAY = f"{PUDONG[0] + NORTH_M / A_DEGREE_M},{PUDONG[1]}"
TOLD = "另外还有一个为您给出的位置，那次没有打上卡"
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
        assert TOLD in receipt
        told = await lead_is_told(company)
        assert "另外给过的一个位置与此至少相距 1048.9 公里，间隔只有 1 分钟，那次没有打上卡" in told
        assert "31.2" not in told + punch.note


async def test_coordinates_in_chat_that_were_refused_count_alike_and_in_english(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REJECT, language="en") as company:
        assert "outside every site" in await company.ask("user001", f"clock in {AWAY}")
        receipt = await company.ask("user001", "clock in @HQ")
        assert "Another position was given for you that led to no punch, so far away" in receipt
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
        assert TOLD in await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == NOTE
        await lead_is_told(company)


@pytest.mark.parametrize("said", ["我在{}打卡了", "请大家打卡 {}", "昨晚在{}没睡好，现在打卡"])
async def test_coordinates_that_may_be_told_of_elsewhere_are_told_of_to_nobody(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        await company.ask("user001", said.format(AWAY))
        assert TOLD not in await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == ""


async def test_a_tap_by_a_phone_that_was_not_known_is_told_of_as_such(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject", "location": "required"}) as company:
        phone = await a_phone(company, session)
        assert (await phone.punch(a_fix(PUDONG, north_m=NORTH_M)))["state"] == "refused"
        await company.ask("user001", "上班打卡 总部")
        told = await lead_is_told(company)
        assert "用一部当时还不认识的手机点按的" in told


async def test_who_was_refused_nearby_and_names_the_site_then_is_told_of_to_nobody(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert (await phone.punch(a_fix(HQ, north_m=900)))["state"] == "refused"
        receipt = await company.ask("user001", "上班打卡 总部")
        assert TOLD not in receipt
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


async def test_who_sees_at_the_page_that_they_are_refused_and_then_names_a_site_is_told_of_once(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        status, stands = await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M))
        assert (status, stands["fence"], stands["refused"], stands["kept"]) == (200, "outside", True, True)
        assert TOLD in await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == NOTE
        assert "相距 1048.9 公里" in await lead_is_told(company)
        assert kept_positions(tmp_path) == []
        company.at("09:20")
        assert TOLD not in await company.ask("user001", "下班打卡 总部")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"outside": "flag"}, "clock in with my location"),  # the page offers the tap
        ({}, "where can I clock in?"),  # no wish to punch
        ({"new_phone": "ask"}, "clock in with my location"),  # it may not be they
    ],
)
async def test_a_position_is_kept_only_of_somebody_who_wished_to_punch_and_is_refused(
    tmp_path: Path, session: aiohttp.ClientSession, rules: dict, said: str
) -> None:
    async with a_company(tmp_path, clock_in={**REJECT, **rules}) as company:
        phone = await a_phone(company, session, said)
        status, stands = await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M))
        assert (status, stands["kept"]) == (200, False)
        assert kept_positions(tmp_path) == []


@pytest.mark.parametrize("more", [{"accuracy_m": 50_000}, {"age_s": 3600}])
async def test_a_position_that_the_company_does_not_take_is_kept_nowhere(
    tmp_path: Path, session: aiohttp.ClientSession, more: dict
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M, **more))
        assert kept_positions(tmp_path) == []


async def test_coordinates_made_up_first_hide_no_position_that_is_measured_after_them(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        await company.ask("user001", "上班打卡 39.928823,116.39747")
        assert len(kept_positions(tmp_path)) == 1
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M))
        await company.ask("user001", "上班打卡 总部")
        assert (await ledger(company))[0].note == NOTE


async def test_a_link_that_ended_while_it_was_looked_at_keeps_and_shows_nothing(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert company.app is not None
        links, refused = company.app.store.links, company.app.store.links.refused

        async def ends_first(link: Link, fix: Fix) -> bool:
            await company.ask("user001", "clock in with my location")
            return await refused(link, fix)

        links.refused = ends_first  # type: ignore[method-assign]
        answer = await phone.call("look", fix=a_fix(PUDONG, north_m=NORTH_M))
        assert answer == (403, {"error": "link"})
        assert kept_positions(tmp_path) == []


async def test_a_phone_whose_first_position_was_off_is_told_of_to_nobody_once_it_finds_another(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        assert (await phone.call("look", fix=a_fix(north_m=3200, accuracy_m=90)))[1]["kept"]
        company.sandbox.clock.advance(20)
        assert (await phone.punch(a_fix()))["state"] == "recorded"
        assert (await ledger(company))[0].note == ""
        assert kept_positions(tmp_path) == []


async def test_the_page_says_that_a_position_is_kept_only_of_one_that_is(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        looks = [await phone.call("look", fix=fix) for fix in (a_fix(PUDONG, north_m=NORTH_M), a_fix(north_m=900))]
        assert [stands["kept"] for _, stands in looks] == [True, False]
        assert len(kept_positions(tmp_path)) == 1


async def test_a_phone_that_finds_its_person_at_a_site_ends_what_it_found_before(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REJECT) as company:
        phone = await a_phone(company, session, "clock in with my location")
        await phone.call("look", fix=a_fix(north_m=3200, accuracy_m=90))
        company.sandbox.clock.advance(20)
        await phone.call("look", fix=a_fix())
        assert kept_positions(tmp_path) == []
        assert TOLD not in await company.ask("user001", "上班打卡 总部")
