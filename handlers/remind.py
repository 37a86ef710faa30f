"""The sender's own reminders: menu, times, pauses, and days away."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.actions import (
    Action,
    Days,
    Leave,
    Mute,
    RemindAt,
    RemindBefore,
    ReminderMenu,
    Slot,
    Snooze,
    Unmute,
)
from bot.chat.context import Answer, Context, Router
from bot.domain.reminders import ReminderKind, Wishes
from bot.domain.shifts import MOST_DAYS, shortened
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import confirm, sentence, span, titled, untitled

router = Router()
# minutes
MOST_BEFORE = 180
MOST_SNOOZE = 120
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
_OFFERED_MINUTES = (5, 15, 30)


@router.on(ReminderMenu, help_key="help.remind_set", personal=True)
async def menu(ctx: Context, action: ReminderMenu) -> Answer:
    """Show the times of reminders, with a button for each change."""
    return _state(ctx, await ctx.services.base.store.wishes.get(ctx.who.user_id))


@router.on(RemindBefore, personal=True)
async def before(ctx: Context, action: RemindBefore) -> Answer:
    """Remind some minutes before each check."""
    if not 1 <= action.minutes <= MOST_BEFORE:
        return sentence("remind.before_bounds", ctx.texts, most=MOST_BEFORE)
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts("remind.shown_before", minutes=action.minutes))
    minutes = action.minutes
    return await _changed(
        ctx, "noted", lambda old: replace(old, is_muted=False, before_minutes=minutes)
    )


@router.on(RemindAt, personal=True)
async def at(ctx: Context, action: RemindAt) -> Answer:
    """Propose minutes before each check: the minutes from the named time to the sender's next
    check.
    """
    today = ctx.today
    zone = ctx.services.base.zone
    plans = await ctx.services.rosters.plans_of([ctx.who.user_id], today, today + A_DAY)
    points = [point for plan in plans.get(ctx.who.user_id, {}).values() for point in plan.points]
    wanted = [point for point in points if action.check_type in (None, point.check_type)]
    dues = [point.due_at.astimezone(zone).replace(tzinfo=None) for point in wanted]
    minutes = [(due - datetime.combine(due, action.at)) % A_DAY // A_MINUTE for due in dues]
    near = [one for one in minutes if 0 < one <= MOST_BEFORE]
    return await before(ctx, RemindBefore(minutes=min(near, default=0)))


@router.on(Snooze, personal=True)
async def snooze(ctx: Context, action: Snooze) -> Answer:
    """Remind once more after some minutes.

    Round to a whole minute, because the bot looks once a minute.
    """
    if not 1 <= action.minutes <= MOST_SNOOZE:
        return sentence("remind.snooze_bounds", ctx.texts, most=MOST_SNOOZE)
    if ReminderKind.SNOOZE in ctx.services.quota.stopped:
        return sentence("quota.saving", ctx.texts)
    base = ctx.services.base
    texts = ctx.texts
    at = ctx.message.at + timedelta(minutes=action.minutes, seconds=30)
    at = at.replace(second=0, microsecond=0)
    if base.is_quiet(at):
        hours = base.settings.reminders.quiet_hours
        assert hours is not None, "without them no moment is quiet"
        return sentence("remind.in_quiet_hours", texts, hours=span(hours))
    if at <= base.clock.now():
        return sentence("remind.passed", texts, at=texts.clock(at))
    await base.store.wishes.change(
        ctx.who.user_id, lambda old: replace(old, snoozed_until=at.astimezone(UTC))
    )
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
    if wishes.is_muted or _quiet_ahead(ctx, wishes):
        return _shown(ctx, action, ctx.texts("remind.shown_on"))
    return _state(ctx, wishes)


@router.on(Leave, help_key="help.leave", personal=True)
async def leave(ctx: Context, action: Leave) -> Answer:
    """Stop reminders on days when the person is away.

    Say that this does not file a leave request.
    """
    if action.days is None:
        return untitled(ctx.texts("remind.which_days"), ask=Ask(action, Slot.DAYS))
    return await _quiet(ctx, action, action.days, "remind.shown_leave", "remind.no_request")


async def _quiet(ctx: Context, action: Action, days: Days, key: str, *more: str) -> Reply:
    """Show these days by the sentence `key`, then stop reminders on them.

    `more` sentences follow.
    """
    first = max(days.first, ctx.today)
    if days.last < ctx.today:
        return sentence("remind.over", ctx.texts)
    if shortened(first, days.last) != first:
        return sentence("remind.too_long", ctx.texts, most=MOST_DAYS)
    if not ctx.sure:
        return _shown(ctx, action, ctx.texts(key, days=_days(days.first, days.last)))
    zone = ctx.services.base.zone

    def quiet(old: Wishes) -> Wishes:
        at = old.snoozed_until
        is_over = at is not None and first <= at.astimezone(zone).date() <= days.last
        # a night shift may run
        kept = [(begin, end) for begin, end in old.quiet if end >= ctx.today - A_DAY]
        return replace(
            old, quiet=_joined([*kept, (first, days.last)]), snoozed_until=None if is_over else at
        )

    return _state(
        ctx,
        await ctx.services.base.store.wishes.change(ctx.who.user_id, quiet),
        "remind.noted",
        *more,
    )


async def _changed(ctx: Context, key: str, change: Callable[[Wishes], Wishes]) -> Reply:
    """Change the sender's wishes, and show them."""
    return _state(
        ctx, await ctx.services.base.store.wishes.change(ctx.who.user_id, change), f"remind.{key}"
    )


