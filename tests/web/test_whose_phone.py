"""A tap from a phone not known as the person's punches nothing until they say in chat that it was theirs."""

import asyncio
import re
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
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
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


def code_of(question: str) -> str:
    """Return the code that a question names, as its reader would."""
    found = re.search(r"that was me (\d{4})", question)
    assert found, question
    return found[1]


async def confirmed(company: Company, question: str, who: str = "user001") -> str:
    """Say that the tap in question was one's own, and return the answer."""
    return await company.ask(who, f"that was me {code_of(question)}")


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
    assert "That tap is not recorded yet" in question
    assert not await ledger(company)
    company.at("08:59:30")

    assert "Clock-in 08:58" in await confirmed(company, question)

    (punch,) = await ledger(company)
    assert (punch.source, punch.where.site, round(punch.where.distance_m)) == (PunchSource.PAGE, "HQ", 12)
    assert punch.where.fix.source is LocationSource.BROWSER
    assert local("08:58") <= punch.punched_at < local("08:59")
    assert (await phone.call("open"))[1]["punch"]["at"] == "08:58"
    assert (await phone.punch())["state"] == "repeat"
    company.at("18:01")
    assert (await (await linked(company, phone, "clock out")).punch())["state"] == "recorded"
    assert not [text for text in company.sandbox.replies("lead01") if "phone" in text or "手机" in text]


async def test_an_unopened_link_that_a_colleague_opens_punches_nothing_without_its_owners_word(
    company: Company, session: aiohttp.ClientSession
) -> None:
    theirs = await a_phone(company, session)  # what user001 was given is opened elsewhere
    question = await asked(company, theirs)
    reply = await company.ask("user001", f"not me {code_of(question)}")
    assert "That tap is not recorded" in reply
    assert (await theirs.call("punch", fix=a_fix()))[0] == 403  # its link has ended
    assert "Nothing is recorded by this" in await confirmed(company, question)
    assert not await ledger(company)


async def test_a_denied_tap_is_not_recorded_by_what_the_person_typed_instead(
    company: Company, session: aiohttp.ClientSession
) -> None:
    question = await asked(company, await a_phone(company, session))
    assert "Clock-in 08:58" in await company.ask("user001", "clock in @HQ")
    assert "That tap is not recorded" in await company.ask("user001", f"not me {code_of(question)}")
    (punch,) = await ledger(company)
    assert punch.source is PunchSource.CHAT


@pytest.mark.parametrize("said", ["yes", "ok, thanks", "是的", "是我", "that was me", "yes, clock me in", "4821"])
async def test_a_plain_yes_is_never_about_a_tap(
    company: Company, session: aiohttp.ClientSession, said: str
) -> None:
    question = await asked(company, await a_phone(company, session))
    await company.ask("user001", said)
    assert not [punch for punch in await ledger(company) if punch.where.fix]
    assert "Clock-in 08:58" in await confirmed(company, question)


async def test_a_yes_to_what_the_bot_asked_besides_is_about_that_alone(
    company: Company, session: aiohttp.ClientSession
) -> None:
    theirs = await a_phone(company, session)
    await company.ask("user001", "clock in @HQ", kind="voice")
    question = await asked(company, theirs, fix=a_fix(north_m=150))
    assert "Clock-in 08:58" in await company.ask("user001", "yes")
    (punch,) = await ledger(company)
    assert punch.source is PunchSource.VOICE
    assert "already clocked in" in await confirmed(company, question)
    assert len(await ledger(company)) == 1


