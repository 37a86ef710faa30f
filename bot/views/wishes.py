"""What a person's reminders are, and the buttons that change them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from bot.actions import Action, Days, Mute, RemindAt, RemindBefore, Slot, Unmute
from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.reply import Ask, Button, Reply

_OFFERED_MINUTES = (5, 15, 30)


def state(
    wishes: Wishes, policy: ReminderPolicy, texts: Texts, *, said: Sequence[str], now: datetime, live: bool
) -> Reply:
    """Return what holds for a person at `now`, after what was just `said` about a change, with the menu."""
    title = texts("remind.title")
    lines = [f"### {title}", *said, *_lines(wishes, policy, texts, now)]
    lines += [texts("remind.how"), *([] if live else [texts("remind.shadow")])]
    return Reply(title, "\n\n".join(lines), _menu(wishes, texts, now))


def shown(action: Action, text: str, texts: Texts) -> Reply:
    """Show a change before it counts."""
    asked = f"{text}\n\n{texts('remind.not_yet')}"
    return Reply(texts("remind.title"), asked, (Button(texts("button.confirm"), action=action, sure=True),))


def once(at: datetime, texts: Texts, *, live: bool) -> Reply:
    """Say that there will be one more reminder at a moment."""
    said = texts("remind.once", at=texts.day_and_clock(at))
    return Reply(texts("remind.title"), said if live else f"{said}\n\n{texts('remind.shadow')}")


def which_check(action: RemindAt, texts: Texts) -> Reply:
    """Ask whether a time of day is for clocking in or for clocking out; nothing was changed."""
    text = texts("remind.which_check", at=f"{action.at:%H:%M}")
    labels = {CheckType.ON_DUTY: "button.at_coming", CheckType.OFF_DUTY: "button.at_going"}
    buttons = tuple(
        Button(texts(label), action=action.model_copy(update={"check_type": check_type}))
        for check_type, label in labels.items()
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
        yield texts("remind.after", minutes=_listed(policy.after_minutes))
    if policy.quiet_hours:
        yield texts("remind.quiet_hours", hours=span(policy.quiet_hours))


def _quiet_ahead(wishes: Wishes, texts: Texts, now: datetime) -> list[Quiet]:
    return [one for one in wishes.quiet if one.last >= now.astimezone(texts.zone).date()]


def _when(at: time | None, before: Sequence[int], texts: Texts) -> str:
    if at is not None:
        key = "remind.when_at_or" if before else "remind.when_at"
        return texts(key, at=f"{at:%H:%M}", minutes=_listed(before))
    return texts("remind.when_before", minutes=_listed(before)) if before else texts("remind.when_never")


def _listed(minutes: Sequence[int]) -> str:
    return ", ".join(str(one) for one in sorted(minutes, reverse=True))


def _menu(wishes: Wishes, texts: Texts, now: datetime) -> tuple[Button, ...]:
    """Return the changes that would change something now, at most five."""
    today = now.astimezone(texts.zone).date()
    quiet = _quiet_ahead(wishes, texts, now)
    buttons = [Button(texts("button.resume"), action=Unmute())] if wishes.is_muted or quiet else []
    if wishes.is_muted:
        return tuple(buttons)
    buttons += [
        Button(texts("button.before", minutes=one), action=RemindBefore(minutes=one), sure=True)
        for one in _OFFERED_MINUTES
        if wishes.before_minutes != (one,)
    ][: 3 - len(buttons)]
    if not any(one.first <= today <= one.last for one in quiet):
        buttons.append(
            Button(texts("button.quiet_today"), action=Mute(days=Days(first=today, last=today)), sure=True)
        )
    return (*buttons, Button(texts("button.stop_reminders"), action=Mute(), sure=True))
