"""Buttons under the bot's replies, and a typed yes: only what the last reply shows, and only once."""

from pathlib import Path

import pytest

from tests.company import Company, a_company
from tests.corrections.stage import ASKER, a_correcting_company
from tests.reminders.stage import a_reminding_company

ME = "user001"
REQUEST = "昨天忘打下班卡了，18:40走的，原因：手机没电"


async def test_a_second_yes_withdraws_no_request(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.ask(ASKER, "好的")
        await company.ask(ASKER, "好的")
        assert company.rows_of("SELECT state FROM corrections") == [("asked",)]


async def test_a_yes_after_another_message_punches_nothing(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        assert "还没有记录" in await company.ask(ME, "今天的活干完了，撤了")
        await company.ask(ME, "不用了")
        await company.ask(ME, "好的")
        assert company.punches_at_dingtalk(ME) == []
        assert "下班卡 18:05" in await company.press(ME, "下班打卡")


@pytest.mark.parametrize("answer", ["上班", "上班卡", "下班打卡"])
async def test_half_an_answer_to_a_question_punches_nothing(tmp_path: Path, answer: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "补卡，昨天，原因：忘了")
        await company.ask(ASKER, answer)
        assert company.punches_at_dingtalk(ASKER) == []


async def test_what_a_group_asked_is_answered_in_private(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.ask_in_group("lead01", "帮我豁免一个人今天的考勤")
        await company.ask("lead01", "李娜")
        assert company.buttons("lead01") == ["确认"]


def types_of_answers(company: Company) -> list[str]:
    """Return how the replies were sent through session webhooks, refused ones too."""
    return [call.request["msgtype"] for call in company.sandbox.requests if call.api == "webhook"]


async def test_where_cards_are_refused_the_buttons_come_as_links_and_work(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.sandbox.fault("cards_refused")
        assert "上班卡还是下班卡" in await company.ask("user001", "打卡")
        question = company.sandbox.transcript("user001")[-1]
        assert not question.buttons
        assert [button.label for button in question.pressable] == ["上班打卡", "下班打卡"]
        assert "上班卡 14:00" in await company.press("user001", "上班打卡")
        assert len(company.punches_at_dingtalk("user001")) == 1
        assert types_of_answers(company) == ["actionCard", "markdown", "actionCard", "markdown"]
