"""The sender's own reminders: menu, times, pauses, and days away."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.actions import Leave, Mute, RemindAt, RemindBefore, ReminderMenu, Snooze, Unmute
from bot.chat.context import Answer, Context, answers
from bot.domain.quiet import (
    DayPart,
    Hours,
    QuietTime,
    halves,
    join_times,
    likely_readings,
    midnight,
    quiet_days,
    quiet_hours,
)
from bot.domain.reminders import ReminderKind, Wishes
from bot.domain.shifts import MOST_DAYS, first_within_limit
from bot.domain.slots import A_DAY, Days, Slot
from bot.views.keys import SAVINGS
from bot.views.sentences import (
    Ask,
    Button,
    Reply,
    quiet_time,
    reply_with_title,
    reply_without_title,
    span,
)

# minutes
MOST_BEFORE = 180
MOST_SNOOZE = 120
A_MINUTE = timedelta(minutes=1)
_OFFERED_MINUTES = (5, 15, 30)


@answers(ReminderMenu)
async def menu(ctx: Context, action: ReminderMenu) -> Answer:
    """Show the times of reminders, with a button for each change."""
    return _state(ctx, await ctx.services.store.wishes.get(ctx.user_id))


@answers(RemindBefore)
async def before(ctx: Context, action: RemindBefore) -> Answer:
    """Remind some minutes before each check."""
    if not 1 <= action.minutes <= MOST_BEFORE:
        return ctx.sentence("remind.before_bounds", most=MOST_BEFORE)
    if not ctx.sure:
        return ctx.confirm("remind.shown_before", action, minutes=action.minutes)
    change = partial(replace, is_muted=False, before_minutes=action.minutes)
    return await _change_wishes(ctx, change, "remind.noted")


@answers(RemindAt)
async def at(ctx: Context, action: RemindAt) -> Answer:
    """Propose minutes before each check: the fewest from the named time of day to a check of today
    or tomorrow.
    """
    today = ctx.today
    zone = ctx.services.zone
    plans = await ctx.services.rosters.plans_of([ctx.user_id], Days(today, today + A_DAY))
    points = [point for plan in plans[ctx.user_id].values() for point in plan.points]
    wanted = [point for point in points if action.check_type in (None, point.check_type)]
    dues = [point.due_at.astimezone(zone).replace(tzinfo=None) for point in wanted]
    minutes = [(due - datetime.combine(due, action.at)) % A_DAY // A_MINUTE for due in dues]
    fitting = [gap for gap in minutes if 0 < gap <= MOST_BEFORE]
    return await before(ctx, RemindBefore(minutes=min(fitting, default=0)))


@answers(Snooze)
async def snooze(ctx: Context, action: Snooze) -> Answer:
    """Remind once more after some minutes.

    Round to a whole minute, because the bot looks once a minute.
    """
    services = ctx.services
    texts = ctx.texts
    if not 1 <= action.minutes <= MOST_SNOOZE:
        return ctx.sentence("remind.snooze_bounds", most=MOST_SNOOZE)
    if ReminderKind.SNOOZE in services.quota.stopped:
        return ctx.sentence("quota.saving")
    at = services.now + timedelta(minutes=action.minutes, seconds=30)
    at = at.replace(second=0, microsecond=0)
    if services.is_quiet(at):
        hours = services.settings.reminders.quiet_hours
        assert hours is not None, "without them no moment is quiet"
        return ctx.sentence("remind.in_quiet_hours", hours=span(hours))
    await services.store.wishes.change(
        ctx.user_id, partial(replace, snoozed_until=at.astimezone(UTC))
    )
    lines = [texts("remind.once", at=at), *_shadow(ctx)]
    return Reply(texts("remind.title"), "\n\n".join(lines))


@answers(Mute)
async def mute(ctx: Context, action: Mute) -> Answer:
    """Stop reminders at the named time, or until the person switches them on again. Without a time
    offer both.
    """
    if action.days is not None:
        return await _quiet(ctx, action, action.days, "remind.shown_quiet")
    if not action.for_good:
        today = ctx.today
        week = Days(today, today + (6 - today.weekday()) * A_DAY)
        this_week = Button(ctx.texts("button.quiet_week"), action=Mute(days=week), sure=True)
        ways = [_quiet_today(ctx), this_week, _for_good(ctx)]
        return ctx.ask("remind.how_long", action, Slot.DAYS, ways)
    if not ctx.sure:
        return ctx.confirm("remind.shown_off", action)
    return await _change_wishes(
        ctx, partial(replace, is_muted=True, snoozed_until=None), "remind.muted"
    )


@answers(Unmute)
async def unmute(ctx: Context, action: Unmute) -> Answer:
    """Switch reminders on again, and end a leave of now, or end planned times without reminders."""
    now = _local_now(ctx)
    wishes = await ctx.services.store.wishes.get(ctx.user_id)
    is_on_leave = wishes.leave_at(now) is not None
    if ctx.sure:
        key = "remind.leave_over" if is_on_leave else "remind.resumed"
        return await _change_wishes(ctx, lambda old: old.resume_at(now), key)
    if is_on_leave:
        return ctx.confirm("remind.shown_leave_over", action)
    if wishes.is_silent_at(now):
        return ctx.confirm("remind.shown_on", action)
    if quiet := _quiet_ahead(ctx, wishes):
        return ctx.confirm("remind.shown_planned_end", action, times=_in_words(quiet))
    return _state(ctx, wishes)


@answers(Leave)
async def leave(ctx: Context, action: Leave) -> Answer:
    """Stop reminders while the person is away.

    Say that this does not file a leave request.
    """
    if action.days is None:
        example = {"first": ctx.today + A_DAY, "last": ctx.today + 2 * A_DAY}
        asked = ctx.texts("remind.which_days", **example)
        return reply_without_title(asked, ask=Ask(action, Slot.DAYS))
    return await _quiet(ctx, action, action.days, "remind.shown_leave", "remind.no_request")


async def _quiet(ctx: Context, action: Mute, days: Days, shown_key: str, *noted_keys: str) -> Reply:
    """Show this time by the sentence `shown_key`, then stop reminders at it."""
    texts = ctx.texts
    if days.last < ctx.today:
        return ctx.sentence("remind.over")
    first = max(days.first, ctx.today)
    if first_within_limit(first, days.last) != first:
        return ctx.sentence("remind.too_long", most=MOST_DAYS)
    is_leave = isinstance(action, Leave)
    is_whole = action.part is None and not action.hours
    if not is_whole and not days.is_one:
        return ctx.sentence("remind.one_day")
    if action.part is DayPart.OPEN:
        return ctx.ask(
            "remind.which_hours",
            action,
            Slot.HOURS,
            [
                Button(texts("button.morning"), action=action.but(part=DayPart.MORNING)),
                Button(texts("button.afternoon"), action=action.but(part=DayPart.AFTERNOON)),
            ],
        )
    readings = [quiet_days(days, is_leave=is_leave)]
    if not is_whole:
        readings = await _readings(ctx, action, days)
    times = [
        replace(time, is_leave=is_leave) for time in readings if time.ends_at > _local_now(ctx)
    ]
    if not times:
        return ctx.sentence("remind.over")
    if len(times) > 1:
        choices = [
            Button(quiet_time(time), action=_exactly(action, time), sure=False) for time in times
        ]
        return ctx.sentence("remind.which_time", choices)
    (quiet,) = times
    if not ctx.sure:
        shown = action if is_whole else _exactly(action, quiet)
        all_day = texts("remind.all_day") if quiet.is_whole_days else ""
        return ctx.confirm(shown_key, shown, time=f"{quiet_time(quiet)}{all_day}")
    zone = ctx.services.zone

    def with_quiet(old: Wishes) -> Wishes:
        at = old.snoozed_until
        is_over = at is not None and quiet.covers(at.astimezone(zone).replace(tzinfo=None))
        # a night shift may run
        kept = [known for known in old.quiet if known.ends_at >= midnight(ctx.today)]
        return replace(old, quiet=join_times([*kept, quiet]), snoozed_until=None if is_over else at)

    return await _change_wishes(ctx, with_quiet, "remind.noted", *noted_keys)


async def _readings(ctx: Context, action: Mute, days: Days) -> list[QuietTime]:
    """Return the times that a part of a day may mean, by the person's shift of that day."""
    zone = ctx.services.zone
    user_id = ctx.user_id
    plans = await ctx.services.rosters.plans_of([user_id], days)
    plan = plans.get(user_id, {}).get(days.first)
    if action.part is not None:
        start, middle, end = halves(plan, days.first, zone)
        is_morning = action.part is DayPart.MORNING
        return [QuietTime(start, middle) if is_morning else QuietTime(middle, end)]
    hours = [quiet_hours(days.first, reading) for reading in action.hours]
    return [*likely_readings(hours, plan, zone)]


