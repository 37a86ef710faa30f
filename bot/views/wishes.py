"""What a person's reminders are, and how they change them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import BOTH, NOON, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.nudges import leave_button
from bot.views.reply import Button, Reply


def state(
    wishes: Wishes, policy: ReminderPolicy, texts: Texts, *, said: str | None, now: datetime, live: bool
) -> Reply:
    """Return what holds for a person at `now`, after what was just `said` about a change."""
    title = texts("remind.title")
    lines = [f"### {title}", said or "", *_lines(wishes, policy, texts, now)]
    lines += [texts("remind.how"), "" if live else texts("remind.shadow")]
    return Reply(title, "\n\n".join(line for line in lines if line), _buttons(wishes, texts, now))


def once(at: datetime, texts: Texts, *, live: bool) -> Reply:
    """Say that there will be one more reminder at a moment."""
    said = texts("remind.once", at=texts.day_and_clock(at))
    return Reply(texts("remind.title"), said if live else f"{said}\n\n{texts('remind.shadow')}")


def refused(key: str, texts: Texts, **values: object) -> Reply:
    """Say why nothing was changed."""
    return _said(key, texts, **values)


def ask_how_long(texts: Texts) -> Reply:
    """Ask whether there are to be no reminders today, or none any more; nothing was changed."""
    buttons = tuple(
        Button(texts(f"button.{key}"), texts(f"button.{key}_says")) for key in ("quiet_today", "stop_reminders")
    )
    return replace(_said("remind.off_unclear", texts), buttons=buttons)


def ask_which_check(at: time, texts: Texts) -> Reply:
    """Ask whether a time of day is one to be reminded of coming or of going; nothing was changed."""
    return replace(_said("remind.which_check", texts, at=f"{at:%H:%M}"), buttons=check_buttons(at, texts))


def check_buttons(at: time, texts: Texts) -> tuple[Button, ...]:
    """Return the one-tap answers that want a reminder of coming, or of going, at a time of day."""
    keys, clock = ("at_coming", "at_going"), f"{at:%H:%M}"
    return tuple(Button(texts(f"button.{key}"), texts(f"button.{key}_says", at=clock)) for key in keys)


def ask_both(minutes: int, texts: Texts) -> Reply:
    """Say that minutes before hold for coming and going alike, and ask whether they shall; nothing was changed."""
    button = Button(texts("button.before_both"), texts("button.before_both_says", minutes=minutes))
    return replace(_said("remind.both", texts, minutes=minutes), buttons=(button,))


def leave_elsewhere(day: date | None, texts: Texts, *, now: datetime) -> Reply:
    """Say that no leave is taken here; with a `day` one tap says that one is away then."""
    reply = _said("remind.leave_elsewhere", texts)
    return reply if day is None else replace(reply, buttons=(leave_button(day, texts, now),))


def days(first: date, last: date) -> str:
    """Return one date, or the first and the last."""
    return first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"


def stretch(quiet: Quiet, texts: Texts) -> str:
    """Return the dates of a quiet stretch, and which part of each of them it is about."""
    dates = days(quiet.first, quiet.last)
    each = "" if quiet.first == quiet.last else "_each"
    match quiet.since, quiet.until:
        case None, None:
            return dates
        case None, until:
            part = texts(f"remind.part_until{each}", days=dates, at=f"{until:%H:%M}")
        case since, _:
            part = texts(f"remind.part_since{each}", days=dates, at=f"{since:%H:%M}")
    if NOON in (quiet.since, quiet.until) and CheckType.OFF_DUTY in quiet.check_types:
        part += texts("remind.noon_in" if quiet.until == NOON else "remind.noon_out")
    return part


def or_undone(answer: Reply, wishes: Wishes, texts: Texts, *, now: datetime) -> Reply:
    """Return an answer to "undo" that tells how reminders come again, where any are off: they may be meant."""
    if not _are_off(wishes, texts, now):
        return answer
    text = f"{answer.text}\n\n{texts('undo.reminders')}"
    return replace(answer, text=text, buttons=(*answer.buttons, *_buttons(wishes, texts, now)))


def of_checks(key: str, check_types: frozenset[CheckType]) -> str:
    """Return the key of a sentence about checks of both types, of clocking in alone or of clocking out alone."""
    if check_types == BOTH:
        return key
    return f"{key}_on" if CheckType.ON_DUTY in check_types else f"{key}_off"


def span(hours: tuple[time, time]) -> str:
    """Return local hours from one time up to another."""
    first, last = hours
    return f"{first:%H:%M}–{last:%H:%M}"


def _said(key: str, texts: Texts, **values: object) -> Reply:
    return Reply(texts("remind.title"), texts(key, **values))


def _lines(wishes: Wishes, policy: ReminderPolicy, texts: Texts, now: datetime) -> Iterator[str]:
    if wishes.muted == BOTH:
        yield texts("remind.is_muted")
    for one in _quiet_ahead(wishes, texts, now):
        yield texts(of_checks("remind.is_quiet", one.check_types), days=stretch(one, texts))
    if wishes.snoozed_until is not None and wishes.snoozed_until > now:
        yield texts("remind.is_snoozed", at=texts.day_and_clock(wishes.snoozed_until))
    if wishes.muted == BOTH:
        return
    before = policy.before_minutes if wishes.before_minutes is None else wishes.before_minutes
    for check_type, key, at in (
        (CheckType.ON_DUTY, "remind.on_duty", wishes.on_duty_at),
        (CheckType.OFF_DUTY, "remind.off_duty", wishes.off_duty_at),
    ):
        muted = check_type in wishes.muted
        yield texts(key, when=texts("remind.when_muted") if muted else _when(at, before, texts))
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


def _are_off(wishes: Wishes, texts: Texts, now: datetime) -> bool:
    return bool(wishes.muted or _quiet_ahead(wishes, texts, now))


def _buttons(wishes: Wishes, texts: Texts, now: datetime) -> tuple[Button, ...]:
    if _are_off(wishes, texts, now):
        return (Button(texts("button.resume"), texts("button.resume_says")),)
    return (Button(texts("button.quiet_today"), texts("button.quiet_today_says")),)
