"""The command `export`."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from bot.cli.options import DONE, BadUsage, add_config, add_file, configured, day
from bot.domain.punches import ExportRow
from bot.storage.ledger import read_export
from bot.views.exports import csv_lines, json_lines, write_xlsx

_FORMATS = ("csv", "xlsx", "jsonl")


def add_export(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--from", dest="first", type=day, required=True, metavar="DATE", help="first work date")
    parser.add_argument("--to", dest="last", type=day, required=True, metavar="DATE", help="last work date")
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: what FILE ends in (.csv, .xlsx, .jsonl), else csv"
    )
    add_file(parser, "--out", help="replaced once all is written; default: standard output")


def export(options: Namespace) -> int:
    """Write the punches made through the bot, by work date, both dates included; also beside a running bot."""
    if options.last < options.first:
        raise BadUsage("--to is before --from")
    out: Path | None = options.out
    ending = out.suffix.lower().removeprefix(".") if out else ""
    file_format = options.format or (ending if ending in _FORMATS else "csv")
    settings = configured(options)
    rows = read_export(settings.store.url, options.first, options.last)
    if out is None:
        _write(rows, file_format, settings.zone, sys.stdout.buffer)
        return DONE
    with _replacing(out) as target:
        _write(rows, file_format, settings.zone, target)
    return DONE


def _write(rows: Iterable[ExportRow], file_format: str, zone: ZoneInfo, target: IO[bytes]) -> None:
    if file_format == "xlsx":
        ready = BytesIO()  # the target may be a pipe, and a half-made archive complains when that breaks
        write_xlsx(rows, zone, ready)
        target.write(ready.getbuffer())
        return
    for line in (csv_lines if file_format == "csv" else json_lines)(rows, zone):
        target.write(line.encode("utf-8"))


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