def _exactly(action: Mute, time: QuietTime) -> Mute:
    """Return the action for exact hours, because the shift may change before the press."""
    hours = Hours(start=time.starts_at.time(), end=time.ends_at.time())
    return action.but(part=None, hours=(hours,))


async def _change_wishes(ctx: Context, change: Callable[[Wishes], Wishes], *keys: str) -> Reply:
    """Change the sender's wishes. Show them after the sentences of these `keys`."""
    wishes = await ctx.services.store.wishes.change(ctx.user_id, change)
    return _state(ctx, wishes, *keys)


def _state(ctx: Context, wishes: Wishes, *changed: str) -> Reply:
    """Return the sentences about a change, the present settings, and the menu."""
    quota = ctx.services.quota
    lines = [
        *map(ctx.texts, changed),
        *_lines(ctx, wishes),
        ctx.texts("remind.how"),
        *_shadow(ctx),
    ]
    if ReminderKind.BEFORE in quota.stopped:
        lines.append(ctx.texts(SAVINGS[quota.step]))
    reply = reply_with_title(ctx.texts("remind.title"), lines, _menu(ctx, wishes))
    return replace(reply, short=" ".join(map(ctx.texts, changed)))


def _shadow(ctx: Context) -> list[str]:
    return [ctx.texts("remind.shadow")] if ctx.services.settings.reminders.mode == "shadow" else []


