"""A bot whose database does not let itself be closed ends all the same."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.app import App
from bot.storage import Store
from bot.storage.sqlite import SqliteEngine
from tests.company import PATIENCE, a_company


class Stuck(Store):
    """A store whose close waits for a server that never answers."""

    free = False

    async def close(self) -> None:
        if not self.free:
            await asyncio.Event().wait()
        await super().close()


async def test_a_database_that_hangs_does_not_keep_the_bot_from_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_company(tmp_path) as company:
        await company.stop_bot()
        clock = company.sandbox.clock
        store = Stuck(SqliteEngine(tmp_path / "stuck.db"), clock=clock, owner="stuck", random=Random(1))
        company.app = App(company.settings(), clock=clock, patience=PATIENCE, store=store)
        await company.app.start()
        async with asyncio.timeout(60):
            await company.stop_bot()
        assert "the database did not end" in caplog.text
        store.free = True
        await store.close()
