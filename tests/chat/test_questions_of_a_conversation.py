"""A question is answered where it was asked: what is said in a group may be meant for others."""

from pathlib import Path

import pytest

from tests.company import a_company

GROUP = "2"


@pytest.mark.parametrize("said", ["yes", "ok", "好的"])
async def test_a_yes_to_colleagues_in_a_group_is_no_answer_to_a_question_in_private(
    tmp_path: Path, said: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice")
        await company.ask("user001", said, conversation=GROUP)
        assert company.punches_at_dingtalk("user001") == []
        assert "Clock-in 08:50" in await company.ask("user001", "yes")


async def test_a_yes_in_private_is_no_answer_to_a_question_in_a_group(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice", conversation=GROUP)
        await company.ask("user001", "yes")
        assert company.punches_at_dingtalk("user001") == []


async def test_a_yes_in_the_group_answers_what_was_asked_there(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice", conversation=GROUP)
        assert "Clock-in 08:50" in await company.ask("user001", "yes", conversation=GROUP)


async def test_a_direction_stated_in_a_group_is_a_message_of_its_own(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out", kind="voice")
        company.sandbox.clock.advance(60)
        assert "Clock-out 18:06" in await company.ask("user001", "clock out", conversation=GROUP)


async def test_what_is_said_in_a_group_does_not_close_a_question_in_private(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in", kind="voice")
        await company.ask_in_group("user001", "my status")
        assert "Clock-in 08:50" in await company.ask("user001", "yes")


async def test_a_place_asked_for_in_a_group_may_be_given_in_private(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", "clock in", conversation=GROUP)
        company.sandbox.clock.advance(60)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in @HQ")


@pytest.mark.parametrize(
    ("asked_in", "answer", "recorded"),
    [(None, "clock out", "18:00"), (GROUP, "clock out @HQ", "18:00"), (None, "yes", "17:58")],
)
async def test_a_clock_out_typed_anew_is_not_made_early_by_the_question_before(
    tmp_path: Path, asked_in: str | None, answer: str, recorded: str
) -> None:
    async with a_company(tmp_path, at="17:58:30") as company:
        await company.ask("user001", "下班打卡", kind="voice", **({"conversation": asked_in} if asked_in else {}))
        company.sandbox.clock.advance(94)
        receipt = await company.ask("user001", answer)
        assert f" {recorded}\n" in receipt
        assert ("early" in receipt) == (recorded == "17:58")
