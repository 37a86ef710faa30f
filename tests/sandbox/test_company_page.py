"""What the page does for somebody in DingTalk itself: leave and punches, in headless Chromium."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.scripted_bot import ScriptedBot

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect = playwright.expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.filterwarnings("default"),  # of the browser's driver, not of ours
]


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield await browser.new_page(viewport={"width": 1280, "height": 800})
        finally:
            await browser.close()


async def test_somebody_punches_in_the_app_and_goes_on_leave_from_the_page(page: Any, sandbox: Sandbox) -> None:
    async with ScriptedBot(sandbox.url):
        await page.goto(f"{sandbox.url}/")
        person = page.get_by_role("button", name="王小明")
        await page.get_by_role("button", name="Punch in the app").click()
        await expect(person).to_contain_text("in 08:5")
        await page.get_by_label("Leave today").select_option(label="in the afternoon")
        await expect(person).to_contain_text("leave 13:00–23:59")
        await page.get_by_label("Leave today").select_option(label="no leave after all")
        await expect(person).not_to_contain_text("leave")
        await page.get_by_label("Leave today").select_option(label="asked for, not approved")
        await expect(person).to_contain_text("leave 00:00–23:59, not approved")

    assert [one.source for one in sandbox.records.of("user001", "native")] == ["USER"]
    assert [one.status for one in sandbox.absences] == ["revoke", "init"]


async def test_the_page_keeps_its_width_on_a_phone_and_a_desktop(page: Any, sandbox: Sandbox) -> None:
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        await page.set_viewport_size(size)
        await page.goto(f"{sandbox.url}/")
        if size["width"] < 1000:
            await page.get_by_role("navigation").get_by_role("button", name="Who is in").click()
        await expect(page.get_by_role("button", name="Punch in the app")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
