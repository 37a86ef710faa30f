"""The sender's own reminders: their menu, their times, pauses, and days when the sender is away."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, time, timedelta

from bot.actions import Action, Days, Leave, Mute, RemindAt, RemindBefore, ReminderMenu, Slot, Snooze, Unmute
from bot.chat.context import Answer, Context, Router
from bot.domain.calendars import MOST_DAYS, is_too_long
from bot.domain.reminders import MOST_STRETCHES, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.settings.rules import reminder_policy_of
from bot.views.formatting import span
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import confirm, said, sentence, titled

router = Router()
MOST_BEFORE, MOST_SNOOZE = 180, 120  # minutes
A_DAY = timedelta(days=1)
_OFFERED_MINUTES = (5, 15, 30)


@router.on(ReminderMenu, help_key="help.remind_set", personal=True)
async def menu(ctx: Context, action: ReminderMenu) -> Answer:
    """Show when the bot reminds the person, with a button for each change."""
    return _state(ctx, await ctx.services.base.store.wishes.get(ctx.who.user_id))


@router.on(RemindBefore, personal=True)
async def before(ctx: Context, action: RemindBefore) -> Answer:
    """Remind some minutes before each check, at no fixed time any more."""
    if not 1 <= action.minutes <= MOST_BEFORE:
        return sentence("remind.before_bounds", ctx.texts, most=MOST_BEFORE)
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts("remind.shown_before", minutes=action.minutes))

    def change(old: Wishes) -> Wishes:
        minutes = (action.minutes,)
        return replace(old, is_muted=False, before_minutes=minutes, on_duty_at=None, off_duty_at=None)

    return await _changed(ctx, "noted", change)


@router.on(RemindAt, personal=True)
async def at(ctx: Context, action: RemindAt) -> Answer:
    """Remind of one check at a time of day, on each day with a shift."""
    clock, comes = f"{action.at:%H:%M}", action.check_type is CheckType.ON_DUTY
    if action.check_type is None:
        labels = {CheckType.ON_DUTY: "button.at_coming", CheckType.OFF_DUTY: "button.at_going"}
        buttons = tuple(
            Button(ctx.texts(label), action=action.model_copy(update={"check_type": wanted}))
            for wanted, label in labels.items()
        )
        text = ctx.texts("remind.which_check", at=clock)
        return Reply(ctx.texts("remind.title"), text, buttons, Ask(action, Slot.DIRECTION))
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts("remind.shown_at_on" if comes else "remind.shown_at_off", at=clock))

    def change(old: Wishes) -> Wishes:
        new = replace(old, is_muted=False)
        return replace(new, on_duty_at=action.at) if comes else replace(new, off_duty_at=action.at)

    return await _changed(ctx, "noted", change)


@router.on(Snooze, personal=True)
async def snooze(ctx: Context, action: Snooze) -> Answer:
    """Remind once more after some minutes, at a whole minute: the bot looks for due reminders once a minute."""
    if not 1 <= action.minutes <= MOST_SNOOZE:
        return sentence("remind.snooze_bounds", ctx.texts, most=MOST_SNOOZE)
    base, texts = ctx.services.base, ctx.texts
    at = ctx.message.at + timedelta(minutes=action.minutes, seconds=30)
    at = at.replace(second=0, microsecond=0)
    policy = reminder_policy_of(base.settings)
    hours = policy.quiet_hours
    if hours is not None and policy.is_quiet(at):
        return sentence("remind.in_quiet_hours", texts, hours=span(hours))
    if at <= base.clock.now():
        return sentence("remind.passed", texts, at=texts.clock(at))
    await base.store.wishes.change(ctx.who.user_id, lambda old: replace(old, snoozed_until=at.astimezone(UTC)))
    lines = [texts("remind.once", at=texts.day_and_clock(at)), *_shadow(ctx)]
    return Reply(texts("remind.title"), "\n\n".join(lines))


@router.on(Mute, help_key="help.remind_off", personal=True)
async def mute(ctx: Context, action: Mute) -> Answer:
    """Stop reminders on the named days, or until the person switches them on again."""
    if action.days is not None:
        return await _quiet(ctx, action, action.days, "remind.shown_quiet")
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts("remind.shown_off"))
    return await _changed(ctx, "muted", lambda old: replace(old, is_muted=True, snoozed_until=None))


@router.on(Unmute, personal=True)
async def unmute(ctx: Context, action: Unmute) -> Answer:
    """Switch reminders on again."""
    if ctx.sure:
        return await _changed(ctx, "resumed", lambda old: replace(old, is_muted=False, quiet=()))
    wishes = await ctx.services.base.store.wishes.get(ctx.who.user_id)
    if wishes.is_muted or wishes.quiet:
        return _shown(ctx, action, ctx.texts("remind.shown_on"))
    return _state(ctx, wishes)


@router.on(Leave, help_key="help.leave", personal=True)
async def leave(ctx: Context, action: Leave) -> Answer:
    """Stop reminders on days when the person is away. Say that this does not file a leave request."""
    if action.days is None:
        return said(ctx.texts("remind.which_days"), ask=Ask(action, Slot.DAYS))
    return await _quiet(ctx, action, action.days, "remind.shown_leave", "remind.no_request")


async def _quiet(ctx: Context, action: Action, days: Days, key: str, *more: str) -> Reply:
    """Stop reminders on these days, after they were shown by the sentence `key`; `more` sentences follow."""
    today = _today(ctx)
    wanted = Quiet(max(days.first, today), days.last)
    if days.last < today:
        return sentence("remind.over", ctx.texts)
    if is_too_long(wanted.first, wanted.last):
        return sentence("remind.too_long", ctx.texts, most=MOST_DAYS)
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts(key, days=_days(days)))
    base = ctx.services.base

    def added(old: Wishes) -> Wishes:
        stretches = _with_quiet(old.quiet, wanted, today)
        if len(stretches) > MOST_STRETCHES:
            return old
        at = old.snoozed_until
        is_over = at is not None and wanted.first <= at.astimezone(base.zone).date() <= wanted.last
        return replace(old, quiet=stretches, snoozed_until=None if is_over else at)

    wishes = await base.store.wishes.change(ctx.who.user_id, added)
    if not any(one.first <= wanted.first and wanted.last <= one.last for one in wishes.quiet):
        return sentence("remind.many_stretches", ctx.texts, most=MOST_STRETCHES)
    return _state(ctx, wishes, "remind.noted", *more)


def _with_quiet(old: Iterable[Quiet], new: Quiet, today: date) -> tuple[Quiet, ...]:
    """Return the quiet stretches with one added, in order; those that touch are one, those over are gone."""
    apart: list[Quiet] = []
    for one in old:
        if one.first <= new.last + A_DAY and new.first <= one.last + A_DAY:
            new = Quiet(min(one.first, new.first), max(one.last, new.last))
        elif one.last >= today - A_DAY:  # yesterday's night shift may still run
            apart.append(one)
    return tuple(sorted((*apart, new), key=lambda one: (one.first, one.last)))


async def _changed(ctx: Context, key: str, change: Callable[[Wishes], Wishes]) -> Reply:
    """Change the sender's wishes, and show them."""
    return _state(ctx, await ctx.services.base.store.wishes.change(ctx.who.user_id, change), f"remind.{key}")


