"""A right that ends while a lead decides make-up requests: nothing is decided or shown."""

import re
from pathlib import Path

from bot.domain.corrections import CorrectionState
from tests.handlers.test_last_looks import (
    LEAD,
    NAMES,
    PERSON,
    PUNCHES,
    REQUEST,
    Waning,
    a_waning_company,
)


async def test_an_approval_shown_to_a_lead_is_refused_to_a_former_lead(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "10:00") as company:
        reference = await requested(company, PERSON)
        await company.ask(LEAD, f"批准 {reference}")
        await company.lose_role()
        label = next(one for one in company.buttons(LEAD) if "批准" in one)
        assert "没有您可以审批的这个编号" in await company.press(LEAD, label)
        await assert_open(company, reference)


async def test_all_requests_are_decided_by_nobody_after_the_role_ended(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "10:00") as company:
        references = [await requested(company, who) for who in ("user001", PERSON)]
        await company.ask(LEAD, "都批准")
        await company.lose_role()
        answer = await company.press(LEAD, "确认批准这 2 条")
        assert answer.count("没有您可以审批的这个编号") == 2
        for reference in references:
            await assert_open(company, reference)


async def test_all_requests_are_shown_to_nobody_after_the_role_ended(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "10:00") as company:
        for who in ("user001", PERSON):
            await company.change(who, "早上忘打卡了，8点52到的，原因：手机没电")
        company.sandbox.clock.advance(600)
        company.lose_role_during(PUNCHES)
        answer = await company.ask(LEAD, "都批准")
        assert not any(name in answer for name in NAMES), answer


async def test_a_former_lead_changes_no_decision(tmp_path: Path) -> None:
    async with a_waning_company(tmp_path, "10:00") as company:
        reference = await requested(company, PERSON)
        await company.change(LEAD, f"批准 {reference}")
        await company.ask(LEAD, f"拒绝 {reference}")
        await company.lose_role()
        label = next(label for label in company.buttons(LEAD) if "确认拒绝" in label)
        assert "没有您可以审批的这个编号" in await company.press(LEAD, label)
        correction = await company.app.store.corrections.get(reference)
        assert correction is not None and correction.state is CorrectionState.APPROVED


async def test_nobody_approves_their_own_request(tmp_path: Path) -> None:
    who = "user001"  # an administrator decides every other request
    roles = {"admins": [who]}
    async with a_waning_company(tmp_path, "10:00", roles=roles) as company:
        reference = await requested(company, who)
        assert "不能审批自己的申请" in await company.ask(who, f"批准 {reference}")
        await assert_open(company, reference)
        listed = await company.ask(who, "待审批的补卡")
        assert listed.count(reference) <= 2, listed


async def requested(company: Waning, who: str) -> str:
    """Ask for a make-up punch and return its reference."""
    answer = await company.change(who, REQUEST)
    assert company.app is not None
    await company.app.outbox.work_until_idle()
    (reference,) = set(re.findall(r"C-\w{6}", answer.replace("\\", "")))
    return str(reference)


async def assert_open(company: Waning, reference: str) -> None:
    assert company.app is not None
    correction = await company.app.store.corrections.get(reference)
    assert correction is not None and correction.state is CorrectionState.ASKED
    assert list(company.sandbox.records) == []
