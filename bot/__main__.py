"""The command line: `clock-in-bot`, the same as `python -m bot`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot import __version__, commands
from bot.commands import BAD_USAGE, FAILED
from bot.domain.chain import Link, link_of
from bot.domain.exports import FORMATS, export_format
from bot.errors import ConfigError, OperatorError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 it did not hold, 2 bad usage or configuration."""
    try:
        code = _run(_parser().parse_args(arguments))
    finally:
        all_printed = _end_output()
    return code if all_printed else FAILED


def _run(options: argparse.Namespace) -> int:
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except ConfigError as error:
        _complain(str(error))
        return BAD_USAGE
    except OperatorError as error:
        _complain(str(error))
        return FAILED
    except KeyboardInterrupt:  # `demo`, `run` and `sandbox` end well by it; what was to be done is not done
        return FAILED
    except BrokenPipeError:  # the reader of the output left, as `head` does
        return FAILED


def _end_output() -> bool:
    """Flush both standard streams; return whether standard output took everything.

    A stream that fails drops the rest. The interpreter would flush it again, and end with exit code 120.
    """
    failure = _flush_or_drop(sys.stdout)
    if failure is not None and not isinstance(failure, BrokenPipeError):
        _complain(f"standard output cannot be written ({failure.strerror})")
    _flush_or_drop(sys.stderr)
    return failure is None


