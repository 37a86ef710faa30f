"""Places in chat: where one may clock in, and what somebody is told the first time they give a position."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.errors import StoreRefused
from tests.builders import TUESDAY
from tests.company import Company, a_company
from tests.web.visiting import PUDONG, FaultyLinks, Phone, a_fix, a_phone, link_in

NOTICE = "coordinates are kept with this punch for 60 days"


async def test_ones_sites_are_listed_with_a_link_and_with_distances_where_a_position_is_known(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path) as company:
        listed = await company.ask("user001", "where can I clock in?")
        assert "HQ / 总部, within 200 m" in listed
        assert "from you" not in listed
        await company.ask("user001", f"clock in {PUDONG[0]},{PUDONG[1]}")
        near = await company.ask("user001", "where can I clock in?")
        first, second = [line for line in near.splitlines() if line.startswith("- ")][:2]
        assert ("Pudong" in first, "HQ" in second) == (True, True)
        assert "0 m from you" in first
        assert "km from you" in second
        phone = Phone(session, link_in(near))
        _, seen = await phone.call("look", fix=a_fix(PUDONG))
        assert (seen["fence"], seen["site"]) == ("inside", "Pudong")
        assert "哪" not in near
        in_chinese = await company.ask("user002", "我可以在哪里打卡")
        assert "200 米以内" in in_chinese


async def test_for_an_hour_distances_are_told_from_where_the_person_punched(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", f"clock in {PUDONG[0]},{PUDONG[1]}")
        await company.ask("user002", "clock in @HQ")
        company.at("09:40")
        answer = await company.ask("user001", "where can I clock in?")
        assert "0 m from you" in answer
        assert "Distances are from where you punched at 08:50." in answer
        assert "from you" not in await company.ask("user002", "where can I clock in?"), (
            "a site named is not measured"
        )
        assert "from you" not in await company.ask("user003", "where can I clock in?"), "nobody else's position"
        company.at("09:52")
        assert "from you" not in await company.ask("user001", "where can I clock in?")


async def test_in_a_group_nobodys_sites_are_listed(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        alone, in_group = await company.ask_in_group("user001", "where can I clock in?")
        assert "HQ" in alone
        assert "HQ" not in in_group
        assert "/here/" not in in_group


@pytest.mark.parametrize("said", ["clock in 39.9088,116.3975", "clock in @HQ"])
async def test_with_the_first_position_given_in_chat_one_is_told_what_is_kept_and_with_no_other(
    tmp_path: Path, said: str
) -> None:
    async with a_company(tmp_path) as company:
        assert NOTICE in await company.ask("user001", said)
        company.at("18:05")
        assert NOTICE not in await company.ask("user001", said.replace("in", "out"))


async def test_who_gives_no_position_is_told_nothing_of_positions(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert NOTICE not in await company.ask("user001", "clock in")
        company.at("18:05")
        assert NOTICE in await company.ask("user001", "clock out @HQ")


async def test_a_first_position_given_in_a_group_is_answered_in_private(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        receipt = await company.ask("user001", "clock in @HQ", conversation="2")
        assert NOTICE not in receipt
        assert NOTICE in await company.sandbox.wait_for_reply("user001", after=1)
        notice = [entry for entry in company.sandbox.transcript("user001") if NOTICE in entry.text]
        assert [entry.conversation for entry in notice] == ["1"]


async def test_who_read_it_on_the_page_is_not_told_again(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in={"location": "required", "new_phone": "accept"}) as company:
        phone = Phone(session, link_in(await company.ask("user001", "clock in")))
        await phone.call("look", fix=a_fix())
        assert (await phone.punch())["state"] == "recorded"
        assert NOTICE not in await company.sandbox.wait_for_reply("user001", after=1)


async def test_a_database_that_cannot_say_costs_the_notice_and_not_the_receipt(
    tmp_path: Path,
) -> None:
    refusal = FaultyLinks("noticed", StoreRefused("disk full"))
    async with a_company(tmp_path, open_store=refusal.open_store) as company:
        receipt = await company.ask("user001", "clock in @HQ")
        refusal.error = None
        assert "Clock-in 08:50" in receipt
        assert NOTICE not in receipt
        company.at("18:05")
        assert NOTICE in await company.ask("user001", "clock out @HQ")


@pytest.mark.parametrize(
    "said",
    [
        "打卡 https://uri.amap.com/marker?position=116.397428,39.90923&name=x",
        "clock in https://maps.google.com/?q=39.9088,116.3975",
        "clock in https://maps.apple.com/?ll=39.9088,116.3975",
        "[位置] 北京市东城区东长安街 39.9088,116.3975",
        "我的位置 https://surl.amap.com/abc123",
    ],
)
async def test_a_link_to_a_map_is_no_position(tmp_path: Path, said: str) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", said)
        assert company.app is not None
        punches = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert [punch.where.fix for punch in punches if punch.where.fix is not None] == []


@pytest.mark.parametrize(
    ("said", "receipt_says", "distance"), [("@HQ", "as you named it", None), ("39.9088,116.3975", "m", 4)]
)
async def test_a_site_that_was_only_named_has_no_distance(
    tmp_path: Path, said: str, receipt_says: str, distance: int | None
) -> None:
    async with a_company(tmp_path) as company:
        assert receipt_says in await company.ask("user001", f"clock in {said}")
        assert company.app is not None
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        kept = punch.where.distance_m
        assert punch.where.site == "HQ"
        assert (None if kept is None else round(kept)) == distance
        shown = await company.ask("user001", "attendance of user001 today")
        assert "HQ" in shown
        assert ("HQ, 0 m" in shown, " 4 m" in shown) == (False, distance is not None)


async def test_a_site_that_was_only_named_is_stored_as_no_position_given(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in @HQ")
        told = await company.ask("user001", "what do you store about me?")
        assert "Sites you only named, each with its own coordinates: 1" in told
        assert "Positions you gave" not in told
        company.at("18:05")
        await company.ask("user001", "clock out 39.9088,116.3975")
        assert "Positions you gave: 1" in await company.ask("user001", "what do you store about me?")


BY_PAGE = {"location": "required", "new_phone": "accept"}


async def clock_outs(company: Company) -> int:
    assert company.app is not None
    return len(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


@pytest.mark.parametrize("tapped_first", [True, False])
async def test_a_tap_in_time_and_an_answer_in_chat_are_one_punch(
    tmp_path: Path, session: aiohttp.ClientSession, tapped_first: bool
) -> None:
    async with a_company(tmp_path, at="18:05", clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.sandbox.clock.advance(20)
        if tapped_first:
            before = len(company.sandbox.replies("user001"))
            await phone.punch()
            await company.sandbox.wait_for_reply("user001", after=before)
            assert "Nothing changed" in await company.press("user001", "HQ")
        else:
            assert "Clock-out 18:05" in await company.press("user001", "HQ")
            tapped = await phone.punch()
            assert (tapped["state"], tapped["punch"]["at"]) == ("already", "18:05")
        assert await clock_outs(company) == 1


async def test_the_other_direction_beside_a_place_is_a_punch_of_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05", clock_in=BY_PAGE) as company:
        await company.ask("user001", "clock in")
        assert "Clock-out 18:05" in await company.ask("user001", "clock out @HQ")


async def test_what_is_tapped_and_said_at_once_is_one_punch(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:05", clock_in=BY_PAGE) as company:
        phone = await a_phone(company, session, "clock out")
        company.sandbox.clock.advance(20)
        await asyncio.gather(phone.punch(), company.ask("user001", "clock out @HQ"))
        assert await clock_outs(company) == 1
        assert len(company.punches_at_dingtalk("user001")) == 1


@pytest.mark.parametrize(
    ("said", "nothing", "without"),
    [
        ("clock in with my location", "Nothing is recorded yet", "Without a location"),
        ("用定位打卡", "还没有记录", "不带定位"),
    ],
)
async def test_who_asks_for_their_location_to_be_used_gets_the_link_first_where_it_is_optional(
    tmp_path: Path, session: aiohttp.ClientSession, said: str, nothing: str, without: str
) -> None:
    async with a_company(tmp_path, clock_in={"new_phone": "accept"}) as company:
        asked = await company.ask("user001", said)
        assert nothing in asked
        assert without in company.buttons("user001")
        assert not company.punches_at_dingtalk("user001")
        company.sandbox.clock.advance(30)
        assert (await Phone(session, link_in(asked)).punch())["state"] == "recorded"
        assert "08:50" in await company.sandbox.wait_for_reply("user001", after=1)
        (record,) = company.punches_at_dingtalk("user001")
        assert record.latitude


async def test_one_button_punches_without_the_location_at_the_time_of_the_message(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in with my location")
        company.sandbox.clock.advance(60)
        assert "Clock-in 08:50" in await company.press("user001", "Without a location")
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_a_group_is_given_no_link_for_a_location(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        said = await company.ask("user001", "clock in with my location", conversation="2")
        assert "Say `clock in with my location` to me in private" in said
        assert "/here/" not in said
        assert not company.punches_at_dingtalk("user001")


@pytest.mark.parametrize("location", ["optional", "required"])
async def test_who_clocks_out_in_a_group_is_not_told_to_clock_in(tmp_path: Path, location: str) -> None:
    async with a_company(tmp_path, clock_in={"location": location}) as company:
        company.at("18:05")
        said = await company.ask("user001", "clock out with my location", conversation="2")
        assert "in private" in said and "Nothing is recorded yet" in said
        assert "clock in" not in said.lower()
        assert not company.punches_at_dingtalk("user001")
