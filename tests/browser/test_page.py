"""The page in headless Chromium, opened in the pretend DingTalk's client, with the real bot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.chromium import MARKS, browser, expect
from tests.builders import ON_TUESDAY
from tests.company import Company, a_company
from tests.waiting import until
from tests.web.visiting import A_DEGREE_M, HQ

__all__ = ["browser"]  # the fixture

pytestmark = MARKS

PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def a_tab(
    browser: Any, *, expected: str = "Failed to load resource", **more: Any
) -> AsyncIterator[Any]:
    """Open a tab. Errors in its console fail the test, except `expected` ones."""
    context = await browser.new_context(**{"viewport": PHONE, "locale": "en-US", **more})
    page = await context.new_page()
    page.set_default_timeout(30_000)
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert not [one for one in complaints if not one.startswith(expected)], complaints
    finally:
        await context.close()


async def open_page(
    company: Company,
    page: Any,
    who: str = "user001",
    *,
    north_m: float | None = 0,
    accuracy_m: float = 18,
) -> None:
    """Open the page in a person's client, `north_m` metres north of HQ, or without a position
    (None).
    """
    asked: dict[str, object] = {"user_id": who, "url": f"{company.sandbox.url}/app"}
    if north_m is not None:
        asked |= {
            "latitude": HQ[0] + north_m / A_DEGREE_M,
            "longitude": HQ[1],
            "accuracy": accuracy_m,
        }
    await page.goto(f"{company.sandbox.url}/_sandbox/client?{urlencode(asked)}")


async def punches(company: Company, who: str = "user001") -> list[Any]:
    return list(await company.app.store.ledger.punches(who, ON_TUESDAY))


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


async def test_a_tap_inside_the_fence_punches_and_shows_the_receipt(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path) as company, a_tab(browser) as page:
        await open_page(company, page, north_m=90)
        await expect(page.get_by_text("coordinates are kept")).to_be_visible()
        await page.get_by_role("link", name="what is stored about you").click()
        await expect(page.get_by_role("region", name="My data")).to_contain_text(
            "Departments: 研发部"
        )
        await button(page, "I see, find my position").click()
        status = page.get_by_role("status")
        await expect(status).to_contain_text("You are at HQ, 90 m from its centre")
        await expect(status).to_contain_text("Accurate to about 18 m")
        await button(page, "Clock in").click()
        await expect(status).to_contain_text("Clock-in 08:50")
        await expect(status).to_contain_text("Taken by the clock-in service")
        await expect(status).to_be_focused()
        await expect(page.get_by_role("region", name="Today")).to_contain_text(
            "08:50 · Clock-in · On time"
        )
        (punch,) = await punches(company)
        assert (punch.source, punch.where.fix.source) == ("page", "dingtalk")
        assert company.sandbox.replies("user001") == []  # no message beside the receipt on the page


async def test_outside_the_fence_the_page_asks_for_a_reason(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path) as company, a_tab(browser, locale="zh-CN") as page:
        await open_page(company, page, north_m=3200)
        await expect(button(page, "知道了，获取位置")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="存了您什么")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(button(page, "知道了，获取位置")).to_be_focused()
        await page.keyboard.press("Enter")
        status = page.get_by_role("status")
        await expect(status).to_contain_text("您在范围外，距 HQ 3.2 公里")
        await expect(status).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("外勤原因")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(status).to_contain_text("请先填写外勤原因")
        assert await punches(company) == []
        await page.keyboard.type("拜访客户")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(status).to_contain_text("上班卡 08:50")
        assert "拜访客户" in await company.sandbox.wait_for_reply("lead01")
        assert len(await punches(company)) == 1


@pytest.mark.parametrize(
    ("rules", "where", "told"),
    [
        ({"outside": "reject"}, {"north_m": 3200}, "takes no punches from outside its sites"),
        ({"location": "required"}, {"north_m": None}, "wants a position with every punch"),
        ({}, {"accuracy_m": 900}, "too coarse"),
    ],
)
async def test_a_refused_position_offers_no_punch(
    browser: Any, tmp_path: Path, rules: dict[str, Any], where: dict[str, Any], told: str
) -> None:
    async with a_company(tmp_path, clock_in=rules) as company, a_tab(browser) as page:
        await open_page(company, page, **where)
        await button(page, "I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text(told)
        await expect(page.locator("#actions button")).to_have_text(["Find it again"])
        assert await punches(company) == []


async def test_a_tap_without_an_answer_can_be_repeated(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path) as company, a_tab(browser) as page:

        async def fail(route: Any) -> None:
            await route.fetch()  # the tap arrives, its answer does not
            await route.abort()

        await page.route("**/app/punch", fail, times=1)
        await open_page(company, page)
        await button(page, "I see, find my position").click()
        await button(page, "Clock in").click()
        status = page.get_by_role("status")
        await expect(status).to_contain_text("it is not known whether it is recorded")
        assert len(await punches(company)) == 1
        await button(page, "Tap again").click()
        await expect(status).to_contain_text("Clock-in 08:50")
        assert len(await punches(company)) == 1


async def test_two_people_in_one_browser_stay_apart(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path) as company, a_tab(browser) as page:
        await open_page(company, page)
        await expect(page.get_by_text("Hello 王小明")).to_be_visible()
        other = await page.context.new_page()
        await open_page(company, other, "user002")
        await expect(other.get_by_text("Hello Alice Johnson")).to_be_visible()
        await button(page, "I see, find my position").click()
        await button(page, "Clock in").click()
        await expect(page.get_by_role("status")).to_contain_text("Clock-in 08:50")
        assert (len(await punches(company)), len(await punches(company, "user002"))) == (1, 0)

        plain = await page.context.new_page()
        await plain.goto(f"{company.sandbox.url}/app?error=identity&reference=0a1b2c3d")
        await expect(plain.get_by_role("status")).to_contain_text(
            "DingTalk cannot confirm right now who you are"
        )
        await expect(plain.get_by_role("status")).to_contain_text("0a1b2c3d")
        await expect(plain.get_by_role("status")).to_contain_text("Please sign in")
        await expect(plain.get_by_text("Hello")).to_have_count(0)
        await button(plain, "Sign in with DingTalk").click()
        await plain.get_by_role("link", name="李娜").click()
        await expect(plain.get_by_text("Hello 李娜")).to_be_visible()


async def test_a_board_shows_a_punch_within_two_seconds_and_nudges(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, at="09:05") as company, a_tab(browser) as page:
        await until(lambda: company.app.directory.is_read)
        await company.app.reads.read_if_due()
        await open_page(company, page, "lead01")
        team = page.get_by_role("region", name="Your team")
        missing = team.get_by_role("listitem").filter(has_text="王小明")
        await expect(missing).to_contain_text("No clock-in")
        await company.ask("user001", "clock in")
        await expect(missing).to_contain_text("09:05", timeout=4_000)
        other = team.get_by_role("button", name="Remind 李娜")
        await other.focus()
        await page.keyboard.press("Enter")
        await expect(team.get_by_role("status")).to_contain_text("李娜")
        await button(page, "Day before").click()
        day = page.get_by_label("Day", exact=True)
        await expect(day.locator("option:checked")).to_have_text("Mon 23 Nov")
        await expect(team.get_by_role("button", name="Remind")).to_have_count(0)
        await button(page, "Me").click()
        await expect(page.get_by_role("region", name="Today")).to_be_visible()
        await expect(team).to_be_hidden()
        await open_page(company, page, "user001")
        await expect(page.get_by_text("Hello 王小明")).to_be_visible()
        await expect(team).to_be_hidden()


async def test_a_make_up_punch_is_asked_for_from_a_day_of_the_calendar(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path) as company, a_tab(browser) as page:
        await open_page(company, page)
        month = page.get_by_role("region", name="November 2026")
        await month.scroll_into_view_if_needed()
        await month.get_by_role("button", name="Mon 23 Nov, no clock-in").click()
        await expect(month).to_contain_text("Out 18:00: missed")
        await month.get_by_role("button", name="Make-up punch: Clock-out 18:00").click()
        await month.get_by_label("Time").fill("18:20")
        await month.get_by_label("Reason").fill("phone was dead")
        await button(page, "Send to my lead").click()
        await expect(month.get_by_role("status")).to_contain_text("2026-11-23 Mon 18:20")
        await expect(button(page, "Send to my lead")).to_be_hidden()
        assert "phone was dead" in await company.sandbox.wait_for_reply("lead01")
        await button(page, "Month before").click()
        october = page.get_by_role("region", name="October 2026")
        await expect(october.get_by_role("button", name="Fri 30 Oct")).to_be_visible()