def _complain(text: str) -> None:
    """Print to standard error; a text that cannot be printed changes no exit code."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def _flush_or_drop(stream: TextIO | None) -> OSError | None:
    """Flush `stream`, which is None where the shell closed it; return why it failed."""
    if stream is None:
        return None
    try:
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        return error
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clock-in-bot", description="Attendance assistant for DingTalk: people clock in by chat."
    )
    parser.add_argument("--version", action="version", version=__version__)
    several = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(several)
    _add_run(several)
    _add_check(several)
    _add_sandbox(several)
    _add_understand(several)
    _add_export(several)
    _add_reminders(several)
    _add_purge(several)
    _add_audit(several)
    _add_reconcile(several)
    _add_migrate(several)
    return parser


def _add_demo(several: "Commands") -> None:
    demo = several.add_parser("demo", help="try the whole bot against a pretend DingTalk; no credentials needed")
    demo.add_argument("--port", type=_port, default=8080, help="port of the chat page (default 8080)")
    demo.add_argument(
        "--employees", type=_headcount, default=12, help="people of the made-up company, 2 to 100000 (default 12)"
    )
    demo.add_argument(
        "--data", type=Path, default=Path(".demo"), metavar="DIR", help="where it keeps its data (default .demo)"
    )
    demo.set_defaults(command=lambda o: commands.demo(o.port, o.employees, o.data))


def _add_run(several: "Commands") -> None:
    run = _with_config(several, "run", "run the bot against DingTalk")
    run.set_defaults(command=lambda o: commands.run(o.config))


def _add_check(several: "Commands") -> None:
    check = _with_config(several, "check", "prove that configuration, database, DingTalk and targets work")
    check.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    check.set_defaults(command=lambda o: commands.check(o.config, as_json=o.json))


def _add_sandbox(several: "Commands") -> None:
    sandbox = several.add_parser("sandbox", help="the pretend DingTalk alone, for a bot of your own")
    sandbox.add_argument("--port", type=_port, default=8080, help="its port (default 8080)")
    sandbox.set_defaults(command=lambda o: commands.sandbox(o.port))


def _add_understand(several: "Commands") -> None:
    understand = several.add_parser("understand", help="show what the bot would make of a sentence, doing nothing")
    understand.add_argument("text", nargs="?", help="the sentence; with --jsonl a file of them")
    understand.add_argument(
        "--jsonl",
        action="store_true",
        help='read {"text": …} lines from the file or standard input, add "intent" and "act" to each',
    )
    understand.add_argument("--json", action="store_true", help="print everything understood")
    understand.set_defaults(command=lambda o: _understand(understand, o))


def _add_export(several: "Commands") -> None:
    export = _with_config(several, "export", "write the ledger of punches made through the bot")
    export.add_argument("--from", dest="first", type=_date, required=True, metavar="DATE", help="first work date")
    export.add_argument("--to", dest="last", type=_date, required=True, metavar="DATE", help="last work date")
    export.add_argument(
        "--format", choices=FORMATS, help="default: what FILE ends in (.csv, .xlsx, .jsonl), else csv"
    )
    export.add_argument(
        "--out", type=Path, metavar="FILE", help="replaced once all is written; default: standard output"
    )
    export.set_defaults(command=lambda o: _export(export, o))


def _add_reminders(several: "Commands") -> None:
    reminders = _with_config(
        several, "reminders", "list who was reminded, or would have been, and who was not and why"
    )
    reminders.add_argument(
        "--from", dest="first", type=_date, required=True, metavar="DATE", help="first work date"
    )
    reminders.add_argument("--to", dest="last", type=_date, required=True, metavar="DATE", help="last work date")
    reminders.add_argument("--json", action="store_true", help="print JSON lines instead of CSV")
    reminders.set_defaults(command=lambda o: _reminders(reminders, o))


def _add_audit(several: "Commands") -> None:
    audit = _with_config(several, "audit", "verify the ledger's hash chain, also beside a running bot")
    audit.add_argument(
        "--expect", type=_link, metavar="LINK", help="a link printed earlier and kept elsewhere, which must hold"
    )
    audit.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    audit.set_defaults(command=lambda o: commands.audit(o.config, o.expect, as_json=o.json))


def _add_reconcile(several: "Commands") -> None:
    reconcile = _with_config(several, "reconcile", "compare the ledger with DingTalk's records, and settle it")
    reconcile.add_argument(
        "--from", dest="first", type=_date, metavar="DATE", help="default: six days before --to"
    )
    reconcile.add_argument("--to", dest="last", type=_date, metavar="DATE", help="default: yesterday")
    reconcile.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    reconcile.set_defaults(command=lambda o: commands.reconcile(o.config, o.first, o.last, as_json=o.json))


def _add_purge(several: "Commands") -> None:
    purge = _with_config(several, "purge", "remove positions that retention no longer keeps")
    purge.add_argument("--user", metavar="ID", help="instead, all positions of one person who asks for it")
    purge.set_defaults(command=lambda o: commands.purge(o.config, o.user))


def _add_migrate(several: "Commands") -> None:
    migrate = _with_config(several, "migrate", "bring the database schema up to date, and nothing else")
    migrate.set_defaults(command=lambda o: commands.migrate(o.config))


def _with_config(several: "Commands", name: str, text: str) -> argparse.ArgumentParser:
    command = several.add_parser(name, help=text)
    command.add_argument("--config", type=Path, required=True, metavar="FILE", help="the YAML configuration")
    return command


def _understand(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.jsonl:
        if options.text is None:
            return commands.understand_lines(sys.stdin, as_json=options.json)
        try:
            lines = Path(options.text).read_text(encoding="utf-8").split("\n")
        except (OSError, ValueError) as error:
            parser.error(f"--jsonl {options.text} cannot be read: {getattr(error, 'strerror', None) or error}")
        return commands.understand_lines(lines, as_json=options.json)
    if options.text is None:
        parser.error("give a TEXT, or --jsonl and a file or lines on standard input")
    return commands.understand_text(options.text, as_json=options.json)


def _export(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.last < options.first:
        parser.error("--to is before --from")
    try:
        file_format = export_format(options.format, options.out)
    except ValueError as error:
        parser.error(str(error))
    return commands.export(options.config, options.first, options.last, file_format, options.out)


def _reminders(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.last < options.first:
        parser.error("--to is before --from")
    return commands.reminders(options.config, options.first, options.last, as_json=options.json)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-24") from None


def _link(text: str) -> Link:
    try:
        return link_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")


def _headcount(text: str) -> int:
    if text.isdecimal() and 2 <= int(text) <= 100_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of people between 2 and 100000")


if __name__ == "__main__":
    sys.exit(main())
