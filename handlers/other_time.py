"""What is said of a punch that is told of a time: it is never recorded for one that is over or still to come."""

from bot.chat.context import Context, Reply
from bot.domain.shifts import minutes_ahead, named_moment, near_clock
from bot.understanding.intents import Intent
from bot.views import other_times
from handlers.place import tapped_place, wish_of


def is_now(ctx: Context, intent: Intent) -> bool:
    """Tell whether the time that `intent` names may be that of the message."""
    at, zone, days = ctx.message.at, ctx.texts.zone, intent.dates
    if days is not None and not days.first <= at.astimezone(zone).date() <= days.last:
        return False
    return any(near_clock(said, at, zone) for said in intent.times)


def is_ahead(ctx: Context, intent: Intent) -> bool:
    """Tell whether the time that `intent` names, about that of the message, is a minute that is still to come."""
    at, zone = ctx.message.at, ctx.texts.zone
    near = [said for said in intent.times if near_clock(said, at, zone)]
    return bool(near) and all(minutes_ahead(said, at, zone) > 0 for said in near)


def refused(ctx: Context, intent: Intent) -> Reply:
    """Say that a punch counts for when it is said, and how an earlier time is asked for; counts the refusal."""
    ctx.refused("other_time")
    at, zone, in_group = ctx.message.at, ctx.texts.zone, ctx.message.is_group
    place = tapped_place(ctx, wish_of(ctx, intent))
    if intent.at is None:  # a part of the day: another one than now, so the morning is over and the evening ahead
        part = ctx.texts(f"punch.half_{intent.half}")
        if intent.half != "am":
            return other_times.ahead(part, at, ctx.texts)
        return other_times.over(None, part, intent.direction, at, ctx.texts, place=place, in_group=in_group)
    if is_now(ctx, intent) and is_ahead(ctx, intent):  # also over midnight: 0:01下班 at 23:59
        meant = next(one for one in intent.times if near_clock(one, at, zone))
        return other_times.ahead(f"{meant:%H:%M}", at, ctx.texts)
    named = named_moment(intent.at, at, zone)
    if intent.dates is not None:
        day = intent.dates.first
        named = named.astimezone(zone).replace(year=day.year, month=day.month, day=day.day)
    said = ctx.texts.clock(named)
    if named > at:
        return other_times.ahead(said, at, ctx.texts)
    return other_times.over(named, said, intent.direction, at, ctx.texts, place=place, in_group=in_group)
