"""What answers a question about a make-up request or a reminder is no punch, though it is one elsewhere."""

from pathlib import Path

import pytest

from tests.builders import TUESDAY
from tests.corrections.stage import ASKER, CorrectingCompany, a_correcting_company, reference_in, taps_in

FORGOT = "昨天忘打下班卡了，手机没电"
WHICH = "make-up punch yesterday 18:40, phone dead"


async def _punches(company: CorrectingCompany) -> int:
    return len(await company.punches(ASKER, TUESDAY))


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        *[("忘打卡了", said) for said in ("下班", "下班卡", "昨天下班", "下班的")],
        ("make-up punch", "clocked out"),
        ("I forgot to punch yesterday", "for clocking out"),
        ("forgot to clock in or out yesterday, sorry", "out"),
        ("补卡 昨天 18:40", "下班"),
    ],
)
async def test_a_direction_alone_answers_which_punch_is_missing(tmp_path: Path, asks: str, answer: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, asks)
        company.sandbox.clock.advance(10)
        said = await company.ask(ASKER, answer)
        assert any(asked in said for asked in ("几点", "At what time", "原因"))
        company.sandbox.clock.advance(10)
        await company.ask(ASKER, answer)
        assert await _punches(company) == 0


async def test_a_direction_completes_a_request_that_lacked_it_alone(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, WHICH)
        company.sandbox.clock.advance(10)
        said = await company.ask(ASKER, "clocked out")
        correction = await company.correction(reference_in(said))
        assert ("2026-11-23 18:40" in said, correction.reason) == (True, "phone dead")
        assert await _punches(company) == 0


async def test_a_direction_and_a_time_complete_a_request_that_lacked_both(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "昨天忘打卡了")
        company.sandbox.clock.advance(10)
        assert "原因" in await company.ask(ASKER, "18:40下班")
        company.sandbox.clock.advance(10)
        assert taps_in(await company.ask(ASKER, "手机坏了")) == ["补卡 2026-11-23 下班 18:40，手机坏了"]


@pytest.mark.parametrize("answer", ["18:40下班", "下班18:41", "六点四十下班", "18:41下班打卡"])
async def test_a_time_about_now_is_asked_about(tmp_path: Path, answer: str) -> None:
    async with a_correcting_company(tmp_path, at="18:41") as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(10)
        now, then = taps_in(await company.ask(ASKER, answer))
        assert await _punches(company) == 0
        assert then.startswith("补卡 2026-11-23 下班 18:4")
        assert "18:41" in await company.ask(ASKER, now)
        assert await _punches(company) == 1


@pytest.mark.parametrize("says", ["现在下班打卡", "clock out now", "打卡"])
async def test_a_punch_that_answers_nothing_is_one(tmp_path: Path, says: str) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, "补卡")
        company.sandbox.clock.advance(10)
        await company.ask(ASKER, says)
        if says == "打卡":
            await company.ask(ASKER, "clock out")
        assert await _punches(company) == 1


async def test_what_else_may_be_a_punch_of_now_is_asked_about(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, "补卡")
        company.sandbox.clock.advance(10)
        now, then = taps_in(await company.ask(ASKER, "我先走了"))
        assert (now, then) == ("现在下班打卡", "补卡 下班")
        assert "几点" in await company.ask(ASKER, then)
        assert await _punches(company) == 0


async def test_two_minutes_later_it_is_a_punch_again(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, "补卡")
        company.sandbox.clock.advance(130)
        await company.ask(ASKER, "下班")
        assert await _punches(company) == 1


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        ("每天13:30提醒我", "下班"),
        ("每天18:00提醒我打卡", "下班打卡那个"),
        ("remind me every day at 12:30", "clocking out"),
        ("remind me every day at 12:30", "the clock-out one"),
    ],
)
async def test_a_direction_answers_which_check_a_reminder_is_for(tmp_path: Path, asks: str, answer: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, asks)
        for _ in "sent", "sent twice":
            company.sandbox.clock.advance(10)
            said = await company.ask(ASKER, answer)
            assert "没有打卡" in said or "no punch" in said
        assert await _punches(company) == 0


