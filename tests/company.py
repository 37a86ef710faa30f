"""A company in one process: the sandbox and the real bot over a real socket, on pretend time."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from openpyxl.workbook import Workbook

from bot.app import App
from bot.cli.demo import write_config
from bot.clock import Clock
from bot.sandbox.api import CLIENT_SECRET
from bot.sandbox.clock import PretendClock
from bot.sandbox.world import DEPARTMENTS, ROOT_DEPARTMENT, Department
from bot.services.base import Patience
from bot.settings import Settings, parse
from bot.views.workshop import Workshop
from tests.builders import SHANGHAI, TUESDAY
from tests.changing_company import World
from tests.pretend_dingtalk import Sandbox
from tests.waiting import LONGEST_S, work_until_idle

ENGINEERING = 101
TWO_SALES = (  # people from number 13 on join these
    *DEPARTMENTS,
    Department(201, "East", ROOT_DEPARTMENT),
    Department(202, "West", ROOT_DEPARTMENT),
    Department(203, "Sales", 201),
    Department(204, "Sales", 202),
)
PATIENCE = Patience(  # long time limits: a busy machine changes no reply
    call_s=60.0,
    receipt_s=60.0,
    person_s=60.0,
    team_s=60.0,
    lookup_s=(0.01, 0.02, 0.03),
    round_s=0.02,
    inbox_s=0.2,
    probe_s=0.2,
    board_s=0.02,
    reminds=False,
)
# For targets that fail or are slow: the first receipt comes soon, the second later.
TWO_WORDS = replace(PATIENCE, receipt_s=0.25)


def members(world: World, department_id: int) -> set[str]:
    """Return the user ids of a department."""
    return {person.user_id for person in world if person.department.id == department_id}


def morning(at: str = "08:50") -> datetime:
    """Return a local time of the Tuesday in Shanghai."""
    return datetime.combine(TUESDAY, time.fromisoformat(at), SHANGHAI).astimezone(UTC)


class Company:
    """The sandbox and a bot, which a test can stop and start again on the same data."""

    patience = PATIENCE
    workshop: Workshop | None = None  # in which reports are made, None for the bot's own

    def __init__(self, sandbox: Sandbox, folder: Path, changes: dict[str, Any]) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._changes = changes
        self._app: App | None = None
        self.bots_clock: Clock = sandbox.clock

    @property
    def app(self) -> App:
        """The running bot."""
        assert self._app is not None
        return self._app

    @app.setter
    def app(self, app: App) -> None:
        self._app = app

    def settings(self) -> Settings:
        """Return the demo's settings with this company's changes."""
        write_config(self.sandbox, self._folder)
        raw = yaml.safe_load((self._folder / "config.yaml").read_text(encoding="utf-8"))
        for key, value in self._changes.items():
            raw[key] = raw.get(key, {}) | value if isinstance(value, dict) else value
        return parse(yaml.safe_dump(raw), "test")

    def reconfigure(self, **changes: Any) -> None:
        """Change settings for the next start of the bot."""
        self._changes |= changes

    async def start_bot(self) -> App:
        """Start the bot and wait for its Stream connection."""
        app = App(
            self.settings(), clock=self.bots_clock, patience=self.patience, workshop=self.workshop
        )
        await app.start()  # one that cannot start stops itself
        self.app = app
        self.sandbox.page.origin = app.web.url
        await self.sandbox.wait_until(lambda: self.sandbox.connections > 0)
        return app

    async def stop_bot(self) -> None:
        if self._app is not None:
            await self._app.stop()
            self._app = None

    async def ask(self, who: str, text: str, **more: Any) -> str:
        return await self.sandbox.ask(who, text, **more)

    async def press(self, who: str, label: str, *, timeout: float = LONGEST_S) -> str:
        """Press the person's newest button with this label and return the next reply."""
        before = len(self.sandbox.replies(who))
        await self.sandbox.press(who, label)
        return await self.sandbox.wait_for_reply(who, after=before, timeout=timeout)

    async def change(self, who: str, text: str) -> str:
        """Ask for a change, press the first button of the reply, and return the answer."""
        await self.ask(who, text)
        return await self.press(who, self.buttons(who)[0])

    def buttons(self, who: str) -> list[str]:
        last = next(
            entry for entry in reversed(self.sandbox.transcript(who)) if entry.speaker == "bot"
        )
        return [button.label for button in last.pressable]

    def at(self, clock: str) -> None:
        """Move the pretend clock to a local time of the Tuesday."""
        self.sandbox.clock.move_to(morning(clock))

    async def remind(self, at: str | None = None) -> None:
        """Look for due reminders at a local time of the Tuesday, and wait until they have gone."""
        if at is not None:
            self.at(at)
        await self.app.reminders.tick()
        await work_until_idle(self.app.outbox)

    def workbook(self) -> Workbook:
        """Return the newest spreadsheet that somebody got."""
        *_, file = self.sandbox.uploads.values()
        return openpyxl.load_workbook(io.BytesIO(file.content))

    def punches_at_dingtalk(self, who: str) -> list[Any]:
        """Return a person's punches at the pretend clock-in API."""
        return [record for record in self.sandbox.records if record.user_id == who]


@asynccontextmanager
async def a_company(
    folder: Path,
    at: str = "08:50",
    *,
    patience: Patience = PATIENCE,
    world: World | None = None,
    client_secret: str = CLIENT_SECRET,
    make_secret: Callable[[], str] | None = None,
    bots_clock: Callable[[Clock], Clock] | None = None,
    **changes: Any,
) -> AsyncIterator[Company]:
    """Run twelve people, or the people of `world`, from the local time `at` on. `changes` override
    the demo's configuration.

    `client_secret` and `make_secret` are the sandbox's. `bots_clock` derives the bot's clock from
    the sandbox's.
    """
    clock = PretendClock(morning(at))
    sandbox = Sandbox(
        world=world or World(12), clock=clock, disconnect_grace_s=0.2, wait_for_bot_s=LONGEST_S
    )
    sandbox.client_secret = client_secret
    sandbox.make_secret = make_secret or sandbox.make_secret
    await sandbox.start()
    company = Company(sandbox, folder, changes)
    company.patience = patience
    company.bots_clock = clock if bots_clock is None else bots_clock(clock)
    try:
        await company.start_bot()
        yield company
    finally:
        await company.stop_bot()
        await sandbox.stop()
