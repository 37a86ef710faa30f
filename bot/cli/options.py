"""Shared by commands: exit codes, options, and the ledger opened for writing."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import logs
from bot.clock import SystemClock
from bot.errors import OperatorError, StoreRefused
from bot.settings import Settings, load

if TYPE_CHECKING:
    from bot.storage.store import Store

DONE, FAILED, BAD_USAGE = 0, 1, 2
CONFIG_VARIABLE = "CLOCK_IN_BOT_CONFIG"
FILE = click.Path(path_type=Path)

_config = partial(
    click.option, "--config", type=FILE, envvar=CONFIG_VARIABLE, show_envvar=True, required=True, metavar="FILE"
)


def _settings(_context: click.Context, _option: click.Parameter, file: Path) -> Settings:
    settings = load(file)
    logs.set_up([settings.dingtalk.client_secret.get_secret_value()], level=logs.SILENT)
    return settings


config_file = _config("file", help="The configuration.")
configured = _config("settings", help="The configuration.", callback=_settings)  # the log of the command is silent


def day(text: str) -> date:
    """Read a date; the type of an option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date such as 2026-11-24") from None


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
