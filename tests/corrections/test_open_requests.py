"""The list of requests that wait: one's own, and those that one decides."""

from pathlib import Path

import pytest

from bot.understanding.asking.asked import page_of_requests
from tests.corrections.stage import ASKER, COLLEAGUE, LEAD, a_correcting_company


async def test_everybody_sees_their_own_and_leads_those_they_decide(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, roles={"admins": []}) as company:
        reference = await company.asked()
        mine = (await company.ask(ASKER, "我的补卡申请")).replace("\\", "")
        assert reference in mine
        assert "拒绝" in mine
        assert "批准" not in mine
        theirs = (await company.ask(LEAD, "pending corrections")).replace("\\", "")
        assert reference in theirs
        assert "Alice Johnson" in theirs
        assert f"approve {reference}" in theirs
        assert reference not in (await company.ask(COLLEAGUE, "open requests")).replace("\\", "")
        alone, in_group = await company.ask_in_group(LEAD, "open requests")
        assert reference in alone.replace("\\", "")
        assert "C-" not in in_group.replace("\\", "")
        await company.confirm(LEAD, f"confirm approve {reference}")
        assert reference not in (await company.ask(LEAD, "open requests")).replace("\\", "")


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("open requests", 1),
        ("Open requests page 2", 2),
        ("pending corrections", 1),
        ("my make-up requests", 1),
        ("我的补卡申请", 1),
        ("我的补卡申请 第2页", 2),
        ("我的补卡申请 第 3 页", 3),
        ("show my pending correction requests", 1),
        ("my requests 2", None),
        ("my requests page 2.5", None),
        ("补卡申请", None),
        ("提交补卡申请", None),
        ("我要补卡", None),
        ("approve the open requests", None),
    ],
)
def test_what_asks_for_the_list(text: str, page: int | None) -> None:
    assert page_of_requests(text) == page
