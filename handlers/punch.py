"""Clocking in and out, confirming a tap on the page, and advice on a wrong punch."""

from bot.actions import ConfirmTap, Punch, Slot, Undo
from bot.chat.context import Answer, Context, ReceiptDue, Router
from bot.chat.reading import dated
from bot.domain.messages import MessageKind
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskPhone,
    AskPlace,
    PunchWish,
    Refused,
)
from bot.domain.sites import site_named
from bot.storage.ledger import Recorded
from bot.understanding.gate import without_positions
from bot.views import offers, places, receipts
from bot.views.reply import Ask, Reply
from bot.views.sentences import sentence

router = Router()


@router.on(Punch, help_key="help.clock_in")
async def punch(ctx: Context, action: Punch) -> Answer:
    """Record a punch, or ask for what is unclear. The question keeps the time of this message."""
    if action.reason:  # the bot stores positions separately, for a shorter time
        action = action.model_copy(update={"reason": without_positions(action.reason) or None})
    offered = dated(action, ctx.message)
    if not ctx.sure:
        return offers.punch(offered, ctx.texts)
    recorded = await ctx.services.punches.punch(ctx.who, ctx.message, action, ctx.address, confirmed=ctx.by_button)
    return await _answer(ctx, offered, recorded)


async def _answer(ctx: Context, action: Punch, recorded: Recorded) -> Answer:
    """Turn the decision of the domain into a receipt, a question or a refusal."""
    match recorded.decision:
        case Accepted() if recorded.punch is not None:
            return ReceiptDue(recorded.punch, ctx.address)
        case AlreadyPunched(earlier):
            return receipts.already(earlier, ctx.texts)
        case AskDirection(said):
            return offers.direction(action, ctx.texts, asked=said)
        case AskConfirm():
            return offers.voice(action, ctx.texts)
        case AskAgain() as question:
            return offers.again(question, ctx.texts)
        case AskPlace() as question:
            return await _ask_where(ctx, action, question)
        case Refused(code):
            ctx.refused(code.removeprefix("punch."))
            if ctx.message.is_group:
                return places.to_private("punch.refused_in_group", action.direction, ctx.texts)
            return sentence(code, ctx.texts)
        case AskPhone() | Accepted() as decision:
            raise AssertionError(f"no message in chat leads to {type(decision).__name__} without a punch")


async def _ask_where(ctx: Context, action: Punch, question: AskPlace) -> Reply:
    """Ask for a position, with the person's own link to the page. In a group only say how to give one."""
    wanted = question.direction
    optional = ctx.services.base.settings.clock_in.location == "optional"
    if ctx.message.is_group:
        key = "ask.location_in_group" if optional else "ask.place_in_group"
        return places.to_private(key, wanted, ctx.texts, by_location=optional)
    positions, links = ctx.services.positions, ctx.services.links
    link = None
    if links is not None:
        wish = PunchWish(wanted, action.place, reason=action.reason)
        link = await links.make(ctx.who, ctx.message, wish, ctx.texts.language, asked_about=action.at)
        made = None if link is not None else await ctx.services.own_punches.of_message(ctx.message.message_id)
        if made is not None:
            return receipts.already(made, ctx.texts)
    sites = await positions.places.sites_for(ctx.who) or ()
    # The named place gave no position, so the question drops it.
    placeless = action.model_copy(
        update={"direction": wanted, "place": None, "position": None, "by_location": False, "outside": False}
    )
    ways = places.Ways(placeless, sites, positions.policy.trusted, link, optional)
    reply = places.ask_place(question, ways, ctx.texts)
    unknown = action.place if sites and site_named(action.place, sites) is None else None
    asked = places.of_unknown_site(reply, unknown, ctx.texts)
    return Reply(asked.title, asked.text, asked.buttons, Ask(placeless, Slot.PLACE, sure=True))


@router.on(ConfirmTap)
async def confirm_tap(ctx: Context, action: ConfirmTap) -> Answer:
    """Record the tap that the question `code` is about, or discard it."""
    taps = ctx.services.taps
    if taps is None:
        return _no_such_tap(ctx)
    if action.mine:
        recorded = await taps.confirm(ctx.who, ctx.message, action.code, ctx.address)
        return _no_such_tap(ctx) if recorded is None else await _answer(ctx, Punch(), recorded)
    known, made = await taps.deny(ctx.who, ctx.message, action.code)
    if not known:
        return _no_such_tap(ctx)
    return sentence("ask.phone_no", ctx.texts) if made is None else receipts.undo(made, ctx.texts)


def _no_such_tap(ctx: Context) -> Reply:
    if ctx.message.is_group:
        return sentence("ask.phone_in_group", ctx.texts)
    typed = ctx.message.kind is MessageKind.TEXT
    return sentence("ask.phone_unknown" if typed else "ask.phone_typed", ctx.texts)


@router.on(Undo, help_key="help.undo", personal=True)
async def undo(ctx: Context, action: Undo) -> Answer:
    """Say that nobody can take a punch back, and how to correct it."""
    _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
    return receipts.undo(punches[-1] if punches else None, ctx.texts)
