"""Whatever the step at which the process is killed around a tap on the page: one punch, one link, and the person
can tell.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.storage.chain import audit_ledger
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.evidence import evidence, see_where_it_died
from tests.crash.trial import Trial, a_trial
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until
from tests.web.visiting import LINK, Phone, a_fix

CODE = re.compile(r"`that was me (\d{4})`")
WHO, LEAD = "user001", "lead01"
SECOND = 2  # the first decision is that of the message, which leads to the link
POINTS = [
    *(KillPoint("links.put", moment) for moment in ("before commit", "after commit", "after")),
    *(KillPoint("links.open", moment) for moment in ("before", "before commit", "after commit", "after")),
    *(KillPoint("links.notice", moment) for moment in ("before commit", "after commit")),
    *(
        KillPoint("ledger.record", moment, SECOND)
        for moment in ("before", "before commit", "after commit", "after")
    ),
    *(KillPoint("signed.send", moment) for moment in ("before", "during", "after")),
    *(KillPoint("deliveries.settle", moment) for moment in ("before commit", "after commit")),
    *(KillPoint("receipts.told", moment) for moment in ("before", "before commit", "after commit")),
    *(KillPoint("flags.address", moment) for moment in ("before commit", "after commit")),
    *(KillPoint("flags.told", moment) for moment in ("before", "before commit", "after commit")),
    *(KillPoint("robot.send", moment, nth) for nth in (1, 2) for moment in ("before", "after")),
    KillPoint("robot.send", "during"),
]
# From a phone that is not known the second decision leads to the question whose it is; the third is their word.
THIRD = 3
ASKED = [
    KillPoint("ledger.record", "after", SECOND),
    *(
        KillPoint(f"tap_questions.{step}", moment)
        for step in ("ask", "asked", "answer")
        for moment in ("before", "before commit", "after commit", "after")
    ),
    *(KillPoint("robot.send", moment) for moment in ("before", "during", "after")),
    *(
        KillPoint("ledger.record", moment, THIRD)
        for moment in ("before", "before commit", "after commit", "after")
    ),
    *(KillPoint("receipts.told", moment) for moment in ("before", "after commit")),
]
ASKED_ON_A_SERVER = [KillPoint("ledger.record", moment, THIRD) for moment in ("before commit", "after commit")]
ON_A_SERVER = [
    KillPoint("links.open", "after commit"),
    KillPoint("ledger.record", "before commit", SECOND),
    KillPoint("ledger.record", "after commit", SECOND),
    KillPoint("flags.told", "before"),
]
UNTOLD = "SELECT count(*) FROM outbox WHERE due_ms IS NOT NULL"
USED = "SELECT message_id, used_ms IS NOT NULL FROM links"


class Person:
    """Somebody with a phone, who goes on tapping until the page says what came of it."""

    def __init__(self, trial: Trial, session: aiohttp.ClientSession) -> None:
        self._trial = trial
        self._session = session
        self._device = ""
        self._looked: Phone | None = None  # what has shown the person where they are, so that they can tap
        self._said: set[str] = set()  # the codes of the questions that were answered
        self.answers: list[dict[str, Any]] = []

    async def clock_in(self) -> None:
        """Ask for a link, open the page, look, and tap until there is an answer."""
        await self._trial.witness.say(WHO, "clock in")
        await until(self._gets_on, what="an answer of the page")

    async def reads_again(self) -> dict[str, Any]:
        """Open once more the page that gave the answer; a link said after it leads nowhere."""
        assert self._looked is not None
        status, opened = await self._looked.call("open")
        assert status == 200, opened
        return opened

    async def _gets_on(self) -> bool:
        """Go through the page with the newest link, and tell whether it has answered the tap.

        Where the answer never came the page offers the tap again, until a newer link has replaced its own.
        """
        try:
            self._looked = self._looked or await self._look()
            if self._looked is None:
                return False
            status, answer = await self._looked.call("punch", fix=a_fix(north_m=3000), reason="a client")
        except (aiohttp.ClientError, OSError):
            return False  # the server died on the way
        if status == 403:
            self._looked = None
        elif status == 200 and answer["state"] in ("phone", "phone_unasked"):
            await self._say_yes()
            return False
        elif status == 200:
            self.answers.append(answer)
        return status == 200

    async def _say_yes(self) -> None:
        """Say in chat that it was oneself, to the last question whose phone it is."""
        codes = [code for text in self._trial.sandbox.replies(WHO) for code in CODE.findall(text)]
        if codes and codes[-1] not in self._said:
            self._said.add(codes[-1])
            await self._trial.witness.say(WHO, f"that was me {codes[-1]}", punch=False)

    async def _look(self) -> Phone | None:
        if not self._links():
            return None
        phone = self._phone()
        for path in ("open", "look"):
            status, _ = await phone.call(path, fix=a_fix(north_m=3000))
            if status != 200:
                return None
        return phone

    def _links(self) -> list[str]:
        return [found[1] for text in self._trial.sandbox.replies(WHO) for found in LINK.finditer(text)]

    def _phone(self) -> Phone:
        phone = Phone(self._session, self._links()[-1])
        self._device = phone.device = self._device or phone.device
        return phone


async def lived(point: KillPoint, folder: Path, port: int, url: str = "", *, new_phone: str = "accept") -> None:
    """Tap outside the fence while the bot dies at `point` and lives on, and see that everything came out once."""
    web = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    required = {"location": "required", "new_phone": new_phone}
    async with (
        a_trial(folder, url, at=morning(), clock_in=required, web=web) as trial,
        aiohttp.ClientSession() as session,
    ):
        person = Person(trial, session)
        tapping = asyncio.create_task(person.clock_in())
        before = evidence(trial.books, point.step)
        await trial.live_until(point)
        if (point.step, new_phone) != ("ledger.record", "ask"):  # where one is asked, a decision leaves no punch
            see_where_it_died(point, before, evidence(trial.books, point.step))
        held = trial.books.punches()
        trial.bury()
        last = trial.start()
        await tapping
        await trial.settle()
        await last.up()
        await until(lambda: trial.books.rows(UNTOLD) == [(0,)], what="telling the lead")
        await see_that_all_is_told_once(trial, person)
        if new_phone == "ask":
            assert [one["state"] for one in person.answers] == ["repeat"]  # it is their word that punches
        elif point.step == "ledger.record":
            assert [one["state"] for one in person.answers] == ["repeat" if held else "recorded"]
        await trial.stop(last)
        verdict = trial.witness.verdict(trial.books.punches(), trial.targets)
        assert verdict.wrong == [], f"killed {point}"
        audit = await asyncio.to_thread(audit_ledger, trial.url)
        assert (audit.broken, audit.sealed + audit.unsealed) == (None, 1)


async def see_that_all_is_told_once(trial: Trial, person: Person) -> None:
    """See one punch of the message, one used link, and that page, ledger, receipt and lead say the same."""
    (punch,) = trial.books.punches()
    assert punch.user_id == WHO
    assert trial.books.rows(USED) == [(punch.message_id, 1)]
    (answer,) = person.answers
    assert answer["state"] in ("recorded", "repeat")
    again = await person.reads_again()
    assert again["punch"] == answer["punch"]
    at = answer["punch"]["at"]
    assert any(f"Clock-in {at}" in text for text in trial.sandbox.replies(WHO))
    assert any("a client" in text for text in trial.sandbox.replies(LEAD))


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_at_that_step_a_tap_punches_once_and_the_person_can_tell(
    point: KillPoint, tmp_path: Path, port: int
) -> None:
    await lived(point, tmp_path, port)


@pytest.mark.parametrize("point", ASKED, ids=str)
async def test_killed_while_it_is_asked_whose_phone_it_is_the_yes_punches_once(
    point: KillPoint, tmp_path: Path, port: int
) -> None:
    await lived(point, tmp_path, port, new_phone="ask")


@pytest.mark.parametrize("point", ASKED_ON_A_SERVER, ids=str)
async def test_killed_on_postgresql_at_the_yes_it_punches_once(
    point: KillPoint, tmp_path: Path, port: int, server: PostgresServer
) -> None:
    await lived(point, tmp_path, port, server.url(server.new_database()), new_phone="ask")


@pytest.mark.parametrize("point", ON_A_SERVER, ids=str)
async def test_killed_on_postgresql_a_tap_punches_once_and_the_person_can_tell(
    point: KillPoint, tmp_path: Path, port: int, server: PostgresServer
) -> None:
    await lived(point, tmp_path, port, server.url(server.new_database()))
