"""What people and the clock-in API see while the platform misbehaves."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.company import TWO_WORDS, WAIT_S, Company, a_company

SIGNED = {"apis": ["signed"]}


async def until(company: Company, holds: Callable[[], bool], *, timeout: float = WAIT_S) -> None:
    await company.sandbox.wait_until(holds, timeout=timeout)


async def test_a_punch_lost_on_the_way_goes_again_with_its_own_time(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.sandbox.fault("answer", {**SIGNED, "value": {"status": 504, "body": "{}"}, "count": 1})
        await company.ask("user001", "clock in")
        said_at = datetime.fromisoformat(company.sandbox.transcript("user001")[0].at)
        await until(company, lambda: bool(company.punches_at_dingtalk("user001")))
        (record,) = company.punches_at_dingtalk("user001")
        assert abs((record.punched_at - said_at).total_seconds()) < 1
        assert _calls(company, "listRecord") == 4  # at once, and three times more


async def test_a_missing_permission_stops_the_target_and_tells_the_administrators_once(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS, clock_in={"targets": ["record_upload"]}) as company:
        await company.sandbox.fault("permission", {"apis": ["record_upload"]})
        assert "to be passed on" in await company.ask("user001", "clock in")
        assert "to be passed on" in await company.ask("user002", "clock in")
        await until(company, lambda: bool(company.sandbox.replies("lead01")))
        assert "Pro.AttendanceRecord.Write" in company.sandbox.replies("lead01")[0].replace("\\", "")
        await company.sandbox.fault("permission", None)
        for _ in range(6):
            company.sandbox.clock.advance(30)
            await company.ask("user003", "help")
        await until(company, lambda: len(list(company.sandbox.records)) == 2)
        assert len(company.sandbox.replies("lead01")) == 1


async def test_a_bot_that_stops_leaves_waiting_punches_to_its_next_start(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS) as company:
        await company.sandbox.fault("http_500", SIGNED)
        assert "to be passed on" in await company.ask("user001", "clock in")
        await company.stop_bot()
        await company.sandbox.fault("http_500", None)
        company.sandbox.clock.advance(120)
        await company.start_bot()
        assert "Taken by" in await company.sandbox.wait_for_reply("user001", after=1)
        assert len(company.punches_at_dingtalk("user001")) == 1


def _calls(company: Company, path: str) -> int:
    return sum(path in call.path for call in company.sandbox.requests)


BOTH = {"targets": ["signed", "record_upload"]}


async def test_a_second_word_comes_although_one_target_rejected_the_punch(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS, clock_in=BOTH) as company:
        refusal = {"status": 200, "body": {"errcode": 400002, "errmsg": "closed"}}
        await company.sandbox.fault("answer", {**SIGNED, "value": refusal, "count": 1})
        await company.sandbox.fault("qps", {"apis": ["record_upload"], "count": 1})
        first = await company.ask("user001", "clock in")
        assert "Not taken" in first
        assert "to be passed on" in first
        second = await company.sandbox.wait_for_reply("user001", after=1)
        assert "Taken by DingTalk." in second


async def test_punches_for_a_target_that_was_removed_are_told_to_the_administrators(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS) as company:
        await company.sandbox.fault("http_500", SIGNED)
        await company.ask("user001", "clock in")
        await company.stop_bot()
        company.reconfigure(clock_in={"targets": ["record_upload"]})
        await company.start_bot()
        await until(company, lambda: bool(company.sandbox.replies("lead01")))
        assert "signed" in company.sandbox.replies("lead01")[0]
        assert "Taken by DingTalk." in await company.ask("user002", "clock in")
