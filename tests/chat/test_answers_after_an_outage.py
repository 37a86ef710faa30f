"""What the bot could ask only late: which time its answer has, and what was said before it asked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.clock import to_ms
from bot.domain.messages import Sender
from bot.domain.punches import Punch
from tests.builders import SHANGHAI, TUESDAY
from tests.company import Company, a_company, morning
from tests.crash.books import Books
from tests.faults.a_store import a_message
from tests.waiting import until

USER = Sender("user001", None, None)
PLACE = {"clock_in": {"location": "required"}}


async def said_at(company: Company, at: str, text: str, **more: str) -> str:
    """Say something that the bot reads only now."""
    return await company.ask("user001", text, sent_at=to_ms(morning(at)), **more)


async def ledger(company: Company) -> list[Punch]:
    assert company.app is not None
    return list(await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY))


async def said_behind_it(company: Company, text: str) -> str:
    """Say something that is answered once the message that waits is tried again."""
    before = len(company.sandbox.replies("user001"))
    await company.sandbox.say("user001", text)
    await company.sandbox.wait_until(lambda: company.sandbox.frames[-1].ack_code is not None)
    company.sandbox.clock.advance(11)
    return await company.sandbox.wait_for_reply("user001", after=before)


def postponed(company: Company) -> int:
    """Return how often the message that waits was tried."""
    assert company.app is not None
    rows = Books(company.app.settings.store.url).rows("SELECT postponed FROM inbox WHERE finished_ms IS NULL")
    return max((tries for (tries,) in rows), default=0)


@pytest.mark.parametrize(
    ("first", "kind", "now", "rules"),
    [
        ("clock out", "voice", "23:30", {}),
        ("clock out", "voice", "18:40", {}),
        ("clock out @Mars", "text", "23:30", {}),
        ("clock out", "text", "23:30", PLACE),
    ],
)
async def test_the_tap_on_a_question_asked_late_keeps_the_time_of_the_clock_out_and_the_question_says_so(
    tmp_path: Path, first: str, kind: str, now: str, rules: Mapping[str, object]
) -> None:
    async with a_company(tmp_path, at=now, **rules) as company:
        asked = await said_at(company, "18:05", first, kind=kind)
        assert f"An answer before {now[:3]}{int(now[3:]) + 2} counts for 18:05" in asked
        tap = unquote(re.findall(r"content=([^)]+)\)", asked)[-1])
        assert tap.startswith("clock out")
        company.sandbox.clock.advance(30)
        assert "Clock-out 18:05" in await company.ask("user001", tap)
        company.sandbox.clock.advance(3)
        assert "Nothing changed" in await company.ask("user001", tap)


async def test_a_clock_out_typed_anew_after_the_time_for_an_answer_has_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:40") as company:
        await said_at(company, "18:05", "clock out", kind="voice")
        company.sandbox.clock.advance(150)
        assert "Clock-out 18:42" in await company.ask("user001", "clock out")


async def test_a_double_tap_on_a_question_of_an_early_clock_out_asked_late_makes_it_no_later(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path, at="18:40") as company:
        await said_at(company, "17:30", "clock out", kind="voice")
        assert "Clock-out 17:30" in await company.ask("user001", "clock out")
        company.sandbox.clock.advance(3)
        assert "Nothing changed" in await company.ask("user001", "clock out")
        assert len(await ledger(company)) == 1


@pytest.mark.parametrize("between", ["不是，别打卡", "no", "my status", "我还没下班"])
async def test_a_yes_after_what_was_said_before_the_bot_asked_punches_nothing(
    tmp_path: Path, between: str
) -> None:
    async with a_company(tmp_path, at="08:55") as company:
        await said_at(company, "08:50", "上班打卡", kind="voice")
        await said_at(company, "08:53", between)
        company.sandbox.clock.advance(20)
        await company.ask("user001", "好的")
        assert await ledger(company) == []


@pytest.mark.parametrize(("first", "kind", "rules"), [("clock in", "voice", {}), ("clock in", "text", PLACE)])
async def test_what_was_said_before_the_bot_asked_takes_no_time_from_an_answer_in_words(
    tmp_path: Path, first: str, kind: str, rules: Mapping[str, object]
) -> None:
    async with a_company(tmp_path, at="09:05", **rules) as company:
        await said_at(company, "08:55", first, kind=kind)
        await said_at(company, "08:58", "hello?")
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:55" in await company.ask("user001", "clock in @HQ")


async def test_a_yes_that_was_sent_before_the_bot_asked_is_no_answer(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:51") as company:
        await said_at(company, "08:50", "clock in", kind="voice")
        assert "nothing was recorded" in await said_at(company, "08:50:40", "ok")
        assert await ledger(company) == []
        assert "Clock-in 08:50" in await company.ask("user001", "clock in")


async def test_a_punch_sent_before_the_bot_asked_takes_no_time_from_the_answer(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:05") as company:
        assert "counts for 08:55" in await said_at(company, "08:55", "clock in", kind="voice")
        assert "Clock-out 08:58" in await said_at(company, "08:58", "clock out")
        company.sandbox.clock.advance(20)
        assert "it changed nothing" in await company.ask("user001", "ok")


async def test_after_it_the_words_still_count_for_the_earlier_message(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:05") as company:
        await said_at(company, "08:55", "clock in", kind="voice")
        await said_at(company, "08:58", "clock out")
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:55" in await company.ask("user001", "clock in")


@pytest.mark.parametrize(("kind", "rules", "answer"), [("text", PLACE, "clock in @HQ"), ("voice", {}, "yes")])
async def test_an_impatient_repeat_makes_nobody_later_than_the_first_message(
    tmp_path: Path, kind: str, rules: Mapping[str, object], answer: str
) -> None:
    async with a_company(tmp_path, at="09:05", **rules) as company:
        assert "counts for 08:55" in await said_at(company, "08:55", "clock in", kind=kind)
        assert "counts for 08:55" in await said_at(company, "08:59", "clock in", kind=kind)
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:55" in await company.ask("user001", answer)
        assert len(await ledger(company)) == 1


async def test_of_two_clock_outs_asked_about_late_the_later_one_counts(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:40") as company:
        await said_at(company, "18:05", "clock out", kind="voice")
        assert "counts for 18:20" in await said_at(company, "18:20", "clock out", kind="voice")
        assert "Clock-out 18:20" in await company.ask("user001", "yes")


@pytest.mark.parametrize(
    ("kind", "rules", "came", "went"),
    [("text", PLACE, "clock in @HQ", "clock out @HQ"), ("voice", {}, "clock in", "clock out")],
)
async def test_of_two_messages_to_be_asked_about_late_both_keep_their_time(
    tmp_path: Path, kind: str, rules: Mapping[str, object], came: str, went: str
) -> None:
    async with a_company(tmp_path, at="18:10", **rules) as company:
        first = await said_at(company, "08:50", "clock in", kind=kind)
        assert "counts for 08:50" in first
        told = await said_at(company, "18:05", "clock out", kind=kind)
        assert "your message of 18:05" in told
        company.sandbox.clock.advance(5)
        assert "Clock-in 08:50" in await company.ask("user001", came)
        before = len(company.sandbox.replies("user001"))
        company.sandbox.clock.advance(45)
        assert "counts for 18:05" in await company.sandbox.wait_for_reply("user001", after=before)
        assert "Clock-out 18:05" in await company.ask("user001", went)
        assert [f"{punch.punched_at.astimezone(SHANGHAI):%H:%M}" for punch in await ledger(company)] == [
            "08:50",
            "18:05",
        ]


async def test_the_second_is_asked_once_the_first_was_not_answered_in_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:10", **PLACE) as company:
        await said_at(company, "08:50", "clock in")
        await said_at(company, "18:05", "clock out")
        before = len(company.sandbox.replies("user001"))
        company.sandbox.clock.advance(
            160
        )  # two minutes to answer, and half a minute in which an answer may be on its way
        assert "counts for 18:05" in await company.sandbox.wait_for_reply("user001", after=before)
        assert "Clock-out 18:05" in await company.ask("user001", "clock out @HQ")


async def test_an_answer_in_the_last_seconds_goes_before_the_message_that_waits_for_it(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:10", **PLACE) as company:
        await said_at(company, "08:50", "clock in")
        await said_at(company, "18:05", "clock out")
        company.sandbox.clock.advance(115)
        before = len(company.sandbox.replies("user001"))
        await company.sandbox.say("user001", "clock in @HQ")
        company.sandbox.clock.advance(10)  # while the second message waits, what is said after it does
        assert "Clock-in 08:50" in await company.sandbox.wait_for_reply("user001", after=before)


async def test_two_messages_hours_apart_that_leave_the_direction_open_are_not_one(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="19:00") as company:
        await said_at(company, "09:30", "打卡")
        await said_at(company, "14:00", "打卡")
        assert "17:50" in await said_at(company, "17:50", "打卡")


async def test_that_a_message_waits_is_said_once_also_where_its_session_webhook_is_of_no_use(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path, at="18:10", **PLACE) as company:
        await said_at(company, "08:50", "clock in")
        await company.sandbox.fault("webhook_expired")
        assert "your message of 18:05" in await said_at(company, "18:05", "clock out")
        before = len(company.sandbox.replies("user001"))
        company.sandbox.clock.advance(15)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in @HQ")  # behind another try of it
        assert len(company.sandbox.replies("user001")) == before + 1


async def test_that_a_message_waits_is_said_by_the_bot_that_finds_it_after_a_restart(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:10", **PLACE) as company:
        await said_at(company, "08:50", "clock in")
        assert company.app is not None
        left = replace(a_message("m-left", "user001", morning("18:05")), text="clock out", sender=USER)
        await company.app.store.inbox.accept(left)
        await company.stop_bot()  # which had it in hand
        before = len(company.sandbox.replies("user001"))
        await company.start_bot()
        assert "your message of 18:05" in await company.sandbox.wait_for_reply("user001", after=before)


@pytest.mark.parametrize("yes", ["yes", "是"])
async def test_a_yes_answers_the_open_question_while_a_later_message_waits(tmp_path: Path, yes: str) -> None:
    async with a_company(tmp_path, at="18:10") as company:
        await said_at(company, "08:50", "clock in", kind="voice")
        assert "18:05" in await said_at(company, "18:05", "clock out", kind="voice")
        company.sandbox.clock.advance(15)  # by then the message is tried once more, before the yes
        await company.ask("user001", yes)
        company.sandbox.clock.advance(3)
        await company.ask("user001", yes)
        (came,) = await ledger(company)
        assert came.punched_at == morning("08:50")
        before = len(company.sandbox.replies("user001"))
        company.sandbox.clock.advance(45)
        assert "18:05" in await company.sandbox.wait_for_reply("user001", after=before)
        await company.ask("user001", yes)
        assert [punch.punched_at for punch in await ledger(company)] == [morning("08:50"), morning("18:05")]


@pytest.mark.parametrize(("second", "after"), [("clock in", 11), ("clock in", 25), ("yes", 11), ("yes", 25)])
async def test_an_answer_given_twice_goes_before_the_message_that_waits_for_it(
    tmp_path: Path, second: str, after: int
) -> None:
    """`after` is in seconds from the first receipt, which came 11 s after its answer."""
    async with a_company(tmp_path, at="18:10") as company:
        await said_at(company, "08:50", "clock in", kind="voice")
        assert "18:05" in await said_at(company, "18:05", "clock out", kind="voice")
        assert "Clock-in 08:50" in await said_behind_it(company, "clock in")
        tries = postponed(company)
        company.sandbox.clock.advance(after)
        await until(lambda: postponed(company) > tries, what="another try")
        assert "already clocked in at 08:50" in await said_behind_it(company, second)
        assert [punch.punched_at for punch in await ledger(company)] == [morning("08:50")]
        before = len(company.sandbox.replies("user001"))
        company.sandbox.clock.advance(40)
        assert "18:05" in await company.sandbox.wait_for_reply("user001", after=before)
