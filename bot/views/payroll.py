"""Payroll exports as files, and the lines about people that payroll has to look at."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZipFile

from bot.domain.payroll import Cell, ExportProfile, PayrollRemark, PayrollRows
from bot.views.exports import write_rows
from bot.views.reply import Attachment

Remarks = dict[PayrollRemark, list[str]]


def write_payroll(
    profile: ExportProfile, lines: Iterable[PayrollRows], target: IO[bytes]
) -> Remarks:
    """Write people's rows as the profile says. Return the people to look at, by remark."""
    remarks: Remarks = {}

    def rows() -> Iterator[Sequence[Cell]]:
        for line in lines:
            for remark in line.remarks:
                remarks.setdefault(remark, []).append(line.who)
            yield from line.rows

    write_rows(
        profile.headings,
        rows(),
        profile.format,
        target,
        encoding=profile.encoding,
        title="payroll",
        two_digits=profile.hours,
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
