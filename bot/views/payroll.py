"""Payroll exports as files, and the people whom payroll has to look at."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZipFile

from bot.domain.payroll import ADJUSTMENTS, Cell, ExportProfile, PayrollRemark, PayrollRows
from bot.views.exports import Sheet, write_rows
from bot.views.sentences import Attachment

Remarks = dict[PayrollRemark, list[str]]


def write_payroll(
    profile: ExportProfile, people: Iterable[PayrollRows], target: IO[bytes]
) -> Remarks:
    """Write people's rows as the profile says. Return the people to look at, by remark.

    A spreadsheet of a locked month has a second sheet with the figures that changed since the lock.
    """
    remarks: Remarks = {}
    adjusted: list[Sequence[Cell]] = []
    is_locked = False

    def rows() -> Iterator[Sequence[Cell]]:
        nonlocal is_locked
        for person in people:
            is_locked |= person.adjusted is not None
            adjusted.extend(person.adjusted or ())
            for remark in person.remarks:
                remarks.setdefault(remark, []).append(person.who)
            yield from person.rows

    def second_sheet() -> Iterator[Sheet]:  # read after all rows, so `adjusted` is complete
        if is_locked:
            yield Sheet("adjustments", ADJUSTMENTS, adjusted)

    write_rows(
        Sheet("payroll", profile.headings, rows(), profile.hours),
        profile.format,
        target,
        encoding=profile.encoding,
        more=second_sheet(),
    )
    return remarks


class PayrollHead(NamedTuple):
    """The profile of a file, and the file's name without its ending."""

    profile: ExportProfile
    name: str


def make_file(parts: Iterable[PayrollHead | Sequence[PayrollRows]]) -> tuple[Attachment, Remarks]:
    """Return a payroll file, and the people to look at, by remark.

    The first part is the head, each other part a batch of people: a workshop's process gets them
    one by one. A csv or jsonl goes into a zip, because DingTalk refuses such files
    (《上传媒体文件》).
    """
    given = iter(parts)
    head = next(given)
    assert isinstance(head, PayrollHead), "the head comes first"
    content = io.BytesIO()
    people = (person for batch in given for person in cast(Sequence[PayrollRows], batch))
    remarks = write_payroll(head.profile, people, content)
    file = Attachment(f"{head.name}.{head.profile.format}", content.getvalue())
    if head.profile.format != "xlsx":
        packed = io.BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr(file.name, file.content)
        file = Attachment(f"{head.name}.zip", packed.getvalue())
    return file, remarks
