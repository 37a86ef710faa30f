"""After a failed reply the bot answers the same message again, with the same meaning."""

from pathlib import Path

import pytest

from bot.domain.punches import Punch
from tests.builders import ON_TUESDAY, SHANGHAI
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


async def punches(company: Company) -> list[Punch]:
    return list(await company.app.store.ledger.punches(ME, ON_TUESDAY))


async def test_a_repeated_offer_keeps_the_time_of_the_message(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:59") as company:
        await answered_again(company, CHATTY)
        company.at("09:05")
        assert "上班卡 08:59" in await company.press(ME, "上班打卡")
        assert len(await punches(company)) == 1


async def test_a_press_with_a_failed_reply_punches_once(company: Company) -> None:
    await company.ask(ME, CHATTY)
    press = company.sandbox.transcript(ME)[-1].buttons[0].says
    assert "上班卡 08:50" in await answered_again(company, press)
    (punch,) = await punches(company)
    assert f"{punch.punched_at.astimezone(SHANGHAI):%H:%M}" == "08:50"


async def test_an_answer_with_a_failed_reply_keeps_its_meaning(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask(ME, "上班打卡")
        company.sandbox.clock.advance(10)
        assert "上班卡 08:50" in await answered_again(company, "总部")
        assert len(await punches(company)) == 1


async def test_an_answer_that_fails_does_not_hold_the_next_punch(company: Company) -> None:
    await unanswered(company, "我今天的考勤", "http_500", NO_REPLIES)
    assert "上班卡 08:50" in await company.ask(ME, "上班打卡")


async def test_a_refused_answer_is_replaced_by_a_short_one_that_is_said_once(
    company: Company,
) -> None:
    too_long = {"code": "invalidParameter.msgParam.tooLong", "message": "content too long"}
    refusal = {"status": 400, "body": too_long}
    await company.sandbox.fault("webhook_expired")
    await company.sandbox.fault("answer", {"value": refusal, "apis": ["batchSend"], "count": 1})
    assert "钉钉不接受我的回答" in await company.ask(ME, "我这周的打卡记录")
    company.sandbox.clock.advance(600)
    assert "上班卡" in await company.ask(ME, "上班打卡")
    assert len(company.sandbox.replies(ME)) == 2


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
