"""Who may not see somebody any more once an answer is made, or of whom that is in doubt, is not given it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import date
from pathlib import Path

import pytest

from bot.domain.reminders import Reminder, ReminderKind
from bot.sandbox.calls import Call
from bot.sandbox.world import World
from tests.builders import TUESDAY, local
from tests.corrections.stage import CorrectingCompany, a_correcting_company
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import until

LEAD, THEIRS = "lead02", "user006"
OWN = ("周婷", "Tom Baker", "吴刚", "Emma Davis", "孙悦")
NO_LEAD = "只有主管和管理员能看团队的考勤"
IN_DOUBT = "暂时不知道谁能看谁"
ASKS = "昨天忘打下班卡了，18:40走的，手机没电"


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[RemindingCompany]:
    async with a_reminding_company(tmp_path, "09:42") as running:
        yield running


async def asked_of(company: RemindingCompany, api: str, before: Sequence[Call]) -> None:
    """Return once DingTalk was asked by `api`; it takes its time to answer."""

    def is_asked() -> bool:
        return any(call.api == api and not any(call is old for old in before) for call in company.sandbox.requests)

    await until(is_asked, what=f"a call of {api}")


async def lose_the_role(company: RemindingCompany) -> None:
    """Let the lead lose the role, and the bot read it."""
    company.sandbox.clock.advance(1)
    company.sandbox.world.change(LEAD, lead=False)
    await company.events_heard()
    assert company.app is not None
    teams = company.app.directory.teams
    await until(lambda: not teams().departments_led(LEAD), what="the loss of the role")


async def move_away(company: RemindingCompany) -> None:
    """Let one of the lead's people move while DingTalk answers nothing about people: the event is all there is."""
    await company.sandbox.fault("http_500", {"apis": ["user_get", "department"]})
    company.sandbox.clock.advance(1)
    company.sandbox.world.change(THEIRS, department_id=101)
    await company.events_heard()


async def while_asked(company: RemindingCompany, api: str, work: Awaitable[object]) -> None:
    """Let the role be lost while `work` waits for a slow `api`."""
    await company.sandbox.fault("api_slow_ms", {"value": 2500, "apis": [api]})
    before = list(company.sandbox.requests)
    working = asyncio.ensure_future(work)
    await asked_of(company, api, before)
    await lose_the_role(company)
    await working


def heard_since(company: RemindingCompany, who: str, before: int) -> str:
    return "\n".join(company.sandbox.replies(who)[before:])


@pytest.mark.parametrize(
    ("text", "api"),
    [
        *(("今天考勤", "listRecord"), ("周婷今天打卡了吗", "listRecord"), ("上周考勤汇总", "listRecord")),
        *(("导出本周考勤", "media_upload"), ("今天考勤发图", "media_upload")),
    ],
)
async def test_an_answer_that_was_being_made_is_not_given(company: RemindingCompany, text: str, api: str) -> None:
    sandbox = company.sandbox

    async def asking() -> None:
        await sandbox.say(LEAD, text)
        await sandbox.wait_until(lambda: any(NO_LEAD in one for one in sandbox.replies(LEAD)), timeout=60)

    await while_asked(company, api, asking())
    said = [one for one in sandbox.transcript(LEAD) if one.speaker == "bot"]
    assert not any(one.medium for one in said)
    assert not any(name in one.text for one in said for name in OWN)


async def test_a_nudge_that_was_being_proved_is_not_sent(company: RemindingCompany) -> None:
    answers: list[str] = []

    async def asking() -> None:
        answers.append(await company.ask(LEAD, "催 周婷"))

    await while_asked(company, "listRecord", asking())
    assert IN_DOUBT in answers[0]
    assert not company.sandbox.replies(THEIRS)