def _shown(ctx: Context, action: Action, text: str) -> Reply:
    """Show a change before it counts."""
    texts = ctx.texts
    return Reply(texts("remind.title"), f"{text}\n\n{texts('remind.not_yet')}", (confirm(action, texts),))


def _state(ctx: Context, wishes: Wishes, *changed: str) -> Reply:
    """Return what holds now, after the sentences about what just changed, with the menu."""
    lines = [*map(ctx.texts, changed), *_lines(ctx, wishes), ctx.texts("remind.how"), *_shadow(ctx)]
    return titled(ctx.texts("remind.title"), lines, _menu(ctx, wishes))


def _shadow(ctx: Context) -> list[str]:
    return [ctx.texts("remind.shadow")] if ctx.services.base.settings.reminders.mode == "shadow" else []


def _lines(ctx: Context, wishes: Wishes) -> Iterator[str]:
    texts, policy = ctx.texts, reminder_policy_of(ctx.services.base.settings)
    if wishes.is_muted:
        yield texts("remind.is_muted")
    for one in _quiet_ahead(ctx, wishes):
        yield texts("remind.is_quiet", days=_days(one))
    if wishes.snoozed_until is not None and wishes.snoozed_until > ctx.message.at:
        yield texts("remind.is_snoozed", at=texts.day_and_clock(wishes.snoozed_until))
    if wishes.is_muted:
        return
    before = policy.before_minutes if wishes.before_minutes is None else wishes.before_minutes
    yield texts("remind.on_duty", when=_when(ctx, wishes.on_duty_at, before))
    yield texts("remind.off_duty", when=_when(ctx, wishes.off_duty_at, before))
    if policy.after_minutes:
        yield texts("remind.after", minutes=_minutes(policy.after_minutes))
    if policy.quiet_hours:
        yield texts("remind.quiet_hours", hours=span(policy.quiet_hours))


def _menu(ctx: Context, wishes: Wishes) -> list[Button]:
    """Return the changes that would change something now, at most five."""
    texts, today = ctx.texts, _today(ctx)
    quiet = _quiet_ahead(ctx, wishes)
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


def _quiet_ahead(ctx: Context, wishes: Wishes) -> list[Quiet]:
    return [one for one in wishes.quiet if one.last >= _today(ctx)]


def _when(ctx: Context, at: time | None, before: Sequence[int]) -> str:
    texts, minutes = ctx.texts, _minutes(before)
    if at is not None:
        return texts("remind.when_at_or" if before else "remind.when_at", at=f"{at:%H:%M}", minutes=minutes)
    return texts("remind.when_before", minutes=minutes) if before else texts("remind.when_never")


def _minutes(several: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(several, reverse=True)))


def _days(named: Days | Quiet) -> str:
    first, last = named.first.isoformat(), named.last.isoformat()
    return first if first == last else f"{first} – {last}"


def _today(ctx: Context) -> date:
    return ctx.today
