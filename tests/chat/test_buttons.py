"""Buttons under the bot's replies, pressed as people press them."""

from pathlib import Path

from tests.company import Company, a_company


def types_of_answers(company: Company) -> list[str]:
    """Return how the replies were sent through session webhooks, refused ones too."""
    return [call.request["msgtype"] for call in company.sandbox.requests if call.api == "webhook"]


async def test_a_question_in_doubt_has_buttons_and_a_press_punches_once(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.ask("user001", "打卡")
        question = company.sandbox.transcript("user001")[-1]
        assert [button.label for button in question.buttons] == ["上班打卡", "下班打卡"]
        assert "dtmd://" not in question.text
        assert "上班卡 14:00" in await company.press("user001", "上班打卡")
        assert len(company.punches_at_dingtalk("user001")) == 1
        assert set(types_of_answers(company)) == {"actionCard"}


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


async def test_a_refused_message_of_the_bots_own_is_said_once_as_markdown(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.sandbox.fault("cards_refused")
        await company.sandbox.fault("webhook_expired")
        assert "上班卡还是下班卡" in await company.ask("user001", "打卡")
        sent = [call.request["msgKey"] for call in company.sandbox.requests if call.api == "batchSend"]
        assert sent == ["sampleActionCard2", "sampleMarkdown"]
        assert len(company.sandbox.replies("user001")) == 1
