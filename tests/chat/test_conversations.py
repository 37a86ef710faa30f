"""Dialogues with the whole bot, as an employee has them."""

from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.clock import to_ms
from tests.company import a_company, morning

ANSWERED = "@user001\n\nI have answered you in private."


async def test_clock_in_is_recorded_sent_and_answered(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        reply = await company.ask("user001", "clock in")
        assert "Clock-in 08:50" in reply
        assert "On time" in reply
        assert "Taken by the clock-in service." in reply
        (record,) = company.punches_at_dingtalk("user001")
        assert record.target == "signed"


async def test_each_person_is_answered_in_their_language(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "上班卡 08:50" in await company.ask("user001", "上班打卡")
        assert "Clock-in 08:50" in await company.ask("user002", "clock in")


async def test_a_second_clock_in_says_when_the_first_was(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        company.at("09:30")
        assert "You already clocked in at 08:50. Nothing changed." in await company.ask("user001", "clock in")
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_late_is_said_with_its_minutes(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        sent_at = to_ms(morning("09:12") + timedelta(milliseconds=400))
        assert "12 min late" in await company.ask("user001", "clock in", sent_at=sent_at)


async def test_a_part_of_a_second_after_nine_is_on_time(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:01") as company:
        sent_at = to_ms(morning("09:00") + timedelta(milliseconds=400))
        assert "On time" in await company.ask("user001", "clock in", sent_at=sent_at)


async def test_a_later_clock_out_is_recorded_beside_the_earlier(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        company.at("18:01")
        assert "Clock-out 18:01" in await company.ask("user001", "clock out")
        company.at("18:30")
        assert "下班卡 18:30" in await company.ask("user001", "下班打卡")
        assert len(company.punches_at_dingtalk("user001")) == 3


async def test_a_clock_out_minutes_after_the_clock_in_is_taken_and_told_as_early(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:58") as company:
        await company.ask("user001", "clock in")
        company.at("09:05")
        receipt = await company.ask("user001", "clock out")
        assert "Clock-out 09:05" in receipt
        assert "8 h 55 min early" in receipt
        company.at("18:02")
        later = await company.ask("user001", "clock out")
        assert "On time" in later


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


@pytest.mark.parametrize("place", ["999,999", "0,0", "NaN,116.4", "116.3975,39.9090"])
async def test_absurd_coordinates_punch_nobody_without_a_press(tmp_path: Path, place: str) -> None:
    async with a_company(tmp_path) as company:
        assert "recorded" in await company.ask("user001", f"clock in {place}")
        assert not company.punches_at_dingtalk("user001")


async def test_a_company_may_refuse_punches_from_outside(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject"}) as company:
        assert "Nothing was recorded" in await company.ask("user001", "clock in 39.95,116.3975")
        assert not company.punches_at_dingtalk("user001")


async def test_in_a_group_the_receipt_says_check_type_and_time_only(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        reply = await company.ask("user001", "clock in @HQ", conversation="2")
        assert "Clock-in 09:12" in reply
        assert "late" not in reply
        assert "HQ" not in reply


async def test_a_stranger_is_refused(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "Nothing was recorded" in await company.ask(
            "user001", "clock in", staff_id=None, fields={"senderUnionId": None}
        )
        assert not list(company.sandbox.records)


async def test_without_a_staff_id_the_union_id_identifies(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "Clock-in 08:50" in await company.ask("user001", "clock in", staff_id=None)
        assert company.punches_at_dingtalk("user001")


async def test_what_the_robot_is_not_given_is_said(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "位置" in await company.ask("user001", "", kind="unknown")
        assert "额度" in await company.ask("user001", "", kind="quota")
        assert not list(company.sandbox.records)


@pytest.mark.parametrize("hours", [-240, -25, 1])
async def test_a_message_out_of_its_time_is_asked_about(tmp_path: Path, hours: int) -> None:
    async with a_company(tmp_path) as company:
        when = company.sandbox.clock.now() + timedelta(hours=hours)
        reply = await company.ask("user001", "clock in", sent_at=round(when.timestamp() * 1000))
        assert "Do you mean now?" in reply
        assert not company.punches_at_dingtalk("user001")


@pytest.mark.parametrize("sent_ms", [4102444800000, 253402300799999, 253402214400000, 10**20, 1])
async def test_a_message_from_the_end_of_time_is_asked_about_and_put_aside_by_nobody(
    tmp_path: Path, sent_ms: int
) -> None:
    async with a_company(tmp_path) as company:
        reply = await company.ask("user001", "clock in", fields={"createAt": sent_ms})
        assert "Do you mean now?" in reply
        assert not company.punches_at_dingtalk("user001")


async def test_undo_tells_the_truth(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        assert "cannot be taken back" in await company.ask("user001", "undo")


async def test_in_a_group_undo_tells_nothing_of_anybodys_day(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:12") as company:
        await company.ask("user001", "clock in")
        alone, in_group = await company.ask_in_group("user001", "undo")
        assert "cannot be taken back" in alone
        assert in_group == ANSWERED


async def test_in_a_group_nobody_reads_that_a_place_was_outside(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject"}) as company:
        reply = await company.ask("user001", "clock in 39.95,116.3975", conversation="2")
        assert "Nothing was recorded" in reply
        assert "outside" not in reply


async def test_after_a_night_shift_status_and_undo_speak_of_its_punch(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="06:03") as company:
        await company.ask("user009", "clock out")
        status = await company.ask("user009", "my status")
        assert "06:03 · Clock-out" in status
        assert "counts for 2026-11-23" in status
        assert "06:03 · Clock-out" in await company.ask("user009", "undo")


async def test_a_night_shifts_clock_out_counts_for_the_day_before(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="06:03") as company:
        assert "计入 2026-11-23" in await company.ask("user008", "下班打卡")


async def test_status_shows_the_own_day_only_in_private(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        assert "08:50 · Clock-in · On time · taken" in await company.ask("user001", "my status")
        alone, in_group = await company.ask_in_group("user001", "my status")
        assert "08:50 · Clock-in" in alone
        assert in_group == ANSWERED


@pytest.mark.parametrize(
    "text",
    [
        "show my punches this week",
        "why was I late?",
        "help",
        "what do you store about me?",
        "who can see my days?",
    ],
)
async def test_what_is_personal_goes_by_itself_to_whoever_asked_in_a_group(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path, summaries={"in_groups": "open"}) as company:
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


async def test_what_is_refused_is_counted_for_the_operator(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"outside": "reject"}) as company:
        await company.ask("user001", "clock in 39.95,116.3975")
        await company.ask("user002", "补卡，昨天下班23:59，原因：忘了")
        assert company.app is not None
        url = f"{company.app.web.url}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            figures = await response.text()
        assert 'clock_in_bot_refusals_total{reason="outside_refused"} 1.0' in figures
        assert 'clock_in_bot_refusals_total{reason="correction_' in figures
