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


class PastDay:
    """A pretend DingTalk on real time, and a ledger with punches of one day of the last week."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, weekday: int) -> None:
        self.sandbox = sandbox
        self.config = str(folder / "config.yaml")
        to_upload = {
            "signed_url": f"{sandbox.url}/attendance/v1/clock/single/add",
            "targets": ["record_upload"],
        }
        self.settings = write_config(sandbox, folder, clock_in=to_upload)
        today = SystemClock().now().astimezone(World.zone)
        noon = today.replace(hour=12, minute=0, second=0, microsecond=0)
        self.noon = noon - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        self.date = self.noon.date()

    async def reconcile(self) -> tuple[int, str, str]:
        """Return the exit code, the output and the errors of `reconcile` about this day."""
        date = self.date.isoformat()
        return await bot("reconcile", "--config", self.config, "--from", date, "--to", date)

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


MONDAY = 0
SUNDAY = 6


@pytest.fixture(params=[MONDAY])
async def past_day(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[PastDay]:
    async with Sandbox(world=World(12), clock=PretendClock()) as sandbox:
        yield PastDay(sandbox, tmp_path, weekday=request.param)


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
async def test_dates_that_cannot_be_compared_exit_2(past_day: PastDay, days: str, why: str) -> None:
    code, output, errors = await bot("reconcile", "--config", past_day.config, *days.split())
    assert (code, output) == (2, "")
    assert why in errors and "Traceback" not in errors


async def test_a_missing_permission_exits_1_with_its_remedy(past_day: PastDay) -> None:
    await past_day.fill()
    await past_day.sandbox.fault("permission", {"apis": ["qyapi_get_attendance_data"]})
    code, output, errors = await past_day.reconcile()
    assert (code, errors) == (1, "")
    assert "NOT COMPARED: user001, user002: " in output
    assert "qyapi_get_attendance_data" in output
    await past_day.sandbox.fault("permission", None)
    code, _, _ = await past_day.reconcile()
    assert code == 0


@pytest.mark.parametrize(
    ("past_day", "state"), [(MONDAY, "confirmed"), (SUNDAY, "rejected")], indirect=["past_day"]
)
async def test_reconcile_settles_and_lists_punches_made_elsewhere(
    past_day: PastDay, state: str
) -> None:
    await past_day.fill()
    code, output, _ = await past_day.reconcile()
    assert code == 0
    assert output.startswith(
        f"{past_day.date} to {past_day.date} (by the date of punching, not the work date)"
    )
    assert "people 2, punches here 1, records at DingTalk 2" in output
    assert f"settled: 1 {state}" in output
    assert f"at DingTalk only: user002 {past_day.date} 12:00:00: USER" in output
