"""What each command of the command line does; each returns the exit code."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from typing import IO, Any

from bot import logs
from bot.clock import SystemClock
from bot.domain.chain import Link
from bot.domain.reconciling import DaysNotShown, days_to_compare
from bot.errors import OperatorError
from bot.settings import Settings, load

DONE, FAILED, BAD_USAGE = 0, 1, 2


def demo(port: int, employees: int, data: Path) -> int:
    """Run the real bot against the sandbox until interrupted."""
    from bot.demo import run_demo

    data.mkdir(parents=True, exist_ok=True)
    asyncio.run(run_demo(port, employees, data))
    return DONE


def sandbox(port: int) -> int:
    """Run the pretend DingTalk alone until interrupted."""
    from bot.sandbox.server import PortInUse, run_sandbox

    try:
        asyncio.run(run_sandbox(port))
    except PortInUse as error:
        raise OperatorError(str(error)) from None
    return DONE


def run(config: Path) -> int:
    """Run the bot against DingTalk until SIGTERM or SIGINT."""
    from bot.app import App
    from bot.app import run as run_app

    settings = load(config)
    logs.set_up(_secrets(settings))
    asyncio.run(run_app(App(settings, clock=SystemClock())))
    return DONE


def check(config: Path, *, as_json: bool) -> int:
    """Print one line for each part that has to work; 1 if any does not."""
    from bot.checks import check_all

    settings = load(config)
    logs.set_up(_secrets(settings), level=50)
    findings = asyncio.run(check_all(settings, SystemClock()))
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(finding.line())
    return DONE if all(finding.ok for finding in findings) else FAILED


def migrate(config: Path) -> int:
    """Bring the schema up to date."""
    from bot.storage import migrate as migrate_store

    steps = migrate_store(load(config).store.url)
    for step in steps:
        print(f"done: {step}")
    print("The schema is up to date.")
    return DONE


def audit(config: Path, expected: Link | None, *, as_json: bool) -> int:
    """Verify the ledger's hash chain; 1 when it is broken, or does not pass through `expected`."""
    from bot.storage.chain import audit_ledger
    from bot.views import audits

    found = audit_ledger(load(config).store.url, expected)
    _print(audits.as_dict(found) if as_json else audits.lines(found))
    return DONE if found.broken is None else FAILED


def reconcile(config: Path, first: date | None, last: date | None, *, as_json: bool) -> int:
    """Compare the work dates `first` to `last` with DingTalk's records; 1 when some could not be compared."""
    from bot.reconcile import reconcile_once
    from bot.views import comparisons

    settings, clock = load(config), SystemClock()
    logs.set_up(_secrets(settings), level=50)
    try:
        days = days_to_compare(clock.now().astimezone(settings.zone).date(), first, last)
    except DaysNotShown as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return BAD_USAGE
    report = asyncio.run(reconcile_once(settings, clock, days))
    view = comparisons.as_dict if as_json else comparisons.lines
    _print(view(report, settings.zone))
    return DONE if report.complete else FAILED


def understand_text(text: str, *, as_json: bool) -> int:
    """Print what the bot would make of `text`."""
    found = _understood(text)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else found["intent"])
    return DONE


def understand_lines(lines: Iterable[str], *, as_json: bool) -> int:
    """Print each `{"text": …}` line with its intent added, or with everything understood."""
    code = DONE
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            text = entry["text"]
        except (ValueError, TypeError, KeyError):
            print(f'line {number} is not an object with "text"', file=sys.stderr)
            code = FAILED
            continue
        found = _understood(str(text))
        entry |= found if as_json else {"intent": found["intent"]}
        print(json.dumps(entry, ensure_ascii=False))
    return code


def export(config: Path, first: date, last: date, file_format: str, out: Path | None) -> int:
    """Write the ledger of the work dates `first` to `last`."""
    from bot.storage.export import read_export
    from bot.views.exports import csv_lines, json_lines, write_xlsx

    settings = load(config)
    rows = read_export(settings.store.url, first, last)
    with _opened(out) as target:
        if file_format == "xlsx":
            write_xlsx(rows, settings.zone, target)
            return DONE
        lines = csv_lines if file_format == "csv" else json_lines
        for line in lines(rows, settings.zone):
            target.write(line.encode("utf-8"))
    return DONE


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        target = out.open("wb")
    except OSError as error:
        raise OperatorError(f"{out} cannot be written ({error.strerror}); name another file with --out") from None
    with target:
        yield target


def _understood(text: str) -> dict[str, Any]:
    from bot.understanding import understand
    from bot.understanding.explain import as_dict

    return as_dict(understand(text, today=SystemClock().now().astimezone(UTC).date()))


def _print(found: Mapping[str, object] | Iterable[str]) -> None:
    """Print a mapping as JSON, lines as they are."""
    if isinstance(found, Mapping):
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for line in found:
        print(line)


def _secrets(settings: Settings) -> list[str]:
    return [settings.dingtalk.client_secret.get_secret_value()]
