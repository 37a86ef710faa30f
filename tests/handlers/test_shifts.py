"""One's own shifts, the end of today's shift, and worked hours."""

from pathlib import Path

from tests.reminders.stage import a_reminding_company

ME, AT_NIGHT = "user001", "user009"
READS = {"apis": ["schedule", "attendance"]}


async def test_the_shifts_of_a_week_are_read_and_days_of_rest_are_named(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:20") as company:
        said = await company.ask(ME, "我下周什么班")
        lines = [line for line in said.splitlines() if line.startswith("- ")]
        assert len(lines) == 7
        assert "2026-11-30 周一" in lines[0] and "09:00–18:00" in lines[0]
        assert "2026-12-06 周日" in lines[6] and "没有排班" in lines[6]
        assert "22:00–06:00" in await company.ask(AT_NIGHT, "我明天什么班")


async def test_a_shift_that_cannot_be_read_is_unknown_and_nothing_is_promised(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:20") as company:
        await company.sandbox.fault("http_500", READS)
        said = await company.ask(ME, "what are my shifts next week")
        assert said.count("unknown right now") == 7 and "09:00" not in said


async def test_the_end_of_todays_shift_is_told_with_the_punches_so_far(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:55") as company:
        assert "还没有打卡" in await company.ask(ME, "几点可以下班")
        await company.ask(ME, "打卡")
        said = await company.ask(ME, "几点可以下班")
        assert "到 **18:00** 结束" in said and "08:55 · 上班卡 · 正常" in said


async def test_on_leave_there_is_no_end(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="09:20") as company:
        day = company.sandbox.clock.now().replace(hour=0, minute=0)
        company.sandbox.absences.add(ME, day.replace(hour=0), day.replace(hour=15))
        await company.events_heard()
        said = await company.ask(ME, "when may I leave")
        assert "takes today's shift" in said and "ends at" not in said


async def test_worked_hours_are_told_for_each_day_and_a_day_that_runs_is_not_counted(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:55") as company:
        await company.ask(ME, "打卡")
        said = await company.ask(ME, "我这周工作了几小时")
        assert "至少 **0 分钟**，另有 1 天时长未知" in said
        assert "2026-11-24** · 08:55–?" in said and "还没下班" in said
        company.at("18:05")
        await company.ask(ME, "下班打卡")
        said = await company.ask(ME, "how many hours did I work this week")
        assert "**9 h 10 min** in all" in said and "unknown" not in said
