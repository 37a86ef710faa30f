"""`plan` against a whole month of the bot: 70 people, 22 workdays, each door."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.world import DAY
from bot.services.forecast import DAYS, WORKDAYS, Door, Forecast
from bot.services.reconciling import compare_tonight
from tests.builders import local
from tests.changing_company import World
from tests.command_line import outcome_of
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import LONGEST_S, work_until_idle
from tests.web.visiting import a_visitor

FIRST, PEOPLE = date(2026, 9, 1), 70
AT_ONCE = 10  # punches, so that a busy machine answers each press within its ACK
SETTINGS: dict[Door, dict[str, Any]] = {
    "chat": {},
    "card": {"dingtalk": {"card_template_id": "sandbox-card.schema"}},
    "page": {
        "web": {"trusted_proxies": ["127.0.0.1"]},
        "reminders": {"ding": True, "after_minutes": []},
    },
}


class Month:
    """A company of day workers, and what happens in it from day to day."""

    def __init__(self, company: RemindingCompany, door: Door) -> None:
        self._company, self._app, self._sandbox = company, company.app, company.sandbox
        self._door = door
        self._people = [person.user_id for person in company.sandbox.world]
        self._crowd = asyncio.Semaphore(AT_ONCE)
        self._sandbox.page.origin = self._app.web.url

    async def live(self) -> None:
        """Live through 30 days, with each job of the bot at its time."""
        for day in (FIRST + timedelta(days=number) for number in range(DAYS)):
            if day.day % 3 == 0:  # as real time would have it
                self._app.dingtalk.attendance.forget_shifts()
            await self._at("05:10", day)
            await compare_tonight(self._app, self._app.reconciler)
            if day.weekday() < 5:
                for reminder, at, label in (
                    ("08:50", "08:55", "上班打卡"),
                    ("17:50", "18:01", "下班打卡"),
                ):
                    await self._at(reminder, day)
                    await self._at(at, day)
                    await asyncio.gather(*(self._punch(who, label) for who in self._people))
                    await self._app.dispatcher.drain(LONGEST_S)
                    await work_until_idle(self._app.outbox)
            await self._at("18:05", day)
        await self._app.quota.store_usage()

    async def _at(self, clock: str, day: date) -> None:
        self._sandbox.clock.move_to(local(clock, day))
        await self._app.reads.read_if_due()
        await self._app.reminders.tick()
        await work_until_idle(self._app.outbox)

    async def _punch(self, who: str, label: str) -> None:
        async with self._crowd:
            await self._by_door(who, label)

    async def _by_door(self, who: str, label: str) -> None:
        if self._door == "chat":
            await self._sandbox.ask(who, "打卡")
        elif self._door == "page":
            address = f"10.0.0.{self._people.index(who)}"  # a phone of their own
            headers, cookies = {"X-Forwarded-For": address}, aiohttp.DummyCookieJar()
            async with aiohttp.ClientSession(headers=headers, cookie_jar=cookies) as session:
                await (await a_visitor(self._company, session, who)).punch()
        else:
            await self._sandbox.press(who, label)


@pytest.mark.slow
@pytest.mark.parametrize("door", ["chat", "card", "page"])
async def test_a_month_uses_what_plan_says(tmp_path: Path, door: Door) -> None:
    world = World(PEOPLE)
    for person in list(world):
        world.change(person.user_id, shift=DAY)
    begins, changes = local("04:50", FIRST), SETTINGS[door]
    async with a_reminding_company(tmp_path, begins, world=world, **changes) as company:
        await Month(company, door).live()
        used = company.app.quota.by_kind
        assert len(list(company.sandbox.records)) == 2 * WORKDAYS * PEOPLE
    month = Forecast(PEOPLE, door, uploads=False, dings=door == "page")
    for quota in ("calls", "messages"):
        counted = sum(count for (kind, _), count in used.items() if kind == quota)
        assert counted == pytest.approx(month.total(quota), rel=0.05), used  # type: ignore[arg-type]
    beside = sum(used["calls", kind] for kind in ("schedule", "leave", "list_record", "shift"))
    reminding = 3 * 2 * 2 * WORKDAYS  # three reads for fifty people before each check
    assert beside - reminding <= 5 * PEOPLE


def test_plan_names_the_editions_that_carry_a_month() -> None:
    by_page = outcome_of("plan", "--employees", "70", "--edition", "standard", "--by", "page")
    assert by_page.returncode == 0
    assert (
        "0 of 3,000" in by_page.stdout
        and "carry it: standard, professional, add-on" in by_page.stdout
    )
    by_chat = outcome_of(
        "plan", "--employees", "70", "--edition", "standard", "--target", "record_upload"
    )
    assert by_chat.returncode == 1
    dinged = outcome_of("plan", "--employees", "398", "--edition", "professional", "--ding")
    assert "  ding                           88\n" in dinged.stdout
    assert "6,160 of 3,000" in by_chat.stdout and "TOO MANY" in by_chat.stdout
    assert "carry it: professional, add-on" in by_chat.stdout and "within 4 s" in by_chat.stdout
