"""The configuration that `init` writes, and the archive that `diagnostics` writes."""

import json
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import IO
from urllib.request import ProxyHandler, build_opener
from zipfile import ZIP_DEFLATED, ZipFile

from bot.services.checks import Finding
from bot.settings import Settings

LOG_LINES = 1000
_JOURNAL = (
    "journalctl",
    "--unit=clock-in-bot*",
    f"--lines={LOG_LINES}",
    "--output=cat",
    "--no-pager",
)
_ANSWERS_S = 5.0
_EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"
_KEY = re.compile(r"( {0,2})(?:# ?)?(\w+):(?!\w)(.*)")
_COMMENT_COLUMN = 40


def fill_in(answers: Mapping[str, object]) -> str:
    """Return the example with these values, by keys such as `web.port`, also of keys that are
    commented out.
    """
    group = ""
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        key_line = _KEY.fullmatch(line)
        if key_line is None:
            continue
        indent, name, rest = key_line.groups()
        group = group if indent else name
        key = f"{group}.{name}" if indent else name
        if key in answers:
            pair = f"{indent}{name}: {json.dumps(answers[key], ensure_ascii=False)}"
            _, hash_sign, comment = rest.partition("  #")
            lines[number] = f"{pair:<{_COMMENT_COLUMN}} #{comment}" if hash_sign else pair
    return "\n".join(lines) + "\n"


def write_bundle(
    target: IO[bytes],
    settings: Settings,
    findings: Iterable[Finding],
    log: str,
    redact: Callable[[str], str],
) -> None:
    """Write a ZIP archive: versions, settings, findings of `check`, health and metrics of a running
    bot, the log.

    `redact` takes secrets out of each part. User ids stay.
    """
    packages = sorted(f"{package.name} {package.version}" for package in distributions())
    system = [f"Python {platform.python_version()}", platform.platform()]
    parts = {
        "versions.txt": "\n".join([*system, *packages]),
        "settings.json": json.dumps(
            settings.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=1
        ),
        "check.txt": "\n".join(finding.line() for finding in findings),
        "ready.json": _read_from_bot(settings, "readyz"),
        "metrics.txt": _read_from_bot(settings, "metrics"),
        "log.txt": log,
    }
    with ZipFile(target, "w", ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, redact(text))


def journal() -> str:
    """Return the last log lines of the systemd units `clock-in-bot*`, or why there are none."""
    try:
        return subprocess.run(_JOURNAL, capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no journal of the unit clock-in-bot: {error}"


def _read_from_bot(settings: Settings, path: str) -> str:
    """Return the answer of a bot that runs on this machine, or why there is none."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.web.host, settings.web.host)  # noqa: S104
    url = f"http://{host}:{settings.web.port}/{path}"
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_ANSWERS_S) as answer:
            return str(answer.read().decode())
    except (OSError, ValueError) as error:  # 503 of /readyz comes here, too
        reason = error.read().decode() if hasattr(error, "read") else str(error)
        return f"{url}: {reason}"
