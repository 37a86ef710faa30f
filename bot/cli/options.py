"""Shared by commands: exit codes, options, files and progress."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import click

from bot import logs
from bot.settings import Settings, load

DONE = 0
FAILED = 1
BAD_USAGE = 2
CONFIG_VARIABLE = "CLOCK_IN_BOT_CONFIG"
T = TypeVar("T")
FILE = click.Path(path_type=Path)

_config = partial(
    click.option,
    "--config",
    type=FILE,
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    required=True,
    metavar="FILE",
    help="The configuration.",
)


def quiet_settings(file: Path) -> Settings:
    """Read the configuration for a command that prints its findings: nothing goes to the log."""
    settings = load(file)
    logs.set_up(settings.secrets, level=logs.SILENT)
    return settings


config_file = _config("file")
configured = _config("settings", callback=lambda *given: quiet_settings(given[-1]))


@contextmanager
def open_output(file: Path | None) -> Iterator[IO[bytes]]:
    """Give a new file, readable by its owner alone. Without `file` give standard output.

    The new file replaces `file` after the block, unless the block fails.
    """
    if file is None:
        yield sys.stdout.buffer
        return
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as target:
            yield target
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
