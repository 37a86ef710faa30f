"""Deliveries while DingTalk fails. tests/golden/faults.txt has the replies."""

from datetime import datetime
from pathlib import Path

from tests.company import TWO_WORDS, Company, a_company

SIGNED = {"apis": ["signed"]}


async def test_a_lost_punch_goes_again_with_its_own_time(company: Company) -> None:
    await company.sandbox.fault(
        "answer", {**SIGNED, "value": {"status": 504, "body": "{}"}, "count": 1}
    )
    await company.ask("user001", "clock in")
    said_at = datetime.fromisoformat(company.sandbox.transcript("user001")[0].at)
    await company.sandbox.wait_until(lambda: bool(company.punches_at_dingtalk("user001")))
    (record,) = company.punches_at_dingtalk("user001")
    assert abs((record.punched_at - said_at).total_seconds()) < 1
    reads = [call for call in company.sandbox.requests if "listRecord" in call.path]
    assert len(reads) == 4  # at once, then three times


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
