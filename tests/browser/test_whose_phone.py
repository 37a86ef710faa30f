"""A link that was handed on, and a phone that is new, in headless Chromium with the real bot behind it."""

import re
from pathlib import Path
from typing import Any

from tests.browser.chromium import MARKS, browser, expect
from tests.browser.phones import a_page, link_of, punches, shot
from tests.company import HASTY, Company, a_company

__all__ = ["browser"]  # the fixture

REQUIRED = {"location": "required"}

pytestmark = MARKS


async def tap(company: Company, page: Any, who: str = "user001") -> str:
    """Open a new link, tap, and return what the person is asked in chat."""
    await page.goto(await link_of(company, who=who))
    before = len(company.sandbox.replies(who))
    await page.get_by_role("button", name="知道了").click()
    await page.get_by_role("button", name="上班打卡").click()
    await expect(page.get_by_role("status")).to_contain_text("这部手机还不知道是谁的")
    return await company.sandbox.wait_for_reply(who, after=before)


def with_code(words: str, question: str) -> str:
    """Return an answer with the code that the question names."""
    found = re.search(r"是我 (\d{4})", question)
    assert found, question
    return f"{words} {found[1]}"


async def test_an_unopened_link_on_a_colleagues_phone_punches_nothing_without_its_owners_yes(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as theirs:
        question = await tap(company, theirs)  # whoever holds that phone, it is not known as the owner's
        assert "是您本人吗" in question
        assert "距 HQ 0 米" in question
        await shot(theirs, "new-phone")
        await company.ask("user002", with_code("是我", question))  # nobody else's word counts
        assert "没有记录" in await company.ask("user001", with_code("不是我", question))
        assert await punches(company) == 0
        await company.ask("user001", with_code("是我", question))
        assert await punches(company) == 0


async def test_a_tap_that_is_denied_in_the_chat_is_said_to_be_on_the_page(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        question = await tap(company, page)
        await expect(page.get_by_role("status")).to_contain_text("“是我 1234”")  # the form of the answer
        await company.ask("user001", with_code("不是我", question))
        await expect(page.get_by_role("status")).to_contain_text("那次点按就没有记录")
        await expect(page.get_by_role("button")).to_have_count(0)


async def test_a_yes_in_the_chat_punches_and_the_page_shows_it_and_knows_the_phone(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        question = await tap(company, page)
        assert "上班卡 08:50" in await company.ask("user001", with_code("是我", question))
        await expect(page.get_by_role("status")).to_contain_text("已记录：上班卡 08:50")
        await expect(page.get_by_role("button")).to_have_count(0)

        company.at("18:01")
        await page.goto(await link_of(company, "下班打卡"))
        await page.get_by_role("button", name="下班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录：下班卡 18:01")


async def test_a_page_that_waits_for_a_yes_asks_no_more_once_its_link_has_ended(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        await page.clock.install()
        await tap(company, page)
        await link_of(company)  # a new link ends the one on the page
        looks: list[int] = []
        page.on("response", lambda got: looks.append(got.status) if got.url.endswith("/here/open") else None)
        async with page.expect_response("**/here/open"):
            await page.clock.fast_forward(3_500)
        await expect(page.get_by_role("status")).to_contain_text("有了新的链接")  # the page has read it
        await page.clock.run_for(30_000)
        assert looks == [403]


async def test_a_page_whose_question_nobody_answers_says_so(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        await page.clock.install()
        await tap(company, page)
        await page.clock.run_for(140_000)
        await expect(page.get_by_role("status")).to_contain_text("没有在聊天里收到")
        await expect(page.get_by_role("button")).to_have_text(["重新定位"])


async def test_a_colleagues_phone_that_is_known_is_refused(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as theirs:
        question = await tap(company, theirs, "user002")
        await company.ask("user002", with_code("是我", question))
        link = await link_of(company)
        await theirs.goto(link)
        await expect(theirs.get_by_role("status")).to_contain_text("这部手机已知是同事的")
        await expect(theirs.get_by_role("button")).to_have_count(0)
        await expect(theirs.get_by_text("王小明")).to_have_count(0)
        await shot(theirs, "colleague")
        async with a_page(browser) as own:
            await own.goto(link)  # it was not opened by that
            await expect(own.get_by_role("button", name="知道了")).to_be_visible()
        assert await punches(company) == 0


async def test_a_question_that_may_not_have_come_is_said_to_be_one_and_the_page_waits_for_its_answer(
    browser: Any, tmp_path: Path
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED, patience=HASTY) as company, a_page(browser) as page:
        link = await link_of(company)
        await company.sandbox.fault("accept_then_hang", {"apis": ["batchSend"], "count": 1})
        await page.goto(link)
        before = len(company.sandbox.replies("user001"))
        await page.get_by_role("button", name="知道了").click()
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("是否送达，钉钉没有答复")
        question = await company.sandbox.wait_for_reply("user001", after=before)
        await company.ask("user001", with_code("是我", question))
        await expect(page.get_by_role("status")).to_contain_text("已记录：上班卡 08:50")
