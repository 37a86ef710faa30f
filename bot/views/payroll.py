"""Payroll exports as files, and the people whom payroll has to look at."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from bot.domain.payroll import ADJUSTMENTS, Cell, ExportProfile, PayrollRemark, PayrollRows
from bot.views.exports import Sheet, write_rows
from bot.views.sentences import Attachment

Remarks = dict[PayrollRemark, list[str]]


def write_payroll(
    profile: ExportProfile, people: Iterable[PayrollRows], target: IO[bytes]
) -> Remarks:
    """Write people's rows as the profile says. Return the people to look at, by remark.

    A spreadsheet has a second sheet if figures changed since the lock of the month.
    """
    remarks: Remarks = {}
    adjusted: list[Sequence[Cell]] = []

    def rows() -> Iterator[Sequence[Cell]]:
        for person in people:
            adjusted.extend(person.adjusted)
            for remark in person.remarks:
                remarks.setdefault(remark, []).append(person.who)
            yield from person.rows

    def second_sheet() -> Iterator[Sheet]:  # read after all rows, so `adjusted` is complete
        if adjusted:
            yield Sheet("adjustments", ADJUSTMENTS, adjusted)

    write_rows(
        Sheet("payroll", profile.headings, rows(), profile.hours),
        profile.format,
        target,
        encoding=profile.encoding,
        more=second_sheet(),
    )
    return remarks


def make_file(
    profile: ExportProfile, name: str, batches: Iterable[Sequence[PayrollRows]]
) -> tuple[Attachment, Remarks]:
    """Return a payroll file, and the people to look at, by remark. `name` is without an ending.

    A csv or jsonl goes into a zip, because DingTalk refuses such files (《上传媒体文件》).
    """
    content = io.BytesIO()
    remarks = write_payroll(profile, chain.from_iterable(batches), content)
    file = Attachment(f"{name}.{profile.format}", content.getvalue())
    if profile.format != "xlsx":
        packed = io.BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr(file.name, file.content)
        file = Attachment(f"{name}.zip", packed.getvalue())
    return file, remarks
