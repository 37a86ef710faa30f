"""A rolling upgrade on PostgreSQL: the running program and the next one side by side."""

import asyncio
import shutil
import sys
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import yaml

from bot.cli.demo import write_config
from bot.clock import SystemClock
from bot.sandbox.clock import PretendClock
from bot.storage.urls import REVISIONS
from tests.changing_company import World
from tests.command_line import ENVIRONMENT, ROOT, bot
from tests.crash.books import Books
from tests.pretend_dingtalk import Sandbox
from tests.waiting import LONGEST_S, until

PEOPLE = [f"user{number:03}" for number in range(1, 25)]
# so that everybody may clock in at any time
OFF = {
    "name": "off",
    "sections": [["09:00", "18:00"]],
    "days": [],
}
NEXT_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{REVISIONS[-1]}"


def upgrade():
    op.create_table("moods", sa.Column("user_id", sa.Text, primary_key=True))
    op.add_column("inbox", sa.Column("mood", sa.Text, nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("mood", sa.Text))
    op.add_column("punches", sa.Column("mood", sa.Text))
"""


def next_program(folder: Path) -> Path:
    """Copy this program and give it one more schema revision."""
    for package in ("bot", "handlers"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    storage = folder / "bot/storage"
    (storage / "migrations/versions/next.py").write_text(NEXT_REVISION)
    urls = storage / "urls.py"
    text = urls.read_text(encoding="utf-8")
    changed = text.replace(f'"{REVISIONS[-1]}",)', f'"{REVISIONS[-1]}", "next")')
    assert changed != text, "the next program knows its revision"
    urls.write_text(changed, encoding="utf-8")
    return folder


async def start(stack: AsyncExitStack, program: Path, config: Path) -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(config)),
        cwd=program,
        env={**ENVIRONMENT, "PYTHONPATH": str(program)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    stack.push_async_callback(end, process)
    return process


async def end(process: Process, *, kill: bool = True) -> int:
    if process.returncode is None:
        (process.kill if kill else process.terminate)()
    async with asyncio.timeout(LONGEST_S):
        return await process.wait()


async def test_the_next_program_takes_over_beside_the_running_one(
    tmp_path: Path, database: str
) -> None:
    config, books = tmp_path / "bot.yaml", Books(database)
    async with (
        Sandbox(world=World(30), clock=PretendClock(SystemClock().now())) as sandbox,
        AsyncExitStack() as stack,
    ):
        write_config(sandbox, tmp_path)
        raw = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
        raw |= {
            "store": {"url": database},
            "web": {"port": 0},
            "schedule": {"source": "config", "shifts": [OFF]},
        }
        config.write_text(yaml.safe_dump(raw), encoding="utf-8")

        async def connected(count: int) -> None:
            await sandbox.wait_until(lambda: sandbox.gateway.connections == count)

        async def punch(people: list[str]) -> None:
            answers = await asyncio.gather(
                *(sandbox.ask(user_id, "clock in") for user_id in people)
            )
            assert all("Clock-in" in answer for answer in answers)
            await until(lambda: not books.owed(), what="owing nothing")

        old = await start(stack, ROOT, config)
        await connected(1)
        # the database has prepared the statements of the old program by now
        await punch(PEOPLE[:8])
        new = await start(stack, next_program(tmp_path / "next"), config)
        await connected(2)
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
                "next",
            )
        await punch(PEOPLE[8:16])
        await end(old)
        old = await start(stack, ROOT, config)  # a machine or a cluster starts it again
        await connected(2)
        await punch(PEOPLE[16:])
        assert [await end(process, kill=False) for process in (old, new)] == [0, 0]
        assert sorted(row.user_id for row in books.punches()) == PEOPLE
        assert sorted(record.user_id for record in sandbox.records) == PEOPLE
        assert (await bot("audit", "--config", str(config))).returncode == 0
