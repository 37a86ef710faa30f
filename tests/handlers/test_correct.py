"""Make-up punches: shown before they are sent, asked for what they lack, decided by one press."""

from pathlib import Path

from tests.builders import TUESDAY
from tests.corrections.stage import ASKER, COLLEAGUE, LEAD, MONDAY, CorrectingCompany, a_correcting_company

REQUEST = "昨天忘打下班卡了，18:40走的，原因：手机没电"
SEND = "提交给主管"


async def open_requests(company: CorrectingCompany) -> list[str]:
    """Return the references of all requests, whatever became of them."""
    return [reference for (reference,) in company.rows_of("SELECT reference FROM corrections ORDER BY reference")]


async def test_a_request_is_shown_with_its_day_and_time_and_not_sent_before_the_press(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        shown = await company.ask(ASKER, REQUEST)
        assert "下班卡 2026-11-23 18:40" in shown
        assert "手机没电" in shown
        assert company.buttons(ASKER) == [SEND]
        assert await open_requests(company) == []
        assert "C" in await company.press(ASKER, SEND)
        (reference,) = await open_requests(company)
        assert (await company.correction(reference)).work_date == MONDAY


async def test_a_request_pressed_twice_is_sent_once(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.press(ASKER, SEND)
        assert "已经点过了" in await company.press(ASKER, SEND)
        assert len(await open_requests(company)) == 1


async def test_the_example_that_the_bot_gives_is_read_whole(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        help_text = await company.ask(COLLEAGUE, "帮助")
        example = next(part for part in help_text.split("**") if "忘打下班卡" in part)
        await company.ask(COLLEAGUE, example)
        assert company.buttons(COLLEAGUE) == [SEND]


async def test_what_lacks_is_asked_for_one_slot_after_the_other(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "几点" in await company.ask(ASKER, "昨天忘打下班卡了")
        company.sandbox.clock.advance(5)
        assert "原因" in await company.ask(ASKER, "18:40")
        company.sandbox.clock.advance(5)
        assert "下班卡 2026-11-23 18:40" in await company.ask(ASKER, "手机没电")
        assert await open_requests(company) == []
        await company.press(ASKER, SEND)
        assert len(await open_requests(company)) == 1


async def test_a_punch_is_no_reason(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="08:55") as company:
        await company.ask(ASKER, "昨天忘打下班卡了，18:40走的")
        assert "还没有记录" in await company.ask(ASKER, "上班打卡")
        assert await open_requests(company) == []
        await company.press(ASKER, "上班打卡")
        assert len(await company.punches(ASKER, TUESDAY)) == 1


async def test_whether_one_came_or_went_is_asked_with_a_button_for_each(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, "补卡，昨天18:40，原因：手机没电")
        assert len(company.buttons(ASKER)) == 2
        assert await open_requests(company) == []


async def test_a_time_to_come_is_refused_without_a_button(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path, at="10:00") as company:
        await company.ask(ASKER, "补卡，明天上班08:50，原因：先补")
        assert SEND not in company.buttons(ASKER)
        assert await open_requests(company) == []


async def test_a_lead_sees_the_request_once_more_and_one_press_approves(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.press(ASKER, SEND)
        await company.notes_told()
        (reference,) = await open_requests(company)
        assert "还没有做决定" in await company.press(LEAD, f"批准 {reference}")
        assert await company.punches(ASKER) == []
        await company.press(LEAD, f"确认批准 {reference}")
        (punch,) = await company.punches(ASKER)
        assert punch.source == "correction"
        assert "已经点过了" in await company.press(LEAD, f"确认批准 {reference}")
        assert len(await company.punches(ASKER)) == 1


async def test_a_refusal_carries_its_reason_to_the_asker(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.press(ASKER, SEND)
        await company.notes_told()
        (reference,) = await open_requests(company)
        await company.ask(LEAD, f"拒绝 {reference}，原因：时间不对")
        await company.press(LEAD, f"确认拒绝 {reference}")
        await company.notes_told()
        assert "时间不对" in company.sandbox.replies(ASKER)[-1]
        assert await company.punches(ASKER) == []


async def test_a_colleague_decides_nothing(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.press(ASKER, SEND)
        (reference,) = await open_requests(company)
        await company.ask(COLLEAGUE, f"批准 {reference}")
        assert company.buttons(COLLEAGUE) == []
        assert (await company.correction(reference)).state == "asked"


async def test_ones_own_request_is_withdrawn_by_a_press(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        await company.ask(ASKER, REQUEST)
        await company.press(ASKER, SEND)
        await company.press(ASKER, "撤回申请")
        (reference,) = await open_requests(company)
        state = (await company.correction(reference)).state
        if state == "asked":  # shown once more
            await company.press(ASKER, "撤回申请")
        assert (await company.correction(reference)).state == "withdrawn"


async def test_a_request_in_a_group_is_asked_for_in_private(tmp_path: Path) -> None:
    async with a_correcting_company(tmp_path) as company:
        assert "私聊" in await company.ask(ASKER, REQUEST, conversation="2")
        assert await open_requests(company) == []
