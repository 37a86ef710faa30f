"""Payroll exports as files, and the lines about people that payroll has to look at."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZipFile

from bot.domain.payroll import ADJUSTMENTS, Cell, ExportProfile, PayrollRemark, PayrollRows
from bot.views.exports import Sheet, write_rows
from bot.views.sentences import Attachment

Remarks = dict[PayrollRemark, list[str]]


def write_payroll(
    profile: ExportProfile, lines: Iterable[PayrollRows], target: IO[bytes]
) -> Remarks:
    """Write people's rows as the profile says. Return the people to look at, by remark.

    A spreadsheet of a locked month has a second sheet with the figures that moved.
    """
    remarks: Remarks = {}
    adjusted: list[Sequence[Cell]] = []
    has_lock = False

    def rows() -> Iterator[Sequence[Cell]]:
        nonlocal has_lock
        for line in lines:
            has_lock |= line.adjusted is not None
            adjusted.extend(line.adjusted or ())
            for remark in line.remarks:
                remarks.setdefault(remark, []).append(line.who)
            yield from line.rows

    def more() -> Iterator[Sheet]:
        if has_lock:
            yield Sheet("adjustments", ADJUSTMENTS, adjusted)

    write_rows(
        Sheet("payroll", profile.headings, rows(), profile.hours),
        profile.format,
        target,
        encoding=profile.encoding,
        more=more(),
    )
    return remarks


class PayrollHead(NamedTuple):
    """The profile of a file, and the file's name without its ending."""

    profile: ExportProfile
    name: str


def make_file(parts: Iterable[PayrollHead | Sequence[PayrollRows]]) -> tuple[Attachment, Remarks]:
    """Write a head and the batches of people after it, in a process of its own.

    A csv or jsonl goes into a zip: DingTalk takes no such file (《上传媒体文件》).
    """
    given = iter(parts)
    head = next(given)
    assert isinstance(head, PayrollHead), "the head comes first"
    content = io.BytesIO()
    lines = (line for batch in given for line in cast(Sequence[PayrollRows], batch))
    remarks = write_payroll(head.profile, lines, content)
    file = Attachment(f"{head.name}.{head.profile.format}", content.getvalue())
    if head.profile.format != "xlsx":
        packed = io.BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr(file.name, file.content)
        file = Attachment(f"{head.name}.zip", packed.getvalue())
    return file, remarks
