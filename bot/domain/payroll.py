"""Payroll exports: the profiles of the configuration, and the cells of their rows."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from bot.domain.closing import adjustments
from bot.domain.day import CheckState, PersonDay
from bot.domain.months import FIGURES, Month, MonthFigures, figures_of, values_of
from bot.domain.people import Employee
from bot.domain.slots import Frozen
from bot.domain.summaries import totals_of

Cell = str | int | Decimal | None
REPORTED = "dingtalk:"  # before the name or alias of a column of DingTalk's report
_DURATIONS = frozenset({"late", "early", "breaks", "leave", "worked", "adjusted"})
_TEXTS = ("user_id", "job_number", "name", "department", "work_date", "month")
FIELDS = (*_TEXTS, *FIGURES, "adjusted")
NOT_IN_GBK = "〓"  # stands for a letter that GBK lacks, as printers do


class ExportProfile(Frozen):
    """One payroll export: its rows, its file, and the field under each heading."""

    level: Literal["month", "day"] = "month"
    format: Literal["xlsx", "csv", "jsonl"] = "xlsx"
    encoding: Literal["utf-8", "gbk"] = "utf-8"
    durations: Literal["minutes", "decimal", "h:mm"] = "minutes"
    columns: list[dict[str, str]] = Field(min_length=1)

    @model_validator(mode="after")
    def _columns_fit(self) -> Self:
        for column in self.columns:
            if len(column) != 1:
                raise ValueError("columns: each is one heading and its field: {姓名: name}")
            ((heading, name),) = column.items()
            if not (name in FIELDS or name.removeprefix(REPORTED) not in (name, "")):
                raise ValueError(f"columns: unknown field {name!r}{nearest(name, FIELDS)}")
            if name == "work_date" and self.level == "month":
                raise ValueError("columns: work_date needs level: day")
            if self.headings.count(heading) > 1:
                raise ValueError(f"columns: the heading {heading!r} is there twice")
            if self.is_gbk and in_gbk(heading) != heading:
                raise ValueError(f"columns: the heading {heading!r} has letters that GBK lacks")
        return self

    @property
    def headings(self) -> list[str]:
        return [heading for column in self.columns for heading in column]

    @property
    def fields(self) -> list[str]:
        return [name for column in self.columns for name in column.values()]

    @property
    def is_gbk(self) -> bool:
        return self.format == "csv" and self.encoding == "gbk"

    @property
    def hours(self) -> list[int]:
        """Return the columns of hours with two digits, from 0."""
        is_decimal = self.durations == "decimal"
        return [at for at, name in enumerate(self.fields) if is_decimal and name in _DURATIONS]

    @property
    def reported(self) -> list[str]:
        """Return the names of the columns of DingTalk's report, each once."""
        names = (name.removeprefix(REPORTED) for name in self.fields if name.startswith(REPORTED))
        return list(dict.fromkeys(names))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of an error about an unknown name."""
    close = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.4)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known) or 'none'}"


def in_gbk(cell: Cell) -> Cell:
    """Return a cell with `NOT_IN_GBK` for each letter that GBK lacks."""
    if not isinstance(cell, str):
        return cell
    return "".join(letter if letter.encode("gbk", "ignore") else NOT_IN_GBK for letter in cell)


class Reported(NamedTuple):
    """A column of DingTalk's report: its values by work date, or one value for all dates."""

    by_day: Mapping[date, str]
    fixed: str = ""


class PayrollRemark(StrEnum):
    """Why payroll has to look at a person, as the key of its sentence."""

    WITHOUT_NUMBER = "payroll.without_number"  # the profile has one
    UNKNOWN_DAYS = "payroll.unknown_days"
    WITHOUT_LETTERS = "payroll.without_letters"  # a cell has `NOT_IN_GBK` instead


ADJUSTMENTS = ("user_id", "job_number", "name", "field", "locked", "live", "difference")


class PayrollRows(NamedTuple):
    """One person's rows and remarks. `who` names the person.

    `adjusted` has a row of `ADJUSTMENTS` for each figure that changed since the lock of the month.
    """

    who: str
    rows: Sequence[Sequence[Cell]]
    remarks: Sequence[PayrollRemark]
    adjusted: Sequence[Sequence[Cell]]


