"""Receipts and deliveries while DingTalk fails."""

from datetime import datetime
from pathlib import Path

from tests.company import TWO_WORDS, Company, a_company

SIGNED = {"apis": ["signed"]}
BOTH = {"targets": ["signed", "record_upload"]}


async def test_a_lost_punch_goes_again_with_its_own_time(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.sandbox.fault("answer", {**SIGNED, "value": {"status": 504, "body": "{}"}, "count": 1})
        await company.ask("user001", "clock in")
        said_at = datetime.fromisoformat(company.sandbox.transcript("user001")[0].at)
        await company.sandbox.wait_until(lambda: bool(company.punches_at_dingtalk("user001")))
        (record,) = company.punches_at_dingtalk("user001")
        assert abs((record.punched_at - said_at).total_seconds()) < 1
        assert _calls(company, "listRecord") == 4  # at once, then three times


async def test_administrators_hear_once_of_a_missing_permission(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS, clock_in={"targets": ["record_upload"]}) as company:
        await company.sandbox.fault("permission", {"apis": ["record_upload"]})
        assert "to be passed on" in await company.ask("user001", "clock in")
        assert "to be passed on" in await company.ask("user002", "clock in")
        await company.sandbox.wait_until(lambda: bool(company.sandbox.replies("lead01")))
        assert "Pro.AttendanceRecord.Write" in company.sandbox.replies("lead01")[0].replace("\\", "")
        await company.sandbox.fault("permission", None)
        for _ in range(6):
            company.sandbox.clock.advance(30)
            await company.ask("user003", "help")
        await company.sandbox.wait_until(lambda: len(list(company.sandbox.records)) == 2)
        assert len(company.sandbox.replies("lead01")) == 1


def _calls(company: Company, path: str) -> int:
    return sum(path in call.path for call in company.sandbox.requests)


async def test_a_second_receipt_follows_although_one_target_rejected(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS, clock_in=BOTH) as company:
        refusal = {"status": 200, "body": {"errcode": 400002, "errmsg": "closed"}}
        await company.sandbox.fault("answer", {**SIGNED, "value": refusal, "count": 1})
        await company.sandbox.fault("qps", {"apis": ["record_upload"], "count": 1})
        first = await company.ask("user001", "clock in")
        assert "Not taken" in first
        assert "to be passed on" in first
        second = await company.sandbox.wait_for_reply("user001", after=1)
        assert "Taken by DingTalk." in second


async def test_administrators_hear_of_punches_for_a_removed_target(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=TWO_WORDS) as company:
        await company.sandbox.fault("http_500", SIGNED)
        await company.ask("user001", "clock in")
        await company.stop_bot()
        company.reconfigure(clock_in={"targets": ["record_upload"]})
        await company.start_bot()
        await company.sandbox.wait_until(lambda: bool(company.sandbox.replies("lead01")))
        assert "signed" in company.sandbox.replies("lead01")[0]
        assert "Taken by DingTalk." in await company.ask("user002", "clock in")
