"""The last reminder of a check as a DING, where something fails on its way."""

from pathlib import Path

from bot.domain.reminders import ReminderState
from tests.reminders.stage import DAY_PEOPLE, HASTY_S, RemindingCompany, a_reminding_company

DINGS = {"reminders": {"ding": True, "before_minutes": []}}
TITLE = "DING"


def titles(company: RemindingCompany) -> list[str]:
    """Return the titles of all messages to people with a shift from 09:00."""
    return [entry.title for who in sorted(DAY_PEOPLE) for entry in company.sandbox.transcript(who)]


async def test_a_ding_with_an_unknown_outcome_is_not_repeated(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:01", call_s=HASTY_S, **DINGS) as company:
        await company.sandbox.fault("accept_then_hang", {"apis": ["ding_send"], "count": 1})
        await company.go_on("09:05", "09:06", "09:08")
        assert titles(company) == [TITLE] * len(DAY_PEOPLE)
        assert {row.state for row in await company.rows()} == {ReminderState.UNKNOWN}


async def test_a_ding_that_waits_is_still_a_ding_after_a_restart(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:01", **DINGS) as company:
        await company.sandbox.fault("http_500", {"apis": ["listRecord"]})
        await company.go_on("09:05")
        assert TITLE not in titles(company)
        await company.stop_bot()
        await company.sandbox.fault("http_500", None)
        await company.start_bot()
        await company.go_on("09:06")
        assert titles(company).count(TITLE) == len(DAY_PEOPLE)


async def test_who_gets_no_ding_gets_the_card(tmp_path: Path) -> None:
    cards = {"card_template_id": "sandbox-card.schema"}
    async with a_reminding_company(tmp_path, "09:01", dingtalk=cards, **DINGS) as company:
        await company.sandbox.fault("filtered", {"value": ["user004"], "apis": ["ding_send"]})
        await company.go_on("09:05")
        assert titles(company).count(TITLE) == len(DAY_PEOPLE) - 1
        (card,) = company.sandbox.transcript("user004")
        assert card.title == "上班卡提醒 09:00"
