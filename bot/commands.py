"""What each command of the command line does; each returns the exit code."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from bot import logs
from bot.clock import SystemClock
from bot.domain.chain import Link
from bot.domain.reconciling import DaysNotShown, days_to_compare
from bot.errors import OperatorError, StoreRefused
from bot.settings import PREFIX, Settings, load
from bot.views.operators import counted

log = logging.getLogger(__name__)

DONE, FAILED, BAD_USAGE = 0, 1, 2


def demo(port: int, employees: int, data: Path) -> int:
    """Run the real bot against the sandbox until interrupted."""
    from bot.demo import run_demo

    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / "config.yaml").touch()
    except OSError as error:
        raise OperatorError(
            f"{data} cannot be written ({error.strerror}); name another folder with --data"
        ) from None
    asyncio.run(run_demo(port, employees, data))
    return DONE


def sandbox(port: int) -> int:
    """Run the pretend DingTalk alone until interrupted."""
    from bot.sandbox.server import PortUnavailable, run_sandbox

    try:
        asyncio.run(run_sandbox(port))
    except PortUnavailable as error:
        raise OperatorError(str(error)) from None
    except KeyboardInterrupt:
        return DONE
    return DONE


def run(config: Path) -> int:
    """Run the bot against DingTalk until SIGTERM or SIGINT; why it did not start, or that it ended, is logged."""
    from bot.app import App
    from bot.app import run as run_app
    from bot.stopping import end_at_last

    logs.set_up()
    try:
        settings = load(config)
        logs.set_up(_secrets(settings))
        if keys := _keys_from_environment(os.environ):
            log.info("taken from the environment, not from %s: %s", config, ", ".join(keys))
        asyncio.run(run_app(App(settings, clock=SystemClock()), stopping=end_at_last))
    except OperatorError as error:
        log.critical("the bot ends: %s", error)
        raise
    except StoreRefused as error:
        log.critical("the bot ends: the database refuses: %s", error)
        raise OperatorError(f"The database refuses: {error}. Start again once it takes writes.") from error
    log.info("the bot has stopped; what it still owes goes on at the next start")
    return DONE


def check(config: Path, *, as_json: bool) -> int:
    """Print one line for each part that has to work; 1 if any does not."""
    from bot.checks import Finding, check_all

    settings = load(config)
    logs.set_up(_secrets(settings), level=50)
    keys = ", ".join(_keys_from_environment(os.environ))
    overridden = [Finding("environment", True, f"sets {keys}, whatever the configuration says")] if keys else []
    findings = overridden + asyncio.run(check_all(settings, SystemClock()))
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(finding.line())
    return DONE if all(finding.ok for finding in findings) else FAILED


def migrate(config: Path) -> int:
    """Bring the schema up to date."""
    from bot.storage import migrate as migrate_store
    from bot.storage.migrations import BASELINE
    from bot.storage.urls import engine_of

    url = load(config).store.url
    revisions = migrate_store(url)
    for revision in revisions:
        print(f"done: {revision}")
    name = engine_of(url).name
    if BASELINE in revisions:
        print(f"A new, empty ledger was made: {name}")
    print(f"The schema of {name} is up to date.")
    return DONE


def audit(config: Path, expected: Link | None, *, as_json: bool) -> int:
    """Verify the ledger's hash chain; 1 when it is broken, or does not pass through `expected`."""
    from bot.storage.chain import audit_ledger
    from bot.views import operators

    settings = load(config)
    found = audit_ledger(settings.store.url, expected)
    _print((operators.audit_json if as_json else operators.audit_lines)(found, settings.zone))
    return DONE if found.broken is None else FAILED


def reconcile(config: Path, first: date | None, last: date | None, *, as_json: bool) -> int:
    """Compare what was punched on the dates `first` to `last` with DingTalk; 1 when some could not be compared."""
    from bot.reconcile import reconcile_once
    from bot.views import operators

    settings, clock = load(config), SystemClock()
    logs.set_up(_secrets(settings), level=50)
    try:
        days = days_to_compare(clock.now().astimezone(settings.zone).date(), first, last)
    except DaysNotShown as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return BAD_USAGE
    report = asyncio.run(reconcile_once(settings, clock, days))
    view = operators.comparison_json if as_json else operators.comparison_lines
    _print(view(report, settings.zone))
    return FAILED if report.failures else DONE


def understand_text(text: str, *, as_json: bool) -> int:
    """Print what the bot would make of `text`: the intent on standard output, what happens on standard error."""
    found = _understood(text)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else found["intent"])
    if not as_json:
        print(f"act: {found['act']}", file=sys.stderr)
    return DONE


def understand_lines(lines: Iterable[str], *, as_json: bool) -> int:
    """Print each `{"text": …}` line with its intent and act added, or with everything understood."""
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
        if not as_json:
            del found["action"], found["language"]
        print(json.dumps(entry | found, ensure_ascii=False))
    return code


