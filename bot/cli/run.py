"""The command `run`."""

import asyncio
import logging
from pathlib import Path

import click

from bot import logs
from bot.app import App, run_app
from bot.cli.options import DONE, config_file
from bot.clock import SystemClock
from bot.errors import OperatorError, StoreRefused
from bot.settings import load

log = logging.getLogger(__name__)


@click.command()
@config_file
def run(file: Path) -> int:
    """Run the bot against DingTalk until SIGTERM or SIGINT.

    It brings the database schema up to date first. The log says why it did not start, and when it
    stopped.
    """
    logs.set_up()
    try:
        settings = load(file)
        logs.set_up(settings.secrets)
        asyncio.run(run_app(App(settings, clock=SystemClock())))
    except (OperatorError, StoreRefused) as error:
        log.critical("the bot ends: %s", error)
        raise
    log.info("the bot has stopped; waiting punches and answers go on at the next start")
    return DONE
