"""A lead excuses a day of one of their people, or takes the excuse back."""

from bot.actions import Excuse, Slot
from bot.chat.context import Answer, Context, Router
from bot.domain.absences import ExcuseState
from bot.services.excuses import Excusing
from bot.views import leading
from bot.views.reply import Ask, Reply
from bot.views.sentences import sentence

router = Router()
_DONE = (Excusing.DONE, Excusing.TAKEN_BACK)


@router.on(Excuse, help_key="help.excuse", for_leads=True, personal=True)
async def excuse(ctx: Context, action: Excuse) -> Answer:
    """Show the person and the day, with a button that excuses it. Without a day use today."""
    if action.person is None:
        text = ctx.texts("excuse.whom")
        return Reply(text, text, ask=Ask(action, Slot.PERSON))
    day = action.day or ctx.services.own_punches.local_date(ctx.message)
    state = ExcuseState.EXCUSED if action.excused else ExcuseState.TAKEN_BACK
    excuses = ctx.services.excuses
    if ctx.sure:
        found = await excuses.say(ctx.who, action.person, day, action.reason or "", state)
    else:
        found = await excuses.check(ctx.who, action.person, day, state)
    dated = action.model_copy(update={"day": day})
    if found.outcome is Excusing.WHICH:
        return leading.whom_to_excuse(dated, found.people, ctx.texts)
    if found.outcome is Excusing.NOT_READ:
        return sentence("team.not_read", ctx.texts)
    if not ctx.sure and found.outcome in _DONE:
        return leading.excuse_shown(dated, found.people[0], ctx.texts)
    if found.outcome not in _DONE:
        ctx.refused(f"excuse_{found.outcome}")
    by = ctx.services.corrections.name_of(found.last.decided_by) if found.last else ""
    return leading.excused(found.outcome, found.people, found.last, by, ctx.texts, day=day)
