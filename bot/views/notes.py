"""Reminders, and notes: missing people, excused days, stand-ins, doubtful positions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from bot.domain.absences import Excuse
from bot.domain.day import Standing
from bot.domain.people import Employee
from bot.domain.punches import Punch, Remark, has_remark, name_after, reason_in
from bot.domain.reminders import NamedChecks, Reminder, ReminderKind, ToldArrival
from bot.domain.sites import LocationResult
from bot.domain.slots import Action
from bot.domain.teams import Appointment
from bot.views.i18n import Texts
from bot.views.keys import CLOCK_BUTTONS, CLOCK_BUTTONS_BY_PAGE, WORDS_OF_BUTTONS
from bot.views.sentences import (
    MAX_OF_NAMES,
    Button,
    Names,
    Reply,
    escape,
    list_names,
    one_line,
    plain,
    reply_with_title,
    reply_without_title,
)

# Limits of one note: with the longest names it stays below DingTalk's 15,000 bytes for a message.
MOST_BUTTONS = 20
MOST_LABEL = 30  # characters of a name
MOST_CHOICES = 5
_SHOWN_REASON = 200
_GROUPS = {  # of people in a note to a lead
    Standing.MISSING: "nudge.team_missing",
    Standing.ON_LEAVE: "nudge.team_on_leave",
    Standing.UNKNOWN: "nudge.team_unknown",
}


def reminder_text(
    reminder: Reminder, texts: Texts, *, as_of: datetime, by_page: bool = False
) -> Reply:
    """Return the text of a reminder at `as_of`. It contains no name, so that many people share it.

    With `by_page` a second button leads to the page, for a punch with a position.
    """
    lines = [texts("nudge.asked")] if reminder.kind is ReminderKind.NUDGE else []
    lines.append(_what_is_due(reminder, texts, as_of))
    buttons = [plain(CLOCK_BUTTONS[reminder.check_type], texts)]
    if by_page:
        buttons.append(plain(CLOCK_BUTTONS_BY_PAGE[reminder.check_type], texts))
    buttons += [plain("button.snooze", texts), _leave_button(reminder.work_date, texts, as_of)]
    title = texts("nudge.title", what=reminder.check_type, due=reminder.due_at)
    return reply_with_title(title, lines, buttons)


def ding_text(reminder: Reminder, texts: Texts, *, as_of: datetime) -> str:
    """Return a reminder as plain text without a name: a DING has no buttons, so it names the words
    that punch.
    """
    words = texts(WORDS_OF_BUTTONS[CLOCK_BUTTONS[reminder.check_type]])
    return texts("nudge.ding", due=_what_is_due(reminder, texts, as_of), words=words)


def _what_is_due(reminder: Reminder, texts: Texts, as_of: datetime) -> str:
    key = "nudge.before" if as_of < reminder.due_at else "nudge.after"
    return texts(key, what=reminder.check_type, due=reminder.due_at, at=as_of)


def missed_text(
    reminder: Reminder, checks: NamedChecks, texts: Texts, *, as_of: datetime, can_ask: bool
) -> Reply:
    """Return the text about missed checks of a work date. It contains no name.

    Each check has a button that asks for a make-up punch at its due time, if one `can_ask` the bot.
    """
    day = f"{reminder.work_date:%m-%d}"
    title = texts("nudge.missed_title", day=day)
    names = [texts("nudge.missed_check", what=kind, due=due) for kind, due in checks]
    shown = texts("nudge.separator").join(names)
    buttons = [
        Button(texts("button.make_up", check=name), texts("button.make_up_says", what=kind, at=due))
        for name, (kind, due) in zip(names, checks, strict=True)
    ]
    how = texts("nudge.missed_how", words=buttons[-1].says)
    lines = [
        texts("nudge.missed", day=day, checks=shown, at=as_of),
        how if can_ask else texts("nudge.missed_in_dingtalk"),
    ]
    return reply_with_title(title, lines, buttons if can_ask else ())


def _leave_button(work_date: date, texts: Texts, as_of: datetime) -> Button:
    """Return the button for leave on the day of the check, or today.

    It says the date for a late press.
    """
    today = as_of.astimezone(texts.zone).date()
    day = max(work_date, today)
    label = (
        texts("button.on_leave_day", day=f"{day:%m-%d}")
        if day > today
        else texts("button.on_leave")
    )
    return Button(label, texts("button.on_leave_says", date=day))


def missing_note(
    starts_at: datetime,
    people: Mapping[Standing, Sequence[Employee]],
    arrivals: Mapping[str, ToldArrival],
    texts: Texts,
    *,
    as_of: datetime,
    left_out: int = 0,
) -> Reply | None:
    """Return a lead's note after a start of a shift, None if nobody is missing, unknown or left
    out.

    `left_out` counts people who may have another lead by now. Each missing person has a button.
    From twenty people on, the last button lists all missing people.
    """
    missing = people.get(Standing.MISSING, ())
    if not missing and not people.get(Standing.UNKNOWN) and not left_out:
        return None
    lines = []
    for standing, key in _GROUPS.items():
        if group := people.get(standing):
            names = [_with_arrival(person, arrivals, texts) for person in group]
            shown = list_names(names, texts)
            lines.append(texts(key, count=len(group), names=shown))
    if left_out:
        lines.append(texts("team.left_out", count=left_out))
    lines.append(texts("nudge.as_of", at=as_of))
    names_of_missing = Names(missing)
    buttons = []
    for person in missing[:MOST_BUTTONS]:
        label = one_line(names_of_missing.plain(person.user_id), most=MOST_LABEL)
        says = texts("button.nudge_says", name=person.user_id)
        buttons.append(Button(texts("button.nudge", name=label), says))
    if (rest := len(missing) - len(buttons)) > 0:
        lines.append(texts("nudge.more_buttons", count=rest))
        buttons.append(plain("button.all_missing", texts))
    return reply_with_title(texts("nudge.team_title", due=starts_at), lines, buttons)


def choices(people: Sequence[Employee], action: Action) -> list[Button]:
    """Return a button for each of several people of one name: the `action` about that person."""
    return [
        Button(f"{person.name} ({person.user_id})", action=action.but(person=person.user_id))
        for person in people[:MOST_CHOICES]
    ]


def excuse_note(last: Excuse, by: str, texts: Texts) -> Reply:
    """Tell a person that a lead excused their day, or took the excuse back."""
    key = "excuse.told" if last.excused else "excuse.told_taken_back"
    reason = reason_of(last.reason, texts)
    return reply_without_title(
        texts(key, day=last.work_date, by=escape(by, most=MAX_OF_NAMES), reason=reason)
    )


def flag_note(punch: Punch, name: str, texts: Texts) -> Reply:
    """Return the note about a punch with a doubtful position."""
    what = texts("flag.punch", what=punch.check_type, at=punch.punched_at)
    lines = [what, *(f"- {line}" for line in _doubts(punch, texts))]
    lines.append(texts("flag.stands" if punch.stands else "flag.not_taken"))
    return reply_with_title(texts("flag.title", name=escape(name)), lines)


def _doubts(punch: Punch, texts: Texts) -> Iterator[str]:
    where = punch.where
    named = name_after(punch.note, Remark.OTHER_SITE)
    near = {"site": escape(where.site or ""), "distance": where.distance_m or 0.0}
    if where.result is LocationResult.OUTSIDE:
        reason = escape(reason_in(punch.note), most=_SHOWN_REASON)
        said = texts("flag.said", reason=reason) if reason else texts("flag.said_nothing")
        yield texts(
            "flag.outside" if where.site is not None else "flag.outside_placeless",
            said=said,
            **near,
        )
    if has_remark(punch.note, Remark.SIMULATED):
        yield texts(
            "flag.simulated" if where.site is not None else "flag.simulated_nowhere", **near
        )
    if named is not None:
        yield texts("flag.other_site", named=escape(named), **near)


def late_note(
    starts_at: datetime,
    people: Sequence[Employee],
    arrivals: Mapping[str, ToldArrival],
    texts: Texts,
) -> Reply | None:
    """Return a lead's note on people who said that they come later, None without people."""
    if not people:
        return None
    names = [_with_arrival(person, arrivals, texts) for person in people]
    shown = list_names(names, texts)
    line = texts("late.note", due=starts_at, names=shown)
    return reply_without_title(line)


