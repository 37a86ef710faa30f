"""On the sandbox's chat page somebody mentions a colleague in the team's group."""

from pathlib import Path
from typing import Any

from tests.browser.chromium import MARKS, browser, expect
from tests.browser.test_chat_page import Visitor, visitor
from tests.company import a_company

__all__ = ["browser", "visitor"]  # the fixtures

pytestmark = MARKS


def mentioning(visitor: Visitor) -> Any:
    return visitor.page.get_by_role("combobox", name="Mention a colleague", exact=True)


async def test_a_mentioned_colleague_is_not_punched_and_the_answer_shows_whom_it_notifies(
    visitor: Visitor, tmp_path: Path
) -> None:
    async with a_company(tmp_path) as company:
        await visitor.visit(company.sandbox.url)
        await visitor.speak_as("王小明")
        await expect(mentioning(visitor)).to_be_hidden()
        await visitor.page.get_by_label("Conversation").select_option(label="Team group")
        await visitor.page.get_by_role("textbox", name="Message").fill("帮 ")
        await mentioning(visitor).select_option(label="李娜")
        await visitor.page.keyboard.type("打卡")
        await expect(visitor.page.get_by_role("textbox", name="Message")).to_have_value("帮 @李娜 打卡")
        await visitor.page.keyboard.press("Enter")

        await expect(visitor.page.locator(".said.mine .bubble")).to_have_text("帮 @李娜 打卡")
        await expect(visitor.heard()).to_contain_text("@王小明")
        await expect(visitor.heard()).to_contain_text("只能由本人来打")
        assert not list(company.sandbox.records)