async def test_that_a_tap_was_not_ones_own_leaves_the_button_of_another_question(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:01") as company:
        phone = Phone(session, link_in(await company.ask("user001", "where can I clock in?")))
        before = len(company.sandbox.replies("user001"))
        await phone.punch(a_fix(), direction="OffDuty")
        question = await company.sandbox.wait_for_reply("user001", after=before)
        await company.ask("user001", "clock out @HQ", kind="voice")
        await company.ask("user001", f"not me {code_of(question)}")
        assert "Clock-out 18:01" in await company.press("user001", "Clock out")
        assert len(await ledger(company)) == 1


async def test_a_tap_leaves_the_question_that_lacks_a_place_its_time(
    company: Company, session: aiohttp.ClientSession
) -> None:
    company.at("08:59:40")
    theirs = await a_phone(company, session)
    company.at("08:59:50")
    await asked(company, theirs)
    company.at("09:00:20")
    assert "Clock-in 08:59" in await company.ask("user001", "clock in @HQ")


async def test_neither_a_group_nor_a_voice_nor_a_late_word_confirms(
    company: Company, session: aiohttp.ClientSession
) -> None:
    question = await asked(company, await a_phone(company, session))
    mine = f"that was me {code_of(question)}"
    await company.ask("user001", mine, conversation="2")
    await company.ask("user001", mine, kind="voice")
    assert not await ledger(company)
    company.at("09:00:30")
    await company.ask("user001", mine)
    assert not await ledger(company)


async def test_the_word_of_somebody_else_punches_nobody(company: Company, session: aiohttp.ClientSession) -> None:
    question = await asked(company, await a_phone(company, session))
    await confirmed(company, question, "user002")
    assert not await ledger(company)
    assert not await ledger(company, "user002")


async def test_three_wrong_codes_end_the_question(company: Company, session: aiohttp.ClientSession) -> None:
    phone = await a_phone(company, session)
    question = await asked(company, phone)
    wrong = f"{1000 + (int(code_of(question)) - 999) % 9000}"
    for _ in range(3):
        assert "no open question" in await company.ask("user001", f"that was me {wrong}")
    await confirmed(company, question)
    assert not await ledger(company)
    await confirmed(company, await asked(company, phone))
    assert len(await ledger(company)) == 1


async def test_said_twice_it_is_told_that_it_is_recorded_already(
    company: Company, session: aiohttp.ClientSession
) -> None:
    question = await asked(company, await a_phone(company, session))
    await confirmed(company, question)
    assert "already clocked in at 08:58" in await confirmed(company, question)
    assert "cannot" in await company.ask("user001", f"not me {code_of(question)}")
    assert len(await ledger(company)) == 1


async def test_of_two_people_who_tap_on_one_phone_the_second_is_refused(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    other = await linked(company, phone, "clock in", "user002")
    first, second = await asked(company, phone), await asked(company, other, "user002")
    await confirmed(company, first)
    assert "a colleague's by now" in await confirmed(company, second, "user002")
    assert not await ledger(company, "user002")
    assert "Clock-in" in await company.ask("user002", "clock in @HQ")  # nothing of it was left behind


async def test_many_taps_at_once_lead_to_one_question_and_a_link_to_three_at_most(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    before = len(company.sandbox.replies("user001"))
    answers = await asyncio.gather(*(phone.punch() for _ in range(20)))
    assert {answer["state"] for answer in answers} == {"phone"}
    assert len(company.sandbox.replies("user001")) == before + 1
    answers = await asyncio.gather(*(phone.punch(a_fix(north_m=metres)) for metres in range(20, 30)))
    assert sorted(answer["state"] for answer in answers) == ["phone"] * 2 + ["phone_enough"] * 8
    assert len(company.sandbox.replies("user001")) == before + 3
    await confirmed(company, company.sandbox.replies("user001")[-1])
    assert len(await ledger(company)) == 1


async def test_a_tap_from_another_place_is_the_one_that_counts(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    first = await asked(company, phone, fix=a_fix(north_m=90))
    last = await asked(company, phone, fix=a_fix(north_m=12))
    assert "no open question" in await confirmed(company, first)
    await confirmed(company, last)
    (punch,) = await ledger(company)
    assert round(punch.where.distance_m) == 12


async def test_a_phone_known_as_a_colleagues_opens_no_link_and_leaves_it_to_its_owner(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone = await a_phone(company, session)
    question = await asked(company, phone)
    await confirmed(company, question)
    of_another = await linked(company, phone, "clock in", "user002")
    for path in ("open", "look", "punch"):
        assert await of_another.call(path, fix=a_fix()) == (403, {"error": "phone"})
    of_another.token = "0" * 64
    assert await of_another.call("open", fix=a_fix()) == (403, {"error": "link"})
    assert not await ledger(company, "user002")

    own = Phone(session, of_another.link)
    question = await asked(company, own, "user002")
    await confirmed(company, question, "user002")
    assert len(await ledger(company, "user002")) == 1


async def test_a_second_phone_is_told_to_the_lead_with_the_punch(
    company: Company, session: aiohttp.ClientSession
) -> None:
    question = await asked(company, await a_phone(company, session))
    await confirmed(company, question)
    company.at("18:01")
    question = await asked(company, await a_phone(company, session, "clock out"))
    await confirmed(company, question)
    assert "另一部手机" in await company.sandbox.wait_for_reply("lead01")
    (_, punch) = await ledger(company)
    assert "phone not seen before" in punch.note


async def test_the_same_tap_again_keeps_its_time_and_is_asked_anew_once_it_may_not_have_come(
    company: Company, session: aiohttp.ClientSession
) -> None:
    phone, fix = await a_phone(company, session, "where can I clock in?"), a_fix()
    assert "until 09:00" in await asked(company, phone, fix=fix)
    company.at("08:58:10")
    before = len(company.sandbox.replies("user001"))
    assert (await phone.punch(fix))["waits"]["at"] == "08:58"
    assert len(company.sandbox.replies("user001")) == before
    company.at("08:59:10")
    question = await asked(company, phone, fix=fix)
    assert "Clock-in 08:58" in question
    assert "until 09:01" in question
    await confirmed(company, question)
    (punch,) = await ledger(company)
    assert local("08:58") <= punch.punched_at < local("08:59")


async def test_outside_the_reason_is_kept_for_the_yes(company: Company, session: aiohttp.ClientSession) -> None:
    phone = await a_phone(company, session)
    assert (await phone.punch(a_fix(north_m=3000)))["state"] == "reason"
    question = await asked(company, phone, fix=a_fix(north_m=3000), reason="visiting Acme")
    await confirmed(company, question)
    assert "visiting Acme" in await company.sandbox.wait_for_reply("lead01")
    (punch,) = await ledger(company)
    assert "visiting Acme" in punch.note


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
    question = await asked(company, await a_phone(company, session))
    await confirmed(company, question)
    assert "since the last punch from it: 1" in await company.ask("user001", "what do you store about me?")
    assert company.app is not None
    store = company.app.store
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
    assert "Clock-in 08:58" in await confirmed(company, await asked(company, phone))


def refused(tx: object) -> None:
    raise StoreRefused("the answer of the database got lost")


class FaultyLedger:
    """The store's ledger, whose third decision, that of the yes, is committed and said to be refused."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._decided = 0

    async def record(self, *args: Any, **more: Any) -> Any:
        """Record, and say once that it was refused, after which the process goes on under another name."""
        recorded = await self._inner.record(*args, **more)
        self._decided += 1
        if self._decided == 3:
            await self._inner._database.claim(refused)
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
        question = await asked(company, await a_phone(company, session))
        assert "Clock-in 08:50" in await confirmed(company, question)
        (punch,) = await ledger(company)
        assert punch.source is PunchSource.PAGE
