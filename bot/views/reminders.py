"""Reminders as people read them, and the menu that changes them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from bot.actions import Action, Days, Mute, RemindAt, RemindBefore, Slot, Unmute
from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import Quiet, Reminder, ReminderKind, Wishes
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.formatting import check_type
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import confirm, plain, titled

_OFFERED_MINUTES = (5, 15, 30)
_KEYS = {CheckType.ON_DUTY: "on", CheckType.OFF_DUTY: "off"}


def nudge(reminder: Reminder, texts: Texts, *, as_of: datetime, by_page: bool = False) -> Reply:
    """Return what one reminder says at `as_of`: nobody's name, so that all who are due the same share it.

    With `by_page` a second tap asks for one's own link to the page, which cannot stand in what many read.
    """
    due, moment = texts.clock(reminder.due_at), "before" if as_of < reminder.due_at else "after"
    lines = [texts("nudge.asked")] if reminder.kind is ReminderKind.NUDGE else []
    lines.append(texts(f"nudge.{moment}_{_KEYS[reminder.check_type]}", due=due, at=texts.clock(as_of)))
    clock = "clock_in" if reminder.check_type is CheckType.ON_DUTY else "clock_out"
    names = [clock, *([f"{clock}_by_page"] if by_page else []), "snooze"]
    buttons = [*(plain(name, texts) for name in names), _leave_button(reminder.work_date, texts, as_of)]
    return titled(texts("nudge.title", what=check_type(reminder.check_type, texts), due=due), lines, buttons)


def missed_line(reminder: Reminder, texts: Texts, *, today: date, as_of: datetime) -> str:
    """Return the line about a check that was never made, for the answer to the next clock-in.

    `as_of` is when DingTalk was asked last.
    """
    day = f"{reminder.work_date:%m-%d}"
    if reminder.work_date == today - timedelta(days=1):
        day = texts("nudge.yesterday", day=day)
    local = as_of.astimezone(texts.zone)
    at = texts.clock(as_of) if local.date() == today else f"{local:%m-%d %H:%M}"
    return texts("nudge.missed", day=day, what=check_type(reminder.check_type, texts), at=at)


def state(
    wishes: Wishes, policy: ReminderPolicy, texts: Texts, *, changed: Sequence[str], now: datetime, live: bool
) -> Reply:
    """Return what holds for a person at `now`, after the lines about what just `changed`, with the menu."""
    lines = [*changed, *_lines(wishes, policy, texts, now), texts("remind.how")]
    lines += [] if live else [texts("remind.shadow")]
    return titled(texts("remind.title"), lines, _menu(wishes, texts, now))


def shown(action: Action, text: str, texts: Texts) -> Reply:
    """Show a change before it counts."""
    return Reply(texts("remind.title"), f"{text}\n\n{texts('remind.not_yet')}", (confirm(action, texts),))


def once(at: datetime, texts: Texts, *, live: bool) -> Reply:
    """Say that there will be one more reminder at a moment."""
    once = texts("remind.once", at=texts.day_and_clock(at))
    return Reply(texts("remind.title"), once if live else f"{once}\n\n{texts('remind.shadow')}")


def which_check(action: RemindAt, texts: Texts) -> Reply:
    """Ask whether a time of day is for clocking in or for clocking out; nothing was changed."""
    text = texts("remind.which_check", at=f"{action.at:%H:%M}")
    labels = {CheckType.ON_DUTY: "button.at_coming", CheckType.OFF_DUTY: "button.at_going"}
    buttons = tuple(
        Button(texts(label), action=action.model_copy(update={"check_type": wanted}))
        for wanted, label in labels.items()
    )
    return Reply(texts("remind.title"), text, buttons, Ask(action, Slot.DIRECTION))


def days(named: Days | Quiet) -> str:
    """Return one date, or the first and the last."""
    first, last = named.first.isoformat(), named.last.isoformat()
    return first if first == last else f"{first} – {last}"


def span(hours: tuple[time, time]) -> str:
    """Return local hours from one time up to another."""
    first, last = hours
    return f"{first:%H:%M}–{last:%H:%M}"


def _leave_button(work_date: date, texts: Texts, as_of: datetime) -> Button:
    """Return the button about the day of the check, which is not always today: a shift may begin at midnight."""
    if work_date <= as_of.astimezone(texts.zone).date():
        return plain("on_leave", texts)
    says = texts("button.on_leave_day_says", date=work_date.isoformat())
    return Button(texts("button.on_leave_day", day=f"{work_date:%m-%d}"), says)


def _lines(wishes: Wishes, policy: ReminderPolicy, texts: Texts, now: datetime) -> Iterator[str]:
    if wishes.is_muted:
        yield texts("remind.is_muted")
    for one in _quiet_ahead(wishes, texts, now):
        yield texts("remind.is_quiet", days=days(one))
    if wishes.snoozed_until is not None and wishes.snoozed_until > now:
        yield texts("remind.is_snoozed", at=texts.day_and_clock(wishes.snoozed_until))
    if wishes.is_muted:
        return
    before = policy.before_minutes if wishes.before_minutes is None else wishes.before_minutes
    yield texts("remind.on_duty", when=_when(wishes.on_duty_at, before, texts))
    yield texts("remind.off_duty", when=_when(wishes.off_duty_at, before, texts))
    if policy.after_minutes:
        yield texts("remind.after", minutes=_minutes(policy.after_minutes))
    if policy.quiet_hours:
        yield texts("remind.quiet_hours", hours=span(policy.quiet_hours))


def _quiet_ahead(wishes: Wishes, texts: Texts, now: datetime) -> list[Quiet]:
    return [one for one in wishes.quiet if one.last >= now.astimezone(texts.zone).date()]


def _when(at: time | None, before: Sequence[int], texts: Texts) -> str:
    if at is not None:
        key = "remind.when_at_or" if before else "remind.when_at"
        return texts(key, at=f"{at:%H:%M}", minutes=_minutes(before))
    return texts("remind.when_before", minutes=_minutes(before)) if before else texts("remind.when_never")


def _minutes(several: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(several, reverse=True)))


def _menu(wishes: Wishes, texts: Texts, now: datetime) -> list[Button]:
    """Return the changes that would change something now, at most five."""
    today = now.astimezone(texts.zone).date()
    quiet = _quiet_ahead(wishes, texts, now)
    buttons = [Button(texts("button.resume"), action=Unmute())] if wishes.is_muted or quiet else []
    if wishes.is_muted:
        return buttons
    buttons += [
        Button(texts("button.before", minutes=one), action=RemindBefore(minutes=one), sure=True)
        for one in _OFFERED_MINUTES
        if wishes.before_minutes != (one,)
    ][: 3 - len(buttons)]
    if not any(one.first <= today <= one.last for one in quiet):
        quiet_today = Mute(days=Days(first=today, last=today))
        buttons.append(Button(texts("button.quiet_today"), action=quiet_today, sure=True))
    return [*buttons, Button(texts("button.stop_reminders"), action=Mute(), sure=True)]
