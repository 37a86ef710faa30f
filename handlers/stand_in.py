"""A lead names a stand-in for some days, and either of them ends it."""

from bot.actions import EndStandIn, ShowStandIns, StandIn
from bot.chat.context import Answer, Context, answers
from bot.domain.people import people_called
from bot.domain.slots import A_DAY, Days, Slot
from bot.domain.teams import Appointment
from bot.views.notes import stand_in_values
from bot.views.sentences import Button, name_of, reply_without_title

MOST_DAYS_OF_STAND_IN = 60
FARTHEST_AHEAD = 180 * A_DAY  # from today to the first day


@answers(StandIn)
async def appoint(ctx: Context, action: StandIn) -> Answer:
    """Show the stand-in with a button that appoints them."""
    texts = ctx.texts
    me = ctx.user_id
    if not await ctx.services.visibility.is_role_known(me):
        return ctx.sentence("team.not_read")
    departments = ctx.services.visibility.departments_passed_on(me)
    if not departments:
        return ctx.sentence("stand_in.no_lead")
    if action.person is None:
        return ctx.ask("stand_in.whom", action, Slot.PERSON)
    if action.days is None:
        return ctx.ask("stand_in.open", action, Slot.DAYS)
    people = people_called(action.person, [*ctx.services.directory.view.people.values()])
    who = ctx.only(people, action, "stand_in.unknown")
    if who.user_id == me:
        return ctx.sentence("stand_in.self")
    if not who.active:
        return ctx.sentence("stand_in.inactive", name=name_of(who))
    today = ctx.services.today
    first = max(action.days.first, today)
    days = Days(first, action.days.last)
    if days.last < today or first > today + FARTHEST_AHEAD:
        return ctx.sentence("stand_in.not_then")
    if days.last >= first + MOST_DAYS_OF_STAND_IN * A_DAY:
        return ctx.sentence("stand_in.too_long", most=MOST_DAYS_OF_STAND_IN)
    appointment = Appointment(
        reference=ctx.message.message_id,
        lead=me,
        user_id=who.user_id,
        first_day=days.first,
        last_day=days.last,
        asked_at=ctx.services.now,
    )
    shown = stand_in_values(appointment, who.shown_name, departments, texts)
    if not ctx.sure:
        exact = StandIn(person=who.user_id, days=days)
        return ctx.confirm("stand_in.shown", exact, **shown)
    await ctx.services.store.stand_ins.appoint(appointment)
    return ctx.sentence("stand_in.done", **shown)


@answers(ShowStandIns)
async def show(ctx: Context, action: ShowStandIns) -> Answer:
    """List who stands in for the sender, and for whom the sender does, with buttons that end it."""
    texts = ctx.texts
    me = ctx.user_id
    today = ctx.services.today
    every = await ctx.services.store.stand_ins.open_of(me, today)
    lines = []
    buttons = []
    for appointment in every:
        is_for_me = appointment.lead == me
        other = appointment.user_id if is_for_me else appointment.lead
        name = ctx.services.directory.name_of(other)
        key = "stand_in.for_you" if is_for_me else "stand_in.by_you"
        lines.append(texts(key, **stand_in_values(appointment, name, (), texts)))
        label = texts("stand_in.end" if is_for_me else "stand_in.refuse_one", name=name)
        end = EndStandIn(reference=appointment.reference)
        buttons.append(Button(label, action=end, sure=True))
    if not lines:
        return ctx.sentence("stand_in.none")
    return reply_without_title("\n\n".join(lines), buttons)


@answers(EndStandIn)
async def end(ctx: Context, action: EndStandIn) -> Answer:
    """End a stand-in, by its lead or by the person who stands in. The store ends it once."""
    me = ctx.user_id
    rows = ctx.services.store.stand_ins
    appointment = await rows.get(action.reference, me)
    if appointment is None:
        return ctx.sentence("stand_in.none")
    is_repeated = appointment.ended_by == me
    if not is_repeated and not appointment.is_open(ctx.services.today):
        return ctx.sentence("stand_in.over")
    await rows.end(appointment, me)
    other = appointment.lead if me == appointment.user_id else appointment.user_id
    name = ctx.services.directory.name_of(other)
    return ctx.sentence("stand_in.ended", **stand_in_values(appointment, name, (), ctx.texts))
