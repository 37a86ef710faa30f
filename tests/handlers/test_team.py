"""The days of a lead's people: lists with pages, and a summary posted into a group."""

import re
from pathlib import Path

from bot.sandbox.world import World
from tests.reminders.stage import a_reminding_company

LEAD, ADMIN = "lead01", "user010"
ADMINS = {"roles": {"admins": [ADMIN]}}


async def test_a_long_list_has_a_button_for_its_next_page(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:40", world=World(60), **ADMINS) as company:
        first = await company.ask(ADMIN, "全公司谁没打卡")
        assert "下一页" in company.buttons(ADMIN)
        second = await company.press(ADMIN, "下一页")
        assert second != first
        assert "上一页" in company.buttons(ADMIN)
        assert len(company.buttons(ADMIN)) <= 5


async def test_a_group_post_needs_a_press_in_that_group(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:40", **ADMINS) as company:
        shown = await company.ask(LEAD, "把今天考勤发到群里", conversation="2")
        assert "还没有发布" in shown and "李娜" not in shown
        says = company.sandbox.transcript(LEAD)[-1].pressable[0].says
        assert "没有发布" in await company.ask(LEAD, says)
        posted = await company.press(LEAD, "确认")
        assert "没有上班卡" in posted and "李娜" in posted


async def test_a_group_post_shows_standings_without_times_and_minutes(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:18", **ADMINS) as company:
        for late in ("user003", "user004"):
            await company.ask(late, "上班打卡")
        await company.change(LEAD, "豁免 李娜 今天")
        shown = await company.ask(LEAD, "把今天考勤发到群里", conversation="2")
        assert "不写时间、分钟数和地点" in shown
        posted = await company.press(LEAD, "确认")
        assert "**已豁免（1）**：李娜\n" in posted
        assert "**迟到（1）**：Daniel Kim\n" in posted
        assert "分钟" not in posted
        assert re.findall(r"\d\d:\d\d", posted) == ["09:18"], "the moment of the post alone"
