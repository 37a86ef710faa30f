"""The text of reminders."""

from datetime import date, datetime

from bot.domain.reminders import Reminder, ReminderKind
from bot.domain.shifts import CheckType
from bot.views.i18n import Texts
from bot.views.reply import Button, Reply
from bot.views.sentences import check_type, plain, titled

_KEYS = {CheckType.ON_DUTY: "on", CheckType.OFF_DUTY: "off"}


def nudge(reminder: Reminder, texts: Texts, *, as_of: datetime, by_page: bool = False) -> Reply:
    """Return the text of a reminder at `as_of`. It contains no name, so that many people share it.

    With `by_page` a second button leads to the page, for a punch with a position.
    """
    due, moment = texts.clock(reminder.due_at), "before" if as_of < reminder.due_at else "after"
    lines = [texts("nudge.asked")] if reminder.kind is ReminderKind.NUDGE else []
    lines.append(texts(f"nudge.{moment}_{_KEYS[reminder.check_type]}", due=due, at=texts.clock(as_of)))
    clock = "clock_in" if reminder.check_type is CheckType.ON_DUTY else "clock_out"
    names = [clock, *([f"{clock}_by_page"] if by_page else []), "snooze"]
    buttons = [*(plain(name, texts) for name in names), _leave_button(reminder.work_date, texts, as_of)]
    return titled(texts("nudge.title", what=check_type(reminder.check_type, texts), due=due), lines, buttons)


def _leave_button(work_date: date, texts: Texts, as_of: datetime) -> Button:
    """Return the button for leave on the day of the check, or today. It says the date for a late press."""
    today = as_of.astimezone(texts.zone).date()
    day = max(work_date, today)
    label = texts("button.on_leave_day", day=f"{day:%m-%d}") if day > today else texts("button.on_leave")
    return Button(label, texts("button.on_leave_says", date=day.isoformat()))