def export(config: Path, first: date, last: date, file_format: str, out: Path | None) -> int:
    """Write the ledger of the work dates `first` to `last`."""
    from bot.storage.export import read_export
    from bot.views.exports import TooManyRows, csv_lines, json_lines, write_xlsx

    settings = load(config)
    rows = read_export(settings.store.url, first, last)
    with _opened(out) as target:
        if file_format == "xlsx":
            try:
                _write_whole(target, lambda book: write_xlsx(rows, settings.zone, book))
            except TooManyRows as error:
                raise OperatorError(str(error)) from None
            return DONE
        lines = csv_lines if file_format == "csv" else json_lines
        for line in lines(rows, settings.zone):
            target.write(line.encode("utf-8"))
    return DONE


def reminders(config: Path, first: date, last: date, *, as_json: bool) -> int:
    """Print who was reminded, or would have been, on the work dates `first` to `last`, and why others were not."""
    from bot.storage.reminders import read_reminders
    from bot.views.exports import reminder_csv_lines, reminder_json_lines

    settings = load(config)
    lines = reminder_json_lines if as_json else reminder_csv_lines
    for line in lines(read_reminders(settings.store.url, first, last), settings.zone):
        sys.stdout.write(line)
    return DONE


def purge(config: Path, user_id: str | None) -> int:
    """Apply retention once, as the running bot does every night, or remove one person's positions."""
    from bot.purge import purge_once, purge_person
    from bot.services.upkeep.retention import KEEP_PHONES

    settings = load(config)
    logs.set_up(_secrets(settings), level=50)
    if user_id is not None:
        removed = asyncio.run(purge_person(settings, SystemClock(), user_id))
        if removed is None:
            print(f"Nobody by the user id {user_id} is known. Nothing was removed.", file=sys.stderr)
            return FAILED
        if not removed:
            print(f"Nothing to remove: no position of {user_id} is stored, but for those still to be sent on.")
            return DONE
        what = counted(removed, "position")
        print(f"Removed {what} of {user_id}; those of punches still to be sent on are kept.")
        return DONE
    purged = asyncio.run(purge_once(settings, SystemClock()))
    days = settings.retention.coordinates_days
    what = f"{counted(purged.positions, 'position')} and {counted(purged.frames, 'unreadable frame')}"
    print(f"Removed {what} older than {days:g} {'day' if days == 1 else 'days'}.")
    print(f"Forgot {counted(purged.phones, 'phone')} that nobody punched from for {KEEP_PHONES.days} days.")
    return DONE


def _write_whole(target: IO[bytes], write: Callable[[IO[bytes]], None]) -> None:
    """Write to `target` only what is ready: whoever reads it may leave, at which a half-made archive complains."""
    with TemporaryFile() as ready:
        write(ready)
        ready.seek(0)
        shutil.copyfileobj(ready, target)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Give what to write to; a file takes the place of an earlier one only once it is whole."""
    if out is None:
        yield sys.stdout.buffer
        return
    try:
        if out.exists() and not out.is_file():  # a device or a pipe has no place to take
            with out.open("wb") as target:
                yield target
        else:
            with _replacing(out.resolve()) as target:
                yield target
    except OSError as error:
        raise OperatorError(f"{out} cannot be written ({error.strerror}); name another file with --out") from None


@contextmanager
def _replacing(file: Path) -> Iterator[IO[bytes]]:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=_private) as target:
            yield target
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open for the owner alone: who came when and where is nobody else's business on a shared machine."""
    return os.open(path, flags, 0o600)


def _understood(text: str) -> dict[str, Any]:
    """Return the contract's `intent`, `act` and `choices`, the language, and the likeliest action."""
    from bot.understanding import understand

    found = understand(text, today=SystemClock().now().astimezone(UTC).date())
    first = found.actions[0] if found.actions else None
    said: dict[str, Any] = {"intent": first.intent if first else "none", "act": str(found.act)}
    if len(found.actions) > 1:
        said["choices"] = [one.intent for one in found.actions]
    action = first.model_dump(mode="json", exclude_defaults=True) if first else None
    return {**said, "language": found.language, "action": action}


def _print(found: Mapping[str, object] | Iterable[str]) -> None:
    """Print a mapping as JSON, lines as they are."""
    if isinstance(found, Mapping):
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for line in found:
        print(line)


def _keys_from_environment(environment: Mapping[str, str]) -> list[str]:
    """Return the keys of the configuration that variables of ours set."""
    ours = (name for name in environment if name.upper().startswith(PREFIX))
    return sorted(name[len(PREFIX) :].lower().replace("__", ".") for name in ours)


def _secrets(settings: Settings) -> list[str]:
    return [settings.dingtalk.client_secret.get_secret_value()]
