"""What several commands share: exit codes, arguments, printing, and the ledger opened for writing."""

import os
import secrets
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import shtab

from bot import logs
from bot.clock import SystemClock
from bot.errors import OperatorError, StoreRefused
from bot.settings import Settings, load

if TYPE_CHECKING:
    from bot.storage.store import Store

DONE, FAILED, BAD_USAGE = 0, 1, 2
CONFIG_VARIABLE = "CLOCK_IN_BOT_CONFIG"


class BadUsage(Exception):
    """The arguments contradict each other."""


def add_config(parser: ArgumentParser) -> None:
    default = os.environ.get(CONFIG_VARIABLE)
    said = f"the YAML configuration; default: the file that {CONFIG_VARIABLE} names"
    add_file(parser, "--config", default=default, required=not default, help=said)


def add_file(parser: ArgumentParser, name: str, *, help: str, **more: object) -> None:  # noqa: A002 - as argparse
    """Add an argument that names a file; the shell completes it."""
    argument = parser.add_argument(name, type=Path, metavar="FILE", help=help, **more)  # type: ignore[arg-type]
    setattr(argument, "complete", shtab.FILE)  # noqa: B010 - argparse does not know the attribute


def day(text: str) -> date:
    """Read a date, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-24") from None


def number(least: int, most: int) -> Callable[[str], int]:
    """Return an argparse type: a number within limits."""

    def read(text: str) -> int:
        if text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise ArgumentTypeError(f"{text!r} is not a number between {least} and {most}")

    return read


def configured(options: Namespace) -> Settings:
    """Return the settings of a command that prints its findings: its log is silent. Raises ConfigError."""
    settings = load(options.config)
    logs.set_up([settings.dingtalk.client_secret.get_secret_value()], level=logs.SILENT)
    return settings


@asynccontextmanager
async def open_ledger(settings: Settings) -> "AsyncIterator[Store]":
    """Open the ledger for the block. Raises OperatorError when it is missing, outdated, in use or refuses."""
    from bot.storage import open_store  # here, so that commands without a ledger start quickly
    from bot.storage.urls import reading

    with reading(settings.store.url):
        pass  # it is there and current: to open it for writing would make or migrate it
    store = open_store(settings.store.url, clock=SystemClock(), owner=secrets.token_hex(8))
    try:
        await store.open()
        yield store
    except StoreRefused as error:
        raise OperatorError(f"The database refuses: {error}") from error
    finally:
        await store.close()
