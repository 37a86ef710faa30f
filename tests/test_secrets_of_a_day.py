"""After a day with faults no token, ticket, session webhook or app secret is in the database or a
log.
"""

import logging
from pathlib import Path
from secrets import token_hex

import pytest

from bot.sandbox.gateway import Frame
from tests.company import TWO_WORDS, a_company

APP_SECRET = "the-secret-of-the-app"


def written_in(folder: Path) -> str:
    """Return the content of all database files."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.glob("clock-in.db*"))


async def test_no_secret_is_stored_or_logged_on_a_day_with_faults(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    issued = {APP_SECRET}  # and each token, ticket and session of the pretend DingTalk

    def make_secret() -> str:
        made = token_hex(16)
        issued.add(made)
        return made

    def secrets_in(text: str) -> set[str]:
        return {secret for secret in issued if secret in text}

    caplog.set_level(logging.DEBUG, logger="bot")
    changes = {
        "dingtalk": {"client_secret": APP_SECRET},
        "clock_in": {"targets": ["signed", "record_upload"]},
    }
    secret = {"client_secret": APP_SECRET, "make_secret": make_secret}
    async with a_company(tmp_path, patience=TWO_WORDS, **secret, **changes) as company:
        await company.ask("user001", "clock in")
        await company.sandbox.fault("token_expired", {"count": 1})
        await company.sandbox.fault("http_500", {"apis": ["record_upload"], "count": 1})
        await company.ask("user002", "clock in")
        frame = next(sent.text for sent in company.sandbox.frames if "sessionWebhook" in sent.text)
        await company.sandbox.gateway.push(Frame("RAW", "", frame[:-40]))  # the bot puts it aside
        await company.sandbox.fault("webhook_expired")
        await company.ask("user003", "clock in")
        await company.sandbox.fault("drop")
        await company.ask("user001", "my status")
    kept = written_in(tmp_path)
    assert "user003" in kept, "the database was read"
    assert len(issued) > 6
    assert secrets_in(frame), "a frame holds a secret"
    assert secrets_in(kept) == secrets_in(caplog.text) == set()
