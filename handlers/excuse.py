"""A lead excuses a day of one of their people, or takes the excuse back. No punch changes."""

from datetime import date, timedelta

from bot.actions import ExcuseAction
from bot.chat.context import Answer, Context, answers
from bot.domain.absences import Excuse
from bot.domain.people import Employee
from bot.domain.slots import Slot
from bot.views.notes import reason_of
from bot.views.sentences import MAX_OF_NAMES, Button, acting, escape, name_of

FARTHEST_AHEAD = timedelta(days=31)


@answers(ExcuseAction)
async def excuse(ctx: Context, action: ExcuseAction) -> Answer:
    """Show the person and the day, with a button that excuses it. Without a day use today."""
    texts = ctx.texts
    lead = ctx.user_id
    if action.person is None:
        return ctx.ask("excuse.whom", action, Slot.PERSON)
    day = action.day or ctx.today
    dated = action.but(day=day)
    who = ctx.only(await ctx.people_led(action.person), dated, "excuse.not_yours")
    oldest = timedelta(days=ctx.services.settings.corrections.oldest_days)
    if not -oldest <= day - ctx.services.today <= FARTHEST_AHEAD:
        return ctx.sentence("excuse.too_far")
    plans = await ctx.services.rosters.plans_around(who, day) or ()
    if action.excused and any(plan.work_date == day and not plan.points for plan in plans):
        return ctx.sentence("excuse.no_work", name=name_of(who), day=day)  # it would do nothing
    if not ctx.sure:
        key = "excuse.shown" if action.excused else "excuse.shown_take_back"
        reason = reason_of(action.reason, texts)
        exact = dated.but(person=who.user_id)
        return ctx.confirm(key, exact, name=name_of(who), day=day, reason=reason)
    # a new lead may have come meanwhile
    if not await ctx.services.visibility.is_led_by(who.user_id, lead):
        return ctx.sentence("team.not_read")
    decision = Excuse(
        user_id=who.user_id,
        work_date=day,
        decided_by=lead,
        reason=action.reason or "",
        decided_at=ctx.services.now,
        excused=action.excused,
        stood_in_for=ctx.services.visibility.leads_acted_for(lead, who.user_id),
    )
    last, counts = await ctx.services.store.excuses.store(decision)
    is_repeated = last is not None and (last.decided_by, last.reason) == (lead, decision.reason)
    return _answer(ctx, who, day, last, action, counts=counts or is_repeated)


def _answer(
    ctx: Context,
    who: Employee,
    day: date,
    last: Excuse | None,
    action: ExcuseAction,
    *,
    counts: bool,
) -> Answer:
    """Return the present decision. A button takes an excuse back."""
    texts = ctx.texts
    if action.excused:
        outcome = "excuse.done" if counts else "excuse.already"
    else:
        outcome = "excuse.taken_back" if counts else "excuse.not_excused"
    buttons = []
    if last is not None and last.excused:
        back = ExcuseAction(excused=False, person=who.user_id, day=day)
        buttons = [Button(texts("button.unexcuse"), action=back)]
    directory = ctx.services.directory
    leads = map(directory.name_of, last.stood_in_for if last else ())
    by = acting(directory.name_of(last.decided_by if last else None), leads, texts)
    reason = reason_of(last.reason, texts) if last else ""
    values = {
        "name": name_of(who),
        "day": day,
        "by": escape(by, most=MAX_OF_NAMES),
        "reason": reason,
    }
    return ctx.sentence(outcome, buttons, **values)
