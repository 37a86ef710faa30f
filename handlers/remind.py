"""The sender's own reminders: their menu, their times, pauses, and days when the sender is away."""

from datetime import date, datetime, timedelta

from bot.actions import Days, Leave, Mute, RemindAt, RemindBefore, ReminderMenu, Slot, Snooze, Unmute
from bot.chat.context import Answer, Context, Router
from bot.domain.agenda import is_quiet
from bot.domain.calendars import MOST_DAYS, is_too_long
from bot.domain.reminders import MOST_STRETCHES, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.views import reminders as views
from bot.views.reply import Ask, Reply
from bot.views.sentences import sentence

router = Router()
MOST_BEFORE, MOST_SNOOZE = 180, 120  # minutes


@router.on(ReminderMenu, help_key="help.remind_set", personal=True)
async def menu(ctx: Context, action: ReminderMenu) -> Answer:
    """Show when the bot reminds the person, with a button for each change."""
    return _state(ctx, await ctx.services.wishes.get(ctx.who.user_id))


@router.on(RemindBefore, personal=True)
async def before(ctx: Context, action: RemindBefore) -> Answer:
    """Remind some minutes before each check."""
    if not 1 <= action.minutes <= MOST_BEFORE:
        return sentence("remind.before_bounds", ctx.texts, most=MOST_BEFORE)
    if not ctx.sure:
        return views.shown(action, ctx.texts("remind.shown_before", minutes=action.minutes), ctx.texts)
    return _state(ctx, await ctx.services.wishes.before(ctx.who.user_id, action.minutes), "remind.noted")


@router.on(RemindAt, personal=True)
async def at(ctx: Context, action: RemindAt) -> Answer:
    """Remind of one check at a time of day, on each day with a shift."""
    clock = f"{action.at:%H:%M}"
    if action.check_type is None:
        return views.which_check(action, ctx.texts)
    if not ctx.sure:
        key = "remind.shown_at_on" if action.check_type is CheckType.ON_DUTY else "remind.shown_at_off"
        return views.shown(action, ctx.texts(key, at=clock), ctx.texts)
    wishes = await ctx.services.wishes.at(ctx.who.user_id, action.check_type, action.at)
    return _state(ctx, wishes, "remind.noted")


@router.on(Snooze, personal=True)
async def snooze(ctx: Context, action: Snooze) -> Answer:
    """Remind once more after some minutes."""
    if not 1 <= action.minutes <= MOST_SNOOZE:
        return sentence("remind.snooze_bounds", ctx.texts, most=MOST_SNOOZE)
    at = _nearest_minute(ctx.message.at + timedelta(minutes=action.minutes))
    service = ctx.services.wishes
    hours = service.policy.quiet_hours
    if hours is not None and is_quiet(at, hours, ctx.texts.zone):
        return sentence("remind.in_quiet_hours", ctx.texts, hours=views.span(hours))
    if await service.once(ctx.who.user_id, at) is None:
        return sentence("remind.passed", ctx.texts, at=ctx.texts.clock(at))
    return views.once(at, ctx.texts, live=service.live)


@router.on(Mute, help_key="help.remind_off", personal=True)
async def mute(ctx: Context, action: Mute) -> Answer:
    """Stop reminders on the named days, or until the person switches them on again."""
    if action.days is None:
        if not ctx.sure:
            return views.shown(action, ctx.texts("remind.shown_off"), ctx.texts)
        return _state(ctx, await ctx.services.wishes.mute(ctx.who.user_id), "remind.muted")
    if (refused := _unusable(ctx, action.days)) is not None:
        return refused
    if not ctx.sure:
        return views.shown(action, ctx.texts("remind.shown_quiet", days=views.days(action.days)), ctx.texts)
    return await _quiet(ctx, action.days)


@router.on(Unmute, personal=True)
async def unmute(ctx: Context, action: Unmute) -> Answer:
    """Switch reminders on again."""
    if not ctx.sure:
        wishes = await ctx.services.wishes.get(ctx.who.user_id)
        if not (wishes.is_muted or wishes.quiet):
            return _state(ctx, wishes)
        return views.shown(action, ctx.texts("remind.shown_on"), ctx.texts)
    return _state(ctx, await ctx.services.wishes.resume(ctx.who.user_id), "remind.resumed")


@router.on(Leave, help_key="help.leave", personal=True)
async def leave(ctx: Context, action: Leave) -> Answer:
    """Stop reminders on days when the person is away. Say that this does not file a leave request."""
    if action.days is None:
        text = ctx.texts("remind.which_days")
        return Reply(text[:40], text, ask=Ask(action, Slot.DAYS))
    if (refused := _unusable(ctx, action.days)) is not None:
        return refused
    if not ctx.sure:
        said = ctx.texts("remind.shown_leave", days=views.days(action.days))
        return views.shown(action, said, ctx.texts)
    return await _quiet(ctx, action.days, "remind.no_request")


async def _quiet(ctx: Context, days: Days, *more: str) -> Answer:
    quiet = Quiet(max(days.first, _today(ctx)), days.last)
    wishes = await ctx.services.wishes.quiet(ctx.who.user_id, quiet)
    if wishes is None:
        return sentence("remind.many_stretches", ctx.texts, most=MOST_STRETCHES)
    return _state(ctx, wishes, "remind.noted", *more)


def _unusable(ctx: Context, days: Days) -> Reply | None:
    """Return why reminders cannot stop on these days, or None."""
    if days.last < _today(ctx):
        return sentence("remind.over", ctx.texts)
    if is_too_long(max(days.first, _today(ctx)), days.last):
        return sentence("remind.too_long", ctx.texts, most=MOST_DAYS)
    return None


def _nearest_minute(at: datetime) -> datetime:
    """Return the nearest whole minute, because the bot looks for due reminders once a minute."""
    return (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _state(ctx: Context, wishes: Wishes, *said: str) -> Reply:
    service = ctx.services.wishes
    lines = [ctx.texts(key) for key in said]
    return views.state(wishes, service.policy, ctx.texts, changed=lines, now=ctx.message.at, live=service.live)


def _today(ctx: Context) -> date:
    return ctx.services.own_punches.local_date(ctx.message)
