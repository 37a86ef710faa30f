"""A person says that they come later than their shift begins."""

from datetime import UTC, datetime, timedelta

from bot.actions import ComeLater
from bot.chat.context import Answer, Context, answers
from bot.domain.reminders import Reminder, ReminderKind, ToldArrival
from bot.domain.shifts import CheckPoint
from bot.domain.slots import A_DAY, Days, Slot

BUNDLE = timedelta(minutes=5)  # who says it within this time stands in one note
AHEAD = timedelta(minutes=30)  # no lead hears of it earlier before the start of the shift


@answers(ComeLater)
async def come_later(ctx: Context, action: ComeLater) -> Answer:
    """Tell the leads when the sender comes. Until then, reminders of this check wait."""
    services = ctx.services
    who = ctx.user_id
    if ReminderKind.LATE in services.quota.stopped:
        return ctx.sentence("quota.saving")
    if action.lacks() is not None:
        return ctx.ask("late.when", action, Slot.TIME)
    plans = await services.rosters.plans_around(ctx.who, action.day or ctx.today)
    if plans is None:
        return ctx.sentence("late.not_read")
    starts = (plan.start for plan in plans if action.day in (None, plan.work_date))
    start = next((at for at in starts if at is not None and at.closes_at > ctx.message.at), None)
    if start is None:
        return ctx.sentence("late.no_shift")
    day = start.work_date
    known = await services.summaries.days_from_store(who, Days(day, day))
    check = known[day].check(start.key)
    if check is None or check.punched_at is not None:
        return ctx.sentence("late.no_need", due=start.due_at)
    arrives_at = _arrival(ctx, action, start)
    if not max(start.due_at, ctx.message.at) < arrives_at <= start.closes_at:
        return ctx.sentence("late.not_within", due=start.due_at)
    values = {"at": arrives_at, "due": start.due_at}
    if not ctx.sure:
        exact = ComeLater(day=start.work_date, arrives_at=arrives_at)
        return ctx.confirm("late.shown", exact, **values)
    arrival = ToldArrival(due_at=start.due_at, at=arrives_at)
    now = services.now
    await services.store.wishes.change(who, lambda old: old.with_arrival(arrival, now))
    leads = sorted(services.directory.view.teams.leads_of(who))
    if not leads:
        return ctx.sentence("late.no_lead", **values)
    await services.store.reminders.postpone([_note(lead, start, now) for lead in leads])
    is_shadow = services.settings.reminders.mode == "shadow"
    return ctx.sentence("late.noted_shadow" if is_shadow else "late.noted", **values)


def _arrival(ctx: Context, action: ComeLater, start: CheckPoint) -> datetime:
    """Return when the sender comes (UTC): the named time that follows the start first."""
    if action.arrives_at is not None:
        return action.arrives_at
    if action.minutes is not None and not action.times:
        return max(start.due_at, ctx.message.at) + timedelta(minutes=action.minutes)
    due = start.due_at.astimezone(ctx.services.zone)
    later = min((datetime.combine(due, at, due.tzinfo) - due) % A_DAY for at in action.times)
    return start.due_at + later


def _note(lead: str, start: CheckPoint, now: datetime) -> Reminder:
    """Return the note of a lead about everybody who comes later than this start."""
    earliest = max(now, start.due_at - AHEAD).astimezone(UTC)
    moment = earliest + BUNDLE - (earliest - datetime.min.replace(tzinfo=UTC)) % BUNDLE
    return Reminder(
        user_id=lead,
        kind=ReminderKind.LATE,
        work_date=start.work_date,
        check_point="start",
        due_at=start.due_at,
        moment=moment,
        which=f"{moment:%H%M}",
    )
