"""One's own reminders: when they come, when they do not, once more, and saying that one is on leave."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.agenda import fitting_time, is_quiet
from bot.domain.questions import ReminderTime
from bot.domain.reminders import BOTH, MOST_STRETCHES, NOON, Quiet, Wishes, is_time_to_come
from bot.domain.shifts import CheckPoint, CheckType, points_at
from bot.domain.spans import MOST_DAYS, is_too_long
from bot.understanding.intents import AboutLeave, DateRange, Intent, IntentName, RemindWish
from bot.views import wishes as views
from bot.views.sentences import sentence

router = Router()
MOST_BEFORE, MOST_SNOOZE, SNOOZE = 180, 120, 10  # minutes
ABOUT_TO_BEGIN = 60  # minutes before a shift that starts after midnight, for which it is "today's"
_LEAVE: dict[AboutLeave | None, str] = {
    AboutLeave.PART: "remind.leave_part",
    AboutLeave.CANCELLED: "remind.leave_cancelled",
    AboutLeave.BALANCE: "remind.leave_balance",
}
FARTHEST_ONCE = timedelta(days=1)  # plans are known for the coming day


@router.on(IntentName.REMIND_SET, help_key="help.remind_set", personal=True)
async def set_reminder(ctx: Context, intent: Intent) -> Answer:
    """Change or show when the person is reminded."""
    if intent.person or intent.department or intent.remind is RemindWish.OTHERS:
        return _refused(ctx, "remind.only_own")
    match intent.remind:
        case RemindWish.BEFORE if intent.minutes is not None:
            return await _before(ctx, intent, intent.minutes)
        case RemindWish.AT:
            return await _at(ctx, intent)
        case RemindWish.SNOOZE:
            return await _snooze(ctx, SNOOZE if intent.minutes is None else intent.minutes)
        case RemindWish.RESUME:
            return await _resume(ctx, intent)
        case RemindWish.UNKEPT:
            return _refused(ctx, "remind.every_day")
        case RemindWish.INEXACT:
            return _refused(ctx, "remind.exact_time")
        case RemindWish.ENDED:
            return _refused(ctx, "remind.no_time_set")
        case RemindWish.SEVERAL:
            return _refused(ctx, "remind.one_time")
        case _:
            return _state(ctx, await ctx.services.wishes.get(ctx.who.user_id), None)


@router.on(IntentName.REMIND_OFF, help_key="help.remind_off", personal=True)
async def reminders_off(ctx: Context, intent: Intent) -> Answer:
    """Stop reminding, for the dates named or until the person says otherwise."""
    if intent.remind is RemindWish.UNKEPT:
        return _refused(ctx, "remind.off_time")
    if intent.remind is RemindWish.EACH_DAY:
        return _refused(ctx, "remind.part_of_dates")
    if intent.remind is RemindWish.ELSEWHERE:
        return _refused(ctx, "remind.only_punches")
    if intent.remind is RemindWish.UNCLEAR:
        return views.ask_how_long(ctx.texts)
    if intent.remind is RemindWish.SWAP and intent.direction is not None:
        wishes = await ctx.services.wishes.swap(ctx.who.user_id, intent.direction)
        return _state(ctx, wishes, ctx.texts("remind.noted"))
    if intent.half is not None or intent.at is not None:
        return await _quiet_for_a_part(ctx, intent)
    if intent.dates is not None:
        return await _quiet(ctx, intent.dates, _checks(intent))
    wishes = await ctx.services.wishes.mute(ctx.who.user_id, _checks(intent))
    return _state(ctx, wishes, ctx.texts(views.of_checks("remind.muted", _checks(intent))))


@router.on(IntentName.LEAVE, help_key="help.leave", personal=True)
async def on_leave(ctx: Context, intent: Intent) -> Answer:
    """Do not remind on days somebody says they are away; say that this files no leave."""
    if intent.leave is AboutLeave.DAYS and intent.dates is not None:
        return await _quiet(ctx, intent.dates, BOTH, on_leave=True)
    if intent.leave in _LEAVE:
        return sentence(_LEAVE[intent.leave], ctx.texts)
    days = intent.dates if intent.leave is AboutLeave.UNSURE else None
    one_day = days is not None and days.first == days.last >= _today(ctx)
    return views.leave_elsewhere(days.first if days and one_day else None, ctx.texts, now=ctx.message.at)


async def _before(ctx: Context, intent: Intent, minutes: int) -> Answer:
    if not 1 <= minutes <= MOST_BEFORE:
        return _refused(ctx, "remind.before_bounds", most=MOST_BEFORE)
    if intent.dates is not None:
        return _refused(ctx, "remind.every_day")
    if intent.direction is not None:
        return views.ask_both(minutes, ctx.texts)  # minutes are kept for both checks alike
    wishes = await ctx.services.wishes.before(ctx.who.user_id, minutes)
    return _state(ctx, wishes, ctx.texts("remind.noted_both", minutes=minutes))


async def _at(ctx: Context, intent: Intent) -> Answer:
    if intent.at is None:
        return _refused(ctx, "remind.every_day")
    at = await _of_that_half(ctx, intent) if intent.twelve_hour else intent.at
    if intent.dates is not None:
        return await _once(ctx, intent.dates, datetime.combine(intent.dates.first, at, ctx.texts.zone))
    check_type = intent.direction
    if check_type is None:
        if not await _is_time_to_come(ctx, at):
            await ctx.services.unfinished.keep(ctx.who, ctx.message, ReminderTime(at), said_at=ctx.message.at)
            return views.ask_which_check(at, ctx.texts)
        check_type = CheckType.ON_DUTY
    wishes = await ctx.services.wishes.at(ctx.who.user_id, check_type, at)
    return _state(ctx, wishes, ctx.texts("remind.at_noted"))


async def set_for(ctx: Context, check_type: CheckType, at: time) -> Answer:
    """Remind of one check at a time, as the answer to which one is meant; and say that this is no punch."""
    asked = ReminderTime(at)  # stays, for the same answer said or delivered twice
    await ctx.services.unfinished.keep(ctx.who, ctx.message, asked, said_at=ctx.message.at, direction=check_type)
    wishes = await ctx.services.wishes.at(ctx.who.user_id, check_type, at)
    return _state(ctx, wishes, f"{ctx.texts('remind.at_noted')} {ctx.texts('remind.no_punch')}")


async def _of_that_half(ctx: Context, intent: Intent) -> time:
    """Return the time that may be of either half of the day as that of the check it is for, where one is named."""
    if intent.direction is None:
        return intent.times[0]
    day = intent.dates.first if intent.dates else _today(ctx)
    plans = await ctx.services.rosters.plans_around(ctx.who, day)
    return fitting_time(intent.times, intent.direction, plans or (), ctx.texts.zone)


async def _is_time_to_come(ctx: Context, at: time) -> bool:
    plans = await ctx.services.rosters.plans_around(ctx.who, _today(ctx))
    return is_time_to_come(at, plans or (), ctx.texts.zone)


async def _once(ctx: Context, dates: DateRange, at: datetime) -> Answer:
    if dates.first != dates.last or dates.first - _today(ctx) > FARTHEST_ONCE:
        return _refused(ctx, "remind.every_day")
    return await _one_more(ctx, at)


async def _snooze(ctx: Context, minutes: int) -> Answer:
    if not 1 <= minutes <= MOST_SNOOZE:
        return _refused(ctx, "remind.snooze_bounds", most=MOST_SNOOZE)
    return await _one_more(ctx, _nearest_minute(ctx.message.at + timedelta(minutes=minutes)))


async def _one_more(ctx: Context, at: datetime) -> Answer:
    hours = ctx.services.wishes.policy.quiet_hours
    if hours is not None and is_quiet(at, hours, ctx.texts.zone):
        return _refused(ctx, "remind.in_quiet_hours", hours=views.span(hours))
    wishes = await ctx.services.wishes.once(ctx.who.user_id, at)
    if wishes is None:
        return _refused(ctx, "remind.passed", at=ctx.texts.clock(at))
    return views.once(at, ctx.texts, live=ctx.services.wishes.live)


async def _resume(ctx: Context, intent: Intent) -> Answer:
    from_day = max(intent.dates.first, _today(ctx)) if intent.dates else _today(ctx)
    wishes = await ctx.services.wishes.resume(ctx.who.user_id, from_day, _checks(intent))
    if wishes is None:
        return _state(ctx, await ctx.services.wishes.get(ctx.who.user_id), ctx.texts("remind.nothing_off"))
    if from_day == _today(ctx):
        return _state(ctx, wishes, ctx.texts("remind.resumed"))
    return _state(ctx, wishes, ctx.texts("remind.resumed_from", day=from_day.isoformat()))


def _nearest_minute(at: datetime) -> datetime:
    """Return the whole minute that is nearest, as it is told: then the bot looks whom to remind."""
    return (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _checks(intent: Intent) -> frozenset[CheckType]:
    return BOTH if intent.direction is None else frozenset({intent.direction})


async def _quiet(
    ctx: Context, days: DateRange, check_types: frozenset[CheckType], *, on_leave: bool = False
) -> Answer:
    today = _today(ctx)
    first = max(days.first, today)
    last = days.last
    if last < today:
        return _refused(ctx, "remind.over")
    if is_too_long(first, last):
        return _refused(ctx, "remind.too_long", most=MOST_DAYS)
    if first == today and await _yesterdays_shift_runs(ctx, today):
        first = today - timedelta(days=1)  # "today", said at the end of a night shift
    if last == today and await _tomorrows_shift_begins(ctx, today):
        last = today + timedelta(days=1)  # "today", said shortly before a shift that starts at midnight
    quiet = Quiet(first, last, check_types)
    ends = await _ends_into(ctx, quiet)
    if ends and not on_leave and all(point.due_at.astimezone(ctx.texts.zone).time() != time() for point in ends):
        quiet, ends = replace(quiet, since=time()), []  # what is due from the midnight before on
    said = [ctx.texts("remind.no_request")] if on_leave else []
    return await _kept_quiet(ctx, quiet, *said, *(_not_among(ctx, point) for point in ends))


async def _ends_into(ctx: Context, quiet: Quiet) -> list[CheckPoint]:
    """Return the checks of the work date before that are due on the first day of `quiet` and not quiet."""
    wishes = await ctx.services.wishes.get(ctx.who.user_id)
    plans = await ctx.services.rosters.plans_around(ctx.who, quiet.first)
    before = (point for plan in plans or () if plan.work_date < quiet.first for point in plan.points)
    due = [(point, point.due_at.astimezone(ctx.texts.zone)) for point in before if point.due_at > ctx.message.at]
    return [
        point
        for point, at in due
        if point.check_type in quiet.check_types
        and at.date() == quiet.first
        and not wishes.are_quiet_on(point.work_date, point.check_type, at)
    ]


def _not_among(ctx: Context, point: CheckPoint) -> str:
    at = ctx.texts.day_and_clock(point.due_at)
    return ctx.texts(f"remind.not_among_{point.check_type}", at=at, day=point.work_date.isoformat())


async def _kept_quiet(ctx: Context, quiet: Quiet, *more: str) -> Answer:
    wishes = await ctx.services.wishes.quiet(ctx.who.user_id, quiet)
    if wishes is None:
        return _refused(ctx, "remind.many_stretches", most=MOST_STRETCHES)
    said = ctx.texts(views.of_checks("remind.quiet", quiet.check_types), days=views.stretch(quiet, ctx.texts))
    return _state(ctx, wishes, "\n\n".join((said, *more)))


async def _quiet_for_a_part(ctx: Context, intent: Intent) -> Answer:
    """Be quiet about the checks that are due in half a day, or from a time on; of today unless dates are named."""
    today = _today(ctx)
    days = intent.dates or DateRange(today, today)
    if days.last < today:
        return _refused(ctx, "remind.over")
    first = max(days.first, today)
    if intent.half == "pm" and days.last == today and await _tomorrows_shift_begins(ctx, today):
        return await _quiet(ctx, days, _checks(intent))  # "tonight" is that shift
    if intent.half == "pm" and first == today and await _yesterdays_shift_lasts(ctx, today):
        first = today - timedelta(days=1)  # "tonight", said in the night
    if is_too_long(first, days.last):
        return _refused(ctx, "remind.too_long", most=MOST_DAYS)
    since, until = (intent.at, None) if intent.at else (None, NOON) if intent.half == "am" else (NOON, None)
    return await _kept_quiet(ctx, Quiet(first, days.last, _checks(intent), since, until))


async def _yesterdays_shift_lasts(ctx: Context, today: date) -> bool:
    """Tell whether a shift of the work date before has a check to come."""
    plans = await ctx.services.rosters.plans_around(ctx.who, today)
    points = (point for plan in plans or () if plan.work_date < today for point in plan.points)
    return any(point.due_at > ctx.message.at for point in points)


async def _yesterdays_shift_runs(ctx: Context, today: date) -> bool:
    plans = await ctx.services.rosters.plans_around(ctx.who, today)
    return any(point.work_date < today for point in points_at(plans or (), ctx.message.at))


async def _tomorrows_shift_begins(ctx: Context, today: date) -> bool:
    """Tell whether a shift of the next work date is about to begin, or was just reminded of."""
    service = ctx.services.wishes
    wishes = await service.get(ctx.who.user_id)
    before = service.policy.before_minutes if wishes.before_minutes is None else wishes.before_minutes
    soon = timedelta(minutes=max((ABOUT_TO_BEGIN, *before)))
    plans = await ctx.services.rosters.plans_around(ctx.who, today)
    points = (point for plan in plans or () if plan.work_date > today for point in plan.points)
    return any(point.due_at - ctx.message.at <= soon for point in points)


def _state(ctx: Context, wishes: Wishes, said: str | None) -> Answer:
    service = ctx.services.wishes
    return views.state(wishes, service.policy, ctx.texts, said=said, now=ctx.message.at, live=service.live)


def _refused(ctx: Context, key: str, **values: object) -> Answer:
    return views.refused(key, ctx.texts, **values)


def _today(ctx: Context) -> date:
    return ctx.services.own_punches.local_date(ctx.message)