async def test_what_may_be_a_punch_beside_a_question_about_a_reminder_is_asked_about(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "每天18:00提醒我")
        company.sandbox.clock.advance(10)
        now, *checks = taps_in(await company.ask(ASKER, "我先走了"))
        assert (now, len(checks), await _punches(company)) == ("现在下班打卡", 2, 0)


@pytest.mark.parametrize(
    ("asks", "command"),
    [
        ("昨天忘打卡了", "上班打卡"),
        ("昨天忘打卡了", "帮我上班打卡"),
        ("make-up punch", "clock in please"),
        ("补卡 昨天 18:40", "上班打卡"),
        ("remind me every day at 12:30", "clock in"),
        ("每天12:30提醒我", "帮我上班打卡"),
        ("I forgot to clock in yesterday", "clock in"),
    ],
)
async def test_a_command_is_asked_about_once_and_punches_when_it_is_said_again(
    tmp_path: Path, asks: str, command: str
) -> None:
    async with a_correcting_company(tmp_path, at="08:50") as company:
        await company.ask(ASKER, asks)
        for seconds in (8, 3):  # the second as a tap that is made twice
            company.sandbox.clock.advance(seconds)
            said = await company.ask(ASKER, command)
            assert "没有打卡" in said or "Nothing was recorded" in said
            assert (taps_in(said)[0], await _punches(company)) in [("现在上班打卡", 0), ("clock in now", 0)]
        company.sandbox.clock.advance(8)
        assert "08:50" in await company.ask(ASKER, command)
        assert await _punches(company) == 1


@pytest.mark.parametrize("seconds", [10, 100])
async def test_while_the_time_is_asked_for_a_command_is_asked_about_whenever_it_comes(
    tmp_path: Path, seconds: int
) -> None:
    command = "下班打卡"
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, "昨天忘打下班卡了")
        company.sandbox.clock.advance(seconds)
        now, then = taps_in(await company.ask(ASKER, command))
        assert (now, then) == (f"现在{command}", "补卡 2026-11-23 下班")
        company.sandbox.clock.advance(8)
        await company.ask(ASKER, now)
        assert await _punches(company) == 1


async def test_a_command_of_the_other_direction_is_no_answer_and_punches_at_once(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="08:59:01") as company:
        await company.ask(ASKER, "补卡 昨天 下班")
        company.sandbox.clock.advance(50)
        assert "08:59" in await company.ask(ASKER, "上班打卡")
        assert await _punches(company) == 1


@pytest.mark.parametrize("asks", ["昨天忘打卡了", "每天18:00提醒我", "昨天忘打下班卡了"])
async def test_an_answer_that_nobody_understood_leaves_it_asked(tmp_path: Path, asks: str) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, asks)
        company.sandbox.clock.advance(8)
        assert "did not understand" in await company.ask(ASKER, "the evening one")
        company.sandbox.clock.advance(8)
        assert "没有打卡" in await company.ask(ASKER, "下班打卡")
        company.sandbox.clock.advance(8)
        await company.ask(ASKER, "下班打卡")
        assert await _punches(company) == 1


@pytest.mark.parametrize(("asks", "says"), [("昨天忘打上班卡了", "我先走了"), ("补卡 昨天 上班 8:40", "下班打卡")])
async def test_what_answers_no_question_for_the_time_punches(tmp_path: Path, asks: str, says: str) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, asks)
        company.sandbox.clock.advance(8)
        await company.ask(ASKER, says)
        assert await _punches(company) == 1


async def test_after_a_command_the_direction_alone_still_answers(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="08:50") as company:
        await company.ask(ASKER, "每天12:30提醒我")
        for said in ("上班打卡", "上班"):
            company.sandbox.clock.advance(8)
            answer = await company.ask(ASKER, said)
        assert ("12:30" in answer, await _punches(company)) == (True, 0)


async def test_a_punch_by_ones_location_answers_nothing_that_was_asked(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="08:50") as company:
        await company.ask(ASKER, "昨天忘打卡了")
        company.sandbox.clock.advance(8)
        assert "回答我刚才问的" not in await company.ask(ASKER, "用定位上班打卡")
