"""The command `export`."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

from bot.cli.options import DONE, BadUsage, add_config, add_file, configured, day
from bot.storage.ledger import read_export
from bot.views.exports import FORMATS, write_rows


def add_export(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--from", dest="first", type=day, required=True, metavar="DATE", help="first work date")
    parser.add_argument("--to", dest="last", type=day, required=True, metavar="DATE", help="last work date")
    parser.add_argument(
        "--format", choices=FORMATS, help="default: what FILE ends in (.csv, .xlsx, .jsonl), else csv"
    )
    add_file(parser, "--out", help="replaced once all is written; default: standard output")


def export(options: Namespace) -> int:
    """Write the punches made through the bot, by work date, both dates included; also beside a running bot."""
    if options.last < options.first:
        raise BadUsage("--to is before --from")
    out: Path | None = options.out
    ending = out.suffix.lower().removeprefix(".") if out else ""
    file_format = options.format or (ending if ending in FORMATS else "csv")
    settings = configured(options)
    rows = read_export(settings.store.url, options.first, options.last)
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
