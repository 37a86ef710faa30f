"""Write the punches made through the bot, by work date, both dates included; also beside a running bot."""

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from bot.cli.options import DONE, BadUsage, add_config, add_days, completed_as_file, configured, days_of
from bot.domain.exports import ExportRow
from bot.errors import OperatorError
from bot.storage.export import read_export
from bot.views.exports import TooManyRows, csv_lines, json_lines, write_xlsx

_FORMATS = ("csv", "xlsx", "jsonl")


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    add_days(parser)
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: what FILE ends in (.csv, .xlsx, .jsonl), else csv"
    )
    out = parser.add_argument(
        "--out", type=Path, metavar="FILE", help="replaced once all is written; default: standard output"
    )
    completed_as_file(out)


def run(options: Namespace) -> int:
    """Write the ledger."""
    first, last = days_of(options)
    file_format = _format(options.format, options.out)
    settings = configured(options)
    rows = read_export(settings.store.url, first, last)
    with _opened(options.out) as target:
        if file_format != "xlsx":
            lines = csv_lines if file_format == "csv" else json_lines
            for line in lines(ExportRow, rows, settings.zone):
                target.write(line.encode("utf-8"))
            return DONE
        with TemporaryFile() as ready:  # a reader may leave early; a half-made archive would complain then
            try:
                write_xlsx(rows, settings.zone, ready)
            except TooManyRows as error:
                raise OperatorError(str(error)) from None
            ready.seek(0)
            shutil.copyfileobj(ready, target)
    return DONE


def _format(wanted: str | None, out: Path | None) -> str:
    """Return the format of the file's ending, else the one that is wanted. Raises BadUsage where these differ."""
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    if ending and (ending not in _FORMATS or wanted not in (None, ending)):
        raise BadUsage(f"--out {out} must end in .csv, .xlsx or .jsonl, and in the one that --format names")
    return ending or wanted or "csv"


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Give what to write to; a file takes the place of an earlier one only once it is whole."""
    if out is None:
        yield sys.stdout.buffer
        return
    try:
        if out.exists() and not out.is_file():  # a device or a pipe has no place to take
            with out.open("wb") as target:
                yield target
        else:
            with _replacing(out.resolve()) as target:
                yield target
    except OSError as error:
        raise OperatorError(f"{out} cannot be written ({error.strerror}); name another file with --out") from None


@contextmanager
def _replacing(file: Path) -> Iterator[IO[bytes]]:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=_private) as target:
            yield target
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open for the owner alone: who came when and where is nobody else's business on a shared machine."""
    return os.open(path, flags, 0o600)
