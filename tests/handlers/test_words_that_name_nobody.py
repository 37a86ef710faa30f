"""Words in a lead's question that are no name: passed over, unless somebody of theirs is called so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.company import Company, a_company
from tests.handlers.test_who_is_meant import WHO, named_in
from tests.handlers.test_who_sees_whom import NO_LEAD, OWN, ask, crawl


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_company(tmp_path, at="09:42") as running:
        await crawl(running)
        yield running


@pytest.mark.parametrize("text", ["quickly show me summary rq", "瞅瞅今天考勤", "today's attendance rundown"])
async def test_a_filler_leads_to_no_question_whom_is_meant(company: Company, text: str) -> None:
    assert named_in(await ask(company, "lead02", text)) == set(OWN)


@pytest.mark.parametrize("text", ["show me today's summary emma", "show me today's summary ema"])
async def test_a_word_that_somebody_is_called_by_or_nearly_is_not_passed_over(company: Company, text: str) -> None:
    answer = await ask(company, "lead02", text)
    assert "Emma Davis" in answer
    assert named_in(answer) <= {"Emma Davis"}


async def test_what_stands_where_a_name_would_is_asked_about(company: Company) -> None:
    answer = await ask(company, "lead02", "rq attendance today")
    assert WHO in answer
    assert not named_in(answer)


async def test_a_filler_opens_nothing_to_somebody_without_people(company: Company) -> None:
    answer = await ask(company, "user003", "quickly show me summary rq")
    assert "Only leads and admins" in answer
    assert not named_in(answer)


async def test_todays_records_are_ones_own_where_nobody_is_named(company: Company) -> None:
    answer = await ask(company, "user003", "今天的记录")
    assert NO_LEAD not in answer
    assert answer.startswith("### 我的考勤")