def rows_of(
    profile: ExportProfile,
    who: Employee,
    department_on: Callable[[str, date], str],
    days: Sequence[PersonDay],
    *,
    reported: Mapping[str, Reported],
    locked: MonthFigures | None,
) -> PayrollRows:
    """Return a person's rows of one month, which has at least one day.

    `reported` has the columns of DingTalk's report that were read. `locked` are the figures of a
    lock. The departments are those of the work date, or of the last day.
    """
    month = Month.of(days[0].work_date)
    whole = figures_of(who.user_id, month, days)
    unsure = frozenset(day.work_date for day in days if is_unsure_day(day))
    parts: list[tuple[date | None, Mapping[str, int], bool]]
    parts = [(None, whole.values, bool(unsure))]
    if profile.level == "day":
        parts = [
            (day.work_date, values_of(totals_of([day])), day.work_date in unsure) for day in days
        ]
    changes = None if locked is None else adjustments(whole, locked)
    rows: list[list[Cell]] = []
    for work_date, values, is_unsure in parts:
        facts: dict[str, Cell] = {
            **without_guesses(values, is_unsure),
            "user_id": who.user_id,
            "name": who.name,
            "job_number": who.job_number,
            "department": department_on(who.user_id, work_date or days[-1].work_date),
            "month": str(month),
            "work_date": None if work_date is None else work_date.isoformat(),
            "adjusted": None if work_date or changes is None else changes.get("worked", 0),
            **{
                REPORTED + name: _report_cell(column, work_date)
                for name, column in reported.items()
            },
        }
        rows.append([_cell(facts.get(name), name, profile.durations) for name in profile.fields])
    written = [[in_gbk(cell) for cell in row] for row in rows] if profile.is_gbk else rows
    remarks = {
        PayrollRemark.WITHOUT_NUMBER: "job_number" in profile.fields and not who.job_number,
        PayrollRemark.UNKNOWN_DAYS: unsure,
        PayrollRemark.WITHOUT_LETTERS: written != rows,
    }
    named = f"{who.name} ({who.user_id})" if who.name else who.user_id
    raised = [remark for remark, holds in remarks.items() if holds]
    adjusted = (
        () if locked is None else _rows_of_adjustments(profile, who, whole, locked, bool(unsure))
    )
    return PayrollRows(named, written, raised, adjusted)


def _rows_of_adjustments(
    profile: ExportProfile, who: Employee, live: MonthFigures, locked: MonthFigures, is_unsure: bool
) -> list[list[Cell]]:
    """Return a row for each figure that changed since the lock. An unknown figure has no difference."""
    known_now = without_guesses(live.values, is_unsure)
    known_then = without_guesses(locked.values, False)
    changes = adjustments(live, locked)
    rows: list[list[Cell]] = []
    for name in filter(changes.__contains__, FIGURES):
        before = known_then.get(name)
        now = known_now.get(name)
        change = None if before is None or now is None else changes[name]
        cells = [_cell(value, name, profile.durations) for value in (before, now, change)]
        rows.append([who.user_id, who.job_number, who.name, name, *cells])
    return rows


def is_unsure_day(day: PersonDay) -> bool:
    """Return whether a fact of the day is unknown: a verdict, or a punch after an incomplete read."""
    return day.uncertain or any(check.state is CheckState.UNKNOWN for check in day.checks)


def without_guesses(values: Mapping[str, int], is_unsure: bool) -> Mapping[str, int | None]:
    """Return figures with None in place of a 0 that nobody knows."""
    known: dict[str, int | None] = dict(values)
    for name, value in values.items():
        lacks = values.get(f"{name}_unknown", 0) or (is_unsure and not name.startswith("days_"))
        if lacks and not value:
            known[name] = None
    for name in ("breaks", "leave"):  # an old plan has unknown breaks
        if values[f"{name}_unknown"]:
            known[name] = None
    return known


def _report_cell(column: Reported, work_date: date | None) -> Cell:
    """Return DingTalk's value of a date, or the sum of all dates. Texts do not add up."""
    if work_date is not None:
        return _number_or_text(column.by_day.get(work_date, column.fixed))
    cells = [_number_or_text(text) for text in column.by_day.values() if text]
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    if not cells:
        return _number_or_text(column.fixed)
    return sum(numbers, Decimal()) if len(numbers) == len(cells) else None


def number_of(text: str) -> Decimal | None:
    """Return the number in a text of DingTalk's report, None for other texts."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number_or_text(text: str) -> Cell:
    number = number_of(text)
    return text or None if number is None else number


def _cell(value: Cell, name: str, durations: str) -> Cell:
    """Return a value as its column shows it. Durations come in minutes."""
    if name not in _DURATIONS or not isinstance(value, int) or durations == "minutes":
        return value or None if isinstance(value, str) else value
    if durations == "decimal":
        return (Decimal(value) / 60).quantize(Decimal("0.01"))
    hours, minutes = divmod(abs(value), 60)
    return f"{'-' if value < 0 else ''}{hours}:{minutes:02}"
