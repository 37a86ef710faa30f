"""What is kept of a day with faults: no token, ticket, session webhook or secret of the app."""

import logging
from pathlib import Path

import pytest

from bot.sandbox.api import new_secret
from tests.company import TWO_WORDS, a_company

APP_SECRET = "the-secret-of-the-app"


class Issued:
    """Every token, ticket and session that the pretend DingTalk gave out, and the app's secret."""

    def __init__(self) -> None:
        self.all = {APP_SECRET}

    def make(self) -> str:
        """Make a secret, and keep it."""
        made = new_secret()
        self.all.add(made)
        return made

    def in_text(self, text: str) -> set[str]:
        """Return what of it stands there."""
        return {one for one in self.all if one in text}


def written_in(folder: Path) -> str:
    """Return all that the database's files hold."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.glob("clock-in.db*"))


async def test_after_a_day_with_faults_no_secret_is_in_the_database_or_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    issued = Issued()
    caplog.set_level(logging.DEBUG, logger="bot")
    changes = {"dingtalk": {"client_secret": APP_SECRET}, "clock_in": {"targets": ["signed", "record_upload"]}}
    secret = {"client_secret": APP_SECRET, "make_secret": issued.make}
    async with a_company(tmp_path, patience=TWO_WORDS, **secret, **changes) as company:
        await company.ask("user001", "clock in")
        await company.sandbox.fault("token_expired")
        await company.sandbox.fault("http_500", {"apis": ["record_upload"], "count": 1})
        await company.ask("user002", "clock in")
        webhook = next(frame.text for frame in company.sandbox.frames if "sessionWebhook" in frame.text)
        await company.sandbox.push_frame(webhook[:-40])  # which is put aside
        await company.sandbox.fault("webhook_expired")
        await company.ask("user003", "clock in")
        await company.sandbox.fault("drop")
        await company.ask("user001", "my status")
    kept = written_in(tmp_path)
    assert "user003" in kept, "the database is looked at"
    assert len(issued.all) > 6
    assert issued.in_text(webhook), "and the frames have what is looked for"
    assert issued.in_text(kept) == set()
    assert issued.in_text(caplog.text) == set()