def _lines(ctx: Context, wishes: Wishes) -> Iterator[str]:
    texts = ctx.texts
    policy = ctx.services.settings.reminders
    if wishes.is_muted:
        yield texts("remind.is_muted")
    if quiet := _quiet_ahead(ctx, wishes):
        yield texts("remind.is_quiet", times=_in_words(quiet))
    if wishes.snoozed_until is not None and wishes.snoozed_until > ctx.message.at:
        yield texts("remind.is_snoozed", at=wishes.snoozed_until)
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
    if not any(time.covers_day(today) for time in quiet):
        buttons.append(_quiet_today(ctx))
    return [*buttons, _for_good(ctx)]


def _quiet_today(ctx: Context) -> Button:
    days = Days(ctx.today, ctx.today)
    return Button(ctx.texts("button.quiet_today"), action=Mute(days=days), sure=True)


def _for_good(ctx: Context) -> Button:
    return Button(ctx.texts("button.stop_reminders"), action=Mute(for_good=True), sure=True)


def _local_now(ctx: Context) -> datetime:
    """Return the local time of the message."""
    return ctx.message.at.astimezone(ctx.services.zone).replace(tzinfo=None)


def _quiet_ahead(ctx: Context, wishes: Wishes) -> list[QuietTime]:
    now = _local_now(ctx)
    return [time for time in wishes.quiet if time.ends_at > now]


def _in_words(times: Sequence[QuietTime]) -> str:
    return ", ".join(map(quiet_time, times))


def _minutes(several: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(several, reverse=True)))
