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


def alerts(company: RemindingCompany) -> int:
    """Return the number of alerts about unreadable facts."""
    return sum("无法确认谁需要提醒" in reply for reply in company.sandbox.replies("lead01"))


async def test_reminders_that_nobody_looked_for_in_time_are_counted(
    company: RemindingCompany,
) -> None:
    await company.go_on("09:02")
    assert company.told() == {}
    missed = f'reminders_total{{kind="before",outcome="too late"}} {len(DAY_PEOPLE)}.0'
    assert missed in (await company.app.metrics.scrape()).decode()


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


@pytest.mark.parametrize("code", ["too.many.people", "template.stopped", "somethingNew"])
async def test_a_refusal_of_all_delays_reminders_and_multiplies_no_calls(
    company: RemindingCompany, code: str
) -> None:
    refusal = {"status": 400, "body": {"code": code, "message": "…"}}
    await company.sandbox.fault("answer", {"value": refusal, "apis": ["batchSend"]})
    await company.go_on("08:50")
    calls = [call for call in company.sandbox.requests if call.api == "batchSend"]
    to_people = [call for call in calls if len(call.request["userIds"]) > 1]
    assert company.told() == {} and len(to_people) == 1
    is_new = code == "somethingNew"
    assert bool(company.app.operators.troubles) is (code != "too.many.people")
    await company.sandbox.fault("answer", None)
    await company.go_on("08:51", "08:52")
    assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
    assert not company.app.operators.troubles
    reports = [text for text in company.sandbox.replies("lead01") if code in text]
    assert len(reports) == is_new
    figures = (await company.app.metrics.scrape()).decode()
    answers = f'unclassified_answers_total{{api="batch_send",code="{code}"}}'
    assert (answers in figures) is is_new
