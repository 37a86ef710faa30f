"""Tokens: who gets one, what is stored, and when it ends."""

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.people import Employee
from tests.api.calling import ADMIN, LEAD, WANG, Caller, a_caller, a_token, an_open_company
from tests.command_line import Outcome, bot
from tests.company import Company
from tests.storage.stage import Stage
from tests.waiting import until

UNKNOWN = "The token is not known, has expired, or its person has left."


async def token(folder: Path, *arguments: str) -> Outcome:
    return await bot("token", *arguments, "--config", str(folder / "config.yaml"))


def contents_of(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.glob("clock-in.db*")]


async def test_a_token_is_printed_once_and_works_until_it_is_revoked(
    tmp_path: Path, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_open_company(tmp_path) as company:
        refused = await token(tmp_path, "add", "--as", WANG, "--scope", "days")
        assert refused.returncode == 1 and "Stop that one first" in refused.stderr
        await company.stop_bot()
        added = await token(tmp_path, "add", "--as", WANG, "--scope", "days", "--days", "3650")
        secret = added.stdout.strip()
        assert added.returncode == 0 and re.fullmatch(r"cib_[\w-]{43}", secret)
        await company.start_bot()
        caller = Caller(company, session, secret)
        assert (await caller.get("people"))[0] == 200
        listed = await token(tmp_path, "list")
        number, *words = listed.stdout.split()
        assert words[:2] == ["days", WANG] and "never" not in listed.stdout
        await company.stop_bot()
        assert (await token(tmp_path, "revoke", number)).returncode == 0
        assert (await token(tmp_path, "revoke", number)).returncode == 1
        await company.start_bot()
        assert (await caller.get("people"))[0] == 401
        outputs = (added.stderr, listed.stdout, caplog.text)
        assert not any(secret in text for text in outputs)
        assert not any(secret.encode() in content for content in contents_of(tmp_path))


@pytest.mark.parametrize(
    ("who", "scope", "words"),
    [("nobody", "days", "Nobody here"), (WANG, "ledger", "roles.hr"), (ADMIN, "all", "--scope")],
)
async def test_a_token_without_a_right_is_not_added(
    company: Company, tmp_path: Path, who: str, scope: str, words: str
) -> None:
    await company.stop_bot()
    done = await token(tmp_path, "add", "--as", who, "--scope", scope)
    assert (done.returncode > 0, done.stdout, words in done.stderr) == (True, "", True)
    assert (await token(tmp_path, "list")).stdout == ""


async def test_both_databases_keep_find_and_end_tokens(stage: Stage) -> None:
    store = await stage.open()
    secret, made = a_token(stage.clock.now(), WANG)
    await store.tokens.add(made)
    assert await store.tokens.with_hash(secret) is None
    assert await store.tokens.with_hash(made.hash) == made
    await store.tokens.note_use(made)
    first = await store.tokens.with_hash(made.hash)
    assert first is not None and first.used_at == stage.clock.now()
    stage.clock.move(59)
    await store.tokens.note_use(first)
    assert await store.tokens.with_hash(made.hash) == first
    assert (await store.privacy.count_rows(WANG))["tokens"] == 1
    assert await store.tokens.revoke(made.token_id)
    assert await store.tokens.with_hash(made.hash) is None
    assert not await store.tokens.revoke(made.token_id)


@pytest.mark.parametrize("way", ["event", "read", "walk"])
async def test_who_leaves_and_comes_back_needs_a_new_token(stage: Stage, way: str) -> None:
    store = await stage.open()
    people = store.people
    stays = Employee(LEAD, "Chen", None, (1,), (), active=True)
    leaves = Employee(WANG, "Wang", None, (1,), (), active=True)
    _, made = a_token(stage.clock.now(), WANG)
    await store.tokens.add(made)
    await people.replace([leaves, stays], (), stage.clock.now())
    assert await store.tokens.with_hash(made.hash) == made
    stage.clock.move(60)
    if way == "event":
        await people.remove([WANG])
    elif way == "read":
        await people.store((), stage.clock.now(), gone=[WANG])
    else:
        await people.replace([stays], (), stage.clock.now())
    assert await store.tokens.with_hash(made.hash) is None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer cib_x", "Basic {0}", "{0}", "Bearer {0}x", "Bearer  {0}"],
)
async def test_a_forged_token_opens_nothing(
    company: Company, session: aiohttp.ClientSession, header: str
) -> None:
    caller = await a_caller(company, session)
    for path in ("people", "days?from=2026-11-24&to=2026-11-24", "none", "../../metrics"):
        async with caller.fetch(path, Authorization=header.format(caller.secret)) as response:
            if path != "../../metrics":
                assert response.status == 401
                assert response.headers["WWW-Authenticate"] == "Bearer"
                problem = await response.json(content_type="application/problem+json")
                assert problem["detail"] == UNKNOWN


async def test_a_token_ends_with_its_days_and_with_its_person(
    company: Company, session: aiohttp.ClientSession
) -> None:
    short = await a_caller(company, session, WANG, days=1)
    leaver = await a_caller(company, session, "user002", days=30)
    assert (await short.get("people"))[0] == (await leaver.get("people"))[0] == 200
    company.sandbox.world.leave("user002")
    await until(lambda: company.app.directory.employee("user002") is None)
    assert (await leaver.get("people"))[0] == 401
    company.sandbox.clock.advance(86_400)
    assert (await short.get("people"))[0] == 401


async def test_a_busy_token_or_address_waits_and_others_do_not(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with an_open_company(tmp_path, web={"trusted_proxies": ["127.0.0.1"]}) as company:
        busy = await a_caller(company, session, LEAD)
        other = await a_caller(company, session, WANG)
        forged = Caller(company, session, "cib_forged")

        async def answers(caller: Caller, number: int, calls: int) -> set[Any]:
            async def call() -> Any:
                header = {"X-Forwarded-For": f"203.0.113.{number}"}
                async with caller.fetch("people", **header) as response:
                    answer = await response.json(content_type=None)
                    return answer.get("detail"), response.headers.get("Retry-After")

            return set(await asyncio.gather(*(call() for _ in range(calls))))

        good = (None, None)
        assert await answers(busy, 1, 70) == {good, ("Too many calls with this token.", "1")}
        refused = {(UNKNOWN, None), ("Too many calls from this address.", "1")}
        flood, others = await asyncio.gather(answers(forged, 2, 600), answers(other, 3, 30))
        assert (flood, others) == (refused, {good})


async def test_ten_thousand_calls_delay_no_punch(
    company: Company, session: aiohttp.ClientSession
) -> None:
    caller = await a_caller(company, session)
    statuses: list[int] = []

    async def storm() -> None:
        for _ in range(500):
            async with caller.fetch("people") as response:
                statuses.append(response.status)

    storms = [asyncio.create_task(storm()) for _ in range(20)]
    await until(lambda: 429 in statuses)
    assert "上班卡" in await company.ask(WANG, "打卡")
    assert any(not task.done() for task in storms), "the storm still goes on"
    await asyncio.gather(*storms)
    assert len(statuses) == 10_000 and set(statuses) == {200, 429}
