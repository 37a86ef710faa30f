"""Reminders as lines for whoever has to trust them."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.domain.reminders import Reminder
from bot.views.exports import harmless

COLUMNS = ("user_id", "work_date", "check_point", "which", "kind", "moment", "due_at", "state", "reason")


def csv_lines(reminders: Iterable[Reminder], zone: ZoneInfo) -> Iterator[str]:
    """Yield the heading and a line for each reminder; times are ISO 8601 with the offset of `zone`."""
    yield _csv(COLUMNS)
    for reminder in reminders:
        yield _csv(tuple(harmless(text) for text in as_dict(reminder, zone).values()))


def json_lines(reminders: Iterable[Reminder], zone: ZoneInfo) -> Iterator[str]:
    """Yield one JSON object a line."""
    for reminder in reminders:
        yield json.dumps(as_dict(reminder, zone), ensure_ascii=False) + "\n"


def as_dict(reminder: Reminder, zone: ZoneInfo) -> dict[str, str]:
    """Return a reminder by column."""
    return {
        "user_id": reminder.user_id,
        "work_date": reminder.work_date.isoformat(),
        "check_point": reminder.check_point,
        "which": reminder.which,
        "kind": reminder.kind.value,
        "moment": reminder.moment.astimezone(zone).isoformat(),
        "due_at": reminder.due_at.astimezone(zone).isoformat(),
        "state": reminder.state.value,
        "reason": reminder.reason,
    }


def _csv(fields: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(fields)
    return line.getvalue()
