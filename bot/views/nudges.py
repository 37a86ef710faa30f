"""Reminders as people read them, and the note that leads get."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.actions import Nudge
from bot.domain.people import Employee
from bot.domain.reminders import Reminder, ReminderKind
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import check_type, clock_in_button, clock_out_button
from bot.views.reply import Button, Reply

MOST_BUTTONS = 50  # of one note
MOST_BYTES = 12_000  # of text and buttons; DingTalk takes 15,000 of a whole message
LINK_BYTES = 60  # of a button, beside what it shows and what it says
MOST_CHOICES = 5
MOST_NAMES = 50  # of each kind in one note; the rest are counted
_KEYS = {CheckType.ON_DUTY: "on", CheckType.OFF_DUTY: "off"}


@dataclass(frozen=True, slots=True)
class TeamNote:
    """How a lead's people stand whose shift began at `starts_at`, by what was read at `as_of` (both aware).

    A nudge would reach the `nudgeable` now. `left_out` counts people who may not be theirs any more; nothing
    else is told of them.
    """

    starts_at: datetime
    as_of: datetime
    missing: Sequence[Employee] = ()
    on_leave: Sequence[Employee] = ()
    unknown: Sequence[Employee] = ()
    left_out: int = 0
    nudgeable: frozenset[str] = frozenset()


def nudge(reminder: Reminder, texts: Texts, *, as_of: datetime, by_page: bool = False) -> Reply:
    """Return what one reminder says at `as_of`: nobody's name, so that all who are due the same share it.

    With `by_page` a second tap asks for one's own link to the page, which cannot stand in what many read.
    """
    wanted = reminder.check_type
    due, at = texts.clock(reminder.due_at), texts.clock(as_of)
    title = texts("nudge.title", what=check_type(wanted, texts), due=due)
    text = texts(f"nudge.{_moment(reminder, as_of)}_{_KEYS[wanted]}", due=due, at=at)
    if reminder.kind is ReminderKind.NUDGE:
        text = f"{texts('nudge.asked')}\n\n{text}"
    return Reply(title, f"### {title}\n\n{text}", _buttons(reminder, texts, as_of, by_page=by_page))


def escalation(note: TeamNote, texts: Texts) -> Reply | None:
    """Return a lead's note, None when there is nothing to say.

    It has a button for each missing person whom a nudge would reach, as many as fit into one message. For more
    there is one button that asks who is missing: that answer has a button for each, on every page.
    """
    if not note.missing and not note.unknown and not note.left_out:
        return None
    title = texts("nudge.team_title", due=texts.clock(note.starts_at))
    lines = [f"### {title}"]
    for key, people in (("missing", note.missing), ("on_leave", note.on_leave), ("unknown", note.unknown)):
        if people:
            lines.append(texts(f"nudge.team_{key}", count=len(people), names=_names(people, texts)))
    if note.left_out:
        lines.append(texts("team.left_out", count=note.left_out))
    lines.append(texts("nudge.as_of", at=texts.clock(note.as_of)))
    text = "\n\n".join(lines)
    nudgeable = [one for one in note.missing if one.user_id in note.nudgeable]
    buttons = _nudge_buttons(nudgeable, texts, MOST_BYTES - len(text.encode()))
    if (rest := len(nudgeable) - len(buttons)) > 0:
        text = f"{text}\n\n{texts('nudge.more_buttons', count=rest)}"
        buttons.append(Button(texts("button.all_missing"), texts("button.all_missing_says")))
    return Reply(title, text, tuple(buttons))


def answer(
    outcome: str, people: Sequence[Employee], reminder: Reminder | None, texts: Texts, *, as_of: datetime
) -> Reply:
    """Return what a lead is told who wanted `people` nudged: `outcome` names the sentence.

    Of several people of one name each is a button, by user id.
    """
    values: dict[str, object] = {"name": escape(people[0].name or people[0].user_id)} if people else {}
    if reminder is not None:
        what, due = check_type(reminder.check_type, texts), texts.clock(reminder.due_at)
        values |= {"what": what, "due": due, "at": texts.clock(as_of)}
    text = texts(f"nudge.{outcome}", **values)
    if outcome == "shown":
        return Reply(
            text[:40], text, (Button(texts("button.confirm"), action=Nudge(person=people[0].user_id), sure=True),)
        )
    return Reply(text[:40], text, _choice(people) if len(people) > 1 else ())


def missed_line(reminder: Reminder, texts: Texts, *, today: date, as_of: datetime) -> str:
    """Return the line about a check that was never made, for the answer to the next clock-in.

    `as_of` is when DingTalk was asked last.
    """
    day = f"{reminder.work_date:%m-%d}"
    if reminder.work_date == today - timedelta(days=1):
        day = texts("nudge.yesterday", day=day)
    what = check_type(reminder.check_type, texts)
    return texts("nudge.missed", day=day, what=what, at=_at(as_of, today, texts))


def _moment(reminder: Reminder, as_of: datetime) -> str:
    return "before" if as_of < reminder.due_at else "after"


def _at(moment: datetime, today: date, texts: Texts) -> str:
    local = moment.astimezone(texts.zone)
    return texts.clock(moment) if local.date() == today else f"{local:%m-%d %H:%M}"


def _buttons(reminder: Reminder, texts: Texts, as_of: datetime, *, by_page: bool) -> tuple[Button, ...]:
    on_duty = reminder.check_type is CheckType.ON_DUTY
    punches = [clock_in_button(texts) if on_duty else clock_out_button(texts)]
    if by_page:
        key = "button.clock_in_by_page" if on_duty else "button.clock_out_by_page"
        punches.append(Button(texts(key), texts(f"{key}_says")))
    snooze = Button(texts("button.snooze"), texts("button.snooze_says"))
    return (*punches, snooze, leave_button(reminder.work_date, texts, as_of))


def leave_button(work_date: date, texts: Texts, as_of: datetime) -> Button:
    """Return the button about the day of the check; said before midnight of a shift after it, "today" is none."""
    if work_date <= as_of.astimezone(texts.zone).date():
        return Button(texts("button.on_leave"), texts("button.on_leave_says"))
    day = f"{work_date:%m-%d}"
    says = texts("button.on_leave_day_says", date=work_date.isoformat())
    return Button(texts("button.on_leave_day", day=day), says)


def _names(people: Sequence[Employee], texts: Texts) -> str:
    shown = texts("nudge.separator").join(escape(one.name) for one in people[:MOST_NAMES])
    rest = len(people) - MOST_NAMES
    return shown if rest <= 0 else texts("nudge.and_more", names=shown, count=rest)


def _nudge_buttons(missing: Sequence[Employee], texts: Texts, room: int) -> list[Button]:
    """Return the buttons that nudge, up to `room` bytes; people of one name are told apart by their user id."""
    shared = Counter(one.name for one in missing)
    buttons: list[Button] = []
    for one in missing[:MOST_BUTTONS]:
        name = one.name if shared[one.name] == 1 else f"{one.name} ({one.user_id})"
        button = _nudge_button(name, one, texts)
        room -= _bytes_of(button)
        if room < 0:
            break
        buttons.append(button)
    return buttons


def _bytes_of(button: Button) -> int:
    """Return how many bytes a button takes at most: marks in its label are escaped, what it says is quoted."""
    return LINK_BYTES + 2 * len(button.label.encode()) + 3 * len((button.says or "").encode())


def _choice(people: Sequence[Employee]) -> tuple[Button, ...]:
    return tuple(
        Button(f"{one.name} ({one.user_id})", action=Nudge(person=one.user_id)) for one in people[:MOST_CHOICES]
    )


def _nudge_button(label: str, one: Employee, texts: Texts) -> Button:
    return Button(texts("button.nudge", name=label), texts("button.nudge_says", name=one.user_id))
