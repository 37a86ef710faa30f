"""Pictures, files and summaries by themselves, as people get them from the whole bot."""

import io
import os
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import openpyxl
import pytest

from bot.domain.digests import DigestKind
from bot.domain.due import LATE, QUIET_HOURS
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.processes import Aside
from bot.sandbox.talk import Entry
from bot.understanding import IntentName, understand
from tests.builders import TUESDAY, local
from tests.company import PATIENCE
from tests.languages import theirs
from tests.reminders.stage import HASTY_S, RemindingCompany, a_reminding_company

QUICKLY = 300.0  # a process that draws takes a second to start, and far more on a busy machine
DAILY = frozenset({DigestKind.DAILY})
P = TypeVar("P")
R = TypeVar("R")


async def after(company: RemindingCompany, who: str, text: str, **more: Any) -> list[Entry]:
    """Say something and return what the bot said to the person until it had sent, or not sent, a report."""
    before = len(company.sandbox.transcript(who))
    await company.sandbox.say(who, text, **more)

    def said() -> list[Entry]:
        return [one for one in company.sandbox.transcript(who)[before:] if one.speaker == "bot"]

    await company.sandbox.wait_until(lambda: any("发送" in one.text for one in said()), timeout=QUICKLY)
    return said()


def media(entries: list[Entry]) -> list[dict[str, Any]]:
    return [one.medium for one in entries if one.medium is not None]


async def fetched(company: RemindingCompany, medium: dict[str, Any]) -> bytes:
    async with aiohttp.ClientSession() as http, http.get(company.sandbox.url + medium["url"]) as response:
        return await response.read()


async def people_in(company: RemindingCompany, medium: dict[str, Any]) -> set[Any]:
    book = openpyxl.load_workbook(io.BytesIO(await fetched(company, medium)))
    return {cell.value for cell in book["每日明细"]["A"][1:]}


