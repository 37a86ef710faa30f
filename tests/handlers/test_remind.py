"""One's own reminders: the menu, changes that are shown before they count, and days on which one is away."""

from pathlib import Path

from bot.domain.reminders import Wishes
from tests.builders import TUESDAY
from tests.company import Company
from tests.reminders.stage import a_reminding_company

ME = "user003"


async def wishes(company: Company) -> Wishes:
    """Return what the database has of the person's wishes."""
    assert company.app is not None
    return await company.app.store.wishes.get(ME)


async def test_a_button_of_the_menu_changes_it_at_once(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.ask(ME, "提醒设置")
        assert "1 到 180" in await company.ask(ME, "提前300分钟提醒我")
        assert company.buttons(ME) == []
        assert "每次打卡前 15 分钟" in await company.press(ME, "提前 15 分钟")
        assert (await wishes(company)).before_minutes == 15


async def test_a_wrong_day_of_leave_is_visible_before_it_counts(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        assert "2026-11-27" in await company.ask(ME, "周五请假")
        assert (await wishes(company)).quiet is None
        assert "2026-11-25" in await company.ask(ME, "明天请假")
        assert (await wishes(company)).quiet is None
        assert "不是请假申请" in await company.press(ME, "确认")
        wednesday = TUESDAY.replace(day=25)
        assert (await wishes(company)).quiet == (wednesday, wednesday)


async def test_a_time_of_day_becomes_minutes_before_the_check(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        assert "17" in await company.ask(ME, "每天17:43提醒我打卡")
        await company.press(ME, "确认")
        assert (await wishes(company)).before_minutes == 17
        assert "1 到 180" in await company.ask(ME, "每天3:00提醒我上班打卡")


async def test_newer_quiet_days_replace_the_older(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.change(ME, "明天请假")
        await company.change(ME, "今天别提醒我")
        assert (await wishes(company)).quiet == (TUESDAY, TUESDAY)
