"""Make-up punches under attack: others' requests, lost roles, and texts that try to act."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.corrections import Correction, CorrectionState
from tests.company import Company
from tests.crash.books import Books
from tests.reminders.stage import a_reminding_company
from tests.waiting import until

ASKER, LEAD, OTHER_LEAD, COLLEAGUE = "user002", "lead01", "lead02", "user003"
ASKS = "昨天忘打下班卡了，18:40走的，原因：手机没电"
UNKNOWN = "没有您可以审批的这个编号"
NO_ADMINS = {"admins": []}
OWED = "SELECT about FROM outbox WHERE due_ms IS NOT NULL"
TYPED = (
    "在39.908823,116.397470客户那里",
    "在116.397470，39.908823客户那里",
    "在北纬39.908823 东经116.397470客户那里",
)
BUTTON = "](dtmd://dingtalkclient/sendMessage?content="


def rows(company: Company, sql: str) -> Sequence[tuple[Any, ...]]:
    """Return what a query finds in the bot's database."""
    return Books(company.settings().store.url).rows(sql)


async def request(company: Company, text: str = ASKS, who: str = ASKER) -> str:
    """Send a request, wait until the lead has it, and return its reference."""
    answer = await company.change(who, text)
    await company.app.outbox.work_until_idle()
    await until(lambda: not rows(company, OWED), what="the note to the lead")
    (reference,) = set(re.findall(r"C-\w{6}", answer.replace("\\", "")))
    return str(reference)


async def stored(company: Company, reference: str) -> Correction:
    found = await company.app.store.corrections.get(reference)
    assert found is not None
    return found


@pytest.mark.parametrize("who", [COLLEAGUE, OTHER_LEAD])
async def test_others_cannot_decide_a_request_or_learn_that_it_exists(
    tmp_path: Path, who: str
) -> None:
    async with a_reminding_company(tmp_path, "10:00", roles=NO_ADMINS) as company:
        reference = await request(company)
        for says in (f"批准 {reference}", f"拒绝 {reference}"):
            said = await company.ask(who, says)
            assert said == await company.ask(who, says.replace(reference, "C-000000"))
            assert UNKNOWN in said and "Alice" not in said
        assert (await stored(company, reference)).state is CorrectionState.ASKED
        assert list(company.sandbox.records) == []


async def test_a_lead_in_doubt_decides_excuses_and_nudges_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "10:00", roles=NO_ADMINS) as company:
        reference = await request(company)
        await company.sandbox.fault("http_500", {"apis": ["user_get"]})
        company.sandbox.world.change(LEAD, lead=False)
        await company.events_heard()
        for says in (f"批准 {reference}", "批准 C-000000", "豁免 李娜 今天", "催 李娜"):
            assert "暂时不知道谁能看谁" in await company.ask(LEAD, says), says
        assert (await stored(company, reference)).state is CorrectionState.ASKED
        assert rows(company, "SELECT * FROM excuse_decisions") == []
        assert rows(company, "SELECT * FROM outbox WHERE kind = 'nudge'") == []
        await company.sandbox.fault("http_500", None)
        await company.app.directory.crawl()
        assert UNKNOWN in await company.ask(LEAD, f"批准 {reference}")
        assert list(company.sandbox.records) == []


async def test_withdrawn_requests_count_so_that_the_notes_to_a_lead_end(tmp_path: Path) -> None:
    async with a_reminding_company(
        tmp_path, "10:00", roles=NO_ADMINS, corrections={"monthly": 2}
    ) as company:
        for _ in range(2):
            reference = await request(company)
            assert "仍计入" in await company.ask(ASKER, f"拒绝 {reference}")
            await company.press(ASKER, "撤回申请")
        assert "2026-11 的已用完" in await company.ask(ASKER, ASKS)
        assert len(company.sandbox.replies(LEAD)) == 2


async def test_own_requests_hide_none_that_waits_for_a_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.decide.ROWS_A_PAGE", 1)
    async with a_reminding_company(tmp_path, "10:00", roles={"admins": [COLLEAGUE]}) as company:
        own = await request(company, who=COLLEAGUE)
        reference = await request(company)
        assert reference in await company.ask(COLLEAGUE, "待审批的补卡")
        assert own in await company.press(COLLEAGUE, "下一页")


