"""APIs without answers: nobody is reminded by mistake, and administrators hear of it once."""

from pathlib import Path

import pytest

from bot.domain.reminders import ReminderState
from tests.reminders.stage import (
    BEFORE,
    DAY_PEOPLE,
    HASTY_S,
    ON,
    RemindingCompany,
    a_reminding_company,
    away,
    who_was_told,
)

READS = ("listbyusers", "listRecord", "getleavestatus")


def alerts(company: RemindingCompany) -> int:
    """Return the number of alerts about unreadable facts."""
    return sum("无法确认谁需要提醒" in reply for reply in company.sandbox.replies("lead01"))


@pytest.mark.parametrize("api", READS)
async def test_reminders_wait_while_a_read_fails(company: RemindingCompany, api: str) -> None:
    await company.sandbox.fault("http_500", {"apis": [api]})
    await company.go_on("08:50", "08:51", "08:57")
    assert company.told() == {}
    await company.sandbox.fault("http_500", None)
    await company.go_on("08:58", "08:59")
    assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
    assert alerts(company) == 1


async def test_reminders_that_nobody_looked_for_in_time_are_counted(
    company: RemindingCompany,
) -> None:
    await company.go_on("09:02")
    assert company.told() == {}
    missed = f'reminders_total{{kind="before",outcome="too late"}} {len(DAY_PEOPLE)}.0'
    assert missed in (await company.app.base.metrics.scrape()).decode()


async def test_a_reminder_with_an_unknown_outcome_is_not_repeated(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, call_s=HASTY_S) as company:
        await company.sandbox.fault("accept_then_hang", {"apis": ["batchSend"], "count": 1})
        await company.go_on("08:50", "08:51", "08:53")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert {row.state for row in await company.rows()} == {ReminderState.UNKNOWN}


@pytest.mark.parametrize("listed", [{"approve_list": []}, {"approve_list": [{"procInst_id": "x"}]}])
async def test_a_noted_but_unreadable_trip_stops_the_reminder(
    tmp_path: Path, listed: dict[str, object]
) -> None:
    body = {"errcode": 0, "errmsg": "ok", "result": {"userid": "user004", **listed}}
    async with a_reminding_company(tmp_path) as company:
        await company.sandbox.fault(
            "answer", {"value": {"status": 200, "body": body}, "apis": ["getupdatedata"]}
        )
        away(company, "user004", "09:00", "18:00", "trip")
        await company.events_heard()
        await company.go_on("08:50", "08:51", "08:52")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE - {"user004"})
        assert alerts(company) == 1


THROTTLED = {"status": 400, "body": {"code": "too.many.people", "message": "…"}}
UNHEARD_OF = {"status": 400, "body": {"code": "somethingNew", "message": "…"}}


async def test_throttling_at_the_due_time_delays_reminders_and_multiplies_no_calls(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("answer", {"value": THROTTLED, "apis": ["batchSend"]})
    await company.go_on("08:50")
    calls = [call.api for call in company.sandbox.requests].count("batchSend")
    assert company.told() == {} and calls == 1
    await company.sandbox.fault("answer", None)
    await company.go_on("08:51", "08:52")
    assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)


async def test_an_unclassified_code_delays_reminders_and_is_reported_once(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("answer", {"value": UNHEARD_OF, "apis": ["batchSend"]})
    await company.go_on("08:50", "08:51")
    assert company.told() == {}
    await company.sandbox.fault("answer", None)
    await company.go_on("08:52")
    assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
    reports = [text for text in company.sandbox.replies("lead01") if "somethingNew" in text]
    assert len(reports) == 1
    figures = (await company.app.base.metrics.scrape()).decode()
    assert 'unclassified_answers_total{api="batch_send",code="somethingNew"}' in figures


async def test_a_stopped_robot_alerts_the_operators_and_drops_no_reminder_at_once(
    tmp_path: Path,
) -> None:
    stopped = {"status": 400, "body": {"code": "template.stopped", "message": "…"}}
    async with a_reminding_company(tmp_path) as company:
        await company.sandbox.fault("answer", {"value": stopped, "apis": ["batchSend"]})
        await company.go_on("08:50")
        await company.sandbox.fault("answer", None)
        await company.go_on("08:51")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert company.app.operators.troubles == {}
