"""Messages that no golden dialogue can hold: odd times, outsiders, two people of one name."""

from pathlib import Path

import pytest

from tests.company import Company
from tests.reminders.stage import a_reminding_company

LEAD, ALICE, LI_NA = "lead01", "user002", "user003"
OUTSIDER = {
    "atUsers": [{"dingtalkId": "$:LWCP_v1:$sandboxbot"}, {"dingtalkId": "$:LWCP_v1:$partner"}]
}


async def test_typed_coordinates_reach_the_signed_api(company: Company) -> None:
    await company.ask("user002", "clock in 39.9090,116.3975")
    (record,) = company.punches_at_dingtalk("user002")
    assert (record.latitude, record.longitude) == (39.9090, 116.3975)


async def test_a_mention_of_an_outsider_punches_nobody(company: Company) -> None:
    assert "打卡只能由本人来打" in await company.ask(
        "user001", "打卡", conversation="2", fields=OUTSIDER
    )
    assert not list(company.sandbox.records)


async def test_each_of_two_namesakes_has_a_button_for_a_nudge(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.world.change(ALICE, name="李娜")
        await company.events_heard()
        await company.app.directory.crawl()
        await company.ask(LEAD, "谁没打卡")
        await company.press(LEAD, f"催 李娜 ({ALICE})")
        await company.app.outbox.work_until_idle()
        assert ["主管请您打卡" in text for text in company.sandbox.replies(ALICE)] == [True]
        assert not company.sandbox.replies(LI_NA)


@pytest.mark.parametrize("text", ["催 @李娜", "nudge @李娜"])
async def test_a_nudge_reaches_the_mentioned_namesake(tmp_path: Path, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.world.change(ALICE, name="李娜")
        await company.events_heard()
        await company.app.directory.crawl()
        alone, in_group = await company.ask_in_group(LEAD, text, mentions=[LI_NA])
        assert "正在请 李娜 打卡" in alone or "asking 李娜 to punch" in alone
        assert "李娜" not in in_group
        await company.app.outbox.work_until_idle()
        assert ["主管请您打卡" in text for text in company.sandbox.replies(LI_NA)] == [True]
        assert not company.sandbox.replies(ALICE)