def _with_arrival(person: Employee, arrivals: Mapping[str, ToldArrival], texts: Texts) -> str:
    """Return a name, with the arrival that the person told."""
    arrival = arrivals.get(person.user_id)
    if arrival is None:
        return person.name
    return texts("late.name", name=person.name, at=arrival.at)


def reason_of(reason: str | None, texts: Texts) -> str:
    """Return the words for the reason of an excuse, empty without one."""
    return texts("excuse.reason", reason=escape(reason, most=_SHOWN_REASON)) if reason else ""


def stand_in_values(
    appointment: Appointment, name: str, departments: Sequence[str], texts: Texts
) -> dict[str, object]:
    """Return the values of the sentences about a stand-in. `name` is that of the other person."""
    return {
        "name": escape(name),
        "first": appointment.first_day,
        "last": appointment.last_day,
        "departments": list_names(departments, texts),
    }


def stand_in_note(
    appointment: Appointment, lead: str, departments: Sequence[str], texts: Texts
) -> Reply:
    """Tell a stand-in whom they stand in for, with a button that says the refusal."""
    refuse = Button(texts("stand_in.refuse"), texts("stand_in.says_refuse"))
    shown = stand_in_values(appointment, lead, departments, texts)
    return reply_with_title(texts("action.stand_in"), [texts("stand_in.told", **shown)], [refuse])


def stand_in_end_note(appointment: Appointment, by: str, texts: Texts) -> Reply:
    """Tell the other person that a stand-in ended."""
    is_refused = appointment.ended_by == appointment.user_id
    key = "stand_in.told_refused" if is_refused else "stand_in.told_ended"
    return reply_without_title(texts(key, **stand_in_values(appointment, by, (), texts)))
