"""Reminders as lines for whoever has to trust them."""

import csv
import json
from datetime import timedelta

from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.views.reminder_lists import COLUMNS, csv_lines, json_lines
from tests.builders import SHANGHAI, TUESDAY, local

DUE = local("09:00")
TOLD = Reminder("user001", TUESDAY, "OnDuty/0", "before:10", ReminderKind.BEFORE, DUE - timedelta(minutes=10), DUE)
NOT_TOLD = Reminder(
    "=cmd",
    TUESDAY,
    "OnDuty/0",
    "after:5",
    ReminderKind.AFTER,
    DUE,
    DUE,
    ReminderState.DROPPED,
    "punched, at the gate",
)


def test_each_reminder_is_a_line_with_local_times() -> None:
    heading, first, second = csv.reader(csv_lines([TOLD, NOT_TOLD], SHANGHAI))
    assert tuple(heading) == COLUMNS
    assert first[5:] == ["2026-11-24T08:50:00+08:00", "2026-11-24T09:00:00+08:00", "claimed", ""]
    assert second[7:] == ["dropped", "punched, at the gate"]


def test_no_text_becomes_a_formula() -> None:
    assert next(iter(csv.reader(list(csv_lines([NOT_TOLD], SHANGHAI))[1:])))[0] == "'=cmd"


def test_json_lines_carry_the_same() -> None:
    (line,) = json_lines([TOLD], SHANGHAI)
    assert tuple(json.loads(line)) == COLUMNS
