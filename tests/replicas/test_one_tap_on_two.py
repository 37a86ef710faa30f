"""One tap that two processes get at once is one question, and one answer that both get is one punch."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.company import morning
from tests.crash.trial import Trial, a_trial
from tests.ports import a_reserved_port
from tests.replicas.test_two_processes import judged, pushed_to
from tests.waiting import until
from tests.web.visiting import JSON, LINK, Phone, a_fix

CODE = re.compile(r"`that was me (\d{4})`")
PEOPLE = [f"user{number:03}" for number in range(1, 9)]
ASKED = "SELECT user_id, code, asked FROM tap_questions ORDER BY user_id"


@asynccontextmanager
async def two_pages(folder: Path, url: str) -> AsyncIterator[tuple[Trial, list[str]]]:
    """Run two bots on one database, each with the page at an address of its own; give those addresses."""
    with a_reserved_port() as first, a_reserved_port() as second:
        pages = [f"http://127.0.0.1:{port}" for port in (first, second)]
        changes = {"clock_in": {"location": "required", "new_phone": "ask"}}
        web = {"port": first, "public_url": pages[0]}
        async with a_trial(folder, url, at=morning(), web=web, **changes) as trial:
            await trial.start().up()
            trial.configure(url, {**changes, "web": web | {"port": second}})
            await trial.start().up()
            await trial.sandbox.wait_connected(2)
            yield trial, pages


async def a_ready_phone(trial: Trial, session: aiohttp.ClientSession, who: str) -> Phone:
    """Ask for a link and look at the page, so that it can be tapped."""
    await trial.witness.say(who, "clock in")
    await until(lambda: any(map(LINK.search, trial.sandbox.replies(who))), what="a link")
    (link,) = [found[1] for text in trial.sandbox.replies(who) for found in LINK.finditer(text)]
    phone = Phone(session, link)
    for path in ("open", "look"):
        status, answer = await phone.call(path, fix=a_fix(north_m=12))
        assert status == 200, answer
    return phone


async def tapped(phone: Phone, page: str) -> JSON:
    """Tap once as it arrives at `page`, behind the one address that the phone knows."""
    body = {"token": phone.token, "device": phone.device, "fix": a_fix(north_m=12)}
    headers = {"Origin": phone.origin, "Sec-Fetch-Site": "same-origin"}
    async with phone.session.post(f"{page}/here/punch", json=body, headers=headers) as response:
        assert response.status == 200, await response.text()
        answer: JSON = await response.json()
        return answer


def codes_told(trial: Trial, who: str) -> list[str]:
    return [code for text in trial.sandbox.replies(who) for code in CODE.findall(text)]


async def test_a_tap_that_both_get_is_asked_about_once_and_an_answer_that_both_get_punches_once(
    tmp_path: Path, database: str
) -> None:
    async with two_pages(tmp_path, database) as (trial, pages), aiohttp.ClientSession() as session:
        phones = [await a_ready_phone(trial, session, who) for who in PEOPLE]
        answers = await asyncio.gather(*(tapped(phone, page) for phone in phones for page in pages))
        assert {answer["state"] for answer in answers} == {"phone"}
        await until(lambda: all(codes_told(trial, who) for who in PEOPLE), what="the questions")
        await trial.settle()
        told = {who: codes_told(trial, who) for who in PEOPLE}
        assert trial.books.rows(ASKED) == [(who, *told[who], 1) for who in PEOPLE]
        assert not trial.books.punches()

        await trial.sandbox.fault("deliver_twice")
        said = [await trial.witness.say(who, f"that was me {told[who][0]}", punch=False) for who in PEOPLE]
        punches = await judged(trial)
        assert sorted(punch.user_id for punch in punches) == PEOPLE
        assert any(len(pushed_to(trial)[message_id]) == 2 for message_id in said)
        assert {len(codes_told(trial, who)) for who in PEOPLE} == {1}
