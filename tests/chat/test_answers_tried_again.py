"""After a failed reply the bot answers the same message again, with the same meaning."""

from pathlib import Path

import pytest

from tests.company import Company, a_company
from tests.waiting import until

ME = "user001"
CHATTY = "停车排队半天，总算进来了，帮我打个上班卡"
NO_REPLIES = {"apis": ["webhook", "batchSend"]}


async def unanswered(company: Company, text: str, fault: str, spec: object) -> None:
    """Say something while replies fail."""
    await company.sandbox.fault(fault, spec)
    await company.sandbox.say(ME, text)

    def has_failed() -> bool:
        tried = any(call.api == "batchSend" for call in company.sandbox.requests)
        return tried and company.app.dispatcher.in_hand == 0

    await until(has_failed, what="the failure of a reply")
    await company.sandbox.fault(fault, None)


async def answered_again(company: Company, text: str) -> str:
    """Say something while replies fail. Return the later reply."""
    await unanswered(company, text, "http_500", NO_REPLIES)
    before = len(company.sandbox.replies(ME))
    company.sandbox.clock.advance(12)
    return await company.sandbox.wait_for_reply(ME, after=before)


async def test_a_repeated_offer_keeps_the_time_of_the_message(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:59") as company:
        await answered_again(company, CHATTY)
        company.at("09:05")
        assert "上班卡 08:59" in await company.press(ME, "上班打卡")
        assert len(company.punches_at_dingtalk(ME)) == 1


async def test_an_answer_that_fails_does_not_hold_the_next_punch(company: Company) -> None:
    await unanswered(company, "我今天的考勤", "http_500", NO_REPLIES)
    assert "上班卡 08:50" in await company.ask(ME, "上班打卡")


async def test_an_answer_that_dingtalk_never_takes_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {"status": 400, "body": {"code": "invalidParameter.msgParam.invalid"}}
    async with a_company(tmp_path) as company:
        await company.sandbox.fault("webhook_expired")
        spec = {"value": refusal, "apis": ["batchSend"]}
        await unanswered(company, "我这周的打卡记录", "answer", spec)
        company.sandbox.clock.advance(600)
        assert "上班卡" in await company.ask(ME, "上班打卡")
        assert len(company.sandbox.replies(ME)) == 1
    assert caplog.text.count("DingTalk refuses a message for good") == 2
