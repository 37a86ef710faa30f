"""People and days over the API: who sees whom, what is unknown, and what a caller may ask."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.tokens import TokenScope
from tests.api.calling import ADMIN, JSON, LEAD, WANG, a_caller, an_open_company
from tests.changing_company import World
from tests.company import ENGINEERING, Company, members, morning
from tests.tables import cases
from tests.waiting import until

TODAY = "days?from=2026-11-24&to=2026-11-24"
PAGES = [  # items of the first page, and of a person
    ("people", 200, 1),
    ("days?from=2026-11-20&to=2026-11-24", 1000, 5),
    ("months/2026-11", 30, 1),
]


def by_person(answer: JSON) -> dict[str, JSON]:
    return {item["user_id"]: item for item in answer["items"]}


@pytest.mark.parametrize(
    ("who", "asked", "status"),
    [
        (WANG, "", 200),
        (WANG, f"&user_id={WANG}", 200),
        (WANG, "&user_id=user002", 404),
        (WANG, f"&department={ENGINEERING}", 404),
        (LEAD, f"&user_id={WANG}", 404),
        (LEAD, f"&department={ENGINEERING}", 404),
        (LEAD, "&department=999", 404),
        (LEAD, "&user_id=nobody", 404),
        (LEAD, "&user_id=Grace%20Miller", 404),  # a name is no id
        (ADMIN, f"&user_id={WANG}", 200),
        (ADMIN, f"&department={ENGINEERING}", 200),
    ],
)
async def test_a_token_sees_what_its_person_sees(
    company: Company, session: aiohttp.ClientSession, who: str, asked: str, status: int
) -> None:
    caller = await a_caller(company, session, who)
    assert (await caller.get(TODAY + asked))[0] == status


async def test_the_people_of_a_token_are_those_of_its_days(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with an_open_company(tmp_path, roles={"admins": [], "hr": ["user003"]}) as company:
        world = company.sandbox.world
        engineering = members(world, ENGINEERING)
        lead = next(who.user_id for who in world if who.lead and who.user_id in engineering)
        sees = {WANG: {WANG}, lead: engineering, "user003": {who.user_id for who in world}}
        for who, expected in sees.items():
            caller = await a_caller(company, session, who)
            people = {person["user_id"]: person for person in await caller.items("people")}
            assert people.keys() == expected
            assert by_person((await caller.get(TODAY))[1]).keys() == expected
        shown = people[WANG]
        assert shown["job_number"] and shown["departments"][0]["id"] == ENGINEERING
        assert shown["leads"] == [lead]


async def lose_role(company: Company) -> None:
    """Let the lead lose the role, and the bot read it."""
    company.sandbox.world.change(LEAD, lead=False)
    await company.app.directory.crawl()
    assert not company.app.visibility.leads(LEAD)


async def test_a_former_lead_sees_only_their_own_days(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session, LEAD)
    assert len(by_person((await caller.get(TODAY))[1])) > 1
    await lose_role(company)
    status, answer = await caller.get(TODAY)
    assert (status, by_person(answer).keys()) == (200, {LEAD})


@pytest.mark.parametrize("path", [TODAY, "months/2026-11"])
async def test_a_right_that_ends_during_the_reads_shows_nothing(
    company: Company, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    caller = await a_caller(company, session, LEAD)
    read = company.app.summaries.of

    async def of(*asked: Any, **more: Any) -> Any:
        await lose_role(company)
        return await read(*asked, **more)

    monkeypatch.setattr(company.app.summaries, "of", of)
    assert (await caller.get(path))[0] in (404, 503)


async def test_a_caller_makes_no_call_to_dingtalk(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with an_open_company(tmp_path, at="09:12") as company:
        await company.ask(WANG, "打卡")
        caller = await a_caller(company, session)
        since = len(company.sandbox.requests)
        assert await caller.items("people")
        assert await caller.items(TODAY)
        past = (await caller.get("days?from=2026-08-21&to=2026-11-20"))[1]["items"]
        assert len(company.sandbox.requests) == since
        assert past and {day["standing"] for day in past} <= {"unknown", "off"}
        assert all(day["figures"]["worked"] != 0 for day in past if day["standing"] == "unknown")


@cases
async def test_an_answer_has_all_facts_and_null_for_the_unknown(
    tmp_path: Path, session: aiohttp.ClientSession, path: str, items: list[JSON]
) -> None:
    async with an_open_company(tmp_path, at="09:12") as company:
        await company.ask(WANG, "打卡 @HQ 原因：堵车")
        company.at("18:05")
        await company.ask(WANG, "下班打卡")
        await company.app.store.chain.seal(256)
        caller = await a_caller(company, session, scope=TokenScope.LEDGER)
        ids = {item["user_id"] for item in items}
        shown = [item for item in await caller.items(path) if item["user_id"] in ids]
        to_the_minute = re.sub(r":[0-9.]+\+08:00", "+08:00", json.dumps(shown))
        for item, expected in zip(json.loads(to_the_minute), items, strict=True):
            assert {name: item[name] for name in expected} == expected
            assert item.keys() - expected.keys() <= {"punch_id", "message_id"}


@cases
async def test_a_refused_call_says_why(
    company: Company,
    session: aiohttp.ClientSession,
    who: str,
    scope: TokenScope,
    refusals: dict[str, str],
) -> None:
    caller = await a_caller(company, session, who, scope)
    for call, words in refusals.items():
        method, path = call.split(" ", maxsplit=1)
        async with caller.fetch(path, method) as response:
            problem = await response.json(content_type="application/problem+json")
            assert problem["status"] == response.status
            allowed = words.partition("405 Use ")[2].rstrip(".")
            assert response.headers.get("Allow", "") == allowed
        named = [f"{problem['field']}:"] if "field" in problem else []
        assert " ".join([str(problem["status"]), *named, problem["detail"]]) == words, call


@pytest.mark.parametrize(
    "tried",
    [
        "' OR 1=1 --",
        "%00",
        "%ED%A0%80",
        "..%2F..%2Fetc%2Fpasswd",
        "%F0%9F%92%A9",
        "lead01%0d%0aX-A: b",
    ],
)
async def test_tricks_find_nobody(
    company: Company, session: aiohttp.ClientSession, tried: str
) -> None:
    caller = await a_caller(company, session)
    assert (await caller.get(f"{TODAY}&user_id={tried}"))[0] == 404
    assert (await caller.get(f"people?cursor={tried}"))[0] == 200
    assert (await caller.get(f"people/{tried}"))[0] == 404


async def test_pages_hold_everybody_once(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with an_open_company(tmp_path, world=World(201)) as company:
        caller = await a_caller(company, session)
        everybody = sorted(person.user_id for person in company.sandbox.world)
        for path, most, each in PAGES:
            first = (await caller.get(path))[1]["items"]
            assert (len(first), first[0]["user_id"]) == (most, everybody[0])
            ids = [item["user_id"] for item in await caller.items(path)]
            assert ids == [who for who in everybody for _ in range(each)]


async def test_an_unchanged_answer_is_not_sent_again(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session)
    async with caller.fetch(TODAY) as response:
        assert response.content_type == "application/json"
        sent = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
    known = sent["ETag"]
    assert sent["Cache-Control"] == "private, no-cache"
    for tags in (f'W/"x", {known}', "*"):
        async with caller.fetch(TODAY, **{"If-None-Match": tags}) as response:
            assert (response.status, await response.read()) == (304, b"")
            assert sent.items() <= response.headers.items()
    await company.ask(WANG, "打卡")
    async with caller.fetch(TODAY, **{"If-None-Match": known}) as response:
        assert response.status == 200 and response.headers["ETag"] != known


@pytest.mark.parametrize(
    ("change", "status", "words", "logged"),
    [
        ("", 503, r"The database does not answer \((\w+)\)\.", "is not open"),
        ("scope = 'nonsense'", 500, r"This is a bug: reference (\w+)\.", "nonsense"),
    ],
)
async def test_trouble_is_no_empty_list_and_the_operator_finds_it(
    company: Company,
    session: aiohttp.ClientSession,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    change: str,
    status: int,
    words: str,
    logged: str,
) -> None:
    caller = await a_caller(company, session)
    if change:
        with closing(sqlite3.connect(tmp_path / "clock-in.db")) as connection, connection:
            connection.execute(f"UPDATE api_tokens SET {change}")
    else:
        await company.app.store.database.stop()
    async with caller.fetch(TODAY) as response:
        problem = await response.json(content_type="application/problem+json")
        assert problem["status"] == response.status == status
        assert ("Retry-After" in response.headers) == (status == 503)
    (reference,) = re.findall(words, problem["detail"])
    assert any(reference in line and logged in line for line in caplog.messages)


async def test_the_api_is_closed_by_default(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session)
    await company.stop_bot()
    company.reconfigure(api={"enabled": False})
    await company.start_bot()
    async with caller.fetch("people") as response:
        assert (response.status, response.content_type) == (404, "text/plain")


async def test_a_person_who_moved_away_is_seen_for_the_dates_before(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session, LEAD)
    mover = next(who for who in by_person((await caller.get(TODAY))[1]) if who != LEAD)
    await company.ask(mover, "打卡")
    await company.app.store.chain.seal(256)
    company.sandbox.clock.move_to(morning("08:50") + timedelta(days=2))
    company.sandbox.world.move(mover, ENGINEERING)
    await until(lambda: not company.app.directory.is_doubted(mover))
    await company.app.directory.crawl()
    span = "days?from=2026-11-24&to=2026-11-26"
    seen = {day["work_date"] for day in await caller.items(span) if day["user_id"] == mover}
    assert "2026-11-24" in seen and "2026-11-26" not in seen
    assert mover not in {person["user_id"] for person in await caller.items("people")}
    admin = await a_caller(company, session, scope=TokenScope.LEDGER)
    days = await admin.items(f"{span}&user_id={mover}")
    (punch,) = await admin.items("punches")
    departments = [item["department"].partition(" ")[2] for item in (*days, punch)]
    assert departments == ["Support", "Support", "Engineering", "Support"]


async def test_what_may_have_changed_is_not_shown_until_it_is_read_again(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session, LEAD)
    before = by_person((await caller.get(TODAY))[1]).keys()
    moving = next(who for who in before if who != LEAD)
    await company.app.store.people.doubt([moving])
    for path in ("people", TODAY):
        _, answer = await caller.get(path)
        assert by_person(answer).keys() == before - {moving} and answer["left_out"] == 1
    await company.app.store.people.doubt([LEAD])
    async with caller.fetch(TODAY) as response:
        assert response.status == 503 and "Retry-After" in response.headers
    assert (await caller.get(f"{TODAY}&user_id={LEAD}"))[0] == 200
