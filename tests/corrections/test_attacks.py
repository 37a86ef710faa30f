"""What nobody may do: decide others' requests, decide twice or too late, or trick with a text."""

from pathlib import Path

import pytest

from bot.domain.corrections import CorrectionState
from tests.corrections.stage import (
    COLLEAGUE,
    LEAD,
    NO_ADMINS,
    OTHER_LEAD,
    a_correcting_company,
    taps_in,
)

UNKNOWN = "没有您可以审批的这个编号"


@pytest.mark.parametrize("who", [COLLEAGUE, OTHER_LEAD])
async def test_a_reference_in_other_hands_is_as_good_as_none(tmp_path: Path, who: str) -> None:
    async with a_correcting_company(tmp_path, roles=NO_ADMINS) as company:
        reference = await company.asked()
        for says in (f"批准 {reference}", f"拒绝 {reference}"):
            said = await company.ask(who, says)
            assert said == await company.ask(who, says.replace(reference, "C-000000"))
            assert UNKNOWN in said
            assert "Alice" not in said
        assert (await company.correction(reference)).state is CorrectionState.ASKED
        assert not await company.punches()


@pytest.mark.parametrize("admins", [[LEAD], []])
async def test_nobody_approves_their_own_not_even_an_admin(tmp_path: Path, admins: list[str]) -> None:
    async with a_correcting_company(
        tmp_path, roles={"admins": [*admins, OTHER_LEAD], "leads": {LEAD: [1]}}
    ) as company:
        reference = await company.asked(who=LEAD)
        assert f"批准 {reference}" not in "".join(company.sandbox.replies(LEAD))
        assert "不能审批自己的申请" in await company.ask(LEAD, f"批准 {reference}")
        assert not await company.punches(LEAD)
        assert "已撤回" in await company.change(LEAD, f"拒绝 {reference}")
        assert (await company.correction(reference)).state is CorrectionState.WITHDRAWN


async def test_while_it_is_not_known_whether_they_still_lead_nothing_they_say_is_done(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, roles=NO_ADMINS) as company:
        reference = await company.asked()
        assert company.app is not None
        await company.sandbox.fault("http_500", {"apis": ["user_get"]})
        company.sandbox.world.change(LEAD, lead=False)
        await company.events_heard()
        for says in (f"批准 {reference}", "批准 C-000000", "豁免 李娜 今天", "催 李娜"):
            assert "暂时不知道谁能看谁" in await company.ask(LEAD, says), says
        assert (await company.correction(reference)).state is CorrectionState.ASKED
        assert company.rows_of("SELECT * FROM excuse_decisions") == []
        assert company.rows_of("SELECT * FROM outbox WHERE kind = 'nudge'") == []
        await company.sandbox.fault("http_500", None)
        await company.app.directory.crawl()
        assert UNKNOWN in await company.ask(LEAD, f"批准 {reference}")
        assert not await company.punches()


async def test_in_a_group_nothing_is_asked_for_shown_or_decided(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        reference = await company.asked()
        for who, says in ((LEAD, f"批准 {reference}"), (LEAD, f"批准 {reference}"), (COLLEAGUE, "补卡")):
            said = await company.ask(who, says, conversation="2")
            assert "请私聊我" in said
            assert reference not in said
            assert "Alice" not in said
        assert (await company.correction(reference)).state is CorrectionState.ASKED


async def test_markdown_in_a_reason_stays_text_and_a_long_one_is_cut(tmp_path: Path) -> None:
    trick = "原因：手机[点我](dtmd://dingtalkclient/sendMessage?content=x)**粗**"
    async with a_correcting_company(tmp_path) as company:
        await company.asked(f"昨天忘打下班卡了，18:40走的，{trick}")
        note = company.sandbox.replies(LEAD)[-1]
        assert len(taps_in(note)) == 2
        assert "**粗**" not in note
        reference = await company.asked("昨天忘打下班卡了，18:40走的，原因：" + "长" * 1_900, COLLEAGUE)
        assert len((await company.correction(reference)).reason) <= 300
        assert len(company.sandbox.replies(LEAD)[-1]) < 1_500
