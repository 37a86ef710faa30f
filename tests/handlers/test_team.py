"""The days of a lead's people: lists with pages, and a summary posted into a group."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.world import World
from tests.company import TWO_SALES, Company, members
from tests.reminders.stage import RemindingCompany, a_reminding_company

LEAD, ADMIN = "lead01", "user010"
ADMINS = {"roles": {"admins": [ADMIN]}}
TEAM = {f"user00{number}" for number in range(1, 6)}


def people_in_file(company: Company) -> set[str]:
    _, *rows = company.workbook().worksheets[0].values
    return {str(row[0]) for row in rows}


async def exported(company: Company, who: str, text: str) -> tuple[str, str, set[str]]:
    """Ask for a file. Return its name, the sentence that goes with it, and its people."""
    before = len(company.sandbox.replies(who))
    await company.ask(who, text)
    sentence = await company.sandbox.wait_for_reply(who, after=before + 1)
    name = company.sandbox.replies(who)[before].removeprefix("📎 ")
    return name, sentence, people_in_file(company)


async def test_a_long_list_has_a_button_for_its_next_page(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:40", world=World(60), **ADMINS) as company:
        first = await company.ask(ADMIN, "全公司谁没打卡")
        assert "下一页" in company.buttons(ADMIN)
        second = await company.press(ADMIN, "下一页")
        assert second != first
        assert "上一页" in company.buttons(ADMIN)
        assert len(company.buttons(ADMIN)) <= 5


@pytest.mark.parametrize(
    ("who", "text", "whose", "people"),
    [
        (ADMIN, "导出全公司今天考勤", "全公司", None),
        (LEAD, "导出今天考勤", "研发部 Engineering", TEAM),
        (LEAD, "导出研发部今天考勤", "研发部 Engineering", {*TEAM, LEAD}),
        (LEAD, "导出李娜今天考勤", "李娜", {"user003"}),
        (LEAD, "导出我的今天考勤", "陈静", {LEAD}),
    ],
)
async def test_a_file_and_its_sentence_say_whose_days_they_hold(
    tmp_path: Path, who: str, text: str, whose: str, people: set[str] | None
) -> None:
    world = World(12)
    async with a_reminding_company(tmp_path, "09:40", world=world, **ADMINS) as company:
        name, sentence, found = await exported(company, who, text)
        assert name == f"考勤_{whose}_2026-11-24.xlsx"
        told = "您的团队" if people == TEAM else whose
        assert sentence == f"已发送：{told} 11-24 的考勤。"
        assert found == (people or {person.user_id for person in world})


async def test_departments_of_one_name_are_asked_about(tmp_path: Path) -> None:
    world = World(24, departments=TWO_SALES)
    east, west = members(world, 203), members(world, 204)
    async with a_reminding_company(tmp_path, "09:40", world=world, **ADMINS) as company:
        asked = await company.ask(ADMIN, "Sales 今天考勤")
        assert "不止一个" in asked
        assert company.buttons(ADMIN) == ["Sales (East)", "Sales (West)"]
        shown = await company.press(ADMIN, "Sales (West)")
        assert "Sales \\(West\\)" in shown and f"**{len(west)} 人**" in shown
        assert "不止一个" in await company.ask(ADMIN, "Sales 谁没打卡")
        await company.ask(ADMIN, "导出 Sales 今天考勤")
        before = len(company.sandbox.replies(ADMIN))
        await company.press(ADMIN, "Sales (East)")
        await company.sandbox.wait_for_reply(ADMIN, after=before + 1)
        assert people_in_file(company) == east
        (east_lead,) = {who for who in east if world.person(who).lead}
        shown = await company.ask(east_lead, "Sales 今天考勤")
        assert f"**{len(east)} 人**" in shown, "a lead of one of them is not asked"
        assert "不止一个" in await company.ask(ADMIN, "研发部和客服部今天考勤")


class Oversized:
    """Makes reports of more than one megabyte."""

    async def run(self, work: Callable[[Iterable[Any]], Any], parts: AsyncIterator[Any]) -> bytes:
        return b"x" * (1024 * 1024 + 1)


class OversizedCompany(RemindingCompany):
    workshop = Oversized()


async def test_instead_of_a_too_large_picture_a_spreadsheet_is_offered(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:40", kind=OversizedCompany, **ADMINS) as company:
        refused = await company.ask(LEAD, "本周考勤图表")
        assert "这张图太大" in refused and "**没有发出**" in refused
        assert company.sandbox.uploads == {}
        await company.press(LEAD, "导出表格")
        (file,) = company.sandbox.uploads.values()
        assert file.name == "考勤_研发部 Engineering_2026-11-23_2026-11-24.xlsx"


async def test_instead_of_a_file_that_dingtalk_finds_too_large_fewer_days_are_offered(
    tmp_path: Path,
) -> None:
    async with a_reminding_company(tmp_path, "09:40", **ADMINS) as company:
        refusal = {"body": {"errcode": 40006, "errmsg": "不合法的文件大小"}}
        await company.sandbox.fault("answer", {"apis": ["media_upload"], "value": refusal})
        assert "这个文件太大" in await company.ask(LEAD, "导出本月考勤")
        await company.sandbox.fault("answer", None)
        await company.press(LEAD, "11-13–11-24")
        (file,) = company.sandbox.uploads.values()
        assert file.name == "考勤_研发部 Engineering_2026-11-13_2026-11-24.xlsx"
