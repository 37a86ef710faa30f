"""What somebody hears who takes a punch back in words: what stands, never that nothing was recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import to_ms
from bot.domain.messages import Sender
from bot.domain.punches import Punch
from tests.builders import TUESDAY
from tests.company import Company, a_company, morning
from tests.faults.a_store import a_message
from tests.languages import theirs

CLAIMS = ("nothing was recorded", "recorded nothing", "没有记录", "nothing is recorded")


def claims(said: str) -> bool:
    return any(claim in said.lower() for claim in CLAIMS)


async def punches(company: Company) -> Sequence[Punch]:
    assert company.app is not None
    return await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)


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
            assert theirs(each, en="cannot be taken back (08:50", zh="无法撤回（08:50") in said, each
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


@pytest.mark.parametrize(
    ("punch", "words"),
    [
        *(("clock in", "no, don't clock me in"), ("clock in", "cancel"), ("clock in", "undo")),
        *(("clock in", "I am not there yet"), ("上班打卡", "不要打卡"), ("打卡", "取消")),
    ],
)
async def test_a_punch_that_comes_only_after_it_was_taken_back_is_asked_about(
    tmp_path: Path, punch: str, words: str
) -> None:
    async with a_company(tmp_path) as company:
        company.sandbox.clock.advance(50)
        await company.ask("user001", words)
        said = await company.ask("user001", punch, sent_at=to_ms(morning("08:50")))
        assert theirs(punch, en="Nothing is recorded", zh="没有记录") in said
        assert await punches(company) == []
        assert company.punches_at_dingtalk("user001") == []
        assert "08:50" in await company.ask("user001", "yes" if punch == "clock in" else "是")
        assert [one.punched_at for one in await punches(company)] == [morning("08:50")]


async def test_a_punch_that_is_said_after_one_was_taken_back_is_made_at_once(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "no, don't clock me in")
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in")


@pytest.mark.parametrize("words", ["cancel", "no, don't clock me in"])
async def test_a_retraction_stamped_hours_ahead_holds_no_later_punch_up(tmp_path: Path, words: str) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", words, sent_at=to_ms(morning("09:50")))
        company.sandbox.clock.advance(20)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in")


async def test_asked_once_more_since_the_question_did_not_get_out_it_is_still_a_question(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert company.app is not None
        sandbox = company.sandbox
        await company.ask("user001", "cancel")
        late = replace(a_message("m-late", "user001", morning("08:49")), sender=Sender("user001", None, None))
        await company.app.store.inbox.accept(late)  # which nobody answers until the next start
        await company.stop_bot()
        sandbox.clock.advance(20)
        await sandbox.fault("http_500", {"apis": ["batchSend"]})
        await company.start_bot()
        await sandbox.wait_until(lambda: any(call.api == "batchSend" for call in sandbox.requests))
        await company.stop_bot()
        await sandbox.fault("http_500", None)
        sandbox.clock.advance(20)
        await company.start_bot()
        await sandbox.wait_until(lambda: any("reached me only" in one for one in sandbox.replies("user001")))
        assert await punches(company) == []


@pytest.mark.parametrize("behind_s", [10, 20, 29, 60, 110])
async def test_it_is_taken_back_though_our_clock_is_behind_dingtalks(tmp_path: Path, behind_s: int) -> None:
    async with a_company(tmp_path) as company:
        said_at = company.sandbox.clock.now() + timedelta(seconds=60 + behind_s)
        company.sandbox.clock.advance(60)
        await company.ask("user001", "no, don't clock me in", sent_at=to_ms(said_at))
        said = await company.ask("user001", "clock in", sent_at=to_ms(said_at - timedelta(seconds=3)))
        assert "after you said that" in said
        assert not await punches(company)


async def test_a_yes_that_was_sent_before_it_was_taken_back_in_a_group_punches_nothing(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        asked_at = company.sandbox.clock.now()
        await company.ask("user001", "clock in", kind="voice")
        company.sandbox.clock.advance(20)
        await company.ask("user001", "no, don't clock me in", conversation="2")
        said = await company.ask("user001", "yes", sent_at=to_ms(asked_at + timedelta(seconds=10)))
        assert "nothing was recorded" in said
        assert not await punches(company)
