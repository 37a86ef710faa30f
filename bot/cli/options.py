"""Shared by commands: exit codes and options."""

from functools import partial
from pathlib import Path

import click

from bot import logs
from bot.settings import Settings, load

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
