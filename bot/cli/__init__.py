"""The command line: `clock-in-bot`, the same as `python -m bot`. `add_X` declares the arguments of command X."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from inspect import getdoc

import shtab

from bot import __version__
from bot.cli.options import BAD_USAGE, FAILED, BadUsage
from bot.errors import ConfigError, OperatorError

COMMANDS = {  # name: module and help text
    "demo": ("demo", "try the whole bot against a pretend DingTalk; no credentials needed"),
    "run": ("run", "run the bot against DingTalk"),
    "check": ("check", "prove that configuration, database, DingTalk and targets work"),
    "sandbox": ("demo", "the pretend DingTalk alone, for a bot of your own"),
    "understand": ("understand", "show what the bot would make of a sentence, doing nothing"),
    "export": ("export", "write the ledger of punches made through the bot"),
    "purge": ("ledger", "remove positions that retention no longer keeps"),
    "backup": ("ledger", "write a consistent copy of the database beside a running bot"),
    "audit": ("ledger", "verify the ledger's hash chain, also beside a running bot"),
    "reconcile": ("reconcile", "compare the ledger with DingTalk's records, and settle it"),
    "migrate": ("ledger", "bring the database schema up to date, and nothing else"),
}
_COMPLETION = "--print-completion"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 it did not hold, 2 bad usage or configuration."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser(arguments).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BadUsage as error:
        options.refuse(str(error))
        return BAD_USAGE
    except OperatorError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE if isinstance(error, ConfigError) else FAILED
    except KeyboardInterrupt:  # `demo`, `run` and `sandbox` end well by it; other commands did not finish
        return FAILED
    except OSError as error:
        if error.errno and not error.filename:  # else the interpreter flushes again, and ends with exit code 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # which only says that the reader left, as `head` does
            print(error, file=sys.stderr)
        return FAILED
    return code


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser. Import only the commands that `arguments` name, so that each start is quick."""
    parser = argparse.ArgumentParser(
        prog="clock-in-bot", description="Attendance assistant for DingTalk: people clock in by chat."
    )
    parser.add_argument("--version", action="version", version=__version__)
    shtab.add_argument_to(parser, [_COMPLETION], help="print the completion script of a shell")
    several = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (file, summary) in COMMANDS.items():
        command = several.add_parser(name, help=summary)
        if name in arguments or _COMPLETION in arguments:
            module = import_module(f"bot.cli.{file}")
            run = getattr(module, name)
            command.description = getdoc(run)
            getattr(module, f"add_{name}")(command)
            command.set_defaults(run=run, refuse=command.error)
    return parser
