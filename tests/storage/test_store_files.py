"""The file of SQLite: whose it is, where it lies, and what a damaged one is answered with."""

import asyncio
import logging
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ConfigError, OperatorError, StoreRefused
from bot.storage import check_database, migrate, open_store, read_export
from bot.storage.file_lock import refuse_network_disk
from bot.storage.inbox import InboxResult
from bot.storage.migrations import BASELINE
from tests.builders import TUESDAY
from tests.storage.holding import held
from tests.storage.stage import NOON, HandClock, SqliteStage, a_message, punched


async def test_a_second_process_is_refused_and_told_who_has_the_file(sqlite_stage: SqliteStage) -> None:
    with held(sqlite_stage.url) as other:
        for refused in (sqlite_stage.open, lambda: asyncio.to_thread(migrate, sqlite_stage.url)):
            with pytest.raises(OperatorError, match=f"in use by process {other.pid} "):
                await refused()
        assert list(read_export(sqlite_stage.url, TUESDAY, TUESDAY)) == []
        assert "is sound" in check_database(sqlite_stage.url)
    store = await sqlite_stage.open()
    await store.ping()


async def test_a_second_store_in_the_same_process_is_refused_too(sqlite_stage: SqliteStage) -> None:
    await sqlite_stage.open()
    with pytest.raises(OperatorError, match=f"process {os.getpid()} "):
        await sqlite_stage.open("two")


async def test_a_store_that_was_refused_leaves_the_holder_in_peace(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    with pytest.raises(OperatorError):
        await sqlite_stage.open("two")
    await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1")
    with pytest.raises(OperatorError):
        await sqlite_stage.open("three")


async def test_the_file_and_its_directory_are_for_their_owner_alone(sqlite_stage: SqliteStage) -> None:
    await sqlite_stage.open()
    assert stat.S_IMODE(sqlite_stage.directory.stat().st_mode) == 0o700
    for name in ("clock-in.db", "clock-in.db-wal", "clock-in.db-shm", "clock-in.db.lock"):
        assert stat.S_IMODE((sqlite_stage.directory / name).stat().st_mode) == 0o600


async def test_a_clean_close_leaves_one_file_with_everything_in_it(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1"))
    await store.close()
    assert {path.name for path in sqlite_stage.directory.iterdir()} == {"clock-in.db", "clock-in.db.lock"}


async def test_the_log_is_moved_into_the_file_while_the_bot_works(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    for start in range(0, 6000, 500):
        wishes = (store.inbox.accept(a_message(f"m{start + number}", f"u{number}")) for number in range(500))
        await asyncio.gather(*wishes)
    async with asyncio.timeout(60):
        while sqlite_stage.file.stat().st_size < 500_000:
            await store.ping()


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\0" + bytes(5000)])
async def test_what_is_no_database_is_refused_and_not_touched(sqlite_stage: SqliteStage, content: bytes) -> None:
    sqlite_stage.directory.mkdir()
    sqlite_stage.file.write_bytes(content)
    with pytest.raises(OperatorError, match=r"damaged or no database .* put the latest backup in"):
        await sqlite_stage.open()
    with pytest.raises(OperatorError, match="damaged or no database"):
        check_database(sqlite_stage.url)
    assert sqlite_stage.file.read_bytes() == content


async def test_a_page_that_somebody_overwrote_is_found_at_the_start(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    for number in range(200):
        await store.inbox.accept(a_message(f"m{number}", f"u{number}"))
    await store.close()
    whole = sqlite_stage.file.read_bytes()
    pages = [start for start in range(4096, len(whole), 4096) if b"cid-u1" in whole[start : start + 4096]]
    sqlite_stage.file.write_bytes(whole[: pages[0]] + b"\xff" * 4096 + whole[pages[0] + 4096 :])
    for attempt in (sqlite_stage.open, lambda: asyncio.to_thread(check_database, sqlite_stage.url)):
        with pytest.raises(OperatorError, match="damaged"):
            await attempt()
    sqlite_stage.file.write_bytes(whole)
    again = await sqlite_stage.open("two")
    assert await again.inbox.holds("m199")


async def test_a_place_that_cannot_be_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "clock-in.db"
    store = open_store(f"sqlite:///{path}", clock=HandClock(), owner="one")
    with pytest.raises(OperatorError, match=re.escape(str(path))):
        await store.open()


def test_a_directory_that_may_not_be_written_is_refused_with_path_and_user(tmp_path: Path) -> None:
    path = tmp_path / "clock-in.db"
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("root may write everywhere; .ci/run takes that from it")
        with pytest.raises(OperatorError, match=f"{re.escape(str(path))} cannot be opened by user {os.geteuid()}"):
            migrate(f"sqlite:///{path}")
        with pytest.raises(OperatorError, match="may not be written"):
            check_database(f"sqlite:///{path}")
        tmp_path.chmod(0o700)
        path.touch(mode=0o200)
        with pytest.raises(OperatorError, match="may not be read by this user"):
            check_database(f"sqlite:///{path}")
    finally:
        tmp_path.chmod(0o700)


MOUNTS = r"""overlay / overlay rw 0 0
server:/x /srv/share\040d nfs4 rw 0 0
/dev/sdb /srv/share\040d/disk ext4 rw 0 0
"""


def test_a_network_disk_is_refused() -> None:
    with pytest.raises(OperatorError, match=r"network disk \(nfs4\)"):
        refuse_network_disk(Path("/srv/share d/bot/clock-in.db"), MOUNTS)
    with pytest.raises(OperatorError, match=r"network disk \(fuse\.s3fs\)"):
        refuse_network_disk(Path("/srv/bucket/clock-in.db"), "s3fs /srv/bucket fuse.s3fs rw 0 0\n")


@pytest.mark.parametrize("file", ["/srv/share d/disk/bot.db", "/srv/bot.db", "/srv/share data/bot.db"])
def test_a_local_disk_is_not_refused(file: str) -> None:
    refuse_network_disk(Path(file), MOUNTS)
    refuse_network_disk(Path(file), "")


def test_a_database_that_is_not_there_yet_can_be_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'clock-in.db'}"
    assert "will be made" in check_database(url)
    assert list(tmp_path.iterdir()) == []
    assert migrate(url) == [BASELINE]
    assert migrate(url) == []
    assert check_database(url).endswith("is sound")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "clock-in.db",
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            "mysql://u@h/d",
            "postgresql://a:b@[c/d",
        ),
        *("sqlite:////", "sqlite:///%00.db", f"sqlite:///{'x' * 300}.db", "postgresql://u@h/d?options=%ff"),
    ],
)
def test_an_address_that_names_no_database_is_a_wrong_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.url"):
        open_store(url, clock=HandClock(), owner="one")


