"""In a group a message that mentions a colleague is about the colleague, and punches nobody."""

from pathlib import Path
from typing import Any

import pytest

from tests.company import Company, a_company
from tests.reminders.stage import a_reminding_company

LEAD, ALICE, LI_NA = "lead01", "user002", "user003"
ASKED = "主管请您打卡"
OUTSIDER = {"atUsers": [{"dingtalkId": "$:LWCP_v1:$sandboxbot"}, {"dingtalkId": "$:LWCP_v1:$partner"}]}
MENTIONS: dict[str, Any] = {"conversation": "2", "mentions": [LI_NA]}


def is_refused(answer: str) -> bool:
    return "nobody can be punched for somebody else" in answer or "打卡只能由本人来打" in answer


async def said_in_group(company: Company, text: str, who: str = LEAD) -> tuple[str, str]:
    return await company.ask_in_group(who, text, mentions=[LI_NA])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("帮 @李娜 打卡", "text"),
        ("@李娜 在", "text"),
        ("帮 @李娜 下班打卡", "richText"),
    ],
)
async def test_a_punch_for_a_colleague_punches_nobody(tmp_path: Path, text: str, kind: str) -> None:
    async with a_company(tmp_path) as company:
        said = await company.ask("user001", text, kind=kind, **MENTIONS)
        assert is_refused(said)
        assert not list(company.sandbox.records)


async def test_who_is_mentioned_from_outside_the_organisation_is_punched_by_nobody_either(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        said = await company.ask("user001", "打卡", conversation="2", fields=OUTSIDER)
        assert is_refused(said)
        assert not list(company.sandbox.records)


async def test_a_yes_with_a_mention_confirms_no_punch(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "Nothing is recorded yet" in await company.ask(
            "user001", "clock in", kind="voice", conversation="2"
        )
        for text in ("yes @李娜", "clock in @李娜", "HQ @李娜"):
            assert is_refused(await company.ask("user001", text, **MENTIONS))
        assert not list(company.sandbox.records)


@pytest.mark.parametrize("text", ["催 @李娜", "nudge @李娜"])
async def test_a_nudge_reaches_the_mentioned_one_of_two_who_share_a_name(tmp_path: Path, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.world.change(ALICE, name="李娜")
        await company.events_heard()
        assert company.app is not None
        await company.app.directory.crawl()
        alone, in_group = await said_in_group(company, text)
        assert "正在请 李娜 打卡" in alone or "asking 李娜 to punch" in alone
        assert "李娜" not in in_group
        await company.app.outbox.settled()
        assert [ASKED in text for text in company.sandbox.replies(LI_NA)] == [True]
        assert not company.sandbox.replies(ALICE)


@pytest.mark.parametrize(
    "text",
    ["@李娜 打卡了吗", "did @李娜 punch?", "@李娜 本周考勤"],
)
async def test_a_question_is_about_the_mentioned_one_and_answered_in_private(tmp_path: Path, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:42") as company:
        alone, in_group = await said_in_group(company, text)
        assert "李娜" in alone
        assert "李娜" not in in_group
        assert "李娜" not in "".join(await said_in_group(company, text, "user001"))
