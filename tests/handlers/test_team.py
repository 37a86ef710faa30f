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