async def test_a_lead_gets_their_people_and_somebody_without_a_team_themselves(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        (leads,) = media(await after(company, "lead02", "导出本月考勤"))
        (own,) = media(await after(company, "user001", "导出本月考勤"))

        team = {one.user_id for one in company.sandbox.world if one.department.id == 102} - {"lead02"}
        assert await people_in(company, leads) == team
        assert await people_in(company, own) == {"user001"}
        assert leads["name"] == "考勤_2026-11-01_2026-11-24.xlsx"


@pytest.mark.parametrize("text", ["导出吴刚本月考勤", "导出 user008 本月考勤", "导出WU gang本月考勤"])
async def test_an_export_of_one_holds_that_one_alone(tmp_path: Path, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.world.change("user008", name="吴刚 Wu Gang")
        assert company.app is not None
        await company.app.directory.crawl()
        (one,) = media(await after(company, "lead02", text))
        assert await people_in(company, one) == {"user008"}


async def test_a_lead_who_asks_for_their_own_days_gets_those(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        (own,) = media(await after(company, "lead02", "导出我本月考勤"))
        assert await people_in(company, own) == {"lead02"}


async def test_somebody_elses_days_are_refused_without_a_file(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        answer = await company.ask("user001", "导出李娜本月考勤")

        assert not media(list(company.sandbox.transcript("user001")))
        assert "李娜" not in answer


@pytest.mark.parametrize(("who", "text"), [("lead02", "我的本周考勤发图"), ("user001", "本周我的考勤发图")])
async def test_ones_own_days_come_as_a_picture_too(tmp_path: Path, who: str, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        (picture,) = media(await after(company, who, text))
        assert (picture["kind"], picture["name"]) == ("image", "考勤_2026-11-23_2026-11-24.png")


async def test_in_a_group_the_file_goes_to_who_asked_alone(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", summaries={"in_groups": "open"}) as company:
        entries = await after(company, "lead02", "导出本月考勤", conversation="2")

        alone = [one for one in entries if one.conversation == "1"]
        in_group = [one for one in entries if one.conversation == "2"]
        assert len(media(alone)) == 1 and not media(in_group)
        assert all("user" not in one.text and "客服" not in one.text for one in in_group)


class Hurried(RemindingCompany):
    """A company in which everything takes too long."""

    patience = replace(PATIENCE, progress_s=0.0)


class WatchedWorkshop(Aside):
    """The bot's own, which notes in which process each report was made."""

    def __init__(self) -> None:
        super().__init__()
        self.made_in: list[int] = []

    async def run(self, work: Callable[[Iterable[P]], R], parts: AsyncIterator[P]) -> R:
        made, process = await super().run(partial(with_its_process, work), parts)
        self.made_in.append(process)
        return made


def with_its_process(work: Callable[[Iterable[P]], R], parts: Iterable[P]) -> tuple[R, int]:
    return work(parts), os.getpid()


@pytest.mark.parametrize("question", ["导出本月考勤", "今天考勤发图", "导出本月考勤 csv"])
async def test_reports_are_not_made_in_the_process_that_hears_people(tmp_path: Path, question: str) -> None:
    class Watched(RemindingCompany):
        workshop = WatchedWorkshop()

    async with a_reminding_company(tmp_path, "09:12", kind=Watched) as company:
        assert len(media(await after(company, "lead02", question))) == 1
    assert len(Watched.workshop.made_in) == 1, "all of it is made there"
    assert os.getpid() not in Watched.workshop.made_in, "where everybody waits for it"


def heard_in(company: RemindingCompany, who: str, conversation: str, since: int = 0) -> list[str]:
    said = company.sandbox.transcript(who)[since:]
    return [one.text for one in said if one.speaker == "bot" and one.conversation == conversation]


@pytest.mark.parametrize(
    ("question", "line"),
    [("导出本月考勤", "正在准备，完成后单独发给您。"), ("今天考勤发图", "正在准备，完成后单独发给您。")],
)
async def test_a_report_that_takes_long_is_announced_to_who_asked_and_never_in_a_group(
    tmp_path: Path, question: str, line: str
) -> None:
    async with a_reminding_company(tmp_path, "09:12", kind=Hurried) as company:
        entries = await after(company, "lead02", question)
        assert [entries[0].text, entries[-1].text] == [line, "已发送。"]
        assert len(media(entries)) == 1
        before = len(company.sandbox.transcript("lead02"))
        await after(company, "lead02", question, conversation="2")
        await company.sandbox.wait_until(lambda: bool(heard_in(company, "lead02", "2")))
        assert heard_in(company, "lead02", "2") == ["@lead02\n\n已私聊回复。"]
        assert line not in heard_in(company, "lead02", "1", before)


@pytest.mark.parametrize("in_groups", ["private", "open"])
async def test_days_that_take_long_are_announced_where_they_are_told(tmp_path: Path, in_groups: str) -> None:
    line = "正在向钉钉查询，需要一点时间……"
    async with a_reminding_company(tmp_path, "09:12", kind=Hurried, summaries={"in_groups": in_groups}) as company:
        for conversation in ("1", "2"):
            await company.sandbox.say("lead02", "上周考勤汇总", conversation=conversation)
            told_in = conversation if in_groups == "open" else "1"
            before = len(heard_in(company, "lead02", told_in))
            await company.sandbox.wait_until(
                lambda told_in=told_in, before=before: any(
                    "周婷" in text for text in heard_in(company, "lead02", told_in)[before:]
                )
            )
        await company.sandbox.wait_until(lambda: bool(heard_in(company, "lead02", "2")))
        assert heard_in(company, "lead02", "1")[0] == line
        in_group = heard_in(company, "lead02", "2")
        assert in_group[0] == "@lead02\n\n" + ("已私聊回复。" if in_groups == "private" else line)


async def test_a_failed_upload_is_said_and_offered_again(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.faults.set("permission", {"value": True, "apis": ["media_upload"]})
        entries = await after(company, "lead02", "导出本月考勤")

        assert "暂时无法通过钉钉发送" in entries[-1].text and not media(entries)
        assert [button.label for button in entries[-1].buttons] == ["再试一次"]
        company.sandbox.faults.clear()
        assert len(media(await after(company, "lead02", "导出本月考勤"))) == 1


async def want(company: RemindingCompany, who: str, kinds: frozenset[DigestKind] = DAILY) -> None:
    assert company.app is not None
    await company.app.store.digests.change(who, lambda said: kinds)


async def digests(company: RemindingCompany, first: date = TUESDAY, last: date = TUESDAY) -> list[Reminder]:
    return [row for row in await company.rows(first, last) if row.kind is ReminderKind.DIGEST]


def heard(company: RemindingCompany, who: str) -> list[str]:
    return [text for text in company.sandbox.replies(who) if "自动汇总" in text]


async def test_a_daily_summary_comes_once_and_to_nobody_else(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01")
        await company.go_on("09:44")
        assert heard(company, "lead01") == []
        await company.go_on("09:45", "09:46", "10:05")

        (text,) = heard(company, "lead01")
        assert "11 人" in text and heard(company, "lead02") == []
        assert [(row.which, row.state) for row in await digests(company)] == [("day", ReminderState.SENT)]


@pytest.mark.parametrize(
    ("quiet", "never"),
    [
        (["09:40", "10:00"], ["每日"]),
        (["09:20", "10:00"], ["每日", "每周", "每月"]),
        (["22:00", "07:00"], []),
        (None, []),
    ],
)
async def test_who_wants_a_digest_that_never_comes_is_told_so(
    tmp_path: Path, quiet: list[str] | None, never: list[str]
) -> None:
    async with a_reminding_company(tmp_path, "10:12", reminders={"quiet_hours": quiet}) as company:
        for text in ("订阅日报", "订阅周报", "订阅月报"):
            said = await company.ask("lead01", text)
        told = [line for line in said.splitlines() if "不会发出" in line]
        assert [line[2:4] for line in told] == never
        assert len([line for line in said.splitlines() if line.startswith("- ")]) == 3


@pytest.mark.parametrize(
    ("text", "taps"),
    [
        ("I no longer get the weekly digest", ["stop the weekly summary", "send me a weekly summary"]),
        ("no daily digest today", ["stop the daily summary", "send me a daily summary"]),
        ("今天不要日报", ["取消日报", "每天给我发汇总"]),
        ("没收到月报", ["取消月报", "每月给我发汇总"]),
    ],
)
async def test_a_complaint_and_a_wish_for_one_day_end_no_digest_and_are_asked_about(
    tmp_path: Path, text: str, taps: list[str]
) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01", frozenset(DigestKind))
        said = await company.ask("lead01", text)
        assert theirs(text, en="Nothing was changed", zh="没有改动") in said
        assert theirs(text, en="daily summary", zh="每日汇总") in said
        assert company.app is not None
        assert (await company.app.store.digests.all())["lead01"] == frozenset(DigestKind)
        period = understand(taps[0], today=TUESDAY).period
        for tap, name in zip(taps, (IntentName.DIGEST_OFF, IntentName.DIGEST_ON), strict=True):
            assert quote(tap) in said
            meant = understand(tap, today=TUESDAY)
            assert (meant.name, meant.period, meant.unsure) == (name, period, False)


async def test_the_configuration_can_send_it_to_all_leads_who_said_nothing(tmp_path: Path) -> None:
    changes = {"summaries": {"digests": {"default": ["daily"]}}}
    async with a_reminding_company(tmp_path, "09:12", **changes) as company:
        await want(company, "lead02", frozenset())
        await company.go_on("09:45")

        assert len(heard(company, "lead01")) == 1 and heard(company, "lead02") == []
        assert {row.user_id for row in await digests(company)} == {"lead01"}


async def test_what_is_over_an_hour_late_is_dropped_and_counted(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01")
        await company.go_on("10:46")

        assert heard(company, "lead01") == []
        assert [(row.state, row.reason) for row in await digests(company)] == [(ReminderState.DROPPED, LATE)]


async def test_up_to_an_hour_late_it_still_comes(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01")
        await company.go_on("10:44")

        assert len(heard(company, "lead01")) == 1


async def test_in_shadow_mode_it_is_only_written_down(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", reminders={"mode": "shadow"}) as company:
        await want(company, "lead01")
        await company.go_on("09:45")

        assert heard(company, "lead01") == []
        assert [row.state for row in await digests(company)] == [ReminderState.SHADOW]


async def test_in_quiet_hours_none_is_sent_nor_made_up_for(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", reminders={"quiet_hours": ["09:40", "10:00"]}) as company:
        await want(company, "lead01")
        await company.go_on("09:45", "10:00", "10:05")

        assert heard(company, "lead01") == []
        assert [(row.state, row.reason) for row in await digests(company)] == [
            (ReminderState.DROPPED, QUIET_HOURS)
        ]


async def test_an_unknown_outcome_is_never_repeated(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", call_s=HASTY_S) as company:
        await want(company, "lead01")
        company.sandbox.faults.set("accept_then_hang", {"value": True, "apis": ["batchSend"], "count": 1})
        await company.go_on("09:45", "09:47", "09:50")

        assert len(heard(company, "lead01")) == 1
        assert [row.state for row in await digests(company)] == [ReminderState.UNKNOWN]


async def test_whoever_leads_nobody_any_more_gets_none(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "user001")
        await company.go_on("09:45")

        assert await digests(company) == [] and heard(company, "user001") == []


async def test_a_week_is_told_on_its_first_day_with_work(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01", frozenset({DigestKind.WEEKLY}))
        await company.go_on("09:31")  # a Tuesday after a Monday with work
        assert heard(company, "lead01") == []


async def test_it_is_in_the_language_that_the_lead_writes(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await want(company, "lead01")
        await company.ask("lead01", "my day")
        await company.go_on("09:45")

        (english,) = [text for text in company.sandbox.replies("lead01") if "stop summaries" in text]
        assert "people" in english and heard(company, "lead01") == []


async def test_on_a_day_without_work_none_comes_of_any_kind(tmp_path: Path) -> None:
    saturday = TUESDAY + timedelta(days=4)
    async with a_reminding_company(tmp_path, local("08:40", saturday)) as company:
        await want(company, "lead01", frozenset(DigestKind))
        for at in ("09:30", "09:31", "09:45", "09:46", "23:50"):
            company.sandbox.clock.move_to(local(at, saturday))
            await company.remind()

        assert heard(company, "lead01") == []
        assert await digests(company, saturday - timedelta(days=60), saturday) == []