@pytest.mark.parametrize("use", [check_database, migrate])
def test_links_in_a_circle_lead_to_a_sentence(tmp_path: Path, use: Callable[[str], object]) -> None:
    (tmp_path / "circle.db").symlink_to("circle.db")
    with pytest.raises((ConfigError, OperatorError), match=r"circle\.db"):
        use(f"sqlite:///{tmp_path / 'circle.db'}")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("use", [check_database, migrate])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, use: Callable[[str], object]) -> None:
    os.mkfifo(tmp_path / "clock-in.db")
    with pytest.raises(OperatorError, match=r"clock-in\.db is empty"):
        use(f"sqlite:///{tmp_path / 'clock-in.db'}")


async def test_a_path_may_hold_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    file = tmp_path / "50% off? #1" / "签到.db"
    url = f"sqlite:///{file}".replace("%", "%25")
    store = open_store(url, clock=HandClock(), owner="one")
    await store.open()
    await store.inbox.accept(a_message("m1"))
    await punched(store, "m2")
    await store.close()
    assert file.is_file()
    assert [row.punched_at for row in read_export(url, TUESDAY, TUESDAY)] == [NOON]


async def test_a_file_that_is_moved_away_under_the_bot_takes_nothing_more_until_it_is_back(
    sqlite_stage: SqliteStage,
) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1"))
    aside = sqlite_stage.file.with_name("aside")
    sqlite_stage.file.rename(aside)
    for refused in (lambda: store.inbox.accept(a_message("m2")), store.beat, store.ping):
        with pytest.raises(StoreRefused, match="moved, removed or replaced under the bot"):
            await refused()
    assert store.trouble is not None
    assert str(sqlite_stage.file) in store.trouble
    aside.rename(sqlite_stage.file)
    assert await store.inbox.accept(a_message("m1")) is InboxResult.REPEAT
    await store.ping()
    assert store.trouble is None


