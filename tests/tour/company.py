"""The company that the tour shows: who works where, what has happened there before, and one morning of it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.sandbox.clock import to_ms
from bot.sandbox.people import ENGINEERING
from bot.sandbox.server import Sandbox
from bot.sandbox.talk import Entry
from bot.sandbox.world import Person, World
from tests.builders import SHANGHAI, TUESDAY, local
from tests.company import PATIENCE, morning
from tests.corrections.stage import CorrectingCompany
from tests.reminders.stage import NO_LIMITS, StillClock
from tests.waiting import until

LEAD, LEAD_OF_LEADS, COLLEAGUE, ADMIN = "user004", "lead01", "user001", "user010"
WITHIN_S = 120.0  # of real time, for an answer on a busy machine
PATIENT = replace(PATIENCE, call_s=60.0, receipt_s=60.0)  # so that a busy machine changes no answer
FIRST_DAYS = (date(2026, 9, 1), date(2026, 9, 15))
LAST_DAYS = (date(2026, 10, 26), TUESDAY - timedelta(days=1))
_IN_FRONTEND = {"user020": "马超", "user021": "Hana Ito", "user022": "胡雪"}


class TouredCompany(CorrectingCompany):
    """The company with its bot; what is said there is read back entry by entry."""

    async def start_bot(self) -> App:
        """Start the bot, let it read people and plans, and look once, so that it is not its first look."""
        self.app = app = App(self.settings(), clock=self.sandbox.clock, patience=PATIENT)
        await app.start()
        await self.sandbox.wait_connected(timeout=WITHIN_S)
        await app.directory.crawl()
        await app.roster_reading.read_if_due()
        await app.remind()
        return app

    async def seal(self) -> None:
        """Let no punch wait for its seal, which comes by itself at a moment that depends on the machine."""
        assert self.app is not None
        await self.app.sealer.seal()

    async def asked_for(self, who: str, text: str, answers: int, **more: Any) -> list[Entry]:
        """Say something and return all that the person then said and heard, once there are so many answers.

        A word that it takes a moment is left out: whether it comes depends on the machine.
        """
        before = len(self.sandbox.transcript(who))

        def said() -> list[Entry]:
            return [one for one in self.sandbox.transcript(who)[before:] if one.text not in _PROGRESS]

        await self.sandbox.say(who, text, **more)
        try:
            await self.sandbox.wait_until(lambda: len(said()) > answers, timeout=WITHIN_S)
        except TimeoutError as error:
            raise AssertionError(f"{answers} answers to {text!r} did not come: {said()[1:]}") from error
        return said()


_FLAGS_OWED = "SELECT punch_id FROM punch_flags WHERE due_ms IS NOT NULL"
_PROGRESS = (
    "正在准备，完成后单独发给您。",
    "This takes a moment; it comes to you in private when it is ready.",
    "正在向钉钉查询，需要一点时间……",
    "I am asking DingTalk; this takes a moment…",
)


def a_world() -> World:
    """Return the sandbox's twelve people, and a team within engineering with a lead of its own."""
    world = World(12)
    frontend = world.add_department("前端组 Frontend", ENGINEERING.id)
    world.change(LEAD, department_id=frontend.id, lead=True)
    for user_id in ("user003", "user005"):
        world.change(user_id, department_id=frontend.id)
    for user_id, name in _IN_FRONTEND.items():
        world.join(user_id=user_id, name=name, department_id=frontend.id)
    world.join(user_id="user023", name="林浩然", department_id=ENGINEERING.id)
    return world


def remember(sandbox: Sandbox) -> None:
    """Let DingTalk hold punches of earlier days, the same at each run."""
    for person in sandbox.world:
        for first, last in (FIRST_DAYS, LAST_DAYS):
            for offset in range((last - first).days + 1):
                for moment in punches_of(person, first + timedelta(days=offset)):
                    place = {"source": "USER", "latitude": 39.9088, "longitude": 116.3975, "accuracy": 15.0}
                    sandbox.records.take("native", person.user_id, to_ms(moment), moment, **place)


def punches_of(person: Person, day: date) -> list[datetime]:
    """Return when somebody came and went on an earlier day: now and then late, seldom not at all."""
    if not person.shift.works_on(day):
        return []
    chance = random.Random(f"{person.user_id} {day}")
    if chance.random() < 0.02:
        return []
    start = datetime.combine(day, person.shift.start, SHANGHAI)
    came = start + timedelta(minutes=min(chance.gauss(-9, 6), 25), seconds=chance.randrange(60))
    went = start + timedelta(minutes=person.shift.length_minutes + chance.expovariate(1 / 20))
    return [came] if chance.random() < 0.02 else [came, went]


async def spend_the_morning(company: TouredCompany) -> None:
    """Let most of the people come, each in their way, until 09:28."""
    company.sandbox.absences.add("user022", local("00:00"), local("23:59"), "leave", whole_days=True)
    await company.events_heard()
    said = [
        ("08:41", "user023", "上班打卡 @总部"),
        ("08:52", "user001", "打卡 总部"),
        ("08:55", "user020", "上班打卡"),
        ("08:58", "user002", "clock in 39.9088,116.3975"),
        ("08:59", "user021", "clock in 31.2400,121.5000"),
        ("09:17", "user005", "上班打卡 @总部"),
    ]
    for at, who, text in said:
        company.at(at)
        await company.asked_for(who, text, 1)
    company.at("09:20")
    company.sandbox.native_punch("user004", local("08:57"), "gate")
    await company.events_heard()
    company.at("09:28")
    await until(lambda: not company.rows_of(_FLAGS_OWED), what="a word about a punch outside")


@asynccontextmanager
async def a_toured_company(folder: Path) -> AsyncIterator[TouredCompany]:
    """Run the company on the Tuesday, from 08:30 on; the clock stands still between moves."""
    sandbox = Sandbox(
        world=a_world(), clock=StillClock(morning("08:30")), disconnect_grace_s=0.2, wait_for_bot_s=WITHIN_S
    )
    await sandbox.start()
    remember(sandbox)
    company = TouredCompany(sandbox, folder, {"limits": NO_LIMITS, "roles": {"admins": [ADMIN]}})
    try:
        await company.start_bot()
        yield company
    finally:
        await company.stop_bot()
        await sandbox.stop()
