"""A position that was given and is not usable: never a silent pass, and what it says stays out of every text."""

from pathlib import Path

import aiohttp
import pytest

from tests.builders import TUESDAY
from tests.company import Company, a_company
from tests.web.test_page_attacks import login_code
from tests.web.visiting import HQ, PUDONG, Phone, a_fix, link_in

REQUIRED = {"location": "required", "new_phone": "accept"}
AWAY = f"{PUDONG[0]},{PUDONG[1]}"


async def ledger(company: Company, who: str = "user001") -> list:
    assert company.app is not None
    return list(await company.app.store.ledger.punches(who, TUESDAY, TUESDAY))


@pytest.mark.parametrize(
    ("fix", "why"),
    [
        (a_fix(PUDONG, accuracy_m=5000), "coarse"),
        (a_fix(PUDONG, age_s=7200), "stale"),
        (a_fix(HQ, accuracy_m=5000), "coarse"),
    ],
)
async def test_a_site_that_was_named_makes_no_unusable_fix_of_the_page_usable(
    tmp_path: Path, session: aiohttp.ClientSession, fix: dict, why: str
) -> None:
    only_measured = {**REQUIRED, "trusted_sources": ["browser", "dingtalk"]}
    async with a_company(tmp_path, clock_in=only_measured) as company:
        phone = Phone(session, link_in(await company.ask("user001", "clock in @HQ")))
        _, seen = await phone.call("look", fix=fix)
        answer = await phone.punch(fix)
        assert (seen["unusable"], seen["fence"], seen["site"]) == (why, "unknown", None)
        assert (answer["state"], answer["position"]["unusable"]) == ("unusable", why)
        assert not await ledger(company)
        assert (await phone.punch())["state"] == "recorded"


async def test_a_source_that_is_not_trusted_is_said_on_the_page_though_a_site_was_named(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={**REQUIRED, "trusted_sources": ["dingtalk"]}) as company:
        phone = Phone(session, link_in(await company.ask("user001", "clock in @HQ")))
        answer = await phone.punch(a_fix(PUDONG))
        assert (answer["state"], answer["position"]["unusable"]) == ("unusable", "untrusted")
        assert not await ledger(company)


async def test_where_a_position_is_required_a_usable_one_is_asked_for(tmp_path: Path) -> None:
    rules = {**REQUIRED, "trusted_sources": ["named", "browser"]}
    async with a_company(tmp_path, clock_in=rules) as company:
        reply = await company.ask("user001", f"clock in {AWAY}")
        assert "does not rely on a position given" in reply
        assert "Nothing is recorded yet" in reply
        assert not await ledger(company)
        assert "HQ" in await company.ask("user001", "clock in @HQ")
        (punch,) = await ledger(company)
        assert (punch.where.site, punch.note) == ("HQ", "")


async def test_where_it_is_optional_the_punch_says_what_was_not_taken(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"trusted_sources": ["named", "browser"]}) as company:
        receipt = await company.ask("user001", f"clock in {AWAY}")
        assert "Your position was not used" in receipt
        (punch,) = await ledger(company)
        assert (punch.where.fix, punch.note) == (None, "position not taken: untrusted")


async def test_a_simulated_position_is_told_of_though_the_sites_cannot_be_read(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    app = {"agent_id": "4711", "corp_id": "dingsandbox"}
    sites_unread = {**REQUIRED, "sites_from": "dingtalk"}
    async with a_company(tmp_path, clock_in=sites_unread, dingtalk=app, sites=[]) as company:
        await company.sandbox.fault("http_500", {"value": True, "apis": ["positions"]})
        phone = Phone(session, link_in(await company.ask("user001", "clock in")))
        fix = {"latitude": HQ[0], "longitude": HQ[1], "accuracy_m": 9, "age_s": 0, "datum": "gcj02"}
        code = await login_code(company, session, "user001")
        answer = await phone.punch(fix | {"simulated": True}, code=code)
        assert (answer["state"], answer["position"]["flags"]) == ("recorded", ["simulated"])
        told = await company.sandbox.wait_for_reply("lead01")
        assert "模拟的，在哪个考勤地点附近无法判断" in told


async def test_coordinates_in_a_reason_are_in_no_text_that_outlives_them(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"new_phone": "accept"}) as company:
        await company.ask("user001", "外勤打卡：拜访客户 39.95,116.39")
        phone = Phone(session, link_in(await company.ask("user003", "clock in with my location")))
        assert (await phone.punch(a_fix(north_m=5000), reason="client at 39.95,116.39"))["state"] == "recorded"
        notes = [(await ledger(company, who))[0].note for who in ("user001", "user003")]
        assert notes == [f'"{reason}"; reason given' for reason in ("拜访客户", "client at")]
        told = [await company.sandbox.wait_for_reply("lead01", after=n) for n in range(2)]
        assert "39.95" not in "".join(told)


@pytest.mark.parametrize("reason", ["\u200b", "\u2060\u202e", "\u3164", "\ud800", "\u0301", "39.95,116.39"])
async def test_a_reason_that_nobody_can_read_is_none(
    tmp_path: Path, session: aiohttp.ClientSession, reason: str
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = Phone(session, link_in(await company.ask("user001", "clock in")))
        assert (await phone.punch(a_fix(north_m=3000), reason=reason))["state"] == "reason"
        assert not await ledger(company)


@pytest.mark.parametrize(
    ("rules", "said", "says"),
    [
        (REQUIRED, "clock out", "`clock out`"),
        (REQUIRED, "下班打卡", "请私聊我“下班打卡”"),
        ({}, "clock out with my location", "`clock out with my location`"),
        ({}, "用定位下班打卡", "请私聊我“用定位下班打卡”"),
        ({"outside": "reject"}, "clock out 39.95,116.39", "`clock out`"),
        (REQUIRED, "打卡", "请私聊我“上班打卡”"),  # as the shift tells
    ],
)
async def test_a_group_hears_what_to_say_in_private_in_the_direction_that_was_said(
    tmp_path: Path, rules: dict[str, str], said: str, says: str
) -> None:
    async with a_company(tmp_path, clock_in=rules) as company:
        heard = await company.ask("user001", said, conversation="2")
        assert says in heard
        assert "clock in" not in heard
        assert not await ledger(company)
