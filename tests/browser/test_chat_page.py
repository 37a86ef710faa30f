"""The sandbox's chat page in headless Chromium, with the real bot and with a scripted one."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.sandbox.clock import PretendClock
from tests.browser.chromium import MARKS, browser, expect
from tests.company import a_company
from tests.pretend_dingtalk import Sandbox
from tests.reminders.stage import a_reminding_company
from tests.sandbox.caller import WORKDAY_0850
from tests.sandbox.scripted_bot import ScriptedBot

__all__ = ["browser"]  # the fixture

pytestmark = MARKS
DESKTOP = {"width": 1280, "height": 800}


class Visitor:
    """A visitor of the page. It collects the browser's errors and the called hosts."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.on(
            "console",
            lambda line: self.complaints.append(line.text) if line.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    async def visit(self, url: str) -> None:
        """Open the page and wait for its connection."""
        await self.page.goto(f"{url}/")
        await expect(self.page.get_by_role("status")).to_have_text(re.compile("connected"))

    async def speak_as(self, name: str) -> None:
        await self.page.get_by_label("Speaking as").select_option(label=name)

    async def say(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message").fill(text)
        await self.page.get_by_role("button", name="Send").click()

    def heard(self) -> Any:
        return self.page.locator(".said.bot .bubble").last


@pytest.fixture
async def visitor(browser: Any) -> Visitor:
    page = await browser.new_page(viewport=DESKTOP)
    page.set_default_timeout(60_000)
    return Visitor(page)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=PretendClock(WORKDAY_0850), wait_for_bot_s=0.1) as running:
        yield running


async def test_a_newcomer_clocks_in_and_sees_everything(visitor: Visitor, tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await visitor.visit(company.sandbox.url)
        await visitor.speak_as("王小明")
        await visitor.say("打卡")

        await expect(visitor.heard()).to_contain_text("08:50")
        call = visitor.page.locator("#calls details").filter(has_text="signed · 200")
        await call.locator("summary").click()
        await expect(call).to_contain_text("myAppKey=sandbox")
        await expect(call).to_contain_text('"user_id": "user001"')
        assert len(company.punches_at_dingtalk("user001")) == 1

    assert visitor.hosts == {urlsplit(company.sandbox.url).netloc}


async def test_a_button_of_a_reply_sends_its_words(visitor: Visitor, tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await visitor.visit(company.sandbox.url)
        await visitor.speak_as("王小明")
        await visitor.say("打卡")
        card = visitor.page.locator(".action-card")
        await expect(card.get_by_role("button")).to_have_text(["上班打卡", "下班打卡"])
        await expect(card).not_to_contain_text("dtmd")
        await card.get_by_role("button", name="下班打卡").focus()
        await visitor.page.keyboard.press("Enter")

        said = visitor.page.locator(".said.mine .bubble")
        await expect(said).to_have_text(["打卡", re.compile(r"下班打卡 #[0-9A-Z]{4}")])
        await expect(visitor.heard()).to_contain_text("14:00")
        (record,) = company.punches_at_dingtalk("user001")
        assert record.user_id == "user001"
    assert visitor.complaints == []


async def test_a_card_changes_in_place_after_a_press(visitor: Visitor, tmp_path: Path) -> None:
    template = {"card_template_id": "sandbox-card.schema"}
    async with a_reminding_company(tmp_path, "09:00", dingtalk=template) as company:
        await company.go_on("09:05")
        await visitor.visit(company.sandbox.url)
        await visitor.speak_as("王小明")
        card = visitor.page.locator(".action-card")
        await expect(card.get_by_role("heading")).to_contain_text("09:00")
        await card.get_by_role("button", name="上班打卡", exact=True).focus()
        await visitor.page.keyboard.press("Enter")
        await expect(card.locator(".card-state")).to_contain_text("09:05")
        await expect(card.get_by_role("button")).to_have_count(0)
        await expect(visitor.page.locator(".said")).to_have_count(1)
        await expect(visitor.page.locator(".said")).to_be_focused()
        await visitor.speak_as("Alice Johnson")
        await expect(card.get_by_role("button", name="上班打卡", exact=True)).to_be_visible()
    assert visitor.complaints == []


async def test_markdown_is_rendered_and_html_is_not(visitor: Visitor, sandbox: Sandbox) -> None:
    text = "\n\n".join(
        [
            "### Head \\*line\\*",
            '<img src=x onerror="document.title=1"> **bold** and *soft*',
            "- one\n- two",
            "> quoted",
            "[out](https://example.com/a) [bad](javascript:alert(1)) `code`",
        ]
    )
    async with ScriptedBot(sandbox.url, answer=lambda message: text):
        await visitor.visit(sandbox.url)
        await visitor.say("<b>me</b>")
        bubble = visitor.heard()
        await expect(bubble.locator("h3")).to_have_text("Head *line*")
        await expect(bubble.locator("strong")).to_have_text("bold")
        await expect(bubble.locator("em")).to_have_text("soft")
        await expect(bubble.locator("li")).to_have_text(["one", "two"])
        await expect(bubble.locator("blockquote")).to_have_text("quoted")
        await expect(bubble).to_contain_text('<img src=x onerror="document.title=1">')
        await expect(bubble.locator("img, script, a[href^='javascript']")).to_have_count(0)
        await expect(bubble.locator("a")).to_have_attribute("rel", "noopener noreferrer")
        await expect(visitor.page.locator(".said.mine .bubble")).to_have_text("<b>me</b>")

    assert visitor.complaints == [] and await visitor.page.title() == "Clock-in sandbox"


async def test_text_without_a_bot_stays_in_the_box(visitor: Visitor, sandbox: Sandbox) -> None:
    await visitor.visit(sandbox.url)
    await visitor.say("hello?")
    box, trouble = (
        visitor.page.get_by_role("textbox", name="Message"),
        visitor.page.get_by_role("alert"),
    )
    await expect(trouble).to_have_text("No bot is connected, so nothing was sent.")
    await expect(visitor.page.locator(".typing")).to_have_count(0)
    await expect(box).to_have_value("hello?")

    async with ScriptedBot(sandbox.url, answer=lambda message: "here"):
        await expect(trouble).to_be_hidden()
        await visitor.page.get_by_role("button", name="Send").click()
        await expect(visitor.heard()).to_have_text("here")
        await expect(box).to_have_value("")
