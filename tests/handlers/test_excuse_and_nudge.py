"""What a lead does to one of their people: excuse a day, or ask them to punch now."""

from pathlib import Path

from tests.corrections.stage import CorrectingCompany, a_correcting_company

LEAD, OTHER_LEAD, LI_NA, MEMBER = "lead01", "lead02", "user003", "user001"
NOT_ADMIN = {"roles": {"admins": ["user010"]}}
ASKED = "主管请您打卡"


def nudges_to(company: CorrectingCompany, who: str) -> int:
    return sum(ASKED in reply for reply in company.sandbox.replies(who))


async def test_whom_to_excuse_is_asked_for_and_a_name_alone_completes_it(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, **NOT_ADMIN) as company:
        assert "说名字就行" in await company.ask(LEAD, "帮我豁免一个人今天的考勤")
        assert "李娜 2026-11-24" in await company.ask(LEAD, "李娜")
        assert company.rows_of("SELECT user_id FROM excuse_decisions") == []


async def test_nobody_nudges_whom_they_do_not_lead(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="09:12", **NOT_ADMIN) as company:
        for who in (OTHER_LEAD, MEMBER):
            assert "没有发送" in await company.ask(who, "催 李娜")
        assert nudges_to(company, LI_NA) == 0


async def test_who_came_and_has_not_clocked_out_can_be_nudged_from_the_list(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="08:55", **NOT_ADMIN) as company:
        await company.ask(LI_NA, "上班打卡")
        company.at("18:20")
        await company.ask(LEAD, "谁没打下班卡")
        assert "催 李娜" in company.buttons(LEAD)
