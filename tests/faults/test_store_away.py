"""Replies and ACKs of the whole bot while its disk is full."""

import json
import os
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from asyncio import to_thread
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.company import Company, a_company
from tests.faults.disks import file_size_limit
from tests.waiting import LONGEST_S

ROOT = Path(__file__).parent.parent.parent
CLOCK_IN = "clock in"


def acks(company: Company) -> list[int | None]:
    """Return the ACK code of each message so far."""
    return [frame.ack_code for frame in company.sandbox.frames if frame.kind == "CALLBACK"]


async def readiness(company: Company) -> dict[str, Any]:
    """Return the report of `/readyz`."""
    assert company.app is not None
    return await to_thread(_get, f"{company.app.web.url}/readyz")


def _get(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url, timeout=LONGEST_S) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        return dict(json.load(refused))


async def test_a_full_disk_is_told_and_no_message_is_acknowledged(tmp_path: Path) -> None:
    async with a_company(tmp_path, language="zh") as company:
        await company.ask("user002", CLOCK_IN)
        with file_size_limit(1):
            heard = await company.ask("user001", "上班打卡")
            assert "没能保存。**目前没有记录。**" in heard, "and not that it cannot be told"
            assert acks(company) == [200, None]
            heard = await company.ask("user002", "clock out")
            assert "could not be stored. **Nothing was recorded so far.**" in heard, (
                "in the language of the message"
            )
            report = await readiness(company)
            assert (report["ready"], report["database"]) == (False, "does not answer")
        assert not company.punches_at_dingtalk("user001")


async def test_a_refused_message_punches_once_when_it_comes_again(tmp_path: Path) -> None:
    async with a_company(tmp_path, language="zh") as company:
        with file_size_limit(1):
            await company.ask("user001", CLOCK_IN)
        await company.sandbox.fault("redeliver_unacked_s", 0.1)
        await company.sandbox.wait_until(lambda: len(company.punches_at_dingtalk("user001")) == 1)
        await company.sandbox.wait_for_reply("user001", after=1)
        assert "Clock-in 08:50" in company.sandbox.replies("user001")[-1]
        assert (await readiness(company))["ready"]


async def test_a_punch_that_waits_for_the_disk_keeps_its_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, language="zh") as company:
        await company.sandbox.fault(
            "api_slow_ms", {"apis": ["qyapi_attendance_group_read"], "value": 1500}
        )
        await company.sandbox.say("user001", CLOCK_IN)
        await company.sandbox.wait_until(lambda: acks(company) == [200])
        with file_size_limit(1):
            heard = await company.sandbox.wait_for_reply("user001")
            assert "my database does not answer right now" in heard, "in its own language"
            assert not company.punches_at_dingtalk("user001")
            company.sandbox.clock.advance(300)
        assert "Clock-in 08:50" in await company.sandbox.wait_for_reply("user001", after=1)
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_a_start_on_a_full_disk_ends_with_an_error(tmp_path: Path) -> None:
    async with a_company(tmp_path):
        pass  # creates the database
    with closing(sqlite3.connect(tmp_path / "clock-in.db")) as reader:  # keeps the index of the WAL
        reader.execute("SELECT count(*) FROM replicas").fetchall()
        small = ["sh", "-c", 'ulimit -f 1; exec "$0" "$@"', sys.executable, "-m", "bot", "run"]
        done = await to_thread(
            subprocess.run,
            [*small, "--config", str(tmp_path / "config.yaml")],
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
            },  # writing bytecode would cut off ours
        )
    assert done.returncode == 1
    assert "The database refuses" in done.stderr
    assert "Traceback" not in done.stderr
