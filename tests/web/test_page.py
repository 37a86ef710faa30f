"""The page over HTTP: its content, and punches by a tap."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.dingtalk.robot import page_link
from tests.builders import ON_TUESDAY
from tests.company import TWO_WORDS, Company, a_company
from tests.reminders.test_once import OffClock
from tests.web.visiting import PUDONG, a_fix, a_key, a_visitor

REQUIRED = {"location": "required"}


async def punches(company: Company, who: str = "user001") -> list[Any]:
    return list(await company.app.store.ledger.punches(who, ON_TUESDAY))


async def test_the_pages_address_is_the_same_for_everybody(
    company: Company, session: aiohttp.ClientSession
) -> None:
    replies = [await company.ask(who, "在哪里可以打卡") for who in ("user001", "user002")]
    assert len(set(replies)) == 1
    link = page_link(f"{company.sandbox.url}/app")
    assert f"({link})" in replies[0] and f"({link})" in await company.ask("user001", "帮助")
    assert "按点按的时间记录" in replies[0]
    async with session.get(f"{company.sandbox.url}/app") as response:
        page = await response.text()
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "王小明" not in page
    await company.stop_bot()
    await company.start_bot()
    assert f"({link})" in await company.ask("user001", "在哪里可以打卡")


async def test_a_tap_makes_the_next_punch(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, retention={"coordinates_days": 60}) as company:
        visitor = await a_visitor(company, session)
        _, day = await visitor.call("day", headers={"Accept-Language": "en-US,en"})
        assert day["next"] == {"direction": "OnDuty"}
        assert day["due"] == {"direction": "OnDuty", "at": "09:00"}
        assert "09:00 Clock-in" in day["today"]
        assert "kept with this punch for 60 days" in day["notice"] and "(#data)" in day["notice"]
        assert (
            "What I store about you"
            in (await visitor.call("data", headers={"Accept-Language": "en"}))[1]["text"]
        )
        _, looked = await visitor.call("look", fix=a_fix(north_m=90))
        assert (looked["fence"], looked["site"], looked["distance_m"]) == ("inside", "HQ", 90)
        assert (await visitor.call("day"))[1]["notice"] is None
        assert await punches(company) == []
        answer = await visitor.punch(a_fix(north_m=90))
        assert answer["state"] == "recorded"
        assert answer["good"]
        assert "距中心 90 米" in answer["text"]
        _, day = await visitor.call("day")
        assert day["due"] == {"direction": "OffDuty", "at": "18:00"}
        assert "08:50 · 上班卡 · 正常 · 已接收" in day["today"]
        (punch,) = await punches(company)
        assert (punch.source, f"{punch.punched_at:%H:%M}") == ("page", "00:50")
        assert len(company.punches_at_dingtalk("user001")) == 1
        assert company.sandbox.replies("user001") == []
        company.at("18:05")
        assert (await visitor.call("day"))[0] == 401  # a session lasts an hour
        visitor = await a_visitor(company, session)
        assert (await visitor.call("day"))[1]["next"] == {"direction": "OffDuty"}


@pytest.mark.parametrize(("at", "north_m"), [("09:12", 0), ("08:50", 3200)])
async def test_a_receipt_of_a_late_punch_or_one_outside_is_not_good(
    tmp_path: Path, session: aiohttp.ClientSession, at: str, north_m: float
) -> None:
    async with a_company(tmp_path, at=at) as company:
        visitor = await a_visitor(company, session)
        answer = await visitor.punch(a_fix(north_m=north_m), reason="拜访客户")
        assert (answer["state"], answer["good"]) == ("recorded", False)


async def test_a_tap_has_dingtalks_time_while_the_clock_is_wrong(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    wrong = lambda clock: OffClock(clock, timedelta(hours=3))  # noqa: E731
    async with a_company(tmp_path, bots_clock=wrong) as company:
        visitor = await a_visitor(company, session)
        assert "08:50" in (await visitor.punch())["text"]
        (punch,) = await punches(company)
        assert f"{punch.punched_at:%H:%M}" == "00:50"


async def test_a_repeated_tap_is_one_punch(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor, key = await a_visitor(company, session), a_key()
    answers = await asyncio.gather(*(visitor.punch(key=key) for _ in range(5)))
    again = await visitor.punch(a_fix(PUDONG), key=key, direction="OnDuty")
    assert [answer["state"] for answer in (*answers, again)] == ["recorded"] * 6
    assert {answer["text"] for answer in answers} == {again["text"]}
    assert len(await punches(company)) == 1
    assert (await visitor.punch())["state"] == "already"
    colleague = await a_visitor(company, session, "user002")
    assert (await colleague.punch(key=key))["state"] == "recorded"
    assert len(await punches(company, "user002")) == 1


@pytest.mark.parametrize("other", [{"direction": "OffDuty"}, {"reason": "客户现场"}])
async def test_a_key_that_is_used_for_another_tap_is_refused(
    company: Company, session: aiohttp.ClientSession, other: dict[str, str]
) -> None:
    visitor, key = await a_visitor(company, session), a_key()
    first, second = await asyncio.gather(
        visitor.call("punch", key=key, fix=a_fix(), direction="OnDuty"),
        visitor.call("punch", key=key, fix=a_fix(), **{"direction": "OnDuty"} | other),
    )
    assert sorted([first[0], second[0]]) == [200, 409]
    refused = first[1] if first[0] == 409 else second[1]
    assert refused == {"error": "key"}
    assert len(await punches(company)) == 1
    another = {"direction": "OffDuty", "reason": "其他原因"}
    assert await visitor.call("punch", key=key, fix=a_fix(), **another) == (
        409,
        {"error": "key"},
    )
    assert len(await punches(company)) == 1


async def test_an_unclear_direction_is_asked_for(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="13:30") as company:
        visitor = await a_visitor(company, session)
        assert (await visitor.call("day"))[1]["next"] == {"direction": None}
        assert (await visitor.punch())["state"] == "direction"
        assert await punches(company) == []
        _, answer = await visitor.call("punch", key=a_key(), fix=None, direction="OffDuty")
        assert answer["state"] == "recorded"


async def test_a_punch_outside_needs_a_reason(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor = await a_visitor(company, session)
    far = a_fix(north_m=3200)
    assert (await visitor.punch(far))["state"] == "reason"
    assert (await visitor.punch(far, reason="\u200b  "))["state"] == "reason"
    assert await punches(company) == []
    answer = await visitor.punch(far, reason="拜访客户 39.9,116.4")
    assert answer["state"] == "recorded"
    assert "范围外，距 HQ 3.2 公里" in answer["text"]
    assert "拜访客户" in await company.sandbox.wait_for_reply("lead01")
    (punch,) = await punches(company)
    assert "39.9" not in punch.note


@pytest.mark.parametrize(
    ("rules", "fix", "state"),
    [
        ({"outside": "reject"}, a_fix(north_m=3200), "refused"),
        ({}, a_fix(accuracy_m=900), "unusable"),
        ({}, a_fix(age_s=90), "unusable"),
        ({"trusted_sources": ["dingtalk"]}, a_fix(), "unusable"),
        (REQUIRED, None, "needs_position"),
    ],
)
async def test_a_refused_position_records_nothing(
    tmp_path: Path, session: aiohttp.ClientSession, rules: dict[str, Any], fix: Any, state: str
) -> None:
    async with a_company(tmp_path, clock_in=rules) as company:
        visitor = await a_visitor(company, session)
        status, answer = await visitor.call("punch", key=a_key(), fix=fix)
        assert (status, answer["state"]) == (200, state)
        assert await punches(company) == []
        assert company.punches_at_dingtalk("user001") == []


async def test_the_lead_hears_of_a_simulated_position(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor = await a_visitor(company, session)
    simulated = {
        "latitude": 39.9089,
        "longitude": 116.3975,
        "accuracy_m": 20,
        "age_s": 0,
        "datum": "gcj02",
    }
    answer = await visitor.punch(simulated | {"simulated": True})
    assert "模拟" in answer["text"]
    assert "模拟" in await company.sandbox.wait_for_reply("lead01")


async def test_a_later_rejection_is_told_in_chat(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS) as company:
        visitor = await a_visitor(company, session)
        await company.sandbox.fault("api_slow_ms", {"value": 1000, "apis": ["signed"]})
        refusal = {"value": {"body": {"errcode": 400002, "errmsg": "bad user"}}, "apis": ["signed"]}
        await company.sandbox.fault("answer", refusal)
        answer = await visitor.punch()
        assert "待转交" in answer["text"]
        assert "bad user" in await company.sandbox.wait_for_reply("user001")
        _, day = await visitor.call("day")
        assert "未被接收" in day["today"] or "没有被接收" in day["today"]


async def test_a_tap_and_an_answer_in_chat_are_one_punch(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        visitor = await a_visitor(company, session)
        asked = await company.ask("user001", "clock in")
        assert (
            "Nothing is recorded yet" in asked
            and page_link(f"{company.sandbox.url}/app#own") in asked
        )
        company.sandbox.clock.advance(60)
        assert (await visitor.punch())["state"] == "recorded"
        assert "Nothing changed" in await company.press("user001", "HQ")
        (punch,) = await punches(company)
        assert f"{punch.punched_at:%H:%M}" == "00:51"  # the time of the tap
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_a_day_with_thirty_punches_takes_no_more(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="17:00") as company:
        for minute in range(30):
            company.at(f"17:{minute:02}")
            await company.ask("user001", "下班打卡")
        assert len(await punches(company)) == 30
        company.at("18:05")
        assert "已经有 30 次打卡" in await company.ask("user001", "下班打卡")
        answer = await (await a_visitor(company, session)).punch(direction="OffDuty")
        assert answer["state"] == "refused"
        assert "已经有 30 次打卡" in answer["text"]
        assert len(await punches(company)) == 30
