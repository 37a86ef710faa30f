"""Reading back where a punch has two targets, and both show at DingTalk."""

from pathlib import Path

import pytest

from tests.company import HASTY, a_company

BOTH = ["signed", "record_upload"]


@pytest.mark.parametrize("lost", BOTH)
async def test_what_one_target_took_is_not_mistaken_for_taken_by_the_other(tmp_path: Path, lost: str) -> None:
    async with a_company(tmp_path, clock_in={"targets": BOTH}) as company:
        gone = {"value": {"status": 504, "body": "{}"}, "apis": [lost], "count": 1}
        await company.sandbox.fault("answer", gone)
        await company.ask("user001", "clock in")
        await company.sandbox.wait_until(lambda: len(company.punches_at_dingtalk("user001")) == 2)
        first, second = company.punches_at_dingtalk("user001")
        assert {first.target, second.target} == set(BOTH)
        assert first.time_ms == second.time_ms


async def test_what_a_target_took_without_answering_is_recognised_as_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, patience=HASTY, clock_in={"targets": BOTH}) as company:
        await company.sandbox.fault("accept_then_hang", {"apis": ["signed"], "count": 1})
        await company.ask("user001", "clock in")
        await company.sandbox.wait_until(lambda: len(company.sandbox.replies("user001")) == 2)
        assert "Taken by the clock-in service." in company.sandbox.replies("user001")[1]
        assert "Taken by DingTalk." in company.sandbox.replies("user001")[1]
        assert [record.calls for record in company.punches_at_dingtalk("user001")] == [1, 1]
