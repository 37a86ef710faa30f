"""What the page is told to say: by the company's rules, of sites that cannot be read, of a link that is used."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.i18n import LANGUAGES
from bot.views.reply import Language
from tests.company import a_company
from tests.web.visiting import HQ, Phone, a_fix, a_phone, link_in, login_code

REQUIRED = {"location": "required", "new_phone": "accept"}
BY_CHAT = {"en": r"\bby chat|go back to the chat", "zh": "聊天里打卡"}


async def words_of(session: aiohttp.ClientSession, phone: Phone, language: Language) -> tuple[str, dict[str, str]]:
    async with session.get(f"{phone.origin}/here/{language}") as response:
        html = await response.text()
    found = re.search(r'id="words">(.*)</script>', html)
    assert found
    return html, json.loads(found[1])


@pytest.mark.parametrize(
    ("rules", "by_chat"),
    [
        ({}, True),
        ({"trusted_sources": ["browser", "named"]}, True),
        ({"trusted_sources": ["browser", "typed"]}, True),
        ({"trusted_sources": ["browser", "dingtalk"]}, False),
        ({"trusted_sources": ["browser"], "location": "optional"}, True),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_chat_is_advised_only_where_it_takes_a_punch(
    tmp_path: Path, session: aiohttp.ClientSession, rules: dict[str, Any], by_chat: bool, language: Language
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED | rules) as company:
        phone = await a_phone(company, session, "clock in with my location")
        html, words = await words_of(session, phone, language)
        for key in ("noscript", "slow", "denied", "phone_unasked", "error_phone"):
            assert bool(re.search(BY_CHAT[language], words[key])) is by_chat, key
        assert (words["noscript"] in html, words["slow"] in html) == (True, True)
        assert not [key for key in words if key.endswith("_no_chat")]


async def test_that_sites_cannot_be_read_is_told_apart_from_that_there_are_none(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    app = {"agent_id": "4711", "corp_id": "dingsandbox"}
    rules = {**REQUIRED, "sites_from": "dingtalk"}
    async with a_company(tmp_path, clock_in=rules, dingtalk=app, sites=[]) as company:
        await company.sandbox.fault("http_500", {"value": True, "apis": ["positions"]})
        phone = await a_phone(company, session)
        fix = {"latitude": HQ[0], "longitude": HQ[1], "accuracy_m": 9, "age_s": 0, "datum": "gcj02"}
        code = await login_code(company, session, "user001")
        _, stands = await phone.call("look", fix=fix, code=code)
        assert (stands["fence"], stands["sites_unread"]) == ("unknown", True)


async def test_where_there_are_no_sites_none_are_said_to_be_unread(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED, sites=[]) as company:
        phone = await a_phone(company, session)
        _, stands = await phone.call("look", fix=a_fix())
        assert (stands["fence"], stands["sites_unread"]) == ("unknown", False)


async def test_until_when_a_tap_counts_for_the_message_is_said_to_the_second(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="08:54:40", clock_in=REQUIRED) as company:
        reply = await company.ask("user001", "clock in")
        found = re.search(r"A tap before (08:56:[45]\d) counts for 08:54, a later one for its own time\.", reply)
        assert found, reply
        phone = Phone(session, link_in(reply))
        assert (await phone.call("open"))[1]["counts"] == {"at": "08:54", "until": found[1]}
        company.at("08:56:20")
        assert (await phone.punch())["punch"]["at"] == "08:54"


def test_the_scripts_are_read_by_older_iphones() -> None:
    folder = files("bot.web") / "page"
    scripts = [part.read_text(encoding="utf-8") for part in folder.iterdir() if part.name.endswith(".js")]
    assert scripts
    assert not [script for script in scripts if "(?<" in script]  # Safari before 16.4 would run none of the script
