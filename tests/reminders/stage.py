"""A company for tests of reminders, on a clock that stands still between looks."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import Clock
from bot.domain.reminders import Reminder
from bot.domain.slots import Days
from bot.platform import DingTalk
from bot.sandbox.clock import PretendClock
from bot.sandbox.gateway import Frame
from bot.settings import Settings
from tests.builders import TUESDAY, local
from tests.changing_company import World
from tests.company import Company, morning
from tests.pretend_dingtalk import Sandbox
from tests.waiting import LONGEST_S

NO_LIMITS = {"each_api": 0, "all": 0, "signed": 0, "replies": 0}
CALL_S = 20.0  # long enough for a busy machine
HASTY_S = 2.0  # for an API that never answers
ON, OFF = "上班卡", "下班卡"
BEFORE, AFTER = "before", "after"
DAY_PEOPLE = {"lead01", "lead02", *(f"user00{number}" for number in range(1, 8))}
_NUDGE = re.compile(r"### (上班卡|下班卡)提醒 (\d\d:\d\d)\n\n(.*)")

_MISSING = re.compile(r"没有看到上班卡（\d+）\*\*：(.*)")


@dataclass(frozen=True, slots=True)
class Heard:
    """A received reminder: its check (`ON` or `OFF`), due time, tone (`BEFORE` or `AFTER`) and
    moment.
    """

    what: str
    due: str
    tone: str
    at: datetime


def heard(sandbox: Sandbox, user_id: str) -> list[Heard]:
    """Return a person's reminders, oldest first."""
    found: list[Heard] = []
    for entry in sandbox.transcript(user_id):
        nudge = _NUDGE.match(entry.text) if entry.speaker == "bot" else None
        if nudge:
            tone = AFTER if "没有看到" in nudge[3] else BEFORE
            found.append(Heard(nudge[1], nudge[2], tone, datetime.fromisoformat(entry.at)))
    return found


def noted(sandbox: Sandbox, lead: str) -> dict[datetime, list[str]]:
    """Return the missing people in a lead's notes, by the moment of the note."""
    notes = (
        (entry, _MISSING.search(entry.text))
        for entry in sandbox.transcript(lead)
        if entry.speaker == "bot"
    )
    return {
        datetime.fromisoformat(entry.at): sorted(names[1].split("、"))
        for entry, names in notes
        if names
    }


class StillClock(PretendClock):
    """A pretend clock that stands still between moves."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment of the last move."""
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class PromptDingTalk(DingTalk):
    """DingTalk's adapters. They repeat a failed read at once."""

    def __init__(self, settings: Settings, clock: Clock, *, call_s: float) -> None:
        super().__init__(settings, clock, call_s=call_s)
        self.openapi.sleep = _at_once


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


class RemindingCompany(Company):
    """A company whose bot has read all people and plans at its start."""

    def __init__(self, sandbox: Sandbox, folder: Path, changes: dict[str, Any]) -> None:
        super().__init__(sandbox, folder, changes)
        self.call_s = CALL_S
        self._unheard: set[str] = set()  # events without an ACK
        sandbox.listen(self._hear)

    def _hear(self, _kind: str, news: object) -> None:
        if isinstance(news, Frame) and news.kind == "EVENT":
            (self._unheard.add if news.ack_code is None else self._unheard.discard)(news.message_id)

    async def events_heard(self) -> None:
        """Wait until the bot has acknowledged all events."""
        await self.sandbox.wait_until_events_pushed()
        await self.sandbox.wait_until(lambda: not self._unheard)

    async def start_bot(self) -> App:
        """Start the bot, let it read people and plans, and look once."""
        self.app = await self.another_bot()
        return self.app

    async def another_bot(self) -> App:
        """Start one more bot. The test stops it."""
        settings = self.settings()
        dingtalk = PromptDingTalk(settings, self.bots_clock, call_s=self.call_s)
        parts: dict[str, Any] = {
            "clock": self.bots_clock,
            "patience": self.patience,
            "workshop": self.workshop,
        }
        app = App(settings, dingtalk=dingtalk, **parts)
        before = self.sandbox.connections
        await app.start()
        await self.sandbox.wait_until(lambda: self.sandbox.connections > before)
        await app.directory.crawl()
        await app.reads.read_if_due()
        await app.reminders.tick()
        return app

    async def go_on(self, *moments: str) -> None:
        """Look for due reminders at these local times of the Tuesday."""
        for at in moments:
            await self.remind(at)

    def told(self, *, since: int = 0) -> dict[str, list[Heard]]:
        """Return reminders by user id, from number `since` on."""
        everybody = {
            person.user_id: heard(self.sandbox, person.user_id)[since:]
            for person in self.sandbox.world
        }
        return {user_id: nudges for user_id, nudges in everybody.items() if nudges}

    async def rows(self, first: date = TUESDAY, last: date = TUESDAY) -> Sequence[Reminder]:
        """Return the stored reminders of these work dates."""
        return await self.app.store.reminders.between(Days(first, last))


@asynccontextmanager
async def a_reminding_company(
    folder: Path,
    at: str | datetime = "08:40",
    *,
    world: World | None = None,
    kind: type["RemindingCompany"] = RemindingCompany,
    call_s: float = CALL_S,
    **changes: Any,
) -> AsyncIterator[RemindingCompany]:
    """Run twelve people, or the people of `world`, and their bot with calls of at most `call_s`.

    `changes` override the demo's configuration.
    """
    clock = StillClock(morning(at) if isinstance(at, str) else at)
    sandbox = Sandbox(
        world=world or World(12), clock=clock, disconnect_grace_s=0.2, wait_for_bot_s=LONGEST_S
    )
    await sandbox.start()
    company = kind(sandbox, folder, {"limits": NO_LIMITS, **changes})
    company.call_s = call_s
    try:
        await company.start_bot()
        yield company
    finally:
        await company.stop_bot()
        await sandbox.stop()


def who_was_told(company: RemindingCompany, what: str, due: str, tone: str) -> list[str]:
    """Return the recipients of a reminder, once for each time."""
    return sorted(
        user_id
        for user_id, nudges in company.told().items()
        for nudge in nudges
        if (nudge.what, nudge.due, nudge.tone) == (what, due, tone)
    )


def away(
    company: RemindingCompany, who: str, start: str, end: str, kind: str = "leave", **more: bool
) -> int:
    """Add an absence on the Tuesday, with DingTalk's event."""
    return company.sandbox.absences.add(who, local(start), local(end), kind, **more).id