async def test_a_nudge_that_could_not_be_sent_goes_in_the_name_of_nobody_who_lost_the_role(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("http_500", {"apis": ["batchSend"]})
    assert "正在请 周婷" in await company.ask(LEAD, "催 周婷")
    await lose_the_role(company)
    company.sandbox.faults.clear()
    await company.go_on("09:44", "09:46")
    assert not company.sandbox.replies(THEIRS)
    assert not await company.rows(), "who leads her now may nudge her"
    assert "没有发送" in await company.ask(LEAD, "催 周婷")


async def test_a_nudge_that_could_not_be_sent_goes_while_who_asked_leads_and_waits_while_that_is_in_doubt(
    company: RemindingCompany,
) -> None:
    await company.sandbox.fault("http_500", {"apis": ["batchSend"]})
    await company.ask(LEAD, "催 周婷")
    company.sandbox.faults.clear()
    await move_away(company)
    await company.go_on("09:44")
    assert not company.sandbox.replies(THEIRS)
    (row,) = await company.rows()
    assert row.state == "claimed"
    company.sandbox.world.change(THEIRS, department_id=102)
    await company.events_heard()
    company.sandbox.faults.clear()
    company.sandbox.clock.advance(1)
    assert company.app is not None
    await company.app.directory.crawl()
    await company.go_on("09:46")
    (told,) = company.sandbox.replies(THEIRS)
    assert "主管请您打卡" in told


async def test_a_nudge_whose_process_died_before_it_went_is_not_sent_once_the_role_is_lost(
    company: RemindingCompany,
) -> None:
    assert company.app is not None
    moments = local("09:42"), local("09:00")
    nudge = Reminder(THEIRS, TUESDAY, "OnDuty/0", "nudge", ReminderKind.NUDGE, *moments)
    await company.app.store.nudge_trace.claim(LEAD, nudge)
    await company.stop_bot()
    company.sandbox.clock.advance(1)
    company.sandbox.world.change(LEAD, lead=False)
    company.sandbox.clock.advance(15)
    await company.start_bot()
    await company.go_on("09:44", "09:46")
    assert not company.sandbox.replies(THEIRS)
    assert not await company.rows()


async def test_an_excuse_that_was_being_looked_into_is_not_written(company: RemindingCompany) -> None:
    answers: list[str] = []
    day = date(2026, 11, 20)

    async def asking() -> None:
        answers.append(await company.ask(LEAD, f"豁免 周婷 {day}：医院"))

    await while_asked(company, "listbyusers", asking())
    assert IN_DOUBT in answers[0]
    assert company.app is not None
    assert await company.app.store.excuses.last(THEIRS, day) is None


async def test_a_note_and_a_digest_that_were_being_made_are_not_sent(tmp_path: Path) -> None:
    for last in ("09:30", "09:45"):
        (folder := tmp_path / last[3:]).mkdir()
        world = World(12)
        for who in ("user008", "user009", "user010"):  # otherwise of the night, and the digest comes after theirs
            world.change(who, shift_id=9001)
        async with a_reminding_company(folder, "08:40", world=world) as company:
            await company.ask(LEAD, "每天自动发汇总")
            await company.go_on("08:50", "09:05", *(["09:30"] if last == "09:45" else []))
            before = len(company.sandbox.replies(LEAD))
            await while_asked(company, "listRecord", company.remind(last))
            assert not heard_since(company, LEAD, before)
            kind = "escalation" if last == "09:30" else "digest"
            (row,) = [
                one for one in await company.rows(TUESDAY, TUESDAY) if (one.user_id, one.kind) == (LEAD, kind)
            ]
            assert row.state == "dropped"


async def test_who_may_have_moved_is_shown_to_no_lead_and_nobody_acts_on_them(company: RemindingCompany) -> None:
    assert "周婷" in await company.ask(LEAD, "谁没打卡")
    await move_away(company)
    for text in ("今天考勤", "谁没打卡", "客服部今天考勤", "上周考勤汇总"):
        answer = await company.ask(LEAD, text)
        assert "周婷" not in answer and "吴刚" in answer, text
        assert "有 1 人没有列出" in answer, text
    for text in ("周婷今天打卡了吗", "周婷上周考勤", "催 周婷", "豁免 周婷 今天：医院", "周婷和吴刚今天考勤"):
        answer = await company.ask(LEAD, text)
        assert IN_DOUBT in answer, text
        assert "周婷" not in answer
    assert "周婷" in await company.ask(THEIRS, "周婷上周考勤")
    assert "周婷" in await company.ask("lead01", "谁没打卡")  # an admin, wherever she is
    assert not [one for one in company.sandbox.replies(THEIRS) if "催" in one]


async def test_no_note_names_who_may_have_moved(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:40") as company:
        await company.go_on("08:50", "09:05")
        await move_away(company)
        await company.ask(THEIRS, "外勤打卡 39.5,116.3，原因：客户")
        await company.go_on("09:30")
        assert company.app is not None
        await company.app.flag_notes.round()
        told = "\n".join(company.sandbox.replies(LEAD))
        assert "Tom Baker" in told and "周婷" not in told


async def test_a_note_says_how_many_are_left_out_even_where_nobody_else_is_missing(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "08:40") as company:
        await company.go_on("08:50")
        company.sandbox.native_punch("user007", local("08:55"), "gate")
        await company.go_on("09:05")
        await move_away(company)
        await company.go_on("09:30")
        told = company.sandbox.replies(LEAD)[-1]
        assert "09:00" in told and "有 1 人没有列出" in told and "周婷" not in told


async def test_nobody_decides_for_who_may_have_moved(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        reference = await company.asked(ASKS, THEIRS)
        await move_away(company)
        for text in (f"批准 {reference}", f"确认批准 {reference}", f"拒绝 {reference}"):
            assert IN_DOUBT in await company.ask(LEAD, text)
        assert "补卡申请" not in await company.ask(LEAD, "批准 C-000000")
        assert (await company.correction(reference)).state == "asked"
        await the_contacts_answer_again(company)
        assert IN_DOUBT not in await company.ask(LEAD, f"确认批准 {reference}")
        assert (await company.correction(reference)).state == "asked"


async def the_contacts_answer_again(company: CorrectingCompany) -> None:
    company.sandbox.faults.clear()
    company.sandbox.clock.advance(1)
    assert company.app is not None
    await company.app.directory.crawl()


async def test_an_admin_who_has_left_sees_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:42", roles={"admins": ["user001"]}) as company:
        await company.sandbox.fault("http_500", {"apis": ["user_get"]})
        company.sandbox.world.leave("user001")
        await company.events_heard()
        before = len(company.sandbox.replies("user002"))
        await company.sandbox.say("user002", "今天考勤", staff_id="user001")
        heard = await company.sandbox.wait_for_reply("user002", after=before)
        assert "通讯录中没有您" in heard
        assert not any(name in heard for name in OWN)
