"""Each reminder once: over restarts, beside another process, and with a clock that jumps."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.domain.reminders import ReminderState
from tests.builders import local
from tests.reminders.stage import AFTER, BEFORE, DAY_PEOPLE, ON, a_reminding_company, who_was_told

A_MINUTE = timedelta(minutes=1)


async def test_twenty_restarts_around_nine_repeat_nothing_and_skip_nothing(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:45") as company:
        for minute in range(20):
            await company.stop_bot()
            company.sandbox.clock.move_to(local("08:46") + minute * A_MINUTE)
            await company.start_bot()
            await company.remind()
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_what_falls_due_while_the_bot_is_down_is_said_when_it_is_back(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50")
        await company.stop_bot()
        company.at("09:06")
        await company.start_bot()
        await company.go_on("09:06")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_after_too_long_a_stop_what_fell_due_is_counted_and_not_said(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.stop_bot()
        company.at("09:01")
        await company.start_bot()
        await company.go_on("09:01")
        assert company.told() == {}
        rows = [row for row in await company.rows() if row.which.startswith("before:10")]
        assert {row.user_id for row in rows} == DAY_PEOPLE
        assert {row.state for row in rows} == {ReminderState.DROPPED}


async def test_two_bots_that_look_at_the_same_moment_tell_everybody_once(tmp_path: Path, database: str) -> None:
    async with a_reminding_company(tmp_path, store={"url": database}) as company:
        assert company.app is not None
        bots = [company.app, await company.another_bot()]
        try:
            for at in ("08:50", "08:51", "09:05"):
                company.at(at)
                await asyncio.gather(*(bot.heartbeat.beat() for bot in bots))  # whose hearts a moved clock stops
                await asyncio.gather(*(bot.remind() for bot in bots))
                await asyncio.gather(*(bot.outbox.settled() for bot in bots))
        finally:
            await bots[1].stop()
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_a_clock_that_jumps_back_and_forth_repeats_nothing_and_skips_nothing(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50", "08:30", "08:50", "08:48", "08:51")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
        await company.go_on("09:06", "09:03", "09:07")
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_a_clock_that_was_far_ahead_silences_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:30")
        company.sandbox.clock.advance(2 * 86_400)
        await company.remind()
        await company.go_on("08:49", "08:50", "08:51")
        assert who_was_told(company, ON, "09:00", BEFORE) == sorted(DAY_PEOPLE)
