"""What the database confirmed and has no longer, as after a fail-over that lost the last commits."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.i18n import Texts
from bot.services.base import Patience
from bot.services.upkeep.operators import Operators
from bot.services.upkeep.watches import ConfirmationWatch
from bot.storage.ledger import MOST_KEPT
from tests.builders import SHANGHAI
from tests.chain.tampering import punch_id, tamper
from tests.company import a_company
from tests.mailbox import Mailbox
from tests.storage.stage import Stage, a_wish, always, record
from tests.waiting import until

RUSH_A_S = 800  # punches recorded a second: a quarter more than was ever measured


def lose(stage: Stage, *punch_ids: str) -> None:
    names = ", ".join(f"'{punch_id}'" for punch_id in punch_ids)
    tables = ("ledger_unsealed", "check_point_claims", "punches")
    tamper(stage, *(f"DELETE FROM {table} WHERE punch_id IN ({names})" for table in tables))


async def test_punches_that_the_database_forgot_are_named_once(stage: Stage) -> None:
    store = await stage.open()
    ids = [await punch_id(store, stage, number) for number in range(5)]
    assert await store.confirmations.take_gone() == []
    lose(stage, *ids[3:])
    assert [(known.punch_id, known.user_id) for known in await store.confirmations.take_gone()] == [
        (ids[3], "u3"),
        (ids[4], "u4"),
    ]
    assert await store.confirmations.take_gone() == []
    newest = await punch_id(store, stage, 5)
    lose(stage, newest)
    assert [known.punch_id for known in await store.confirmations.take_gone()] == [newest]


async def test_all_that_was_there_at_the_last_look_is_looked_for_again(stage: Stage) -> None:
    store = await stage.open()
    ids = [await punch_id(store, stage, number) for number in range(300)]
    assert not await store.confirmations.take_gone()
    lose(stage, *ids)
    assert [known.punch_id for known in await store.confirmations.take_gone()] == ids
    assert not await store.confirmations.take_gone()


async def test_no_more_is_remembered_than_the_bound(stage: Stage) -> None:
    store = await stage.open()
    ids = [await punch_id(store, stage, number) for number in range(3)]
    kept = (await record(store, a_wish("m3", "u3"), always(None))).punch
    assert kept is not None
    for _ in range(MOST_KEPT - 2):
        store.confirmations.add(kept)
    lose(stage, *ids)
    assert [known.punch_id for known in await store.confirmations.take_gone()] == ids[2:]


async def test_what_a_rush_confirms_between_two_looks_is_not_forgotten_unseen(stage: Stage) -> None:
    store = await stage.open()
    ids = [await punch_id(store, stage, number) for number in range(3)]
    lose(stage, *ids)
    kept = (await record(store, a_wish("m3", "u3"), always(None))).punch
    assert kept is not None
    for _ in range(RUSH_A_S * round(Patience().confirmed_s)):
        store.confirmations.add(kept)
    assert [known.punch_id for known in await store.confirmations.take_gone()] == ids


async def test_administrators_are_told_of_each_loss_and_the_log_has_every_punch(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    store = await stage.open()
    mailbox = Mailbox()
    operators = Operators(mailbox, ["admin"], Texts("en", SHANGHAI))
    watch = ConfirmationWatch(store.confirmations, operators, every_s=3600)
    ids = [await punch_id(store, stage, number) for number in range(3)]
    await watch.look()
    assert mailbox.texts == []
    with caplog.at_level(logging.ERROR):
        lose(stage, ids[1], ids[2])
        await watch.look()
        await watch.look()
        lose(stage, ids[0])
        await watch.look()
    assert [text.count("(2)") for text in mailbox.texts] == [1, 0]
    assert [text.count("(1)") for text in mailbox.texts] == [0, 1]
    assert len(operators.troubles) == 2
    named = [record.getMessage() for record in caplog.records if "is gone: " in record.getMessage()]
    assert [line.split()[1] for line in named] == [ids[1], ids[2], ids[0]]
    assert "OnDuty of u1 at 2026-" in named[0]


async def test_a_running_bot_looks_by_itself(tmp_path: Path) -> None:
    async with a_company(tmp_path, roles={"admins": ["user007"]}) as company:
        company.patience = Patience(confirmed_s=0.01)
        await company.stop_bot()
        await company.start_bot()
        await company.ask("user001", "clock in")
        with closing(sqlite3.connect(tmp_path / "clock-in.db")) as file, file:
            file.execute("DELETE FROM punches")
        told = company.sandbox
        await until(lambda: any("不再有它曾向我确认的打卡（1 条）" in text for text in told.replies("user007")))
