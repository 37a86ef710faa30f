"""A lead reminds their people. Nobody punches for somebody else."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.actions import Nudge, NudgeAll, PunchForOther
from bot.chat.context import Answer, Context, EarlyAnswer, answers
from bot.domain.day import PersonDay, person_day
from bot.domain.people import Employee, people_called
from bot.domain.reminders import Reminder, ReminderKind, ReminderState, is_due
from bot.domain.slots import Days
from bot.views import offers
from bot.views.notes import MOST_CHOICES
from bot.views.sentences import Names, list_names, name_of, reply_without_title
from bot.views.team import nudge_buttons

Claimed = tuple[str, Reminder | None]  # the key of the outcome's sentence, and the nudge


@answers(Nudge)
async def nudge(ctx: Context, action: Nudge) -> Answer:
    """Ask a person to punch, if the sender leads them. In a group only the sender sees the name."""
    who = ctx.only(await ctx.people_led(action.person), action, "nudge.not_yours")
    name = name_of(who)
    is_exact = bool(people_called(action.person, [who]))  # else by a first name
    if not is_exact or not (ctx.sure or ctx.by_button):
        return ctx.confirm("nudge.shown", Nudge(person=who.user_id), name=name)
    ((outcome, reminder),) = (await _claim_nudges(ctx, [who])).values()
    if reminder is None:
        return ctx.sentence(outcome, name=name)
    return ctx.sentence(
        outcome,
        name=name,
        at=ctx.services.now,
        what=reminder.check_type,
        due=reminder.due_at,
    )


@answers(NudgeAll)
async def nudge_all(ctx: Context, action: NudgeAll) -> Answer:
    """Ask these people to punch, as far as the sender leads them and a check of theirs is due."""
    texts = ctx.texts
    people: dict[str, Employee] = {}
    for user_id in action.people:
        people |= {who.user_id: who for who in await ctx.people_led(user_id)}
    claimed = await _claim_nudges(ctx, list(people.values()))
    going = [
        people[user_id].shown_name
        for user_id, (outcome, _) in claimed.items()
        if outcome in ("nudge.going", "nudge.going_shadow")
    ]
    lines = []
    if going:
        is_shadow = ctx.services.settings.reminders.mode == "shadow"
        key = "nudge.all_going_shadow" if is_shadow else "nudge.all_going"
        lines.append(texts(key, names=list_names(going, texts)))
    if (left := len(action.people) - len(going)) > 0:
        lines.append(texts("nudge.all_left", count=left))
    return reply_without_title("\n\n".join(lines))


@answers(PunchForOther)
async def punch_for_other(ctx: Context, action: PunchForOther) -> Answer:
    """Refuse, with a button to nudge the person, if the sender leads them."""
    if action.person == ctx.user_id:
        return offers.not_understood(ctx.texts, in_group=ctx.message.is_group)
    led: Sequence[Employee] = ()
    if action.person is not None:
        led = await ctx.services.visibility.people_led_by(ctx.user_id, action.person) or ()
    user_ids = [who.user_id for who in led[:MOST_CHOICES]]
    return ctx.sentence("nudge.only_self", nudge_buttons(user_ids, Names(led), ctx.texts))


async def _claim_nudges(ctx: Context, people: Sequence[Employee]) -> Mapping[str, Claimed]:
    """Nudge each person once for each check, by the same facts as a reminder. Raises StoreRefused,
    and EarlyAnswer while calls are saved.

    The check is the latest one that is due and still takes punches.
    """
    services = ctx.services
    if ReminderKind.NUDGE in services.quota.stopped:
        raise EarlyAnswer(ctx.sentence("quota.saving"))
    now = services.now
    is_clock_off = await services.clock_watch.is_off()
    claimed: dict[str, Claimed] = {}
    by_date: dict[date, list[str]] = {}
    for who in people:
        today = now.astimezone(services.zone).date()
        plans = None if is_clock_off else await services.rosters.plans_around(who, today)
        open_dates = [
            plan.work_date
            for plan in plans or ()
            if plan.work_date <= today and any(point.takes(now) for point in plan.points)
        ]
        if plans is None:
            claimed[who.user_id] = "nudge.unknown", None
        elif not open_dates or services.is_quiet(now):
            claimed[who.user_id] = "nudge.declined", None
        else:
            by_date.setdefault(max(open_dates), []).append(who.user_id)
    for work_date, user_ids in by_date.items():
        reading = await services.day_reader.read_now(user_ids, work_date)
        for user_id in user_ids:
            day = person_day(reading.facts[user_id], now)
            claimed[user_id] = await _claim_nudge(ctx, day, now)
    return claimed


async def _claim_nudge(ctx: Context, day: PersonDay, now: datetime) -> Claimed:
    """Nudge a person about their latest due check of a `day` that was just read."""
    services = ctx.services
    lead = ctx.user_id
    user_id = day.user_id
    wishes = await services.store.wishes.get(user_id)
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
        work_date=day.work_date,
        check_point=check.key,
        due_at=check.due_at,
        moment=now,
        asked_by=lead,
    )
    is_wanted = is_due(reminder, day)
    if not is_wanted or wishes.is_unwanted(reminder, services.zone):
        # without the reason: some reasons are private
        return "nudge.unknown" if is_wanted is None else "nudge.declined", None
    if not await services.store.reminders.claim([reminder]):
        same_day = await services.store.reminders.between(Days(day.work_date, day.work_date))
        states = {known.state for known in same_day if known.key == reminder.key}
        # a nudge that was given up told nobody
        was_dropped = ReminderState.DROPPED in states
        return "nudge.declined" if was_dropped else "nudge.already", reminder
    services.begin_reminders([reminder])
    is_shadow = services.settings.reminders.mode == "shadow"
    return "nudge.going_shadow" if is_shadow else "nudge.going", reminder
