"""Rows that somebody wrote without a key, which SQLite takes where the key is text: found, and no punches."""

import pytest

from bot.domain.chain import Break, Fault
from bot.storage import read_export
from bot.storage.chain import audit_ledger
from bot.views import audits
from tests.builders import SHANGHAI, TUESDAY
from tests.chain.tampering import punch_id, sealed_ledger, tamper
from tests.storage.stage import SqliteStage

COLUMNS = (
    "check_type, check_point, punched_ms, received_ms, time_result, late_minutes, location_result, site,"
    " distance_m, location_digest, source"
)
FORGED = (
    f"INSERT INTO punches (punch_id, user_id, work_date, {COLUMNS}, message_id, note, corrects)"
    f" SELECT NULL, 'u9', work_date, {COLUMNS}, 'forged', note, NULL FROM punches LIMIT 1"
)
CORRECTING = (
    f"INSERT INTO punches (punch_id, user_id, work_date, {COLUMNS}, message_id, note, corrects)"
    f" SELECT NULL, user_id, work_date, {COLUMNS}, 'forged', note, punch_id FROM punches"
)
QUEUED = "INSERT INTO ledger_unsealed VALUES (NULL)"
PLACED = "INSERT INTO punch_locations VALUES (NULL, 's', 1.0, 2.0, NULL, 'gcj02', 'typed')"


@pytest.mark.parametrize("statements", [[FORGED], [FORGED, QUEUED], [QUEUED], [PLACED], [CORRECTING]])
async def test_an_audit_finds_it(sqlite_stage: SqliteStage, statements: list[str]) -> None:
    store, _ = await sealed_ledger(sqlite_stage, 1)
    assert audit_ledger(sqlite_stage.url).broken is None
    tamper(sqlite_stage, *statements)
    found = audit_ledger(sqlite_stage.url)
    assert found.broken == Break(Fault.KEYLESS, 0)
    assert audits.lines(found, SHANGHAI)[1] == "BROKEN there is a row without an id, which the bot did not write"
    await punch_id(store, sqlite_stage, 7)
    assert [link.seq for link in await store.chain.seal(256)] == [2]


async def test_nobody_is_shown_it_and_no_reminder_is_left_out_for_it(sqlite_stage: SqliteStage) -> None:
    store, _ = await sealed_ledger(sqlite_stage, 1)
    tamper(sqlite_stage, FORGED)
    assert await store.ledger.punches("u9", TUESDAY, TUESDAY) == []
    assert [row.user_id for row in read_export(sqlite_stage.url, TUESDAY, TUESDAY)] == ["u0"]
    assert list(await store.days.punches(["u0", "u9"], TUESDAY, TUESDAY)) == ["u0"]
    for who in (None, ["u0", "u9"]):
        assert [mark.user_id for mark in await store.ledger.marks(TUESDAY, TUESDAY, who)] == ["u0"]


async def test_it_corrects_no_punch(sqlite_stage: SqliteStage) -> None:
    store, ids = await sealed_ledger(sqlite_stage, 1)
    tamper(sqlite_stage, CORRECTING)
    assert [punch.punch_id for punch in await store.ledger.punches("u0", TUESDAY, TUESDAY)] == ids
    assert len((await store.days.punches(["u0"], TUESDAY, TUESDAY))["u0"]) == 1
    assert len(await store.ledger.marks(TUESDAY, TUESDAY, ["u0"])) == 1
