"""Shared by commands: exit codes, options, files and progress."""

import os
import sys
from collections.abc import Iterable, Iterator
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


def in_progress(label: str, items: Iterable[T], length: int | None = None) -> Iterator[T]:
    """Yield the items.

    In a terminal a bar on standard error shows how many of `length` are done.
    """
    hidden = not sys.stderr.isatty()
    steps = max(1, (length or 50_000) // 100)
    with click.progressbar(
        items, length, label, hidden, update_min_steps=steps, file=sys.stderr
    ) as bar:
        yield from items if hidden else bar