async def test_a_file_that_is_replaced_under_the_bot_is_not_written(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1"))
    copy = sqlite_stage.file.with_name("copy")
    shutil.copy(sqlite_stage.file, copy)
    before = copy.read_bytes()
    copy.rename(sqlite_stage.file)
    for refused in (store.beat, store.ping):
        with pytest.raises(StoreRefused, match="replaced under the bot"):
            await refused()
    assert sqlite_stage.file.read_bytes() == before


async def test_a_lock_that_is_removed_under_the_bot_is_noticed_by_the_next_heartbeat(
    sqlite_stage: SqliteStage,
) -> None:
    store = await sqlite_stage.open()
    sqlite_stage.file.with_name("clock-in.db.lock").unlink()
    with pytest.raises(StoreRefused, match="a second one could start beside it"):
        await store.beat()


@pytest.mark.parametrize("crashed", [False, True])
async def test_a_ledger_that_is_gone_is_not_begun_anew_unasked(sqlite_stage: SqliteStage, crashed: bool) -> None:
    lock = sqlite_stage.file.with_name("clock-in.db.lock")
    await (await sqlite_stage.open()).close()
    if crashed:
        lock.write_text("4711 clock-in-bot run\n")
    sqlite_stage.file.unlink()
    for attempt in (sqlite_stage.open, lambda: asyncio.to_thread(check_database, sqlite_stage.url)):
        with pytest.raises(OperatorError, match=r"is gone, though .* to begin a new, empty ledger, remove"):
            await attempt()
    lock.unlink()
    await (await sqlite_stage.open("two")).ping()


async def test_a_very_first_start_that_was_killed_half_way_does_not_hinder_the_next(
    sqlite_stage: SqliteStage,
) -> None:
    sqlite_stage.directory.mkdir()
    sqlite_stage.file.with_name("clock-in.db.lock").touch()
    sqlite_stage.file.with_name("clock-in.db.new").write_bytes(b"half")
    await (await sqlite_stage.open()).ping()


async def test_an_empty_file_is_not_taken_for_a_new_ledger(sqlite_stage: SqliteStage) -> None:
    sqlite_stage.directory.mkdir()
    sqlite_stage.file.touch()
    for attempt in (sqlite_stage.open, lambda: asyncio.to_thread(check_database, sqlite_stage.url)):
        with pytest.raises(OperatorError, match="is empty"):
            await attempt()
    assert sqlite_stage.file.read_bytes() == b""


async def test_a_refused_start_changes_neither_the_damaged_file_nor_its_log(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    for number in range(300):
        await store.inbox.accept(a_message(f"m{number}", f"u{number}"))
    await store.close()
    again = await sqlite_stage.open("two")
    await again.inbox.accept(a_message("in the log"))
    await sqlite_stage.crash()
    pages = bytearray(sqlite_stage.file.read_bytes())
    hit = pages.index(b"cid-u1") // 4096 * 4096
    pages[hit : hit + 4096] = b"\xff" * 4096
    sqlite_stage.file.write_bytes(pages)
    log = sqlite_stage.log.read_bytes()
    assert log
    for attempt in (sqlite_stage.open, lambda: asyncio.to_thread(check_database, sqlite_stage.url)):
        with pytest.raises(OperatorError, match=r"(?s)damaged .* Nothing was changed"):
            await attempt()
    assert sqlite_stage.file.read_bytes() == bytes(pages)
    assert sqlite_stage.log.read_bytes() == log


async def test_a_restored_copy_is_for_its_owner_alone_too(sqlite_stage: SqliteStage) -> None:
    await (await sqlite_stage.open()).close()
    sqlite_stage.file.chmod(0o644)
    await sqlite_stage.open("two")
    for path in (sqlite_stage.file, sqlite_stage.log):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_new_ledger_is_announced_with_its_whole_path_and_an_old_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    up = Path(*[".."] * (len(Path.cwd().parts) - 1))
    relative = up / tmp_path.relative_to("/") / "clock-in.db"
    for _ in range(2):
        store = open_store(f"sqlite:///{relative}", clock=HandClock(), owner="one")
        await store.open()
        await store.close()
    texts = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert texts == [f"a new, empty ledger was made: {tmp_path / 'clock-in.db'}"]
