"""Logs: one JSON object a line, with nothing secret in it."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

_NAMES = r"\b(?:access_?token|session|ticket|app_?secret|client_?secret|signature|sign|authorization|password)"
_HEADERS = r"\b(?:authorization|x-acs-dingtalk-access-token)"
# A value after `=`, a value in quotes after a colon, or a header. Prose such as "access_token: no
# answer" stays.
_ASSIGNED = re.compile(rf"(?i)({_NAMES}\\*['\"]?\s*=\s*\\*['\"]?)[^&\s'\",}}\\]+")
_QUOTED = re.compile(rf"(?i)({_NAMES}\\*['\"]?\s*:\s*\\*(['\"]))(?:(?!\\*\2).)+")
_HEADER = re.compile(rf"(?i)({_HEADERS}\s*:\s*(?:(?:bearer|basic)\s+)?)[^\s'\"}}]+")
_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/\s]+)@")

SILENT = logging.CRITICAL  # for commands that print their findings


class Redactor:
    """Replaces known secrets of six characters or more, and text that looks like one, by ***."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted(
            (secret for secret in secrets if len(secret) >= 6), key=len, reverse=True
        )

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern in (_HEADER, _QUOTED, _ASSIGNED):
            text = pattern.sub(r"\1***", text)
        return _URL_PASSWORD.sub(r"\1:***@", text)


class JsonFormatter(logging.Formatter):
    """One record as a line of printable JSON: no text from outside can forge a line or steer a
    terminal.
    """

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if record.exc_info:
            entry["trace"] = self._redact(self.formatException(record.exc_info))
        line = json.dumps(entry, ensure_ascii=False)
        if line.isprintable():
            return line
        # JSON lets other line breaks (U+0085, U+2028), C1 controls and marks of text direction pass.
        return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def set_up(secrets: Iterable[str] = (), *, level: int = logging.INFO) -> None:
    """Send all logs to standard error as JSON lines without `secrets`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(Redactor(secrets)))
    logging.raiseExceptions = False  # a closed standard error must not stop the bot
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("alembic", "asyncio", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
