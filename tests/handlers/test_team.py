"""The days of a lead's people: lists with pages, and who may see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.world import World
from tests.reminders.stage import RemindingCompany, a_reminding_company

LEAD, OTHER_LEAD, MEMBER, LI_NA, ADMIN = "lead01", "lead02", "user001", "user003", "user010"
ADMINS = {"roles": {"admins": [ADMIN]}}


@asynccontextmanager
async def a_large_company(folder: Path) -> AsyncIterator[RemindingCompany]:
    """Run 60 people; more than a page of them are missing."""
    async with a_reminding_company(folder, "09:40", world=World(60), **ADMINS) as company:
        yield company


async def test_a_long_list_has_a_button_for_its_next_page(tmp_path: Path) -> None:
    async with a_large_company(tmp_path) as company:
        first = await company.ask(ADMIN, "全公司谁没打卡")
        assert "下一页" in company.buttons(ADMIN)
        second = await company.press(ADMIN, "下一页")
        assert second != first
        assert "上一页" in company.buttons(ADMIN)
        assert len(company.buttons(ADMIN)) <= 5


@pytest.mark.parametrize(
    ("who", "said", "told"),
    [
        (MEMBER, "今天考勤汇总", "只有主管和管理员"),
        (MEMBER, "谁没打卡", "只有主管和管理员"),
        (MEMBER, "李娜今天打卡了吗", "只有主管和管理员"),
        (MEMBER, "导出研发部本月考勤", "只有主管和管理员"),
        (LEAD, "全公司今天考勤", "不在您能看的范围内"),
        (OTHER_LEAD, "has 李娜 clocked in?", "not among what you may see"),
    ],
)
async def test_nobody_sees_more_than_their_own(tmp_path: Path, who: str, said: str, told: str) -> None:
    async with a_reminding_company(tmp_path, at="09:40", **ADMINS) as company:
        answer = await company.ask(who, said)
        assert told in answer
        assert "没有上班卡" not in answer


async def test_a_team_is_posted_only_after_the_press_in_that_group_and_once(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:40", **ADMINS) as company:
        assert "没有发布" in await company.ask(LEAD, "把今天考勤发到群里")
        before = len(company.sandbox.replies(LEAD))
        await company.sandbox.say(LEAD, "把今天考勤发到群里", conversation="2")
        shown = await company.sandbox.wait_for_reply(LEAD, after=before)
        assert "还没有发布" in shown and "李娜" not in shown
        entry = next(one for one in reversed(company.sandbox.transcript(LEAD)) if one.speaker == "bot")
        token = entry.pressable[0].says
        assert "没有发布" in await company.ask(LEAD, token)  # not in the group
        posted = await company.press(LEAD, "确认")
        assert "没有上班卡" in posted and "李娜" in posted
        assert "已经点过" in await company.press(LEAD, "确认")


async def test_who_leads_nobody_posts_nothing(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:40", **ADMINS) as company:
        alone, in_group = await company.ask_in_group(MEMBER, "把今天考勤发到群里")
        assert "只有主管和管理员" in alone and "已私聊回复" in in_group


@pytest.mark.parametrize("said", ["summary Zoe", "张飞今天考勤", "Zoe's attendance today", "催 张飞", "nudge Zoe"])
async def test_a_name_that_nobody_has_shows_nobody(tmp_path: Path, said: str) -> None:
    async with a_reminding_company(tmp_path, at="09:40", **ADMINS) as company:
        answer = await company.ask(LEAD, said)
        assert "没有这个名字" in answer or "Nobody" in answer
        assert "李娜" not in answer and "Alice" not in answer
