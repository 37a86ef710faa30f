"""Attacks on the page: nobody gets another person's day, punch or board."""

import asyncio
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.web.sessions import SESSION
from tests.builders import ON_TUESDAY
from tests.company import Company
from tests.faults.disks import file_size_limit
from tests.web.visiting import Visitor, a_fix, a_key, a_visitor, login_code

CALLS = [
    "day",
    "month",
    "correct",
    "figures",
    "close",
    "status",
    "data",
    "look",
    "punch",
    "board",
    "nudge",
]


async def no_punches(company: Company) -> None:
    for who in ("user001", "user002"):
        assert not await company.app.store.ledger.punches(who, ON_TUESDAY)


async def refused(visitor: Visitor, company: Company, **headers: str) -> set[tuple[int, Any]]:
    """Return how the calls are refused. Assert that none punched."""
    found = set()
    for name in CALLS:
        status, answer = await visitor.call(name, key=a_key(), fix=a_fix(), headers=headers)
        assert set(answer) == {"error"}
        found.add((status, answer["error"]))
    await no_punches(company)
    return found


async def test_a_used_or_invented_code_opens_nothing(
    company: Company, session: aiohttp.ClientSession
) -> None:
    code = await login_code(session, company.sandbox.url, "user001")
    visitor = Visitor(session, company.sandbox.url)
    assert (await visitor.enter(code))[0] == 200
    thief = Visitor(session, company.sandbox.url)
    for tried in (code, secrets.token_hex(16), "code-user001"):
        assert (await thief.enter(tried))[0] == 403
    assert thief.cookies == {}
    assert (await thief.call("enter", code=["x"]))[0] == 400
    assert await refused(thief, company) == {(401, "session")}


