"""`backup` beside a running bot, and restoring its copy."""

import asyncio
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.storage.audit import audit_ledger
from tests.chain.tampering import punch_id, sealed_ledger
from tests.command_line import bot
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import SqliteStage, Stage, a_wish, always, record


def a_config(folder: Path, url: str) -> str:
    path = folder / "config.yaml"
    path.write_text(f"dingtalk: {{client_id: a, client_secret: b}}\nstore: {{url: '{url}'}}")
    return str(path)


@pytest.fixture
def restore(server: PostgresServer, tmp_path: Path) -> Callable[[Path], str]:
    """Return a function that restores a copy and returns its `store.url`."""

    def put(copy: Path) -> str:
        if copy.suffix == ".db":
            return f"sqlite:///{copy}"
        url = server.url(server.new_database())
        psql = str(server.programs / "psql")
        subprocess.run(
            [psql, "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(copy), url], check=True
        )
        return url

    return put


async def test_a_backup_of_a_running_bot_restores_its_punches(
    stage: Stage,
    server: PostgresServer,
    restore: Callable[[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{server.programs}:/usr/bin:/bin")
    store, _ = await sealed_ledger(stage, punches=5)
    copy = tmp_path / ("copy.sql" if stage.shared else "copy.db")
    config = a_config(tmp_path, stage.url)
    head = str(audit_ledger(stage.url).head)
    backing_up = asyncio.create_task(bot("backup", "--config", config, "--out", str(copy)))
    number = 5
    while not backing_up.done():  # the bot still records
        await punch_id(store, stage, number)
        number += 1
    code, output, errors = await backing_up
    assert (code, errors, head in output) == (0, "", True)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    restored = Stage(restore(copy))
    restored.clock = stage.clock
    code, output, _ = await bot(
        "audit", "--config", a_config(tmp_path, restored.url), "--expect", head
    )
    assert (code, "The chains hold." in output) == (0, True)
    anew = await restored.open("anew")
    assert not (await record(anew, a_wish("m0", "u0"), always(None))).fresh
    await restored.close()


async def test_an_existing_file_is_not_overwritten(
    sqlite_stage: SqliteStage, tmp_path: Path
) -> None:
    await sqlite_stage.open()
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    config = a_config(tmp_path, sqlite_stage.url)
    code, _, errors = await bot("backup", "--config", config, "--out", str(copy))
    assert (code, copy.read_text()) == (1, "mine")
    assert "copy.db cannot be written: File exists" in errors
