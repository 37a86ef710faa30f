"""The calendar of the page over HTTP: a person's own days, and their make-up requests."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.months import Month
from tests.company import Company, a_company, morning
from tests.waiting import until
from tests.web.visiting import JSON, Visitor, a_key, a_visitor

ENGLISH = {"Accept-Language": "en"}
LEFT = {"direction": "OffDuty", "at": "2026-11-23T18:20", "reason": "phone was dead"}


async def own_days(visitor: Visitor, **body: Any) -> dict[str, JSON]:
    status, month = await visitor.call("month", headers=ENGLISH, **body)
    assert status == 200, month
    return {day["day"]: day for day in month["days"]}


async def test_a_month_shows_own_days_alone_up_to_today(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        await company.ask("user002", "打卡")
        visitor = await a_visitor(company, session)
        days = await own_days(visitor, user_id="user002")
        assert list(days)[::23] == ["2026-11-01", "2026-11-24"]
        today = days["2026-11-24"]
        assert (today["arrived"], today["standing"]) == ("", "missing")
        colleague = await a_visitor(company, session, "user002")
        today = (await own_days(colleague))["2026-11-24"]
        assert (today["arrived"], today["standing"]) == ("09:12", "late")
        assert today["lines"] == ["In 09:00: 09:12 · 12 min late", "Out 18:00: no punch yet"]
        late = {"direction": "OnDuty", "what": "Clock-in 09:00", "due": "2026-11-24T09:00"}
        assert late in today["wrong"]
        october = await own_days(colleague, day="2026-10-15")
        assert list(october)[::30] == ["2026-10-01", "2026-10-31"]
        assert october["2026-10-01"]["wrong"] == [], "a make-up punch goes back 30 days"


async def test_a_make_up_request_of_the_calendar_is_the_callers_and_sent_once(
    company: Company, session: aiohttp.ClientSession
) -> None:
    await until(lambda: company.app.directory.is_read)
    visitor = await a_visitor(company, session)
    body = {"key": a_key(), "user_id": "user002", "headers": ENGLISH} | LEFT
    _, refused = await visitor.call("correct", **body | {"key": a_key(), "reason": "\u200b"})
    assert not refused["sent"] and "wants a reason" in refused["text"]
    _, first = await visitor.call("correct", **body)
    assert first["sent"] and "2026-11-23 Mon 18:20" in first["text"]
    assert await visitor.call("correct", **body) == (200, first)
    assert "phone was dead" in await company.sandbox.wait_for_reply("lead01")
    corrections = company.app.store.corrections
    assert [request.user_id for request in await corrections.open()] == ["user001"]
    _, refused = await visitor.call("correct", **body | {"key": a_key()})
    assert not refused["sent"] and "asked for that check already" in refused["text"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("month", {"day": "2026-12-01"}),
        ("month", {"day": "2025-10-31"}),
        ("correct", LEFT),
        ("correct", LEFT | {"key": a_key(), "at": "2026-11-23T18:20+08:00"}),
        ("correct", LEFT | {"key": a_key(), "direction": None}),
        ("figures", {"day": "2026-11-01"}),
        ("close", {"step": "confirmed", "seen": "M-00000000"}),
        ("close", {"day": "2026-10-01", "seen": "M-00000000"}),
        ("close", {"day": "2026-10-01", "step": "confirmed"}),
        ("status", {}),
    ],
)
async def test_an_invalid_call_of_the_calendar_is_refused(
    tmp_path: Path, session: aiohttp.ClientSession, name: str, body: JSON
) -> None:
    async with a_company(tmp_path, months={"enabled": True}) as company:
        visitor = await a_visitor(company, session)
        assert await visitor.call(name, **body) == (400, {"error": "bad"})
        assert await company.app.store.corrections.open() == []


async def test_a_company_without_months_confirms_none_and_without_corrections_mends_no_day(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, corrections={"enabled": False}) as company:
        visitor = await a_visitor(company, session)
        october = {"day": "2026-10-01"}
        assert await visitor.call("figures", **october) == (400, {"error": "bad"})
        _, shown = await visitor.call("month", **october)
        assert not shown["closes"]
        _, shown = await visitor.call("month")
        assert not any(day["wrong"] for day in shown["days"])


async def test_the_figures_to_confirm_name_days_that_were_seriously_late_alone(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="09:40", months={"enabled": True}) as company:
        await company.ask("user002", "clock in")
        company.sandbox.clock.move_to(morning("09:30") + timedelta(days=7))
        visitor = await a_visitor(company, session, "user002")
        november: dict[str, Any] = {"day": "2026-11-01", "headers": ENGLISH}
        _, figures = await visitor.call("figures", **november)
        _, calendar = await visitor.call("month", **november)
        asked = await company.ask("user002", "confirm my November")
        for shown in (figures["text"], calendar["totals"], asked):
            assert "seriously late 1× 40 min" in shown


async def test_a_person_answers_for_their_own_month_alone_and_hr_sees_who_has_not(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    roles = {"hr": ["user006"]}
    async with a_company(tmp_path, months={"enabled": True}, roles=roles) as company:
        await until(lambda: company.app.directory.is_read)
        visitor = await a_visitor(company, session)
        october: dict[str, Any] = {"day": "2026-10-01", "headers": ENGLISH}
        _, shown = await visitor.call("figures", user_id="user002", **october)
        objection = {"step": "objected", "seen": shown["seen"], "reason": "a day is missing"}
        await visitor.call("close", user_id="user002", **objection, **october)
        month = Month.of(date(2026, 10, 1))
        states = await company.app.store.months.states(month, ["user001", "user002"])
        assert [states[who].objected is not None for who in ("user001", "user002")] == [True, False]
        _, refused = await visitor.call("status", **october)
        assert "李娜" not in refused["text"]
        closer = await a_visitor(company, session, "user006")
        _, status = await closer.call("status", **october)
        assert "王小明" in status["text"] and "李娜" in status["text"]
        refused = await visitor.call("close", step="locked", seen="x", **october)
        assert refused == (400, {"error": "bad"})
        await company.change("user006", "锁定10月")
        _, locked = await visitor.call("figures", **october)
        assert locked["text"] and "seen" not in locked
