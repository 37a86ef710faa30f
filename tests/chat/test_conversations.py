"""Dialogues with the whole bot, as an employee has them."""

from pathlib import Path

import pytest

from tests.company import a_company, morning

ANSWERED = "@user001\n\nI have answered you in private."


async def test_a_site_by_name_and_coordinates_reach_the_signed_api(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        named = await company.ask("user001", "clock in @HQ")
        assert "HQ" in named
        typed = await company.ask("user002", "clock in 39.9090,116.3975")
        assert "m from its centre" in typed
        far = await company.ask("user003", "打卡 39.95,116.3975")
        assert "范围外" in far
        (record,) = company.punches_at_dingtalk("user002")
        assert (record.latitude, record.longitude) == (39.9090, 116.3975)


@pytest.mark.parametrize(
    "sent_ms", [round(morning("07:00").timestamp() * 1000) - 86_400_000, 4102444800000, 10**20, 1]
)
async def test_a_message_out_of_its_time_is_asked_about(tmp_path: Path, sent_ms: int) -> None:
    async with a_company(tmp_path) as company:
        reply = await company.ask("user001", "clock in", fields={"createAt": sent_ms})
        assert "Do you mean now?" in reply
        assert not company.punches_at_dingtalk("user001")


async def test_in_a_group_nobody_reads_that_a_place_was_outside(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject"}) as company:
        reply = await company.ask("user001", "clock in 39.95,116.3975", conversation="2")
        assert "Nothing was recorded" in reply
        assert "outside" not in reply


@pytest.mark.parametrize(
    "text",
    [
        "show my punches this week",
        "what do you store about me?",
        "who can see my days?",
    ],
)
async def test_what_is_personal_goes_by_itself_to_whoever_asked_in_a_group(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path) as company:
        alone, in_group = await company.ask_in_group("user001", text)
        assert len(alone) > len(in_group)
        assert in_group == ANSWERED


async def test_a_message_in_doubt_is_asked_about_once_however_often_it_is_delivered(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        await company.sandbox.fault("deliver_twice")
        asked = await company.ask("user001", "打卡")
        await company.ask("user001", "帮助")  # a person's messages are answered in order
        await company.stop_bot()
        await company.start_bot()
        await company.ask("user001", "帮助")
        assert company.sandbox.replies("user001").count(asked) == 1
