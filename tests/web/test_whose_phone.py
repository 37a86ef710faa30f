"""A tap from a phone not known as the person's punches nothing until they say in chat that it was theirs."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.domain.punches import PunchSource
from bot.domain.sites import LocationSource
from bot.errors import StoreRefused
from bot.services.ports import Store
from bot.settings import Settings
from bot.storage import open_store
from tests.builders import TUESDAY, local
from tests.company import Company, a_company
from tests.web.visiting import Phone, a_fix, a_phone, link_in, login_code

REQUIRED = {"location": "required"}
INSIDE = {"agent_id": "4711", "corp_id": "dingsandbox"}


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_company(tmp_path, at="08:58", clock_in=REQUIRED) as running:
        yield running


async def ledger(company: Company, who: str = "user001") -> list:
    assert company.app is not None
    return list(await company.app.store.ledger.punches(who, TUESDAY, TUESDAY))


async def asked(company: Company, phone: Phone, who: str = "user001", **more: object) -> str:
    """Tap, and return the question that comes in chat."""
    before = len(company.sandbox.replies(who))
    assert (await phone.punch(**more))["state"] == "phone"
    return await company.sandbox.wait_for_reply(who, after=before)


async def linked(company: Company, phone: Phone, text: str, who: str = "user001") -> Phone:
    """Ask for another link, and return it on the same phone."""
    again = Phone(phone.session, link_in(await company.ask(who, text)))
    again.device = phone.device
    return again


async def test_a_new_phone_is_asked_about_the_yes_punches_and_from_then_on_one_tap_is_enough(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    question = await asked(company, phone, fix=a_fix(north_m=12))
    assert "(Clock-in 08:58, 12 m from HQ)" in question
    assert "Nothing is recorded yet" in question
    assert not await ledger(company)
    company.at("08:59:30")

    assert "Clock-in 08:58" in await company.ask("user001", "yes")

    (punch,) = await ledger(company)
    assert (punch.source, punch.where.site, round(punch.where.distance_m)) == (PunchSource.PAGE, "HQ", 12)
    assert punch.where.fix.source is LocationSource.BROWSER
    assert local("08:58") <= punch.punched_at < local("08:59")
    assert (await phone.call("open"))[1]["punch"]["at"] == "08:58"
    assert (await phone.punch())["state"] == "repeat"
    company.at("18:01")
    assert (await (await linked(company, phone, "clock out")).punch())["state"] == "recorded"
    assert not [text for text in company.sandbox.replies("lead01") if "phone" in text or "手机" in text]


async def test_an_unopened_link_that_a_colleague_opens_punches_nothing_without_its_owners_yes(
    company: Company, session: aiohttp.ClientSession
) -> None:
    theirs = await a_phone(company, session)  # what user001 was given is opened elsewhere
    await asked(company, theirs)
    reply = await company.ask("user001", "no")
    assert "That tap is not recorded" in reply
    await company.ask("user001", "yes")  # to nothing any more
    company.at("09:30")
    await company.ask("user001", "yes")
    assert not await ledger(company)


@pytest.mark.parametrize("said", ["my status", "thanks", "clock in"])
async def test_whatever_else_is_said_closes_the_question(
    company: Company, session: aiohttp.ClientSession, said: str
) -> None:
    await asked(company, await a_phone(company, session))
    await company.ask("user001", said)
    await company.ask("user001", "yes")
    assert not [punch for punch in await ledger(company) if punch.where.fix]


async def test_neither_a_group_nor_a_voice_nor_a_late_yes_confirms(
    company: Company, session: aiohttp.ClientSession
) -> None:
    await asked(company, await a_phone(company, session))
    await company.ask("user001", "yes", conversation="2")
    await company.ask("user001", "yes", kind="voice")
    assert not await ledger(company)
    company.at("09:00:30")
    await company.ask("user001", "yes")
    assert not await ledger(company)


async def test_a_yes_from_somebody_else_punches_nobody(company: Company, session: aiohttp.ClientSession) -> None:
    await asked(company, await a_phone(company, session))
    await company.ask("user002", "yes")
    assert not await ledger(company)
    assert not await ledger(company, "user002")


async def test_a_phone_known_as_a_colleagues_opens_no_link_and_leaves_it_to_its_owner(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    await asked(company, phone)
    await company.ask("user001", "yes")
    of_another = await linked(company, phone, "clock in", "user002")
    for path in ("open", "look", "punch"):
        assert await of_another.call(path, fix=a_fix()) == (403, {"error": "phone"})
    of_another.token = "0" * 64
    assert await of_another.call("open", fix=a_fix()) == (403, {"error": "link"})
    assert not await ledger(company, "user002")

    own = Phone(session, of_another.link)
    await asked(company, own, "user002")
    await company.ask("user002", "yes")
    assert len(await ledger(company, "user002")) == 1


async def test_a_second_phone_is_told_to_the_lead_with_the_punch(
    company: Company, session: aiohttp.ClientSession
) -> None:
    await asked(company, await a_phone(company, session))
    await company.ask("user001", "yes")
    company.at("18:01")
    await asked(company, await a_phone(company, session, "clock out"))
    await company.ask("user001", "yes")
    assert "另一部手机" in await company.sandbox.wait_for_reply("lead01")
    (_, punch) = await ledger(company)
    assert "phone not seen before" in punch.note


async def test_a_second_tap_leaves_the_first_ones_time_and_asks_once(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session, "where can I clock in?")
    await asked(company, phone)
    company.at("08:58:10")
    before = len(company.sandbox.replies("user001"))
    assert (await phone.punch(a_fix(north_m=90)))["waits"]["at"] == "08:58"
    assert len(company.sandbox.replies("user001")) == before
    company.at("08:59:10")
    question = await asked(company, phone, fix=a_fix(north_m=90))  # it may not have come the first time
    assert "08:58" in question
    assert "0 m from HQ" in question
    await company.ask("user001", "yes")
    (punch,) = await ledger(company)
    assert (round(punch.where.distance_m), local("08:58") <= punch.punched_at < local("08:59")) == (0, True)


async def test_outside_the_reason_is_kept_for_the_yes(company: Company, session: aiohttp.ClientSession) -> None:
    phone = await a_phone(company, session)
    assert (await phone.punch(a_fix(north_m=3000)))["state"] == "reason"
    await asked(company, phone, fix=a_fix(north_m=3000), reason="visiting Acme")
    await company.ask("user001", "yes")
    assert "visiting Acme" in await company.sandbox.wait_for_reply("lead01")
    (punch,) = await ledger(company)
    assert "visiting Acme" in punch.note


async def test_the_edge_is_confirmed_on_the_page_and_not_once_more(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={**REQUIRED, "edge": "ask"}) as company:
        phone, edge = await a_phone(company, session), a_fix(north_m=205, accuracy_m=60)
        assert (await phone.punch(edge))["state"] == "edge"
        await asked(company, phone, fix=edge, edge_confirmed=True)
        await company.ask("user001", "yes")
        (punch,) = await ledger(company)
        assert "confirmed by the person" in punch.note


async def test_inside_dingtalk_nobody_is_asked_and_no_phone_is_remembered(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=INSIDE) as company:
        phone = await a_phone(company, session)
        code = await login_code(company, session, "user001")
        assert (await phone.punch(code=code))["state"] == "recorded"
        assert company.app is not None
        assert await company.app.store.phones.others("user001", "") == 0


async def test_what_is_stored_names_the_phones_and_retention_forgets_them(
    company: Company, session: aiohttp.ClientSession
) -> None:
    await asked(company, await a_phone(company, session))
    await company.ask("user001", "yes")
    assert "since the last punch from it: 1" in await company.ask("user001", "what do you store about me?")
    assert company.app is not None
    store = company.app.store
    assert await store.retention.forget_phones(local("08:50")) == 0
    await store.retention.forget_positions_of("user001")
    assert await store.phones.others("user001", "") == 0


async def test_a_question_that_does_not_reach_the_person_is_none_and_the_next_tap_asks_it(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    await company.sandbox.fault("flow_controlled", {"value": ["user001"], "count": 1})
    assert (await phone.punch())["state"] == "phone_unasked"
    await company.ask("user001", "yes")
    assert not await ledger(company)
    await asked(company, phone)
    assert "Clock-in 08:58" in await company.ask("user001", "yes")


class FaultyLedger:
    """The store's ledger, whose third decision, that of the yes, is committed and said to be refused."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._decided = 0

    async def record(self, *args: Any, **more: Any) -> Any:
        """Record, and say once that it was refused."""
        recorded = await self._inner.record(*args, **more)
        self._decided += 1
        if self._decided == 3:
            raise StoreRefused("the answer of the database got lost")
        return recorded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def with_a_faulty_ledger(settings: Settings, clock: Clock) -> Store:
    store = open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
    store.ledger = FaultyLedger(store.ledger)  # type: ignore[assignment]
    return store


async def test_a_yes_whose_commit_was_refused_and_happened_is_answered_with_its_receipt(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED, open_store=with_a_faulty_ledger) as company:
        await asked(company, await a_phone(company, session))
        assert "Clock-in 08:50" in await company.ask("user001", "yes")
        (punch,) = await ledger(company)
        assert punch.source is PunchSource.PAGE
