"""What somebody may try against the page, over real HTTP; each comes to nothing."""

import asyncio
import json
import logging
import secrets
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.builders import TUESDAY
from tests.company import PATIENCE, Company, a_company
from tests.web.visiting import FaultyLinks, Phone, a_fix, a_phone, link_in, login_code

REQUIRED = {"location": "required", "new_phone": "accept"}
NOWHERE = {"latitude": 0, "longitude": 0, "accuracy_m": 5, "age_s": 0, "datum": "wgs84"}


async def punches(company: Company) -> int:
    assert company.app is not None
    return len(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


async def test_a_link_that_is_tapped_twice_punches_once_and_says_the_same(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        answers = await asyncio.gather(*(phone.punch() for _ in range(5)))
        assert sorted(answer["state"] for answer in answers) == ["recorded"] + ["repeat"] * 4
        company.at("08:53")
        for fix in (a_fix(), a_fix(age_s=600), a_fix(north_m=3000)):  # whatever the next tap comes with
            later = await phone.punch(fix)
            assert (later["state"], later["punch"]) == ("repeat", answers[0]["punch"])
        assert (await phone.call("open"))[1]["punch"]["at"] == "08:50"
        assert await punches(company) == 1


async def test_a_link_ends_after_five_minutes_and_with_the_next_one(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        first = await a_phone(company, session)
        second = await a_phone(company, session)
        assert await first.call("open") == (403, {"error": "link"})
        company.at("08:54:00")
        assert (await second.call("open"))[0] == 200
        company.at("08:56:30")
        for path in ("open", "look", "punch"):
            assert await second.call(path, fix=a_fix()) == (403, {"error": "link"})
        assert await punches(company) == 0


async def test_a_link_that_was_opened_is_of_no_use_on_another_device(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        mine = await a_phone(company, session)
        await mine.call("open")
        forwarded = Phone(session, mine.link)
        for path in ("open", "look", "punch"):
            assert await forwarded.call(path, fix=a_fix()) == (403, {"error": "link"})
        assert (await mine.punch())["state"] == "recorded"


async def test_guessed_links_all_fail_alike_and_ten_a_minute_however_many_come_at_once(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        cut = phone.token[:-1] + ("0" if phone.token[-1] != "0" else "1")
        guesses = (cut, phone.token[:60], phone.token.upper(), f"{phone.token}0", "", "\ud800")
        answers = [await phone.call("open", token=token) for token in guesses]
        assert answers == [(403, {"error": "link"})] * 6
        more = await asyncio.gather(*(phone.call("open", token=secrets.token_hex(32)) for _ in range(60)))
        assert sorted(status for status, _ in more) == [403] * 4 + [429] * 56
        assert (await phone.call("open"))[0] == 200  # who has a good link is not kept out by others' wrong ones


async def test_links_that_were_good_are_no_guesses(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        stale = [Phone(session, link_in(await company.ask(f"user00{n}", "clock in"))) for n in range(1, 10)]
        forwarded = Phone(session, stale[0].link)
        await stale[0].call("open")
        late = [await forwarded.call("open") for _ in range(12)]
        company.at("08:56:30")
        late += [await phone.call("open") for phone in stale for _ in range(3)]
        assert late == [(403, {"error": "link"})] * len(late)
        assert (await Phone(session, stale[0].link).call("open", token="0" * 64)) == (403, {"error": "link"})


async def test_one_link_is_not_used_without_end(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        statuses = {(await phone.call("open"))[0] for _ in range(200)}
        assert statuses == {200, 429}


async def test_a_guess_costs_dingtalk_nothing(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    app = {"agent_id": "4711", "corp_id": "dingsandbox"}
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=app) as company:
        phone = await a_phone(company, session)
        code = await login_code(company, session, "user001")
        assert (await phone.call("open", token="0" * 64, code=code))[0] == 403
        assert (await phone.call("open", code=code))[0] == 200  # a code is good once: it was not used up


@pytest.mark.parametrize(
    "fix",
    [
        {**NOWHERE},
        a_fix() | {"latitude": 91},
        a_fix() | {"longitude": 181},
        a_fix() | {"latitude": 116.39, "longitude": 39.9},
        a_fix() | {"latitude": "30,27"},
        a_fix() | {"latitude": True},
        a_fix() | {"accuracy_m": -1},
        a_fix() | {"accuracy_m": 0},
        a_fix() | {"accuracy_m": None},
        a_fix() | {"accuracy_m": 10**400},
        a_fix() | {"datum": "bd09"},
        a_fix() | {"datum": ["wgs84"]},
        a_fix() | {"age_s": "now"},
        a_fix() | {"simulated": "no"},
        a_fix() | {"simulated": True},
        {},
        None,
    ],
)
def test_what_is_no_position_is_no_position(fix: object) -> None:
    from bot.web.fixes import BadRequest, read_measured

    with pytest.raises(BadRequest):
        read_measured({"fix": fix})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e309"])
def test_numbers_that_are_none_are_refused_on_the_way_in(number: str) -> None:
    from bot.web.fixes import BadRequest, read_body, read_measured

    raw = json.dumps({"fix": a_fix() | {"latitude": 1.5}}).replace("1.5", number).encode()
    with pytest.raises(BadRequest):
        read_measured(read_body(raw))


async def test_a_position_that_claims_to_be_dingtalks_needs_dingtalks_word(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        claimed = a_fix() | {"datum": "gcj02"}
        assert await phone.call("punch", fix=claimed) == (403, {"error": "link"})
        code = await login_code(company, session, "user001")
        assert await phone.call("punch", fix=claimed, code=code) == (403, {"error": "link"})  # no agent_id
        assert await punches(company) == 0


async def test_inside_dingtalk_the_login_code_must_be_the_links_person(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    app = {"agent_id": "4711", "corp_id": "dingsandbox"}
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=app) as company:
        phone = await a_phone(company, session)
        fix = {"latitude": 39.908823, "longitude": 116.39747, "accuracy_m": 9, "age_s": 0, "datum": "gcj02"}
        colleague = Phone(session, phone.link)
        for path in (
            "open",
            "look",
            "punch",
        ):  # another device is refused anyhow once the link has one
            for code in (await login_code(company, session, "user002"), "nobodys"):
                assert await colleague.call(path, fix=fix, code=code) == (403, {"error": "link"})
        used = await login_code(company, session, "user001")
        assert (await phone.call("open", code=used))[0] == 200  # nobody else's phone was bound meanwhile
        for path in ("open", "punch"):
            assert await colleague.call(path, fix=fix, code=used) == (403, {"error": "link"})
        code = await login_code(company, session, "user001")
        answer = await phone.punch(fix | {"simulated": True}, code=code)
        assert (answer["state"], answer["position"]["flags"]) == ("recorded", ["simulated"])
        assert "模拟" in await company.sandbox.wait_for_reply("lead01")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_sites_page_cannot_call(
    tmp_path: Path, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert await phone.call("punch", headers=headers, fix=a_fix()) == (403, {"error": "origin"})
        assert await phone.call("punch", headers={"Host": "evil.example"}, fix=a_fix()) != (
            403,
            {"error": "origin"},
        )


async def test_the_phones_clock_is_no_time_of_a_punch(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        for three_hours in (10_800, -10_800):
            assert (await phone.punch(a_fix(age_s=three_hours)))["position"]["unusable"] == "stale"
        answer = await phone.punch(a_fix(at=0, timestamp=0), at="05:50", punched_at="05:50", timeStamp=1)
        assert (answer["state"], answer["punch"]["at"]) == ("recorded", "08:50")


async def raw_answer(company: Company, head: str, body: bytes = b"") -> bytes:
    """Send bytes as they are and return what comes back until the server closes or has answered."""
    assert company.app is not None
    address = urlsplit(company.app.web.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        async with asyncio.timeout(60):
            return await reader.read(65_536)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("Content-Length: 6\nTransfer-Encoding: chunked", b"0\r\n\r\nG", 400),
        ("Content-Length: 2\nContent-Length: 40", b"{}", 400),
        ("Transfer-Encoding: chunked\nTransfer-Encoding: identity", b"0\r\n\r\n", 400),
        ("X-Long: " + "a" * 1_000_000, b"", 400),
        ("Content-Length: 1000000000", b"[" * 70_000, 413),
        ("Transfer-Encoding: chunked", b"10000\r\n" + b"[" * 65_536 + b"\r\n" + b"1\r\n[\r\n" * 100, 413),
        ("Content-Length: -1", b"", 400),
        ("Content-Encoding: gzip\nContent-Length: 2", b"{}", 415),
        ("Transfer-Encoding: chunked", b"2\r\n{}GARBAGE\r\n", 400),
    ],
)
async def test_smuggled_and_bloated_requests_are_refused(
    tmp_path: Path, headers: str, body: bytes, status: int
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        assert company.app is not None
        origin = company.app.web.url
        head = f"POST /here/punch HTTP/1.1\nHost: x\nOrigin: {origin}\nContent-Type: application/json\n{headers}"
        answer = await raw_answer(company, head, body)
        assert answer.split(b" ", 2)[1] == str(status).encode(), answer[:200]


async def test_what_a_broken_request_holds_is_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        token = secrets.token_hex(32)
        head = "POST /here/punch HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 0"
        assert b" 400 " in await raw_answer(company, head, f'{{"token": "{token}"}}\r\n\r\n'.encode())
        assert b" 400 " in await raw_answer(company, f"GET /{token} HTTP/1.1\nHost: x\nbad header {token}")
    assert token not in caplog.text


async def test_a_mistake_of_ours_is_logged_without_the_token_and_is_no_success(
    tmp_path: Path, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    mistake = FaultyLinks("open", RuntimeError("a mistake of ours"))
    async with a_company(tmp_path, clock_in=REQUIRED, open_store=mistake.open_store) as company:
        phone = await a_phone(company, session)
        headers = {"Origin": phone.origin}
        body = {"token": phone.token, "device": phone.device}
        async with session.post(f"{phone.origin}/here/open", json=body, headers=headers) as answer:
            assert answer.status == 500
    assert "a mistake of ours" in caplog.text
    assert phone.token not in caplog.text


async def test_a_body_that_never_ends_is_given_up(tmp_path: Path) -> None:
    patience = replace(PATIENCE, body_s=0.05)
    async with a_company(tmp_path, clock_in=REQUIRED, patience=patience) as company:
        assert company.app is not None
        head = (
            f"POST /here/punch HTTP/1.1\nHost: x\nOrigin: {company.app.web.url}\n"
            "Content-Type: application/json\nContent-Length: 100"
        )
        assert (await raw_answer(company, head, b"{")).startswith(b"HTTP/1.1 408")


async def test_forms_other_methods_and_large_bodies_are_refused(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        url, headers = f"{phone.origin}/here/punch", {"Origin": phone.origin}
        async with session.post(url, data={"token": phone.token}, headers=headers) as form:
            assert form.status == 415
        async with session.get(url) as read:
            assert read.status == 405
        as_json = headers | {"Content-Type": "application/json"}
        for size, status in ((5_000, 413), (1_000_000, 413)):
            async with session.post(url, data=b"[" * size, headers=as_json) as large:
                assert large.status == status
        for body in (b"", b"[]", b"\xff", b"{", b"[" * 4000):
            async with session.post(url, data=body, headers=as_json) as broken:
                assert broken.status == 400
        assert await punches(company) == 0


async def test_the_page_is_framed_cached_and_referred_to_by_nobody(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, dingtalk={"agent_id": "4711", "corp_id": "dingsandbox"}) as company:
        assert company.app is not None
        for path in ("here/zh", "here/en", "here/here.js", "here/phone.js", "here/here.css"):
            async with session.get(f"{company.app.web.url}/{path}") as response:
                sent = response.headers
                policy = sent["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert "script-src 'self';" in policy
                assert 'src="dingtalk-jsapi.js"' not in await response.text()
                assert (sent["Cache-Control"], sent["Referrer-Policy"]) == ("no-store", "no-referrer")
        inside = {"User-Agent": "Mozilla/5.0 AliApp(DingTalk/7.6.0)"}
        async with session.get(f"{company.app.web.url}/here/zh", headers=inside) as response:
            assert "script-src 'self';" in response.headers["Content-Security-Policy"]
            assert '<script src="dingtalk-jsapi.js" defer></script>' in await response.text()


async def test_a_token_is_in_no_log_and_not_in_the_database(
    tmp_path: Path, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    caplog.set_level(logging.INFO, logger="aiohttp")
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        await phone.punch()
        await Phone(session, phone.link).call("open")
        await company.stop_bot()
        held = b"".join(path.read_bytes() for path in tmp_path.glob("clock-in.db*"))  # noqa: ASYNC240
        assert b"page" in held
        assert phone.token.encode() not in held
        assert phone.device.encode() not in held
    assert phone.token not in caplog.text
