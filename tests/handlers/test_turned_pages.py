"""Pages turned in words: of the list asked for last, by the rights of now, and of no list by guess."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.company import Company, a_company
from tests.waiting import until

LEAD, NOBODYS_LEAD = "lead01", "user002"
ASKS, HOW = "team summary this week", "Of which list?"


@asynccontextmanager
async def a_large_company(folder: Path) -> AsyncIterator[Company]:
    """Run a company whose admin sees three pages of people."""
    async with a_company(folder) as company:
        company.sandbox.world.grow_to(40)
        assert company.app is not None
        await company.app.directory.crawl()
        yield company


async def test_pages_go_on_and_back_and_end(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        assert "page 1 of 3" in await company.ask(LEAD, ASKS)
        assert "Which page do you mean?" in await company.ask(LEAD, "last page")
        assert "您要看第几页" in await company.ask(LEAD, "最后一页")
        assert "page 2 of 3" in await company.ask(LEAD, "next page")
        assert "page 3 of 3" in await company.ask(LEAD, "next page")
        assert "last page" in await company.ask(LEAD, "next page")
        assert "That was the last page" in await company.ask(LEAD, "last page")
        assert "page 2 of 3" in await company.ask(LEAD, "previous page")
        assert "page 1 of 3" in await company.ask(LEAD, "page 1")
        assert "first page" in await company.ask(LEAD, "previous page")
        assert "第 2 页" in await company.ask(LEAD, "第2页")


async def test_the_list_asked_for_last_is_turned_and_none_where_that_has_one_page(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        await company.ask(LEAD, "who has not punched")
        assert "who has not punched" in await company.ask(LEAD, "next page")
        await company.ask(LEAD, "attendance of Alice Johnson this week")
        assert HOW in await company.ask(LEAD, "next page")


async def test_a_list_is_turned_by_who_asked_for_it_where_they_did_for_an_hour(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        assert HOW in await company.ask(NOBODYS_LEAD, "next page")
        before = len(company.sandbox.transcript(LEAD))
        await company.ask(LEAD, "next page", conversation="2")
        assert not any("page 2 of" in one.text for one in company.sandbox.transcript(LEAD)[before:])
        company.sandbox.clock.advance(3_601)
        assert HOW in await company.ask(LEAD, "next page")


async def test_whose_days_are_shown_is_decided_anew(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        await company.stop_bot()
        company.reconfigure(roles={"admins": ["user007"]})
        company.sandbox.world.change(LEAD, lead=False)
        await company.start_bot()
        assert company.app is not None
        await company.app.directory.crawl()
        told = await company.ask(LEAD, "next page")
        assert "page 2 of" not in told


async def test_what_was_asked_is_told_of_and_forgotten_at_night(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        assert "list of several pages" in await company.ask(LEAD, "what do you store about me?")
        assert company.app is not None
        company.sandbox.clock.advance(1)
        await company.app.store.retention.forget_what_was_asked(company.sandbox.clock.now())
        assert await company.app.store.paged_lists.of(LEAD) is None
        assert HOW in await company.ask(LEAD, "next page")


async def test_a_page_whose_reply_did_not_get_out_is_not_turned_over(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        before, calls = len(company.sandbox.replies(LEAD)), len(company.sandbox.requests)
        await company.sandbox.fault("http_500", {"apis": ["webhook", "batchSend"]})
        await company.sandbox.say(LEAD, "next page")
        await until(lambda: _replies(company, calls) >= 2, what="an answer that is refused")
        await company.sandbox.fault("http_500", None)
        company.sandbox.clock.advance(60)
        assert "page 2 of 3" in await company.sandbox.wait_for_reply(LEAD, after=before)


def _replies(company: Company, calls: int) -> int:
    return sum(call.api in {"webhook", "batchSend"} for call in list(company.sandbox.requests)[calls:])


async def test_past_the_end_the_last_page_is_shown_and_turned_back_from(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask(LEAD, ASKS)
        assert "page 3 of 3" in await company.ask(LEAD, "page 999")
        assert "page 2 of 3" in await company.ask(LEAD, "previous page")
        await company.ask(LEAD, "who has not punched")
        assert "(0)" not in await company.ask(LEAD, "page 999")
        assert "first page" not in await company.ask(LEAD, "previous page")


async def test_a_list_asked_for_in_a_group_is_turned_where_it_was_answered(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        await company.ask_in_group(LEAD, ASKS)
        assert "page 2 of 3" in await company.ask(LEAD, "next page")
