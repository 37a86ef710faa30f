"""What the page does for somebody in DingTalk itself: leave and punches, in headless Chromium."""

from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.browser.chromium import MARKS, browser, expect
from tests.sandbox.scripted_bot import ScriptedBot

__all__ = ["browser"]  # the fixture

pytestmark = MARKS


@pytest.fixture
async def page(browser: Any) -> Any:
    return await browser.new_page(viewport={"width": 1280, "height": 800})


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