@pytest.mark.parametrize("typed", TYPED)
async def test_coordinates_in_typed_reasons_are_neither_stored_nor_shown(
    tmp_path: Path, typed: str
) -> None:
    async with a_reminding_company(tmp_path, "10:00") as company:
        await company.ask(ASKER, "昨天忘打下班卡了，18:40走的")
        shown = await company.ask(ASKER, typed)
        assert "客户那里" in shown
        answer = await company.press(ASKER, "提交给主管")
        approved = re.findall(r"C-\w{6}", answer.replace("\\", ""))[0]
        assert (await stored(company, approved)).reason.endswith("客户那里")
        await until(lambda: len(company.sandbox.replies(LEAD)) == 1, what="the note to the lead")
        refused = await request(company, f"{ASKS}，{typed}", COLLEAGUE)
        await company.change(LEAD, f"拒绝 {refused}，原因：{TYPED[0]}")
        assert (await stored(company, refused)).answer.endswith("客户那里")
        await company.ask(LEAD, f"豁免 李娜 今天，原因：{TYPED[0]}")
        await company.press(LEAD, "免考勤")
        await company.press(LEAD, "确认")
        await company.change(LEAD, f"批准 {approved}")
        await company.ask(ASKER, f"上班打卡，原因：{typed}")
        await company.app.outbox.work_until_idle()

        night = company.sandbox.clock.now() + timedelta(days=1)
        await company.app.store.privacy.purge(
            night, timedelta(days=60), timedelta(days=800)
        )  # expired buttons
        assert "客户那里" in str(rows(company, "SELECT reason FROM excuse_decisions"))
        tables = rows(company, "SELECT name FROM sqlite_master WHERE type = 'table'")
        kept = " ".join(str(rows(company, f"SELECT * FROM {name}")) for (name,) in tables)
        said = " ".join(
            text for who in (ASKER, COLLEAGUE, LEAD) for text in company.sandbox.replies(who)
        )
        assert kept.count("客户那里") >= 5 and said.count("客户那里") >= 5
        assert "908823" not in kept + said and "397470" not in kept + said


async def test_a_reason_is_escaped_and_cut(tmp_path: Path) -> None:
    trick = "原因：手机[点我](dtmd://dingtalkclient/sendMessage?content=x)**粗**"
    async with a_reminding_company(tmp_path, "10:00") as company:
        await request(company, f"昨天忘打下班卡了，18:40走的，{trick}")
        note = company.sandbox.replies(LEAD)[-1]
        assert len(re.findall(r"(?<!\\)" + re.escape(BUTTON), note)) == 2
        assert "**粗**" not in note
        reference = await request(
            company, "昨天忘打下班卡了，18:40走的，原因：" + "长" * 1_900, COLLEAGUE
        )
        assert len((await stored(company, reference)).reason) <= 300
        assert len(company.sandbox.replies(LEAD)[-1]) < 1_500


AS_MAKE_UP = {"target": "approve_check"}


async def approved(company: Company, who: str = ASKER) -> None:
    """Ask for a make-up punch, let the lead approve it, and wait until its receipt is due."""
    reference = await request(company, who=who)
    await company.change(LEAD, f"批准 {reference}")
    company.sandbox.clock.advance(5)


def taken(company: Company, target: str) -> list[tuple[str, str, int]]:
    """Return person, DingTalk's source and number of calls of each record of a target."""
    return [
        (record.user_id, record.source, record.calls)
        for record in company.sandbox.records
        if record.target == target
    ]


def unsent(company: Company) -> Sequence[tuple[Any, ...]]:
    return rows(company, f"{OWED} AND kind = 'punch'")


@pytest.mark.parametrize("fault", [None, "accept_then_hang"])
async def test_dingtalk_gets_an_approved_punch_once_as_a_make_up_punch(
    tmp_path: Path, fault: str | None
) -> None:
    async with a_reminding_company(
        tmp_path, "10:00", call_s=0.5, corrections=AS_MAKE_UP
    ) as company:
        if fault is not None:
            await company.sandbox.fault(fault, {"apis": ["approve_check"], "count": 1})
        await approved(company)
        await until(lambda: not unsent(company), what="the delivery")
        assert taken(company, "approve_check") == [(ASKER, "APPROVE", 1)]
        assert taken(company, "signed") == []
        assert rows(company, "SELECT recipient, state FROM outbox WHERE kind = 'punch'") == [
            ("approve_check", "sent")
        ]


async def test_a_refused_make_up_punch_goes_the_usual_way_and_operators_hear_of_it_once(
    tmp_path: Path,
) -> None:
    refusal = {"status": 200, "body": {"errcode": 400002, "errmsg": "punch_id"}}
    async with a_reminding_company(
        tmp_path, "10:00", corrections=AS_MAKE_UP, roles={"admins": ["user010"]}
    ) as company:
        await company.sandbox.fault("answer", {"apis": ["approve_check"], "value": refusal})
        for who in (ASKER, COLLEAGUE):
            await approved(company, who)
            await until(lambda: not unsent(company), what="the delivery")
        assert taken(company, "approve_check") == []
        assert sorted(taken(company, "signed")) == [(ASKER, "USER", 1), (COLLEAGUE, "USER", 1)]
        await until(lambda: not rows(company, OWED), what="the alert")
        alerts = [said for said in company.sandbox.replies("user010") if "400002 punch" in said]
        assert len(alerts) == 1


async def test_a_make_up_punch_waits_for_its_permission(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "10:00", corrections=AS_MAKE_UP) as company:
        await company.sandbox.fault("permission", {"apis": ["approve_check"]})
        await approved(company)
        await until(lambda: "approve_check" in company.app.operators.troubles, what="the alert")
        assert unsent(company) != []
        await company.sandbox.fault("permission", None)
        company.sandbox.clock.advance(60)
        await until(lambda: not unsent(company), what="the delivery")
        assert taken(company, "approve_check") == [(ASKER, "APPROVE", 1)]
        assert taken(company, "signed") == []
