"""The command `reconcile` against the pretend DingTalk."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.cli.demo import write_config
from bot.clock import SystemClock, to_ms
from bot.domain.people import Employee
from bot.domain.punches import DeliveryState
from bot.sandbox.clock import PretendClock
from bot.storage import open_store
from tests.changing_company import World
from tests.command_line import bot
from tests.company import a_company
from tests.pretend_dingtalk import Sandbox
from tests.storage.stage import a_wish, always, delivery, record


class Yesterday:
    """A pretend DingTalk on real time, and a ledger with punches of yesterday."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.config = str(folder / "config.yaml")
        self.settings = write_config(sandbox, folder)
        noon = (
            SystemClock()
            .now()
            .astimezone(World.zone)
            .replace(hour=12, minute=0, second=0, microsecond=0)
        )
        self.noon = noon - timedelta(days=1)
        self.date = self.noon.date()

    async def fill(self) -> None:
        """Store an uploaded punch of user001, and let user002 punch in DingTalk's app."""
        store = open_store(
            self.settings.store.url, clock=SystemClock(), owner="test", random=Random(1)
        )
        await store.open()
        await store.people.store([Employee("user002", "李雷")], self.noon)
        wish = a_wish("m1", "user001", at=self.noon)
        decision = replace(always(None), work_date=self.date)
        recorded = await record(store, wish, decision, targets=("record_upload",))
        assert recorded.punch is not None
        await store.deliveries.settle(delivery(recorded.punch, "record_upload"), DeliveryState.SENT)
        await store.close()
        for target, user_id in (("record_upload", "user001"), ("app", "user002")):
            self.sandbox.records.take(target, user_id, to_ms(self.noon), self.noon)


@pytest.fixture
async def yesterday(tmp_path: Path) -> AsyncIterator[Yesterday]:
    async with Sandbox(world=World(12), clock=PretendClock()) as sandbox:
        yield Yesterday(sandbox, tmp_path)


async def test_reconcile_refuses_to_run_beside_a_bot(tmp_path: Path) -> None:
    async with a_company(tmp_path):
        code, _, errors = await bot("reconcile", "--config", str(tmp_path / "config.yaml"))
    assert code == 1
    assert f"in use by process {os.getpid()}" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ("--from 2026-11-03 --to 2026-11-02", "before the first"),
        ("--to 9998-01-01", "in the future"),
        ("--from 2020-01-01", "180 days back"),
    ],
)
async def test_dates_that_cannot_be_compared_exit_2(
    yesterday: Yesterday, days: str, why: str
) -> None:
    code, output, errors = await bot("reconcile", "--config", yesterday.config, *days.split())
    assert (code, output) == (2, "")
    assert why in errors and "Traceback" not in errors


async def test_a_missing_permission_exits_1_with_its_remedy(yesterday: Yesterday) -> None:
    await yesterday.fill()
    await yesterday.sandbox.fault("permission", {"apis": ["qyapi_get_attendance_data"]})
    code, output, errors = await bot("reconcile", "--config", yesterday.config)
    assert (code, errors) == (1, "")
    assert "NOT COMPARED: user001, user002: " in output
    assert "qyapi_get_attendance_data" in output
    await yesterday.sandbox.fault("permission", None)
    assert (await bot("reconcile", "--config", yesterday.config))[0] == 0


async def test_reconcile_settles_and_lists_punches_made_elsewhere(yesterday: Yesterday) -> None:
    await yesterday.fill()
    code, output, _ = await bot(
        "reconcile", "--config", yesterday.config, "--from", yesterday.date.isoformat()
    )
    assert code == 0
    assert output.startswith(
        f"{yesterday.date} to {yesterday.date} (by the date of punching, not the work date)"
    )
    assert "people 2, punches here 1, records at DingTalk 2" in output
    assert f"settled: 1 {'confirmed' if yesterday.date.weekday() < 5 else 'rejected'}" in output
    assert f"at DingTalk only: user002 {yesterday.date} 12:00:00: USER" in output
