"""The SQLite file: its lock, its directory, and damage."""

import asyncio
import os
import re
import shutil
import stat
from functools import partial
from pathlib import Path

import pytest

from bot.errors import ConfigError, OperatorError, StoreRefused
from bot.storage import check_database, migrate, open_store, read_export
from bot.storage.audit import audit_ledger
from tests.builders import ON_TUESDAY, SHANGHAI
from tests.storage.holding import held
from tests.storage.stage import HandClock, SqliteStage, a_message


async def test_a_second_process_hears_who_has_the_file(sqlite_stage: SqliteStage) -> None:
    with held(sqlite_stage.url) as other:
        for refused in (sqlite_stage.open, lambda: asyncio.to_thread(migrate, sqlite_stage.url)):
            with pytest.raises(OperatorError, match=f"in use by process {other.pid};"):
                await refused()
        assert list(read_export(sqlite_stage.url, ON_TUESDAY, SHANGHAI)) == []
        assert "is sound" in check_database(sqlite_stage.url)
    store = await sqlite_stage.open()
    with pytest.raises(OperatorError, match=f"process {os.getpid()};"):
        await sqlite_stage.open("two")
    assert await store.inbox.accept(a_message("m1")) is True


async def test_only_the_owner_may_read_the_file_and_its_directory(
    sqlite_stage: SqliteStage,
) -> None:
    store = await sqlite_stage.open()
    assert stat.S_IMODE(sqlite_stage.directory.stat().st_mode) == 0o700
    for name in ("clock-in.db", "clock-in.db-wal", "clock-in.db-shm", "clock-in.db.lock"):
        assert stat.S_IMODE((sqlite_stage.directory / name).stat().st_mode) == 0o600
    await store.close()
    assert {path.name for path in sqlite_stage.directory.iterdir()} == {
        "clock-in.db",
        "clock-in.db.lock",
    }


def test_an_unwritable_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clock-in.db"
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("root may write everywhere; .ci/run takes that from it")
        for mode, attempt in (
            (0o500, migrate),
            (0o500, check_database),
            (0, check_database),
            (0, audit_ledger),
        ):
            tmp_path.chmod(mode)
            with pytest.raises(OperatorError, match=re.escape(str(tmp_path))):
                attempt(f"sqlite:///{path}")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "content", [b"this is no database at all" * 100, b"SQLite format 3\0" + bytes(5000)]
)
async def test_another_kind_of_file_is_refused_unchanged(
    sqlite_stage: SqliteStage, content: bytes
) -> None:
    sqlite_stage.directory.mkdir()
    sqlite_stage.file.write_bytes(content)
    looks = [
        partial(asyncio.to_thread, look, sqlite_stage.url)
        for look in (check_database, audit_ledger)
    ]
    for attempt in (sqlite_stage.open, *looks):
        with pytest.raises(
            OperatorError, match=r"(?s)damaged or no database .* put the latest backup in"
        ):
            await attempt()
    assert sqlite_stage.file.read_bytes() == content


async def test_a_damaged_page_is_found_at_the_start(
    sqlite_stage: SqliteStage,
) -> None:
    store = await sqlite_stage.open()
    for number in range(300):
        await store.inbox.accept(a_message(f"m{number}", f"u{number}"))
    await store.close()
    await (await sqlite_stage.open("two")).inbox.accept(a_message("in the log"))
    await sqlite_stage.crash()
    whole, log = sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()
    hit = whole.index(b"cid-u1") // 4096 * 4096
    damaged = whole[:hit] + b"\xff" * 4096 + whole[hit + 4096 :]
    sqlite_stage.file.write_bytes(damaged)
    for attempt in (lambda: asyncio.to_thread(check_database, sqlite_stage.url), sqlite_stage.open):
        with pytest.raises(OperatorError, match="damaged"):
            await attempt()
    assert (sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()) == (damaged, log)
    sqlite_stage.file.write_bytes(whole)
    assert await (await sqlite_stage.open("three")).inbox.holds("in the log") is not None


def test_a_missing_database_can_be_created(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'clock-in.db'}"
    assert "will be made" in check_database(url)
    with pytest.raises(OperatorError, match="There is no database"):
        list(read_export(url, ON_TUESDAY, SHANGHAI))
    assert list(tmp_path.iterdir()) == []
    assert [migrate(url) for _ in range(2)] == [True, False]
    assert check_database(url).endswith("is sound")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:///",
        "sqlite:///:memory:",
        "mysql://u@h/d",
        "postgresql://a:b@[c/d",
        "postgresql://a@h",
    ],
)
def test_an_address_without_database_is_a_wrong_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.url"):
        open_store(url, clock=HandClock(), owner="one")


async def test_a_moved_or_replaced_file_takes_no_writes(
    sqlite_stage: SqliteStage,
) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1"))
    aside = sqlite_stage.file.with_name("aside")
    sqlite_stage.file.rename(aside)
    for _ in range(2):
        for refused in (lambda: store.inbox.accept(a_message("m2")), store.database.beat):
            with pytest.raises(StoreRefused, match="moved, removed or replaced under the bot"):
                await refused()
        shutil.copy(aside, sqlite_stage.file)
    assert sqlite_stage.file.read_bytes() == aside.read_bytes()
    aside.rename(sqlite_stage.file)
    assert await store.inbox.accept(a_message("m1")) is False
    await store.database.beat()
