"""What is kept of a day with faults: no token, ticket, session webhook or secret of the app."""

import logging
from pathlib import Path
from secrets import token_hex

import pytest

from tests.company import TWO_WORDS, a_company

APP_SECRET = "the-secret-of-the-app"


def written_in(folder: Path) -> str:
    """Return all that the database's files hold."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.glob("clock-in.db*"))


async def test_after_a_day_with_faults_no_secret_is_in_the_database_or_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    issued = {APP_SECRET}  # and every token, ticket and session that the pretend DingTalk gives out

    def make_secret() -> str:
        made = token_hex(16)
        issued.add(made)
        return made

    def secrets_in(text: str) -> set[str]:
        return {one for one in issued if one in text}

    caplog.set_level(logging.DEBUG, logger="bot")
    changes = {"dingtalk": {"client_secret": APP_SECRET}, "clock_in": {"targets": ["signed", "record_upload"]}}
    secret = {"client_secret": APP_SECRET, "make_secret": make_secret}
    async with a_company(tmp_path, patience=TWO_WORDS, **secret, **changes) as company:
        await company.ask("user001", "clock in")
        await company.sandbox.fault("token_expired")
        await company.sandbox.fault("http_500", {"apis": ["record_upload"], "count": 1})
        await company.ask("user002", "clock in")
        frame = next(one.text for one in company.sandbox.frames if "sessionWebhook" in one.text)
        await company.sandbox.push_frame(frame[:-40])  # which is put aside
        await company.sandbox.fault("webhook_expired")
        await company.ask("user003", "clock in")
        await company.sandbox.fault("drop")
        await company.ask("user001", "my status")
    kept = written_in(tmp_path)
    assert "user003" in kept, "the database is looked at"
    assert len(issued) > 6
    assert secrets_in(frame), "and a frame has what is looked for"
    assert secrets_in(kept) == secrets_in(caplog.text) == set()
