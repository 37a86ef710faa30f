"""An approved make-up punch marks its check at DingTalk where that is configured, and never twice."""

from pathlib import Path
from typing import Any

from bot.domain.deliveries import APPROVE_CHECK, DeliveryState
from tests.builders import local
from tests.corrections.stage import ASKER, LEAD, MONDAY, CorrectingCompany, a_correcting_company
from tests.waiting import until

ON = {"approve_check": True}
SENT, REJECTED, UNKNOWN = DeliveryState.SENT, DeliveryState.REJECTED, DeliveryState.UNKNOWN


def calls(company: CorrectingCompany) -> list[Any]:
    return [call for call in company.sandbox.requests if call.api == "approve_check"]


async def approved(company: CorrectingCompany) -> None:
    reference = await company.asked()
    await company.change(LEAD, f"批准 {reference}")


async def state(company: CorrectingCompany) -> DeliveryState | None:
    (punch,) = await company.punches()
    return punch.states.get(APPROVE_CHECK)


async def test_the_check_is_marked_beside_the_targets_and_both_are_told(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, corrections=ON) as company:
        await approved(company)
        await company.notes_told()
        assert await state(company) is SENT
        assert len(calls(company)) == 1
        (mark,) = [one for one in company.punches_at_dingtalk(ASKER) if one.target == APPROVE_CHECK]
        assert (mark.punched_at, mark.source) == (local("18:40", MONDAY), "APPROVE")
        for who in (ASKER, LEAD):
            assert "钉钉已更正该卡" in company.sandbox.replies(who)[-1]


async def test_a_mark_without_an_answer_is_not_sent_again_and_everybody_hears_that_it_is_not_known(
    tmp_path: Path,
) -> None:
    async with a_correcting_company(tmp_path, corrections=ON, roles={"admins": ["user010"]}) as company:
        await company.sandbox.fault("html", {"value": 502, "apis": ["approve_check"], "count": 1})
        await approved(company)
        await until(lambda: a_minute_later(company) and told_admin(company), what="the administrator's word")
        await company.notes_told()
        assert await state(company) is UNKNOWN
        assert len(calls(company)) == 1
        for who in (ASKER, LEAD):
            assert "不确定钉钉是否已更正该卡" in company.sandbox.replies(who)[-1]
        await until(
            lambda: "请联系考勤管理员" in company.sandbox.replies(ASKER)[-1], what="the advice to ask somebody"
        )


def a_minute_later(company: CorrectingCompany) -> bool:
    """Let a minute pass; true, so that it can stand before a condition."""
    company.sandbox.clock.advance(60)
    return True


def told_admin(company: CorrectingCompany) -> bool:
    return any("批准的补卡" in one for one in company.sandbox.replies("user010"))
