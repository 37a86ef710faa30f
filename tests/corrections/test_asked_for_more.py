"""A request that lacks its time or its reason: what was said of it is kept for the answer, once."""

from pathlib import Path

import pytest

from tests.builders import local
from tests.corrections.stage import ASKER, MONDAY, a_correcting_company, reference_in, taps_in

NIGHT = "user008"  # from ten in the evening to six
FORGOT = "forgot to clock out yesterday, my phone was dead"


@pytest.mark.parametrize(
    ("asks", "answer", "at"),
    [
        (FORGOT, "18:40", "2026-11-23 18:40"),
        (FORGOT, "at 6:40pm", "2026-11-23 18:40"),
        (FORGOT, "18.40", "2026-11-23 18:40"),
        ("昨天忘打下班卡了，手机没电", "18h40走的", "2026-11-23 18:40"),
        (FORGOT, "left around seven", "2026-11-23 19:00"),
        ("昨天忘打下班卡了，手机没电", "六点四十", "2026-11-23 18:40"),
        ("昨天忘打下班卡了，手机没电", "下班18:40", "2026-11-23 18:40"),
        ("昨天忘打下班卡了，手机没电", "昨天18:40", "2026-11-23 18:40"),
        (FORGOT, "yesterday at 6:40pm", "2026-11-23 18:40"),
    ],
)
async def test_a_time_alone_completes_the_request(tmp_path: Path, asks: str, answer: str, at: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "?" in (asked := await company.ask(ASKER, asks)) or "几点" in asked
        company.sandbox.clock.advance(30)
        said = await company.ask(ASKER, answer)
        correction = await company.correction(reference_in(said))
        assert at in said
        assert "phone was dead" in correction.reason or "手机没电" in correction.reason
        company.sandbox.clock.advance(5)
        assert "C-" not in await company.ask(ASKER, "18:50"), "the question is over"


@pytest.mark.parametrize(
    ("who", "asks", "at"),
    [
        (NIGHT, "昨天忘打下班卡了，6:10走的，太困", "2026-11-24 06:10"),
        (NIGHT, "forgot to clock out yesterday, left at 6:10, too tired", "2026-11-24 06:10"),
        (NIGHT, "今天忘打下班卡了，6:10走的，太困", "2026-11-24 06:10"),
        (ASKER, "昨天忘打下班卡了，6:10走的，太困", "2026-11-23 18:10"),
    ],
)
async def test_the_half_of_the_day_in_which_somebody_could_clock_out_is_meant(
    tmp_path: Path, who: str, asks: str, at: str
) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert at in await company.ask(who, asks)


async def test_the_half_of_the_day_is_known_before_a_reason_is_asked_for(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(NIGHT, "昨天忘打下班卡了，6:10走的")
        assert "06:10" in taps_in(await company.ask(NIGHT, "太困了"))[0]


async def test_a_time_that_no_check_takes_is_refused_whichever_half_is_meant(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "C-" not in await company.ask(NIGHT, "昨天忘打下班卡了，18:10走的，太困")
        assert "C-" not in await company.ask(NIGHT, "昨天忘打下班卡了，晚上6:10走的，太困")


@pytest.mark.parametrize("between", ["my status", "no", "help"])
async def test_whatever_else_is_said_closes_the_question(tmp_path: Path, between: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(10)
        await company.ask(ASKER, between)
        company.sandbox.clock.advance(10)
        assert "C-" not in await company.ask(ASKER, "18:40")


async def test_an_answer_after_two_minutes_or_in_a_group_is_none(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, FORGOT)
        assert "C-" not in await company.ask(ASKER, "18:40", conversation="2")
        company.sandbox.clock.advance(130)
        assert "C-" not in await company.ask(ASKER, "18:40")


async def test_the_question_answers_no_punch(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="18:10") as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(30)
        assert taps_in(await company.ask(ASKER, "clock out"))[0] == "clock out now"
        company.sandbox.clock.advance(10)
        assert "Clock-out 18:10" in await company.ask(ASKER, "clock out")


async def test_a_reason_that_is_asked_for_is_shown_before_the_leads_hear_of_it(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "forgot to clock out yesterday")
        company.sandbox.clock.advance(10)
        assert "reason" in await company.ask(ASKER, "18:40")
        company.sandbox.clock.advance(10)
        shown = await company.ask(ASKER, "my phone was dead")
        assert taps_in(shown) == ["make-up punch 2026-11-23 clock out 18:40, my phone was dead"]
        correction = await company.correction(reference_in(await company.ask(ASKER, taps_in(shown)[0])))
        assert correction.reason == "my phone was dead"


@pytest.mark.parametrize("why", ["GPS isn't working", "定位不准", "定位失败打不了卡"])
async def test_that_ones_position_was_wrong_is_the_reason_that_was_asked_for(tmp_path: Path, why: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "forgot to clock out yesterday")
        company.sandbox.clock.advance(10)
        await company.ask(ASKER, "18:40")
        company.sandbox.clock.advance(10)
        (tap,) = taps_in(await company.ask(ASKER, why))
        assert tap.endswith(why)


async def test_the_other_direction_is_no_answer(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(10)
        assert "C-" not in await company.ask(ASKER, "came at 8:55")


@pytest.mark.parametrize("kind", ["text", "voice"])
async def test_a_request_of_before_midnight_is_of_that_day_whenever_it_is_completed(
    tmp_path: Path, kind: str
) -> None:
    async with a_correcting_company(tmp_path, at="23:59") as company:
        lacking, more = (
            ("left at 18:40", "my phone was dead") if kind == "text" else ("my phone was dead", "18:40")
        )
        await company.ask(ASKER, f"forgot to clock out, {lacking}")
        company.sandbox.clock.advance(75)
        before = len(company.sandbox.replies(ASKER))
        await company.sandbox.say(ASKER, more, kind=kind)
        shown = await company.sandbox.wait_for_reply(ASKER, after=before)
        assert taps_in(shown) == ["make-up punch 2026-11-24 clock out 18:40, my phone was dead"]


async def test_that_the_time_alone_is_enough_is_said_only_where_it_is(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="14:00") as company:
        assert "alone" in await company.ask(ASKER, FORGOT)
        for says in ("打卡", "上班打卡"):
            company.sandbox.clock.advance(5)
            await company.ask(ASKER, says)
        company.sandbox.clock.advance(5)
        asked = await company.ask(ASKER, FORGOT)
        assert "all of it in one message" in asked and "alone" not in asked
        company.sandbox.clock.advance(5)
        assert "all of it in one message" in await company.ask(
            ASKER, "forgot to clock out yesterday, left at 18:40"
        )


async def test_an_hour_is_of_the_morning_where_a_shift_ends_then(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(NIGHT, "forgot to clock out this morning, phone was dead")
        company.sandbox.clock.advance(10)
        correction = await company.correction(reference_in(await company.ask(NIGHT, "6:10")))
        assert correction.punched_at == local("06:10")
        assert correction.work_date == MONDAY


async def test_a_question_about_a_request_is_none_that_a_no_to_a_punch_answers(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="09:00") as company:
        for says in ("clock in", FORGOT):
            await company.ask(ASKER, says)
            company.sandbox.clock.advance(5)
        assert "cannot be taken back" in await company.ask(ASKER, "no, don't clock me in")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("18:40，手机没电", "补卡 2026-11-23 下班 18:40，忘带手机, 手机没电"),
        ("昨天18:40，手机没电", "补卡 2026-11-23 下班 18:40，忘带手机, 手机没电"),
        ("前天18:40", "补卡 2026-11-22 下班 18:40，忘带手机"),
    ],
)
async def test_a_reason_or_another_day_beside_the_time_is_confirmed(
    tmp_path: Path, answer: str, shown: str
) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "几点" in await company.ask(ASKER, "昨天忘打下班卡了，忘带手机")
        company.sandbox.clock.advance(10)
        said = await company.ask(ASKER, answer)
        assert taps_in(said) == [shown]
        assert "C-" not in said


@pytest.mark.parametrize("number", ["2", "1", "two", "1840"])
async def test_a_number_alone_completes_nothing_and_keeps_the_question(tmp_path: Path, number: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(10)
        said = await company.ask(ASKER, number)
        assert "18:40" in said
        assert "C-" not in said
        company.sandbox.clock.advance(10)
        assert "2026-11-23 18:40" in await company.ask(ASKER, "18:40")


@pytest.mark.parametrize("answer", ["18:40, no 18:50", "18:40, cancel"])
async def test_a_time_that_is_taken_back_completes_nothing(tmp_path: Path, answer: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, FORGOT)
        company.sandbox.clock.advance(10)
        said = await company.ask(ASKER, answer)
        assert "C-" not in said
        assert not [tap for tap in taps_in(said) if "18:" in tap]
