"""A make-up punch from the first sentence to the ledger, as the person and the lead live it."""

from pathlib import Path

import pytest

from bot.domain.corrections import CorrectionState
from bot.domain.punches import PunchSource, counting
from bot.domain.shifts import CheckType
from bot.sandbox.clock import to_ms
from bot.services.upkeep import seal
from bot.storage.chain import audit_ledger
from tests.builders import TUESDAY, local
from tests.corrections.stage import (
    ASKER,
    ASKS,
    COLLEAGUE,
    LEAD,
    MONDAY,
    a_correcting_company,
    reference_in,
    taps_in,
)


async def test_a_lead_is_shown_the_request_presses_a_button_and_the_punch_is_made(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        shown = await company.ask(ASKER, ASKS)
        assert "下班卡 2026-11-23 18:40" in shown
        assert "还没有提交" in shown
        assert not company.rows_of("SELECT reference FROM corrections")
        said = await company.press(ASKER, "提交给主管")
        reference = reference_in(said)
        await company.notes_told()
        note = company.sandbox.replies(LEAD)[-1]
        assert taps_in(note) == [f"批准 {reference}", f"拒绝 {reference}"]
        shown = await company.ask(LEAD, taps_in(note)[0])
        assert "还没有做决定" in shown
        assert not await company.punches()
        assert "已批准" in await company.press(LEAD, f"确认批准 {reference}")
        await company.notes_told()
        (punch,) = await company.punches()
        assert (punch.punched_at, punch.source) == (local("18:40", MONDAY), PunchSource.CORRECTION)
        assert reference in punch.note
        (record,) = company.punches_at_dingtalk(ASKER)
        assert record.punched_at == local("18:40", MONDAY)
        assert (await company.correction(reference)).state is CorrectionState.APPROVED
        receipt = company.sandbox.replies(ASKER)[-1]
        assert "补卡：下班卡 2026-11-23 18:40" in receipt
        assert "打卡服务已接收" in receipt
        assert "打卡服务已接收" in company.sandbox.replies(LEAD)[-1]


async def test_an_earlier_clock_in_takes_the_place_of_the_later_one(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "09:10") as company:
        await company.ask(ASKER, "上班打卡")
        company.at("10:00")
        reference = await company.asked("今天忘打上班卡了，8:55到的，原因：门禁坏了")
        assert "09:10" in company.sandbox.replies(LEAD)[-1]
        await company.change(LEAD, f"批准 {reference}")
        await company.notes_told()
        late, made = sorted(await company.punches(day=TUESDAY), key=lambda one: one.punched_at, reverse=True)
        assert (made.corrects, made.punched_at) == (late.punch_id, local("08:55"))
        assert counting([late, made]) == [made]
        listed = await company.ask(ASKER, "我今天的考勤")
        assert "已被补卡代替" in listed
        assert "迟到" not in (await company.ask(ASKER, "我这周的打卡记录")).split("已被补卡代替")[0].split("\n")[2]
        assert "打过上班卡" in await company.ask(ASKER, "上班打卡")
        assert company.app is not None
        await seal(company.app.base)
        audit = audit_ledger(company.settings().store.url)
        assert audit.broken is None


async def test_an_approval_that_a_later_punch_makes_worthless_changes_nothing(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, "18:10") as company:
        reference = await company.asked("今天忘打下班卡了，18:05走的，原因：忙")
        company.at("18:20")
        await company.ask(ASKER, "下班打卡")
        assert "18:20，已同样有效，批准不会有任何改动" in await company.ask(LEAD, f"批准 {reference}")
        assert "已有和申请的" in await company.press(LEAD, f"确认批准 {reference}")
        assert (await company.correction(reference)).state is CorrectionState.ASKED
        (punch,) = await company.punches(day=TUESDAY)
        assert punch.source is PunchSource.CHAT


async def test_dingtalk_is_asked_for_the_day_before_a_request_is_taken(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        for who, clock in ((ASKER, "18:20"), (COLLEAGUE, "18:50")):
            at = local(clock, MONDAY)
            company.sandbox.records.take("native", who, to_ms(at), at, source="APP")
        assert "18:50" in await company.ask(COLLEAGUE, ASKS)  # as late as that, so nothing would be gained
        assert "2026-11-23 18:20" in await company.ask(ASKER, ASKS)
        await company.press(ASKER, "提交给主管")
        await company.notes_told()
        (note,) = company.sandbox.replies(LEAD)
        assert "2026-11-23 18:20" in note


@pytest.mark.parametrize(
    ("says", "answers"),
    [
        ("forgot to clock out yesterday", ["18:40", "my phone was dead"]),
        ("昨天忘打卡了", ["18:40", "下班", "手机没电"]),
        ("补卡 11月31日 09:40 上班", ["昨天忘打下班卡了，18:40走的", "手机没电"]),
    ],
)
async def test_what_a_request_lacks_is_asked_for_one_by_one(tmp_path: Path, says: str, answers: list[str]) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, says)
        for answer in answers:
            company.sandbox.clock.advance(10)
            shown = await company.ask(ASKER, answer)
        assert "2026-11-23 18:40" in shown
        correction = await company.correction(reference_in(await company.press(ASKER, company.buttons(ASKER)[0])))
        assert (correction.check_type, correction.reason) == (CheckType.OFF_DUTY, answers[-1])
        assert not await company.punches(day=TUESDAY)


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ("补卡 10月23日 18:40 下班，原因：手机没电", "最多可补 30 天"),
        ("今天忘打下班卡了，18:40走的，原因：手机没电", "还没有到"),
        ("忘打下班卡了，18:40走的，原因：手机没电", "您指哪一天"),
    ],
)
async def test_a_time_too_old_or_still_to_come_is_refused(tmp_path: Path, says: str, answer: str) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert answer in await company.ask(ASKER, says)


async def test_an_answer_that_leads_nowhere_ends_the_question(tmp_path: Path) -> None:
    """22 November is a Sunday: nobody has a check."""
    async with a_correcting_company(tmp_path) as company:
        assert "原因" in await company.ask(ASKER, "补卡，11月22日18:40下班的")
        refused = await company.ask(ASKER, "手机没电了")
        assert "2026-11-22" in refused
        assert await company.ask(ASKER, "今天天气不错") != refused
        assert not company.rows_of("SELECT reference FROM corrections")
