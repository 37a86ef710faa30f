"""What somebody hears who takes a punch back in words: what stands, never that nothing was recorded."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.messages import Sender
from tests.company import a_company, morning
from tests.faults.a_store import a_message

CLAIMS = ("nothing was recorded", "recorded nothing", "没有记录", "nothing is recorded")


def claims(said: str) -> bool:
    return any(claim in said.lower() for claim in CLAIMS)


@pytest.mark.parametrize(
    ("punch", "words"),
    [
        ("clock in", ["no, don't clock me in", "I am not there yet", "cancel", "never mind", "by mistake", "no"]),
        ("上班打卡", ["不是，别打卡", "取消", "算了", "点错了", "误触", "我还没到", "不是我打的"]),
        ("clock in", ["clock me in, I'm still on my way"]),
    ],
)
async def test_who_takes_a_punch_back_is_told_that_it_stands(tmp_path: Path, punch: str, words: list[str]) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", punch)
        for each in words:
            company.sandbox.clock.advance(30)
            said = await company.ask("user001", each)
            assert "cannot be taken back (08:50" in said or "无法撤回（08:50" in said, each
            assert not claims(said)


@pytest.mark.parametrize("words", ["ok", "asdf", "not a word of yours", "打飞机"])
async def test_what_is_not_understood_after_a_punch_changes_nothing_and_says_what_stands(
    tmp_path: Path, words: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        company.sandbox.clock.advance(30)
        said = await company.ask("user001", words)
        assert "08:50" in said
        assert not claims(said)


async def test_a_group_hears_nothing_of_a_punch_made_elsewhere(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        said = await company.ask("user001", "no, don't clock me in", conversation="2")
        assert "08:50" not in said
        assert not claims(said)


async def test_a_no_to_an_open_question_is_not_about_the_punch_before_it(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        company.sandbox.clock.advance(60)
        await company.ask("user001", "clock out", kind="voice")
        said = await company.ask("user001", "don't clock me out")
        assert "Fine" in said
        assert "stands: 08:50" in said


@pytest.mark.parametrize("words", ["cancel", "no, don't clock me in"])
async def test_without_a_punch_of_a_moment_ago_nothing_was_recorded(tmp_path: Path, words: str) -> None:
    async with a_company(tmp_path) as company:
        assert claims(await company.ask("user001", words))
        await company.ask("user001", "clock in")
        company.at("09:30")
        assert claims(await company.ask("user001", words))


async def test_a_punch_made_just_now_stands_though_its_message_was_received_long_before(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        assert company.app is not None
        message = replace(a_message("m-early", "user001", morning()), sender=Sender("user001", None, None))
        await company.app.store.inbox.accept(message)
        await company.stop_bot()  # which had it in hand
        company.sandbox.clock.advance(20 * 60)
        before = len(company.sandbox.replies("user001"))
        await company.start_bot()
        assert "08:50" in await company.sandbox.wait_for_reply("user001", after=before)
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in @HQ")
        company.sandbox.clock.advance(30)
        said = await company.ask("user001", "no, don't clock me in")
        assert "cannot be taken back (08:50" in said
        assert not claims(said)
