"""A right that ends while the bot works: nothing is done, shown or sent any more.

Each test lets the lead lose the role at one moment, mostly while DingTalk answers a call of the
bot.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.domain.absences import Excuse
from bot.domain.closing import StepKind
from bot.domain.months import Month
from bot.domain.reminders import ReminderKind, ReminderState
from bot.sandbox.talk import Entry, group_id
from tests.builders import local
from tests.company import Company, words_to_write
from tests.crash.books import Books
from tests.reminders.stage import RemindingCompany, a_reminding_company

LEAD, ADMIN, PERSON = "lead01", "user010", "user003"  # 李娜 is the person
ADMINS = {"roles": {"admins": [ADMIN]}}
LEAVE = "/topapi/attendance/getleavestatus"
PUNCHES, PLANS, UPLOAD = (
    "/attendance/listRecord",
    "/topapi/attendance/schedule/listbyusers",
    "/media/upload",
)
BATCH_SEND = "/v1.0/robot/oToMessages/batchSend"
REQUEST = "昨天忘打下班卡了，18:40走的，原因：手机没电"
NOT_SHOWN = ("暂时不知道谁能看谁", "只有主管、人事和管理员能看", "只有人事或管理员可以锁定")
NAMES = ("王小明", "李娜", "赵磊")


class Waning(RemindingCompany):
    """A company whose lead loses the role."""

    async def lose_role(self) -> None:
        """Let the lead lose the role, and the bot hear and read it."""
        self.sandbox.world.change(LEAD, lead=False)
        await self.events_heard()
        assert self.app is not None
        await self.app.directory.crawl()
        assert not self.app.visibility.team_of(LEAD)

    async def leave(self, user_id: str) -> None:
        """Let a person leave the company, and the bot hear it."""
        self.sandbox.world.leave(user_id)
        await self.events_heard()

    def lose_role_during(self, path: str, *, calls: int = 1) -> None:
        self.sandbox.meanwhile(path, self.lose_role, calls=calls)

    async def states(self, kind: ReminderKind) -> list[ReminderState]:
        """Return the states of the stored reminders of a kind."""
        return [reminder.state for reminder in await self.rows() if reminder.kind is kind]

    def said_to(self, who: str) -> list[str]:
        return self.sandbox.replies(who)


@asynccontextmanager
async def a_waning_company(
    folder: Path, at: str | datetime = "09:40", **changes: Any
) -> AsyncIterator[Waning]:
    async with a_reminding_company(folder, at, kind=Waning, **(ADMINS | changes)) as company:
        assert isinstance(company, Waning)
        yield company
        assert company.sandbox.all_changes_made()


def count_excuses(company: Company) -> int:
    rows = Books(company.settings().store.url).rows("SELECT COUNT(*) FROM excuse_decisions")
    return int(rows[0][0])


def assert_hidden(text: str) -> None:
    assert any(refusal in text for refusal in NOT_SHOWN), text
    assert not any(name in text for name in NAMES), text


# --- nudges


async def test_a_nudge_shown_to_a_lead_is_refused_to_a_former_lead(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        await company.ask(LEAD, "谁没打卡")
        await company.lose_role()
        assert "您带的人里没有这个名字" in await company.press(LEAD, "催 李娜")
        assert company.said_to(PERSON) == []


async def test_a_nudge_is_refused_when_the_role_ends_during_its_reads(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        company.lose_role_during(PUNCHES)
        assert_hidden(await company.ask(LEAD, "催 赵磊"))
        assert await company.states(ReminderKind.NUDGE) == []


async def test_nobody_is_nudged_when_the_role_ends_during_the_reads_for_all(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        await company.ask(LEAD, "把没打卡的都催一下")
        company.lose_role_during(PUNCHES)
        assert "没有催 5 人" in await company.press(LEAD, "催这 5 人")
        assert await company.states(ReminderKind.NUDGE) == []


async def test_a_nudge_is_dropped_when_the_role_ends_before_it_leaves(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        company.lose_role_during(PUNCHES, calls=2)  # the second read proves the nudge
        assert "正在请 李娜 打卡" in await company.ask(LEAD, "催 李娜")
        await company.remind()
        assert await company.states(ReminderKind.NUDGE) == [ReminderState.DROPPED]
        assert company.said_to(PERSON) == []


# --- excuses


async def test_an_excuse_is_refused_when_the_role_ends_before_it_is_stored(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        await company.sandbox.fault("http_500", {"apis": ["listbyusers"]})
        await company.ask(LEAD, "豁免 李娜 2026-12-15")
        await company.sandbox.fault("http_500", None)
        company.lose_role_during(PLANS)
        assert_hidden(await company.press(LEAD, "确认"))
        assert count_excuses(company) == 0
        assert company.said_to(PERSON) == []


async def test_an_excuse_shown_to_a_lead_is_refused_to_a_former_lead(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        await company.ask(LEAD, "豁免 李娜 今天")
        await company.lose_role()
        assert "您可以豁免自己带的人" in await company.press(LEAD, "确认")
        assert count_excuses(company) == 0


# --- summaries, files and posts


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("今天考勤", PUNCHES),
        ("谁没打卡", PUNCHES),
        ("李娜今天考勤", PUNCHES),
        ("谁改过李娜今天的打卡", PUNCHES),
        ("谁下周请假", LEAVE),
    ],
)
async def test_no_summary_leaves_after_the_role_ended(
    tmp_path: Path, question: str, read: str
) -> None:
    async with a_waning_company(tmp_path) as company:
        company.lose_role_during(read)
        assert_hidden(await company.ask(LEAD, question))


@pytest.mark.parametrize("question", ["导出今天考勤", "今天考勤发个图"])
async def test_no_file_leaves_after_the_role_ended(tmp_path: Path, question: str) -> None:
    async with a_waning_company(tmp_path) as company:
        company.lose_role_during(UPLOAD)
        assert_hidden(await company.ask(LEAD, question))
        assert not any("📎" in text or "🖼" in text for text in company.said_to(LEAD))


@pytest.mark.parametrize("leaver", [ADMIN, "user001"])
async def test_no_payroll_leaves_after_somebody_left(tmp_path: Path, leaver: str) -> None:
    exports = {"payroll": {"columns": [{"a": "name"}]}}
    async with a_waning_company(tmp_path, exports=exports) as company:
        company.sandbox.meanwhile(UPLOAD, partial(company.leave, leaver))
        assert "暂时不知道谁能看谁" in await company.ask(ADMIN, "导出10月工资表")
        assert not any("📎" in text for text in company.said_to(ADMIN))


async def test_a_lock_waits_while_the_company_changes(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, months={"enabled": True}) as company:
        company.sandbox.meanwhile(PUNCHES, partial(company.leave, "user001"))
        assert "暂时不知道谁能看谁" in await company.ask(ADMIN, "锁定10月")


async def test_nothing_is_posted_in_a_group_after_the_role_ended(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        shown = await company.ask(LEAD, "把今天考勤发到群里", conversation="2")
        company.lose_role_during(PUNCHES)
        await company.ask(LEAD, words_to_write(shown), conversation="2")

        def in_the_group() -> list[Entry]:
            return list(company.sandbox.transcript(group_id(101)))

        await company.sandbox.wait_until(lambda: in_the_group()[-1].speaker == "bot")
        in_group = in_the_group()
        assert "已私聊回复" in in_group[-1].text
        assert not any(name in entry.text for entry in in_group for name in NAMES)


async def test_a_confirmation_in_another_group_posts_nothing(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path) as company:
        says = words_to_write(await company.ask(LEAD, "把今天考勤发到群里", conversation="2"))
        elsewhere = {"conversationId": group_id(102)}
        shown = await company.ask(LEAD, says, conversation="2", fields=elsewhere)
        assert "还没有发布" in shown
        assert not any(name in shown for name in NAMES)


# --- digests and notes


async def a_digest(company: Waning) -> list[str]:
    """Return what the lead receives at the time of the digest."""
    await company.change(LEAD, "每天给我发考勤日报")
    before = len(company.said_to(LEAD))
    await company.remind("09:45")
    return company.said_to(LEAD)[before:]


async def test_no_digest_leaves_after_the_role_ended(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "09:44") as company:
        company.lose_role_during(PUNCHES)
        assert await a_digest(company) == []
        assert await company.states(ReminderKind.DIGEST) == [ReminderState.DROPPED]


async def test_no_note_about_missing_people_leaves_after_the_role_ended(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "09:29") as company:
        company.lose_role_during(PUNCHES)
        await company.remind("09:30")
        assert not any(name in text for text in company.said_to(LEAD) for name in NAMES)


async def test_a_former_lead_gets_no_digest(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "09:40") as company:
        await company.change(LEAD, "每天给我发考勤日报")
        before = len(company.said_to(LEAD))
        await company.lose_role()
        await company.remind("09:45")
        assert company.said_to(LEAD)[before:] == []


async def test_a_note_to_a_former_lead_about_a_make_up_punch_is_not_sent(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "10:00") as company:
        company.lose_role_during(BATCH_SEND)
        await company.sandbox.fault("http_500", {"apis": ["batchSend"], "count": 1})
        await company.change(PERSON, REQUEST)
        assert company.app is not None
        await company.app.outbox.work_until_idle()
        company.sandbox.clock.advance(120)
        await company.app.outbox.work_until_idle()
        assert not any("补卡" in text for text in company.said_to(LEAD))


async def test_a_note_to_a_former_lead_about_a_position_is_not_sent(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "08:52") as company:
        company.lose_role_during(BATCH_SEND)
        await company.sandbox.fault("http_500", {"apis": ["batchSend"], "count": 1})
        await company.ask(PERSON, "上班打卡 31.2400,121.5000")
        assert company.app is not None
        await company.app.outbox.work_until_idle()
        company.sandbox.clock.advance(120)
        await company.app.outbox.work_until_idle()
        assert not any("打卡位置" in text for text in company.said_to(LEAD))


# --- months

DECEMBER = local("09:50", date(2026, 12, 1))
MONTHS = {"enabled": True}
CLOSING = pytest.mark.parametrize(
    ("who", "words"), [(LEAD, "批准团队11月考勤"), (ADMIN, "锁定11月")]
)


def month_steps(company: Company, kind: str) -> list[Any]:
    books = Books(company.settings().store.url)
    return books.rows(f"SELECT user_id FROM month_steps WHERE kind = '{kind}'")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (LEAD, "谁没确认11月考勤"),
        (LEAD, "批准团队11月考勤"),
        (ADMIN, "锁定11月"),
        (ADMIN, "重开11月"),
    ],
)
async def test_no_month_is_shown_after_the_right_ended(
    tmp_path: Path, who: str, words: str
) -> None:
    async with a_waning_company(tmp_path, DECEMBER, months=MONTHS) as company:
        if words.startswith("重开"):
            await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
            await company.change(ADMIN, "锁定11月")
            await company.sandbox.fault("http_500", None)
        end = company.lose_role if who == LEAD else partial(company.leave, ADMIN)
        company.sandbox.meanwhile(PUNCHES, end)
        assert_hidden(await company.ask(who, words))


async def test_hr_approves_nobody_whom_they_no_longer_lead(tmp_path: Path) -> None:
    roles = {"admins": [ADMIN], "hr": [LEAD]}
    async with a_waning_company(tmp_path, DECEMBER, roles=roles, months=MONTHS) as company:
        company.lose_role_during(PUNCHES)
        assert "没有待您批准的人" in await company.ask(LEAD, "批准 李娜 11月考勤")


@CLOSING
@pytest.mark.parametrize("meanwhile", ["figures", "answer"])
async def test_a_month_that_moved_during_the_reads_is_shown_and_not_closed(
    tmp_path: Path, who: str, words: str, meanwhile: str
) -> None:
    async with a_waning_company(tmp_path, DECEMBER, months=MONTHS) as company:
        store, months = company.app.store, company.app.months
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        await company.ask(who, words)

        async def move() -> None:
            if meanwhile == "figures":
                await store.excuses.store(
                    Excuse(PERSON, date(2026, 11, 25), LEAD, "", DECEMBER, excused=True)
                )
                return
            seen = await months.show(PERSON, Month(2026, 11))
            await store.months.add([months.step(seen, StepKind.OBJECTED, PERSON, "no")])

        company.sandbox.meanwhile(PUNCHES, move)
        assert "数字" in await company.press(who, company.buttons(who)[0])
        assert month_steps(company, "approved") == month_steps(company, "locked") == []
