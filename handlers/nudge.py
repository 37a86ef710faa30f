"""A lead reminds one of their people."""

from typing import Literal

from bot.actions import Nudge
from bot.chat.context import Answer, Context, Router
from bot.domain.day import person_day
from bot.domain.people import Employee, people_called
from bot.domain.reminders import Reminder, ReminderKind, ReminderState, is_due
from bot.views.notes import choices
from bot.views.sentences import check_type, confirm, escape, name_of, reply_without_title, sentence

router = Router()
# The outcome of a nudge, as the key of its sentence.
Outcome = Literal[
    "nudge.going",
    "nudge.going_shadow",
    "nudge.already",
    "nudge.declined",  # without the reason: some reasons are private
    "nudge.unknown",  # facts could not be read
    "team.not_read",  # the sender may no longer lead the person
]


@router.on(Nudge, help_key="help.nudge", for_leads=True, personal=True)
async def nudge(ctx: Context, action: Nudge) -> Answer:
    """Ask a person to punch, if the sender leads them. In a group only the sender sees the name."""
    lead = ctx.who.user_id
    texts = ctx.texts
    people = await ctx.services.visibility.people_led_by(lead, action.person)
    if people is None:
        return sentence("team.not_read", texts)
    if not people:
        return sentence("nudge.not_yours", texts)
    if ReminderKind.NUDGE in ctx.services.quota.stopped:
        return sentence("quota.saving", texts)
    name = name_of(people[0])
    if len(people) > 1:
        return reply_without_title(
            texts("nudge.which", name=escape(action.person)),
            choices(people, lambda user_id: Nudge(person=user_id)),
        )
    is_exact = bool(people_called(action.person, people))  # else by a first name
    if not is_exact or not (ctx.sure or ctx.by_button):
        return reply_without_title(
            texts("nudge.shown", name=name), [confirm(Nudge(person=people[0].user_id), texts)]
        )
    outcome, reminder = await _claim_nudge(ctx, people[0])
    values = {"name": name, "at": texts.clock(ctx.services.base.now)}
    if reminder is not None:
        values |= {
            "what": check_type(reminder.check_type, texts),
            "due": texts.clock(reminder.due_at),
        }
    return sentence(outcome, texts, **values)


async def _claim_nudge(ctx: Context, who: Employee) -> tuple[Outcome, Reminder | None]:
    """Nudge a person once for each check, by the same facts as a reminder. Raises StoreRefused.

    The check is the latest one that is due and still takes punches.
    """
    services = ctx.services
    base = ctx.services.base
    lead = ctx.who.user_id
    user_id = who.user_id
    if await base.clock_watch.is_off():
        return "nudge.unknown", None
    now = base.now
    today = now.astimezone(base.zone).date()
    plans = await services.rosters.plans_around(who, today)
    if plans is None:
        return "nudge.unknown", None
    open_dates = [
        plan.work_date
        for plan in plans
        if plan.work_date <= today and any(point.takes(now) for point in plan.points)
    ]
    work_date = max(open_dates, default=None)
    if work_date is None or base.is_quiet(now):
        return "nudge.declined", None
    reading = await services.day_reader.read_now([user_id], work_date)
    day = person_day(reading.facts[user_id], now)
    wishes = await base.store.wishes.get(user_id)
    if not await services.visibility.is_led_by(user_id, lead):  # a new lead may have come meanwhile
        return "team.not_read", None
    if day.plan is None:
        return "nudge.unknown", None
    open_keys = {point.key for point in day.plan.points if now <= point.closes_at}
    due_checks = [check for check in day.checks if check.due_at <= now and check.key in open_keys]
    check = max(due_checks, key=lambda check: check.due_at, default=None)
    if check is None:
        return "nudge.declined", None
    reminder = Reminder(
        user_id=user_id,
        kind=ReminderKind.NUDGE,
        work_date=work_date,
        check_point=check.key,
        due_at=check.due_at,
        moment=now,
        asked_by=lead,
    )
    is_wanted = is_due(reminder, day)
    if not is_wanted or wishes.silence(reminder, base.zone):
        return "nudge.unknown" if is_wanted is None else "nudge.declined", None
    if not await base.store.reminders.claim([reminder]):
        earlier = await base.store.reminders.between(work_date, work_date)
        was_dropped = any(
            known.state is ReminderState.DROPPED for known in earlier if known.key == reminder.key
        )
        return "nudge.declined" if was_dropped else "nudge.already", reminder
    services.begin_reminders([reminder])
    is_shadow = base.settings.reminders.mode == "shadow"
    return "nudge.going_shadow" if is_shadow else "nudge.going", reminder
