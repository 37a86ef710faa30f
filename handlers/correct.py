"""Make-up punches (补卡): a person asks for one, and a lead decides."""

from bot.actions import DecideCorrection, OpenRequests, RequestCorrection, Slot
from bot.chat.context import Answer, Context, Router
from bot.domain.corrections import Correction, CorrectionState, CorrectionWish, Meant, Missing, NotAllowed
from bot.services.corrections import Looked
from bot.views import corrections as views
from bot.views.reply import Ask, Reply
from bot.views.sentences import sentence

router = Router()

_ASKED_FOR = {
    "what": Slot.TIME,
    "direction": Slot.DIRECTION,
    "time": Slot.TIME,
    "day": Slot.DAYS,
    "reason": Slot.REASON,
}


@router.on(RequestCorrection, help_key="help.correction")
async def request(ctx: Context, action: RequestCorrection) -> Answer:
    """Ask for what the request lacks, or show it with a button. The button sends it to the person's leads."""
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    requests = ctx.services.corrections
    wish = CorrectionWish(ctx.message.at, action.direction, action.day, action.at, action.reason or "")
    ask = requests.ask(ctx.who, ctx.message, wish) if ctx.sure else requests.check(ctx.who, wish)
    match found := await ask:
        case Correction():
            external = await requests.external(found)
            leads = len(requests.asked_of(ctx.who.user_id))
            return views.asked(found, leads, ctx.texts, external)
        case Meant():
            return views.shown(action, found, ctx.texts)
        case Missing("direction"):
            return _asking(views.which_direction(action, ctx.texts), action, Slot.DIRECTION)
        case Missing(what):
            return _asking(views.to_say(found, ctx.texts), action, _ASKED_FOR[what])
        case NotAllowed(code):
            ctx.refused(f"correction_{code}")
            return views.refused_by_rule(found, ctx.texts)


def _asking(reply: Reply, action: RequestCorrection, slot: Slot) -> Reply:
    return Reply(reply.title, reply.text, reply.buttons, Ask(action, slot))


@router.on(DecideCorrection, help_key="help.approve", for_leads=True)
async def decide(ctx: Context, action: DecideCorrection) -> Answer:
    """Show a request with a button that approves or refuses it. A refusal withdraws the sender's own request."""
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    requests = ctx.services.corrections
    found = await requests.look(ctx.who, action.reference)
    correction = found.correction
    withdraws = found.outcome == "own" and not action.approve
    is_open = correction is not None and correction.state is CorrectionState.ASKED
    if correction is not None and is_open and not ctx.sure:
        if withdraws:
            return views.sure_to_withdraw(action, correction, ctx.texts)
        if found.outcome == "open":
            asker = requests.name_of(correction.user_id)
            external = await requests.external(correction)
            return views.to_decide(correction, asker, found.replaces, ctx.texts, external, action=action)
    if is_open and (found.outcome == "open" or withdraws):
        if action.approve:
            found = await requests.approve(ctx.who, action.reference)
        else:
            found = await requests.refuse(ctx.who, action.reference, action.answer or "")
    return _decided(ctx, found)


@router.on(OpenRequests, help_key="help.requests", personal=True)
async def waiting(ctx: Context, action: OpenRequests) -> Answer:
    """List the open requests: the sender's own, and those that the sender decides."""
    requests = ctx.services.corrections
    found = await requests.open_to(ctx.who)
    rows: list[tuple[Correction, str | None]] = [(one, None) for one in found.own]
    rows += [(one, requests.name_of(one.user_id)) for one in found.to_decide]
    return views.listed(rows, ctx.texts, page=action.page, is_known=found.is_known)


def _decided(ctx: Context, found: Looked) -> Reply:
    """Return the result of a decision, or why there is no decision."""
    requests = ctx.services.corrections
    if found.outcome in ("unknown", "own", "not_read"):
        ctx.refused(f"decision_{found.outcome}")
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    named = found.correction
    asker = requests.name_of(named.user_id) if named else ""
    by = requests.name_of(named.decided_by) if named else ""
    hears = named is None or requests.is_active(named.user_id)
    return views.decided(found.outcome, named, asker, by, ctx.texts, asker_hears=hears, there=found.replaces)
