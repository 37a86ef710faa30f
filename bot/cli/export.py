"""The command `export`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import IO

import click

from bot.cli.options import DONE, FILE, configured, day
from bot.settings import Settings
from bot.storage.ledger import read_export
from bot.views.exports import FORMATS, write_rows


@click.command()
@configured
@click.option("--from", "first", type=day, metavar="DATE", required=True, help="First work date.")
@click.option("--to", "last", type=day, metavar="DATE", required=True, help="Last work date.")
@click.option("--format", "chosen", type=click.Choice(FORMATS), help="Default: the ending of FILE, else csv.")
@click.option("--out", type=FILE, metavar="FILE", help="Replaced once all is written. Default: standard output.")
def export(settings: Settings, first: date, last: date, chosen: str | None, out: Path | None) -> int:
    """Write the punches made through the bot, by work date, both dates included; also beside a running bot."""
    if last < first:
        raise click.UsageError("--to is before --from")
    ending = out.suffix.lower().removeprefix(".") if out else ""
    file_format = chosen or (ending if ending in FORMATS else "csv")
    rows = read_export(settings.store.url, first, last)
    with _replacing(out) if out else nullcontext(sys.stdout.buffer) as target:
        write_rows(rows, file_format, settings.zone, target)
    return DONE


@contextmanager
def _replacing(file: Path) -> Iterator[IO[bytes]]:
    """Give a new file, for its owner alone; it takes the place of an earlier one only once it is whole."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as target:
            yield target
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
