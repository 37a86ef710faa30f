"""Every cell of the spreadsheet of a generated month, beside arithmetic that shares no code with the bot."""

import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.sheets import SheetHead, lines_of, write
from tests.a_month import (
    FIRST,
    INSIDE,
    LAST,
    OUTSIDE,
    Story,
    a_month,
    came,
    early_of,
    judged,
    late_of,
    missed_of,
    rate_of,
    standing_of,
    sums,
    worked_of,
)
from tests.builders import SHANGHAI

ZH = Texts("zh", SHANGHAI)
MONTH = a_month(7)
FOUND = judged(MONTH)
SUMS = (
    *("due", "present", "absent", "unknown", "excused", "rate", "leave_days", "late", "late_minutes", "early"),
    *("early_minutes", "missed", "worked_minutes", "worked_unknown"),
)
ALL = sums([story for of in MONTH.values() for story in of])


def clock(minutes: int | None) -> str:
    return "?" if minutes is None else f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def arrived(story: Story) -> int | None:
    return min((one for one, _ in story.punches if one is not None), default=None)


def left(story: Story) -> int | None:
    return max((one for _, one in story.punches if one is not None), default=None)


def the_sheets() -> openpyxl.Workbook:
    head = SheetHead(FIRST, LAST, ZH)
    content = write([head, lines_of(head, [((who, f"王{who}", "研发部"), FOUND[who]) for who in MONTH])])
    return openpyxl.load_workbook(io.BytesIO(content))


def moment(story: Story, minutes: int | None) -> datetime | None:
    """Return a local moment as a spreadsheet has it, without a zone."""
    midnight = datetime(story.day.year, story.day.month, story.day.day)  # noqa: DTZ001
    return None if minutes is None else midnight + timedelta(minutes=minutes)


def row_of(who: str, story: Story) -> list[Any]:
    """Return what the sheet has of a day after name and department."""
    begins = story.sections[0][0] if story.due else None
    ends = story.sections[-1][1] if story.due else None
    return [
        moment(story, 0),
        f"{clock(begins)}–{clock(ends)}" if story.due else None,
        moment(story, begins),
        moment(story, arrived(story)),
        moment(story, left(story)),
        *counted(late_of(story), story),
        *counted(early_of(story), story),
        0 if story.excused else missed_of(story),
        None if story.kind == "unread" and not came(story) else worked_of(story),
        ZH(f"mark.{standing_of(story)}"),
        1 if story.excused and story.due else None,
        *(cell for check_type in CheckType for cell in place_of(story, check_type)),
    ]


def counted(minutes: int, story: Story) -> list[int | None]:
    """Return how often and by how much, where no lead excused it."""
    return [None, 0] if story.excused or not minutes else [1, minutes]


def place_of(story: Story, check_type: CheckType) -> list[str | int | None]:
    """Return where the clock-in or the clock-out of a day was made; the day's first punch is the one outside."""
    made = [one for pair in story.punches for one in pair if one is not None]
    side = int(check_type is CheckType.OFF_DUTY)
    answers = [pair[side] for pair in story.punches if pair[side] is not None]
    if not answers or not story.due:
        return [None, None]
    if story.outside and (answers[-1] if side else answers[0]) == made[0]:
        return [f"外勤（{OUTSIDE.site}）", round(OUTSIDE.distance_m or 0)]
    return [INSIDE.site, round(INSIDE.distance_m or 0)]


def test_the_spreadsheet_has_each_persons_days_and_sums() -> None:
    book = the_sheets()
    days, calendar, totals = (list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book)
    sheet = book["每日明细"]
    assert (sheet["G1"].value, sheet["J1"].value) == ("上班打卡（Asia/Shanghai）", "迟到（分钟）")
    assert (sheet["G2"].number_format, sheet["D2"].number_format) == ("hh:mm", "yyyy-mm-dd")
    assert [(one.freeze_panes, one.auto_filter.ref[:3]) for one in book] == [("C2", "A1:")] * 3
    expected = [[who, *row_of(who, story)] for who, of in MONTH.items() for story in of]
    assert [[row[0], *map(to_the_minute, row[3:])] for row in days] == expected
    marks = {who: [mark_of(story) for story in of] for who, of in MONTH.items()}
    assert {row[0]: list(row[3:]) for row in calendar} == marks
    for row, found in zip(totals, [*(sums(of) for of in MONTH.values()), ALL], strict=True):
        cells = [rate_of(found) if name == "rate" else found[name] for name in SUMS]
        assert list(row[3:]) == pytest.approx(cells)


def mark_of(story: Story) -> str:
    """Return what the calendar has of a day."""
    mark = ZH(f"mark.{standing_of(story)}")
    mark += f" {late_of(story)}" if late_of(story) and not story.excused else ""
    too = story.excused and story.due and standing_of(story) != "excused"
    return f"{mark}，已豁免" if too else mark


def to_the_minute(cell: Any) -> Any:
    """Return a moment without what a day number loses; anything else as it is."""
    if not isinstance(cell, datetime):
        return cell
    return (cell + timedelta(seconds=30)).replace(second=0, microsecond=0)
