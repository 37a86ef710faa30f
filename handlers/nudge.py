"""A lead reminds one of their people."""

from bot.actions import Nudge
from bot.chat.context import Answer, Context, Router
from bot.views.leading import choices
from bot.views.sentences import check_type, confirm, name_of, said, sentence

router = Router()


@router.on(Nudge, help_key="help.nudge", for_leads=True, personal=True)
async def nudge(ctx: Context, action: Nudge) -> Answer:
    """Ask a person to punch, if the sender leads them. In a group only the sender sees the name."""
    lead, texts = ctx.who.user_id, ctx.texts
    people = await ctx.services.visibility.led_by(lead, action.person)
    if people is None:
        return sentence("team.not_read", texts)
    if not people:
        return sentence("nudge.not_yours", texts)
    name = name_of(people[0])
    if len(people) > 1:
        return said(texts("nudge.which", name=name), choices(people, lambda one: Nudge(person=one)))
    if not (ctx.sure or ctx.by_button):
        return said(texts("nudge.shown", name=name), [confirm(Nudge(person=people[0].user_id), texts)])
    outcome, reminder = await ctx.services.nudging.nudge(lead, people[0].user_id)
    if outcome == "not_read":
        return sentence("team.not_read", texts)
    values = {"name": name, "at": texts.clock(ctx.services.base.clock.now())}
    if reminder is not None:
        values |= {"what": check_type(reminder.check_type, texts), "due": texts.clock(reminder.due_at)}
    return sentence(f"nudge.{outcome}", texts, **values)