def _shown(ctx: Context, action: Action, text: str) -> Reply:
    """Show a change before it counts."""
    texts = ctx.texts
    return Reply(
        texts("remind.title"), f"{text}\n\n{texts('remind.not_yet')}", (confirm(action, texts),)
    )


def _state(ctx: Context, wishes: Wishes, *changed: str) -> Reply:
    """Return the sentences about a change, the present settings, and the menu."""
    lines = [
        *map(ctx.texts, changed),
        *_lines(ctx, wishes),
        ctx.texts("remind.how"),
        *_shadow(ctx),
        *_saving(ctx),
    ]
    reply = titled(ctx.texts("remind.title"), lines, _menu(ctx, wishes))
    return replace(reply, short=" ".join(map(ctx.texts, changed)))


def _shadow(ctx: Context) -> list[str]:
    return (
        [ctx.texts("remind.shadow")]
        if ctx.services.base.settings.reminders.mode == "shadow"
        else []
    )


def _saving(ctx: Context) -> list[str]:
    """Return why reminders before a check do not go out, if API calls are saved."""
    quota = ctx.services.quota
    return (
        [ctx.texts(f"alert.saving_{quota.step.value}")]
        if ReminderKind.BEFORE in quota.stopped
        else []
    )


def _lines(ctx: Context, wishes: Wishes) -> Iterator[str]:
    texts = ctx.texts
    policy = ctx.services.base.settings.reminders
    if wishes.is_muted:
        yield texts("remind.is_muted")
    if quiet := _quiet_ahead(ctx, wishes):
        yield texts("remind.is_quiet", days=", ".join(_days(first, last) for first, last in quiet))
    if wishes.snoozed_until is not None and wishes.snoozed_until > ctx.message.at:
        yield texts("remind.is_snoozed", at=texts.day_and_clock(wishes.snoozed_until))
    if wishes.is_muted:
        return
    before = policy.before_minutes if wishes.before_minutes is None else [wishes.before_minutes]
    if before:
        yield texts("remind.before", minutes=_minutes(before))
    if policy.after_minutes:
        yield texts("remind.after", minutes=_minutes(policy.after_minutes))
    if policy.quiet_hours:
        yield texts("remind.quiet_hours", hours=span(policy.quiet_hours))


def _menu(ctx: Context, wishes: Wishes) -> list[Button]:
    """Return buttons for useful changes, at most five."""
    texts = ctx.texts
    today = ctx.today
    quiet = _quiet_ahead(ctx, wishes)
    buttons = [Button(texts("button.resume"), action=Unmute())] if wishes.is_muted or quiet else []
    if wishes.is_muted:
        return buttons
    buttons += [
        Button(
            texts("button.before", minutes=minutes), action=RemindBefore(minutes=minutes), sure=True
        )
        for minutes in _OFFERED_MINUTES
        if wishes.before_minutes != minutes
    ][: 3 - len(buttons)]
    if not any(first <= today <= last for first, last in quiet):
        quiet_today = Mute(days=Days(first=today, last=today))
        buttons.append(Button(texts("button.quiet_today"), action=quiet_today, sure=True))
    return [*buttons, Button(texts("button.stop_reminders"), action=Mute(), sure=True)]


def _joined(spans: Sequence[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Join spans of dates that overlap or touch."""
    joined: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + A_DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _quiet_ahead(ctx: Context, wishes: Wishes) -> list[tuple[date, date]]:
    return [(first, last) for first, last in wishes.quiet if last >= ctx.today]


def _minutes(several: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(several, reverse=True)))


def _days(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} – {last}"
