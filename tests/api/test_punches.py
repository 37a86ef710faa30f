"""The feed of punches and the months over HTTP."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.tokens import TokenScope
from tests.api.calling import ADMIN, JSON, LEAD, WANG, Caller, a_caller, an_open_company
from tests.company import ENGINEERING, Company, members, morning
from tests.waiting import until, work_until_idle

HR = "user006"
PAGE = Path(__file__).parent.parent.parent / "docs/api.md"
OCTOBER = "months/2026-10"
NOT_SHOWN = ("latitude", "longitude", "accuracy_m", "datum", "note")


async def read_on(caller: Caller, table: dict[str, JSON], seq: int) -> int:
    """Seal, and read all pages after `seq` into a table. Return the last number."""
    await caller.company.app.store.chain.seal(256)
    more: str | None = str(seq)
    while more is not None:
        status, answer = await caller.get(f"punches?after={more}&limit=3")
        assert status == 200, answer
        for punch in answer["items"]:
            seq = punch["seq"]
            table[punch["punch_id"]] = punch
        more = answer["cursor"]
        assert more in (None, str(seq))
    return seq


def example(name: str) -> Any:
    """Return a function of the documentation."""
    known: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(code, known)
    return known[name]


async def mend(company: Company, text: str) -> None:
    """Ask for a make-up punch, and let the lead approve it."""
    heard = len(company.sandbox.replies(ADMIN))
    await company.change(WANG, text)
    await until(lambda: any("申请补卡" in note for note in company.sandbox.replies(ADMIN)[heard:]))
    await company.press(ADMIN, company.buttons(ADMIN)[0])
    await company.press(ADMIN, company.buttons(ADMIN)[0])


async def test_a_table_fed_by_seq_has_the_ledger_after_corrections_refusals_and_a_restart(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with an_open_company(tmp_path, at="09:10") as company:
        caller = await a_caller(company, session, scope=TokenScope.LEDGER)
        table: dict[str, JSON] = {}
        await company.ask(WANG, "上班打卡 @HQ 原因：堵车")
        for who in ("user002", "user003"):
            await company.ask(who, "打卡")
        seq = await read_on(caller, table, 0)
        assert {punch["counts"] for punch in table.values()} == {"yes"}
        (late,) = (punch for punch in table.values() if punch["user_id"] == WANG)
        assert late["time_result"] == "Late" and late["punched_at"].endswith("+08:00")
        assert not set(NOT_SHOWN) & set(late) and "堵车" not in str(table)
        await mend(company, "今天忘打上班卡了，8:55到的，原因：门禁坏了")
        await work_until_idle(company.app.outbox)
        seq = await read_on(caller, table, seq)
        assert table[late["punch_id"]]["counts"] == "replaced"
        refusal = {"value": {"body": {"errcode": 400002, "errmsg": "bad user"}}, "apis": ["signed"]}
        await company.sandbox.fault("answer", refusal)
        await company.ask("user004", "打卡")
        await company.stop_bot()
        await company.start_bot()
        await work_until_idle(company.app.outbox)
        seq = await read_on(caller, table, seq)
        assert {punch["counts"] for punch in table.values()} == {"yes", "replaced", "rejected"}
        everything: dict[str, JSON] = {}
        assert await read_on(caller, everything, 0) == seq
        assert table == everything
        assert await read_on(caller, table, seq) == seq
        fed: dict[str, JSON] = {}
        call = (fed, company.app.web.url, caller.secret)
        assert await asyncio.to_thread(example("feed"), *call, 0) == seq and fed == table


async def test_a_locked_month_keeps_its_figures_beside_what_moved(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    changes = {"months": {"enabled": True}, "roles": {"admins": [ADMIN], "hr": [HR]}}
    async with an_open_company(tmp_path, **changes) as company:
        caller = await a_caller(company, session, HR)
        month = await months_of(caller, WANG)
        assert month["state"] == "open" and month["adjustments"] == {}
        assert month["figures"]["days_unknown"] > 0, "nothing was read yet"
        assert month["figures"]["late"] is None and month["unknown"]["late"] == "not_read"
        await mend(company, "10月29日忘打下班卡了，18:40走的，原因：手机没电")
        await company.ask(WANG, "我10月的考勤")
        await company.ask(WANG, "确认10月")
        assert (await months_of(caller, WANG))["state"] == "shown"
        await company.change(HR, "锁定10月")
        since = len(company.sandbox.requests)
        locked = await months_of(caller, WANG)
        assert locked["state"] == "locked" and locked["locked_at"].endswith("+08:00")
        assert locked["adjustments"] == {"breaks": None, "worked": None}
        assert all(month["state"] == "locked" for month in await caller.items(OCTOBER))
        assert len(company.sandbox.requests) == since
        call = (company.app.web.url, caller.secret, "2026-10")
        assert locked in await asyncio.to_thread(example("locked_month"), *call)
        await mend(company, "10月30日忘打下班卡了，18:40走的，原因：手机没电")
        moved = await months_of(caller, WANG)
        assert moved["figures"] == locked["figures"] and moved["adjustments"]["missed"] == -1
        assert moved["adjustments"]["worked"] is None, "the clock-in is still missing"
        assert moved["unknown"]["adjustments.worked"] == "incomplete"
        assert moved["unknown"]["worked"] == "incomplete"


async def months_of(caller: Caller, who: str) -> JSON:
    (month,) = await caller.items(f"{OCTOBER}?user_id={who}")
    return month


async def test_months_show_only_people_whose_whole_month_is_seen(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session, LEAD)
    november = "months/2026-11"
    ids = {month["user_id"] for month in await caller.items(november)}
    assert LEAD in ids and len(ids) > 1 and WANG not in ids
    assert (await caller.get(f"{november}?user_id={WANG}"))[0] == 404
    mover = next(iter(ids - {LEAD}))
    company.sandbox.clock.move_to(morning("08:50") + timedelta(days=2))
    company.sandbox.world.move(mover, ENGINEERING)
    await until(lambda: mover in members(company.sandbox.world, ENGINEERING))
    await company.app.directory.crawl()
    _, answer = await caller.get(november)
    assert mover not in {month["user_id"] for month in answer["items"]}
    assert answer["left_out"] == 1
    everybody = await (await a_caller(company, session)).items(november)
    assert mover in {month["user_id"] for month in everybody}


async def test_the_description_fits_the_answers(
    company: Company, session: aiohttp.ClientSession
) -> None:
    url = f"{company.app.web.url}/api/v1/openapi.json"
    async with session.get(url) as response:
        described = await response.json()
    async with session.get(url.replace("openapi.json", "people")) as response:
        assert response.status == 401
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {
        f"/api/v1/{path}" for path in ("people", "days", "months/{month}", "punches")
    }
    punch = described["components"]["schemas"]["ApiPunch"]
    assert not set(NOT_SHOWN) & set(punch["properties"]) and "seq" in punch["required"]
