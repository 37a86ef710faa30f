"""One file of SQLite under two names: beside each lies another log, so only one of them may be used, ever."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.storage import check_database, migrate, open_store, read_export
from bot.storage.file_lock import refuse_second_name
from tests.builders import TUESDAY
from tests.storage.holding import held
from tests.storage.stage import HandClock, SqliteStage, a_message


async def opened(url: str) -> None:
    """Open a database as a bot does."""
    await open_store(url, clock=HandClock(), owner="two").open()


def every_use(url: str) -> list[Callable[[], object]]:
    """Return how the commands use a database; to be called off the event loop."""
    return [
        lambda: asyncio.run(opened(url)),
        lambda: migrate(url),
        lambda: check_database(url),
        lambda: list(read_export(url, TUESDAY, TUESDAY)),
    ]


async def all_refused(url: str, why: str) -> None:
    """See that nothing uses the database, and that each says so."""
    for use in every_use(url):
        with pytest.raises(OperatorError, match=why):
            await asyncio.to_thread(use)


def names_in(folder: Path) -> set[str]:
    """Return what lies in a folder."""
    return {path.name for path in folder.iterdir()}


@contextmanager
def mounted(file: Path, place: Path) -> Iterator[None]:
    """Mount a file at another place as a container's volume of one file does; skip where that is not allowed."""
    place.touch()
    done = subprocess.run(["mount", "--bind", file, place], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"may not mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


async def test_through_a_hard_link_nothing_is_used_beside_a_running_bot(
    sqlite_stage: SqliteStage, tmp_path: Path
) -> None:
    with held(sqlite_stage.url):
        link = tmp_path / "link.db"
        link.hardlink_to(sqlite_stage.file)
        await all_refused(f"sqlite:///{link}", r"has 2 names \(hard links\)")
        assert names_in(tmp_path) == {"data", "link.db"}  # no log, no lock


async def test_a_file_with_two_names_is_used_by_neither_after_a_crash(
    sqlite_stage: SqliteStage, tmp_path: Path
) -> None:
    with held(sqlite_stage.url) as other:
        other.kill()
    assert sqlite_stage.log.stat().st_size
    link = tmp_path / "link.db"
    link.hardlink_to(sqlite_stage.file)
    for url in (f"sqlite:///{link}", sqlite_stage.url):
        await all_refused(url, "Keep the name that the bot used")
    link.unlink()
    await (await sqlite_stage.open()).ping()


async def test_a_lock_on_the_file_leaves_sqlites_own_in_peace(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    for attempt in ("two", "three"):
        with pytest.raises(OperatorError, match=f"in use by process {os.getpid()} "):
            await sqlite_stage.open(attempt)
        await store.inbox.accept(a_message(attempt))
    assert not await asyncio.to_thread(may_be_emptied, sqlite_stage.file)


def may_be_emptied(file: Path) -> bool:
    """Tell whether another program gets the whole file for itself, as it must not while a bot has it open."""
    code = (
        "import sqlite3, sys\nfile = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "try: print(file.execute('PRAGMA journal_mode=DELETE').fetchone()[0])\n"
        "except sqlite3.OperationalError as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code, file], check=True, capture_output=True, text=True)
    return found.stdout.strip() == "delete"


async def test_a_file_that_is_mounted_by_itself_is_not_used(sqlite_stage: SqliteStage, tmp_path: Path) -> None:
    with held(sqlite_stage.url), mounted(sqlite_stage.file, tmp_path / "mounted.db"):
        await all_refused(f"sqlite:///{tmp_path / 'mounted.db'}", "is mounted by itself.* Mount the folder")


@pytest.mark.parametrize("mounts", ["/dev/sda1 /srv/a\\040b\\011c/bot.db ext4 rw 0 0\n"])
def test_a_mount_is_known_by_its_escaped_path(mounts: str) -> None:
    refuse_second_name(Path("/srv/a/bot.db"), mounts)
    with pytest.raises(OperatorError, match="mounted by itself"):
        refuse_second_name(Path("/srv/a b\tc/bot.db"), mounts)


async def test_a_folder_under_two_names_is_one_folder(sqlite_stage: SqliteStage, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(sqlite_stage.directory)
    with held(sqlite_stage.url) as other:
        url = f"sqlite:///{tmp_path / 'alias' / 'clock-in.db'}"
        with pytest.raises(OperatorError, match=f"in use by process {other.pid} "):
            await opened(url)
        assert "is sound" in check_database(url)
