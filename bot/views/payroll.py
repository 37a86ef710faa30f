"""Payroll exports as files, and the lines about people that payroll has to look at."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from bot.domain.payroll import NOT_IN_GBK, Cell, ExportProfile, PayrollRows, Remarks
from bot.views.exports import write_rows
from bot.views.sentences import one_line


def write_payroll(
    profile: ExportProfile, lines: Iterable[PayrollRows], target: IO[bytes]
) -> Remarks:
    """Write people's rows as the profile says. Return the people to look at."""
    remarks = Remarks([], [], [])

    def rows() -> Iterator[Sequence[Cell]]:
        for line in lines:
            remarks.add(line)
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


def make_file(parts: Iterable[ExportProfile | Sequence[PayrollRows]]) -> tuple[bytes, Remarks]:
    """Write a profile and the batches of people after it, in a process of its own."""
    given = iter(parts)
    profile = next(given)
    assert isinstance(profile, ExportProfile), "the profile comes first"

    def lines() -> Iterator[PayrollRows]:
        for batch in given:
            assert not isinstance(batch, ExportProfile), "people follow the profile"
            yield from batch

    target = io.BytesIO()
    remarks = write_payroll(profile, lines(), target)
    return target.getvalue(), remarks


def remark_lines(remarks: Remarks) -> list[str]:
    """Return the people to look at for the operator, a line for each reason."""
    lines = {
        "Without an employee number": [str(who) for who in remarks.without_number],
        "With unknown days": [f"{who}: {days}" for who, days in remarks.unknown],
        f"With {NOT_IN_GBK} for letters that GBK lacks": list(map(str, remarks.without_letters)),
    }
    return [
        one_line(f"{reason}: {', '.join(people)}") for reason, people in lines.items() if people
    ]
