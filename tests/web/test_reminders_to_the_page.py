"""A reminder's second tap: its answer is one's own link to the page, and nothing is punched before a fix."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

from tests.reminders.stage import DAY_PEOPLE, RemindingCompany, a_reminding_company
from tests.web.visiting import LINK, Phone, link_in

TAP = re.compile(r"\[([^\]]*)\]\(dtmd://dingtalkclient/sendMessage\?content=([^)]*)\)")
PAGE: dict[str, Any] = {"clock_in": {"new_phone": "accept", "location": "optional"}}


def taps_of(message: str) -> dict[str, str]:
    """Return what the taps of a message show, and say."""
    return {label: unquote(says) for label, says in TAP.findall(message)}


async def reminded(company: RemindingCompany, at: str, *, english: bool) -> str:
    """Return the reminder that user001 reads at `at`."""
    if english:
        await company.ask("user001", "help")
    await company.go_on(at)
    return str(company.sandbox.replies("user001")[-1])


@pytest.mark.parametrize(
    ("at", "english", "label", "plain", "nothing"),
    [
        ("08:50", False, "用定位上班打卡", "上班打卡", "还没有记录"),
        ("08:50", True, "Clock in with location", "clock in", "Nothing is recorded yet"),
        ("17:50", False, "用定位下班打卡", "下班打卡", "还没有记录"),
        ("17:50", True, "Clock out with location", "clock out", "Nothing is recorded yet"),
        ("09:05", False, "用定位上班打卡", "上班打卡", "还没有记录"),
    ],
)
async def test_its_answer_is_the_link_and_nothing_is_punched_before_a_fix(
    tmp_path: Path, session: aiohttp.ClientSession, at: str, english: bool, label: str, plain: str, nothing: str
) -> None:
    async with a_reminding_company(tmp_path, f"{at[:2]}:00" if at > "09:30" else "08:45", **PAGE) as company:
        said = await reminded(company, at, english=english)
        assert not LINK.search(said)  # which many read
        taps = taps_of(said)
        assert plain in taps.values()
        answer = await company.ask("user001", taps[label])
        assert nothing in answer
        assert not company.punches_at_dingtalk("user001")
        assert (await Phone(session, link_in(answer)).punch())["state"] == "recorded"
        await company.sandbox.wait_until(lambda: bool(company.punches_at_dingtalk("user001")))
        (record,) = company.punches_at_dingtalk("user001")
        assert record.latitude


@pytest.mark.parametrize(
    "changes",
    [
        {"web": {"public_url": None}},
        {"clock_in": {"location": "required"}},
        {"clock_in": {"trusted_sources": ["typed", "named"]}},
    ],
)
async def test_where_it_would_lead_nowhere_or_the_first_tap_does_there_is_none(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    async with a_reminding_company(tmp_path, **changes) as company:
        said = await reminded(company, "08:50", english=False)
        assert "上班打卡" in taps_of(said)
        assert "定位" not in said
        needed = "clock_in" in changes and "location" in changes["clock_in"]
        assert bool(LINK.search(await company.ask("user001", "上班打卡"))) == needed


async def test_all_who_are_due_the_same_still_share_one_call(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, **PAGE) as company:
        await company.go_on("08:50")
        calls = [call for call in company.sandbox.requests if "oToMessages/batchSend" in call.path]
        assert len(calls) == 1
        assert all("用定位上班打卡" in taps_of(company.sandbox.replies(who)[-1]) for who in DAY_PEOPLE)
