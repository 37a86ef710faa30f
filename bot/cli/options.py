"""Exit codes, and the arguments that several commands share."""

import json
import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import shtab

from bot import logs
from bot.settings import Settings, load

DONE, FAILED, BAD_USAGE = 0, 1, 2
CONFIG_VARIABLE = "CLOCK_IN_BOT_CONFIG"


class BadUsage(Exception):
    """The arguments contradict each other; the message says how."""


def add_config(parser: ArgumentParser) -> None:
    """Add `--config`."""
    default = os.environ.get(CONFIG_VARIABLE)
    config = parser.add_argument(
        "--config", type=Path, default=default, required=not default, metavar="FILE",
        help=f"the YAML configuration; default: the file that {CONFIG_VARIABLE} names",
    )  # fmt: skip
    completed_as_file(config)


def add_days(parser: ArgumentParser) -> None:
    """Add `--from` and `--to`, both required."""
    parser.add_argument("--from", dest="first", type=day, required=True, metavar="DATE", help="first work date")
    parser.add_argument("--to", dest="last", type=day, required=True, metavar="DATE", help="last work date")


def days_of(options: Namespace) -> tuple[date, date]:
    """Return the days that `add_days` took. Raises BadUsage."""
    if options.last < options.first:
        raise BadUsage("--to is before --from")
    return options.first, options.last


def completed_as_file(argument: object) -> None:
    """Let the shell complete the value of an argument with names of files."""
    setattr(argument, "complete", shtab.FILE)  # noqa: B010  # argparse does not know the attribute


def configured(options: Namespace) -> Settings:
    """Return the settings of a command that prints its findings: its log is silent. Raises ConfigError."""
    settings = load(options.config)
    logs.set_up([settings.dingtalk.client_secret.get_secret_value()], level=logs.SILENT)
    return settings


def print_json(found: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(found, ensure_ascii=False, indent=1))


def print_lines(lines: Iterable[str]) -> None:
    """Print each line."""
    for line in lines:
        print(line)


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-24") from None


def port(text: str) -> int:
    """Read a port."""
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")
