"""A started bot holds no library in memory that it needs only now and then."""

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.storage import migrate
from tests.command_line import ENVIRONMENT, configuration

SELDOM = {"alembic", "sqlalchemy", "xlsxwriter", "PIL", "psycopg", "bot.sandbox"}
START = """
import asyncio, sys
from pathlib import Path
from bot.app import App
from bot.clock import SystemClock
from bot.settings import load

async def start():
    app = App(load(Path(sys.argv[1])), clock=SystemClock())
    await app.start()
    print(*sys.modules)
    await app.stop()

asyncio.run(start())
"""


async def test_a_started_bot_has_not_loaded_what_it_seldom_needs(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    await asyncio.to_thread(migrate, f"sqlite:///{tmp_path}/clock-in.db")
    started = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", START, config],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not SELDOM & set(started.stdout.split())
