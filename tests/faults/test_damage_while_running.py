"""A database that turns out damaged while the bot runs: the bot says so, and ends."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.app import App, run
from bot.errors import StoreDamaged
from bot.storage import Store
from bot.storage.sqlite import SqliteEngine
from tests.company import PATIENCE, Company, a_company

DAMAGE = "clock-in.db is damaged: put the latest backup in place."


class DamagedStore(Store):
    """A store whose file is found damaged from `damaged` on."""

    damaged = False

    async def beat(self) -> None:
        if self.damaged:
            raise StoreDamaged(DAMAGE)
        await super().beat()


async def test_a_database_found_damaged_is_told_to_the_administrators_and_ends_the_bot(tmp_path: Path) -> None:
    async with a_company(tmp_path, roles={"admins": ["user001"]}, language="en") as company:
        await company.stop_bot()
        engine = SqliteEngine(tmp_path / "clock-in.db")
        store = DamagedStore(engine, clock=company.sandbox.clock, owner="one", random=random.Random(1))
        told: list[str] = []
        running = asyncio.create_task(run(a_bot_on(store, company), stopping=lambda: told.append("ending")))
        await company.sandbox.wait_connected()
        assert not told
        store.damaged = True
        async with asyncio.timeout(60):
            with pytest.raises(StoreDamaged, match="put the latest backup in place"):
                await running
        assert told == ["ending"]
        assert "nothing is recorded until it is restored" in company.sandbox.replies("user001")[-1]


def a_bot_on(store: Store, company: Company) -> App:
    return App(company.settings(), clock=company.sandbox.clock, patience=PATIENCE, store=store)