async def test_a_forged_or_expired_cookie_opens_nothing(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor = await a_visitor(company, session)
    own = visitor.cookies[SESSION]
    colleague = (await a_visitor(company, session, "user002")).cookies[SESSION]
    text, _, signature = own.partition(".")
    for forged in (
        "",
        "x",
        f"{text}.",
        f"{text}.{'0' * 64}",
        f"{colleague.partition('.')[0]}.{signature}",
    ):
        visitor.cookies[SESSION] = forged
        assert await refused(visitor, company) == {(401, "session")}
    visitor.cookies[SESSION] = own
    company.sandbox.clock.advance(3000)
    assert (await visitor.call("day"))[0] == 200
    company.sandbox.clock.advance(601)
    assert await refused(visitor, company) == {(401, "session")}
    sent = {"Origin": company.sandbox.url}
    body = {"code": await login_code(session, company.sandbox.url, "user001")}
    async with session.post(
        f"{company.sandbox.url}/app/enter", json=body, headers=sent
    ) as response:
        cookie = response.headers["Set-Cookie"]
    assert all(
        part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/app", "Max-Age=3600")
    )


async def test_a_leavers_or_another_persons_cookie_opens_nothing(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor = await a_visitor(company, session)
    own, visitor.cookies = visitor.cookies, (await a_visitor(company, session, "user002")).cookies
    assert await refused(visitor, company) == {(401, "session")}
    visitor.cookies = own
    await company.app.directory.remove_people(["user001"])
    assert await refused(visitor, company) == {(401, "session")}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_another_site_cannot_call_the_page(
    company: Company, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    visitor = await a_visitor(company, session)
    assert await refused(visitor, company, **headers) == {(403, "origin")}
    status, _ = await visitor.call("enter", code="x", headers=headers)
    assert status == 403


async def test_a_forged_position_does_not_count(
    company: Company, session: aiohttp.ClientSession
) -> None:
    client = await a_visitor(company, session)
    forged = {
        "Geo-Position": "39.9088;116.3975",
        "X-Forwarded-For": "127.0.0.1",
        "X-Latitude": "39.9088",
    }
    status, answer = await client.call("look", fix=None, headers=forged)
    assert (status, answer["fence"], answer["site"]) == (200, "unknown", None)
    browser = await logged_in(company, session, "user001")
    dingtalks = {
        "latitude": 39.9088,
        "longitude": 116.3975,
        "accuracy_m": 5,
        "age_s": 0,
        "datum": "gcj02",
    }
    assert (await client.call("look", fix=dingtalks))[0] == 200
    for call in ("look", "punch"):
        assert await browser.call(call, key=a_key(), fix=dingtalks) == (400, {"error": "bad"})
    await no_punches(company)


@pytest.mark.parametrize(
    "changes",
    [
        {"fix": a_fix() | {"latitude": 91}},
        {"fix": a_fix() | {"longitude": True}},
        {"fix": a_fix() | {"accuracy_m": 0}},
        {"fix": a_fix() | {"datum": "bd09"}},
        {"fix": "HQ"},
        {"key": None},
        {"direction": "in"},
        {"reason": "x" * 201},
    ],
)
async def test_invalid_fields_are_refused(
    company: Company, session: aiohttp.ClientSession, changes: dict[str, Any]
) -> None:
    visitor = await a_visitor(company, session)
    body = {"key": a_key(), "fix": a_fix()} | changes
    assert await visitor.call("punch", **body) == (400, {"error": "bad"})
    await no_punches(company)


async def test_invalid_and_long_bodies_are_refused(
    company: Company, session: aiohttp.ClientSession
) -> None:
    visitor = await a_visitor(company, session)
    sent = {"Origin": visitor.url, "Content-Type": "application/json", "X-Page-User": "user001"}
    sent["Cookie"] = f"{SESSION}={visitor.cookies[SESSION]}"
    for raw, expected in (
        (b"", 400),
        (b"[]", 400),
        (b"{" * 3000, 400),
        (b'{"a": NaN}', 400),
        (b" " * 5000, 413),
    ):
        async with session.post(f"{visitor.url}/app/punch", data=raw, headers=sent) as response:
            assert response.status == expected, raw[:10]
    await no_punches(company)


async def guess(company: Company, session: aiohttp.ClientSession, times: int) -> list[int]:
    """Return the statuses of so many invented codes."""
    guesser = Visitor(session, company.sandbox.url)
    tries = [guesser.enter(secrets.token_hex(16)) for _ in range(times)]
    return [status for status, _ in await asyncio.gather(*tries)]


async def test_wrong_codes_of_an_address_do_not_lock_its_other_people_out(
    company: Company, session: aiohttp.ClientSession
) -> None:
    assert set(await guess(company, session, 70)) == {403}
    code = await login_code(session, company.sandbox.url, "user001")
    assert (await Visitor(session, company.sandbox.url).enter(code))[0] == 200


async def test_after_many_wrong_codes_an_address_asks_dingtalk_slowly(
    company: Company, session: aiohttp.ClientSession
) -> None:
    await guess(company, session, 70)
    statuses = await guess(company, session, 60)
    asked = [call for call in company.sandbox.requests if call.api == "getuserinfo"]
    assert statuses.count(403) == len(asked) - 70
    assert statuses.count(429) > 0


async def test_nobody_logs_in_while_dingtalk_does_not_answer(
    company: Company, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    await company.sandbox.fault("http_500", {"value": True, "apis": ["getuserinfo"]})
    code = await login_code(session, company.sandbox.url, "user001")
    visitor = Visitor(session, company.sandbox.url)
    status, answer = await visitor.enter(code)
    assert (status, answer["error"]) == (503, "identity")
    assert answer["reference"] in caplog.text
    assert visitor.cookies == {}


async def begin(company: Company, session: aiohttp.ClientSession) -> tuple[str, dict[str, str]]:
    """Begin a login in another browser. Return DingTalk's address and the cookie."""
    async with session.get(f"{company.sandbox.url}/app/login", allow_redirects=False) as response:
        assert response.status == 302
        cookie = response.cookies["clock_in_login"]
        assert cookie["samesite"] == "Lax"
        return response.headers["Location"], {"Cookie": f"clock_in_login={cookie.value}"}


async def come_back(company: Company, session: aiohttp.ClientSession, url: str, who: str) -> str:
    """Log in at DingTalk as a person. Return the address that leads back."""
    async with session.get(f"{company.sandbox.url}{url}") as response:
        link = re.search(
            f'href="([^"]*)">{company.sandbox.world.person(who).name}<', await response.text()
        )
        assert link is not None
        return unescape(link[1])


async def logged_in(company: Company, session: aiohttp.ClientSession, who: str) -> Visitor:
    """Return a person who logged in in another browser."""
    url, cookie = await begin(company, session)
    back = await come_back(company, session, url, who)
    visitor = Visitor(session, company.sandbox.url)
    async with session.get(back, headers=cookie, allow_redirects=False) as response:
        assert response.headers["Location"] == "/app"
        visitor.cookies[SESSION] = response.cookies[SESSION].value
    visitor.user_id = who
    return visitor


async def test_a_login_ends_once_and_in_its_own_browser(
    company: Company, session: aiohttp.ClientSession
) -> None:
    url, cookie = await begin(company, session)
    _, another = await begin(company, session)
    assert parse_qs(urlsplit(url).query)["scope"] == ["openid"]
    back = await come_back(company, session, url, "user001")
    forged = f"{company.sandbox.url}/app/back?authCode=made-up&state={parse_qs(urlsplit(back).query)['state'][0]}"
    # no cookie, another login's cookie, an invented code, no code
    tries = [
        (back, {}),
        (back, another),
        (forged, cookie),
        (forged.replace("authCode", "x"), cookie),
    ]
    for address, headers in tries:
        async with session.get(address, headers=headers, allow_redirects=False) as response:
            assert response.headers["Location"] == "/app?error=login"
            assert SESSION not in response.cookies
    async with session.get(back, headers=cookie, allow_redirects=False) as response:
        assert SESSION in response.cookies
    async with session.get(back, headers=cookie, allow_redirects=False) as response:
        assert SESSION not in response.cookies


async def test_a_failed_login_leads_back_to_the_page_with_its_reason_and_reference(
    company: Company, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    url, cookie = await begin(company, session)
    back = await come_back(company, session, url, "user001")
    await company.app.directory.mark_people_changed(
        ["user001"]
    )  # so that the login stores the person again
    company.sandbox.clock.advance(1)
    with file_size_limit(1):
        async with session.get(back, headers=cookie, allow_redirects=False) as response:
            query = parse_qs(urlsplit(response.headers["Location"]).query)
            assert query["error"] == ["unknown"]
            assert f"reference {query['reference'][0]}:" in caplog.text
            assert SESSION not in response.cookies
