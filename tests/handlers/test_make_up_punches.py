"""Make-up punches: what the bot keeps of typed reasons, and an unknown outcome at DingTalk."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.books import Books
from tests.reminders.stage import a_reminding_company
from tests.waiting import until

ASKER, COLLEAGUE, LEAD = "user002", "user003", "lead01"
ASKS = "昨天忘打下班卡了，18:40走的"
TOO_LONG = "长" * 301
UNWANTED = re.compile(f"908823|397470|{TOO_LONG}")
A_POSITION = "在39.908823,116.397470客户那里"


@pytest.mark.parametrize(
    "typed",
    [
        A_POSITION,
        "在116.397470，39.908823客户那里",
        "在北纬39.908823 东经116.397470客户那里",
    ],
)
async def test_reasons_are_stored_and_shown_cut_and_without_coordinates(
    tmp_path: Path, typed: str
) -> None:
    async with a_reminding_company(tmp_path, "10:00") as company:
        await company.ask(ASKER, ASKS)
        await company.change(ASKER, typed)
        await company.change(COLLEAGUE, f"{ASKS}，原因：{typed}{TOO_LONG}")
        await until(lambda: len(company.sandbox.replies(LEAD)) == 2, what="the notes")
        for words in ("拒绝 李娜 的补卡", "豁免 李娜 今天"):
            await company.change(LEAD, f"{words}，原因：{A_POSITION}")
        await company.change(LEAD, "批准 Alice Johnson 的补卡")
        await company.ask(ASKER, f"上班打卡，原因：{typed}")
        night = company.sandbox.clock.now() + timedelta(days=1)
        await company.app.store.privacy.purge(
            night, timedelta(days=60), timedelta(days=800)
        )  # expired buttons
        books = Books(company.settings().store.url)
        tables = books.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        kept = {name: str(books.rows(f"SELECT * FROM {name}")) for (name,) in tables}
        for column in ("reason FROM corrections", "answer FROM corrections", "note FROM punches"):
            assert "客户那里" in str(books.rows(f"SELECT {column}")), column
        assert "客户那里" in kept["excuse_decisions"]
        shown = [text for who in (ASKER, LEAD) for text in company.sandbox.replies(who)]
        assert sum("客户那里" in text for text in shown) >= 5
        for text in (*kept.values(), *shown):
            assert not UNWANTED.search(text)


async def test_an_approved_punch_with_an_unknown_outcome_is_not_sent_twice(tmp_path: Path) -> None:
    async with a_reminding_company(
        tmp_path, "10:00", call_s=0.5, corrections={"target": "approve_check"}
    ) as company:
        await company.sandbox.fault("accept_then_hang", {"apis": ["approve_check"], "count": 1})
        await company.change(ASKER, f"{ASKS}，原因：手机没电")
        await company.sandbox.wait_for_reply(LEAD)  # the note, which is no answer
        await company.change(LEAD, "批准 Alice Johnson 的补卡")
        company.sandbox.clock.advance(5)
        books = Books(company.settings().store.url)
        outcome = "SELECT recipient, state, due_ms FROM outbox WHERE kind = 'punch'"
        await until(lambda: books.rows(outcome)[0][2] is None, what="the delivery")
        assert books.rows(outcome) == [("approve_check", "sent", None)]
        (record,) = company.sandbox.records
        assert (record.user_id, record.source, record.calls) == (ASKER, "APPROVE", 1)
