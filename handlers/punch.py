"""Clocking in and out, and advice on a wrong punch."""

from datetime import datetime

from bot.actions import Punch, Slot, Undo
from bot.chat.context import Answer, Context, ReceiptDue, Router
from bot.chat.reading import dated
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskPlace,
    Refused,
)
from bot.domain.shifts import CheckType
from bot.domain.sites import site_named
from bot.storage.ledger import Recorded
from bot.understanding.gate import without_positions
from bot.views import offers, places, receipts
from bot.views.formatting import check_type, escape
from bot.views.reply import Ask, Reply
from bot.views.sentences import plain, said, sentence

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
        case AskDirection(asked):
            return _which_direction(ctx, action, asked)
        case AskConfirm():
            return _heard(ctx, action)
        case AskAgain(direction, sent_at):
            return _too_far_from_now(ctx, direction, sent_at)
        case AskPlace() as question:
            return await _ask_where(ctx, action, question)
        case Refused(code):
            ctx.refused(code.removeprefix("punch."))
            if ctx.message.is_group:
                return places.to_private("punch.refused_in_group", action.direction, ctx.texts)
            return sentence(code, ctx.texts)
        case Accepted():
            raise AssertionError("an accepted punch is recorded")


def _which_direction(ctx: Context, action: Punch, asked: CheckType | None) -> Reply:
    """Ask whether the person comes or goes; `asked` is a direction that fits no window of their plan."""
    text = ctx.texts("ask.direction")
    if asked is not None:
        at = "" if action.at is None else ctx.texts.clock(action.at)
        text = ctx.texts("offer.no_window", what=check_type(asked, ctx.texts), at=at)
    return said(text, offers.both_ways(action, ctx.texts), Ask(action, Slot.DIRECTION, sure=True))


def _heard(ctx: Context, action: Punch) -> Reply:
    """Ask whether a voice message was understood."""
    assert action.direction is not None, "a voice message without direction is asked about that"
    heard = (check_type(action.direction, ctx.texts), escape(action.place or ""), escape(action.reason or ""))
    text = ctx.texts("ask.voice", what=", ".join(filter(None, heard)))
    return said(text, [offers.punch_button(action, action.direction, ctx.texts)])


def _too_far_from_now(ctx: Context, direction: CheckType | None, sent_at: datetime) -> Reply:
    """Ask for a new message where one came too late, or from the future: its buttons say plain words."""
    names = {CheckType.ON_DUTY: "clock_in", CheckType.OFF_DUTY: "clock_out"}
    ways = CheckType if direction is None else (direction,)
    text = ctx.texts("ask.again", at=ctx.texts.day_and_clock(sent_at))
    return said(text, [plain(names[way], ctx.texts) for way in ways])


async def _ask_where(ctx: Context, action: Punch, question: AskPlace) -> Reply:
    """Ask for a position, with the address of the page. In a group only say how to give one."""
    wanted, page_url = question.direction, ctx.services.base.settings.web.page_url
    optional = ctx.services.base.settings.clock_in.location == "optional"
    if ctx.message.is_group:
        key = "ask.location_in_group" if optional else "ask.place_in_group"
        return places.to_private(key, wanted, ctx.texts, by_location=optional, page_url=page_url)
    positions = ctx.services.positions
    sites = await positions.places.sites_for(ctx.who) or ()
    # The named place gave no position, so the question drops it.
    placeless = action.model_copy(
        update={"direction": wanted, "place": None, "position": None, "by_location": False, "outside": False}
    )
    ways = places.Ways(placeless, sites, positions.policy.trusted, page_url, optional)
    reply = places.ask_place(question, ways, ctx.texts)
    unknown = action.place if sites and site_named(action.place, sites) is None else None
    asked = places.of_unknown_site(reply, unknown, ctx.texts)
    return Reply(asked.title, asked.text, asked.buttons, Ask(placeless, Slot.PLACE, sure=True))


@router.on(Undo, help_key="help.undo", personal=True)
async def undo(ctx: Context, action: Undo) -> Answer:
    """Say that nobody can take a punch back, and how to correct it."""
    _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message.at)
    return receipts.undo(punches[-1] if punches else None, ctx.texts)
