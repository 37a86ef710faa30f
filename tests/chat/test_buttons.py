"""Buttons under the bot's replies: for their own person, once, and also where DingTalk refuses
cards.
"""

from pathlib import Path

from tests.company import Company, a_company

ME, COLLEAGUE = "user001", "user002"


def says_of_buttons(company: Company) -> list[str]:
    """Return what the buttons of the first reply with buttons send."""
    question = next(entry for entry in company.sandbox.transcript(ME) if entry.buttons)
    return [button.says for button in question.buttons]


def types_of_answers(company: Company) -> list[str]:
    """Return how the replies were sent through session webhooks, refused ones too."""
    return [call.request["msgtype"] for call in company.sandbox.requests if call.api == "webhook"]


async def test_a_colleagues_button_does_nothing(company: Company) -> None:
    await company.ask(ME, "停车排队半天，总算进来了，帮我打个上班卡")
    (says,) = says_of_buttons(company)
    assert "什么都没有做" in await company.ask(COLLEAGUE, says)
    assert list(company.sandbox.records) == []
    assert "上班卡 08:50" in await company.press(ME, "上班打卡")


async def test_buttons_come_as_links_where_cards_are_refused(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.sandbox.fault("cards_refused")
        assert "上班卡还是下班卡" in await company.ask(ME, "打卡")
        question = company.sandbox.transcript(ME)[-1]
        assert not question.buttons
        assert [button.label for button in question.pressable] == ["上班打卡", "下班打卡"]
        assert "上班卡 14:00" in await company.press(ME, "上班打卡")
        assert len(company.punches_at_dingtalk(ME)) == 1
        assert types_of_answers(company) == ["actionCard", "markdown", "actionCard", "markdown"]
