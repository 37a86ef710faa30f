"""The page where something is in the way: no answer, no sites, a refusal, a small phone, a keyboard alone.

With SCREENSHOTS=folder each outcome is kept there as a picture.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import MARKS, browser, expect
from tests.browser.phones import a_page, link_of, punches, shot
from tests.company import a_company

__all__ = ["browser"]  # the fixture

pytestmark = MARKS

REQUIRED = {"location": "required", "new_phone": "accept"}
BUSY = {"status": 429, "json": {"error": "busy"}}
UNKNOWN = {"status": 503, "json": {"error": "unknown"}}


async def focused(page: Any) -> str:
    """Return the id, else the text, of what has the focus."""
    return await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


@pytest.mark.parametrize("call", ["open", "look"])
@pytest.mark.parametrize("answer", [None, UNKNOWN, BUSY])
async def test_who_never_tapped_is_not_told_that_a_tap_is_unsure(
    browser: Any, tmp_path: Path, call: str, answer: dict[str, Any] | None
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:

        async def fail(route: Any) -> None:
            await (route.abort() if answer is None else route.fulfill(**answer))

        await page.route(f"**/here/{call}", fail, times=1)
        await page.goto(await link_of(company, "clock in"))
        if call == "look":
            await page.get_by_role("button", name="I see, find my position").click()
        status = page.get_by_role("status")
        await expect(status).to_contain_text("nothing was recorded by this")
        await expect(status).not_to_contain_text("not known whether")
        await expect(status).not_to_contain_text(re.compile(r"\btap", re.IGNORECASE))
        await page.get_by_role("button", name="Try again", exact=True).click()
        await expect(
            page.get_by_role("button", name="Find it again" if call == "look" else "I see")
        ).to_be_visible()
        assert await punches(company) == 0


async def test_that_the_sites_cannot_be_read_is_said_as_that(browser: Any, tmp_path: Path) -> None:
    rules = {**REQUIRED, "sites_from": "dingtalk"}
    async with a_company(tmp_path, clock_in=rules, sites=[]) as company, a_page(browser) as page:
        await company.sandbox.fault("http_500", {"value": True, "apis": ["positions"]})
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see").click()
        await expect(page.get_by_role("status")).to_contain_text("your sites cannot be read right now")
        await expect(page.get_by_role("status")).not_to_contain_text("there is no site")
        await page.get_by_role("button", name="Clock in").click()
        await expect(page.get_by_role("status")).to_contain_text("Recorded: clock-in")


async def test_who_is_refused_outside_reads_whom_to_ask(browser: Any, tmp_path: Path) -> None:
    rules = {**REQUIRED, "outside": "reject"}
    async with a_company(tmp_path, clock_in=rules) as company, a_page(browser, north_m=3200) as page:
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text("重新定位，或联系主管")
        await expect(page.get_by_role("button")).to_have_text(["重新定位"])
        await shot(page, "refused")
        assert await punches(company) == 0


@pytest.mark.parametrize("says", ["上班打卡", "clock in"])
@pytest.mark.parametrize("size", [(360, 660), (320, 568)])
async def test_the_way_on_is_in_reach_beside_the_notice(
    browser: Any, tmp_path: Path, says: str, size: tuple[int, int]
) -> None:
    phone = a_page(browser, viewport={"width": size[0], "height": size[1]})
    kept = {"coordinates_days": 1}
    async with a_company(tmp_path, clock_in=REQUIRED, retention=kept) as company, phone as page:
        await page.goto(await link_of(company, says))
        button = page.get_by_role("button")
        await expect(button).to_be_in_viewport(ratio=1)
        await expect(page.locator("#notice-text")).to_contain_text(
            "保存 1 天" if says == "上班打卡" else "kept for 1 day,"
        )
        await expect(page.locator("#notice-text p")).to_have_count(2)
        await page.mouse.wheel(0, 5000)
        above = page.locator("#notice-text span").last  # and hides no word of it
        await expect(above).to_be_in_viewport(ratio=1)
        text, way = await above.bounding_box(), await button.bounding_box()
        assert text and way and text["y"] + text["height"] <= way["y"]


async def test_magnified_the_buttons_take_no_room_from_the_text(browser: Any, tmp_path: Path) -> None:
    magnified = a_page(browser, viewport={"width": 320, "height": 284})
    async with a_company(tmp_path, clock_in=REQUIRED) as company, magnified as page:
        await page.goto(await link_of(company))
        await expect(page.get_by_role("button")).to_have_count(1)
        await expect(page.locator("#actions")).to_have_css("position", "static")


async def test_by_keyboard_one_comes_to_the_reason_before_the_punch_and_enter_punches(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser, north_m=3200) as page:
        await page.goto(await link_of(company))
        await expect(page.get_by_role("button", name="知道了")).to_be_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("外勤原因")).to_be_visible()
        assert await focused(page) == "status"
        await page.keyboard.press("Tab")
        assert await focused(page) == "reason"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("请先填写外勤原因")
        assert await punches(company) == 0
        await page.keyboard.type("visiting a client")
        await page.get_by_label("外勤原因").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        await expect(page.get_by_role("status")).to_contain_text("请先填写外勤原因")  # it has chosen a word
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("已记录：上班卡")
        assert await focused(page) == "status"
        assert await punches(company) == 1


async def test_enter_chooses_no_direction(browser: Any, tmp_path: Path) -> None:
    outside = a_page(browser, north_m=3200)
    async with a_company(tmp_path, at="13:30", clock_in={"new_phone": "accept"}) as company, outside as page:
        await page.goto(await link_of(company, "where can I clock in?"))
        await page.get_by_role("button", name="I see").click()
        await page.get_by_label("Reason for working outside").fill("a client")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Clocking in or clocking out?")
        await page.get_by_label("Reason for working outside").press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Clocking in or clocking out?")
        assert await punches(company) == 0
