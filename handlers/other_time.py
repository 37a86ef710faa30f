"""What is said of a punch that is told of a time: it is never recorded for one that is over or still to come."""

from bot.chat.context import Context, Reply
from bot.domain.shifts import named_moment, near_clock
from bot.understanding.intents import Intent
from bot.views import other_times
from handlers.place import tapped_place, wish_of


def is_now(ctx: Context, intent: Intent) -> bool:
    """Tell whether the time that `intent` names may be that of the message."""
    at, zone, days = ctx.message.at, ctx.texts.zone, intent.dates
    if days is not None and not days.first <= at.astimezone(zone).date() <= days.last:
        return False
    return intent.at is not None and near_clock(intent.at, at, zone)


def refused(ctx: Context, intent: Intent) -> Reply:
    """Say that a punch counts for when it is said, and how an earlier time is asked for; counts the refusal."""
    ctx.refused("other_time")
    at, zone, in_group = ctx.message.at, ctx.texts.zone, ctx.message.is_group
    place = tapped_place(ctx, wish_of(ctx, intent))
    if intent.at is None:  # a part of the day: another one than now, so the morning is over and the evening ahead
        part = ctx.texts(f"punch.half_{intent.half}")
        if intent.half == "pm":
            return other_times.ahead(part, at, ctx.texts)
        return other_times.over(None, part, intent.direction, at, ctx.texts, place=place, in_group=in_group)
    named = named_moment(intent.at, at, zone)
    if intent.dates is not None:
        day = intent.dates.first
        named = named.astimezone(zone).replace(year=day.year, month=day.month, day=day.day)
    said = ctx.texts.clock(named)
    if named > at:
        return other_times.ahead(said, at, ctx.texts)
    return other_times.over(named, said, intent.direction, at, ctx.texts, place=place, in_group=in_group)
