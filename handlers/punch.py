"""Clocking in and out, and advice on a wrong punch."""

from bot.actions import Punch, Slot, Undo
from bot.chat.context import Answer, Context, ReceiptDue, Router
from bot.chat.reading import dated
from bot.domain.messages import MessageKind
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    NotPunched,
    PunchSource,
)
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource, site_named
from bot.storage.ledger import Recorded
from bot.understanding.gate import without_positions
from bot.views import receipts
from bot.views.formatting import check_type, escape, page_address
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import plain, said, sentence

router = Router()
MOST_BUTTONS = 5
_BUTTONS = {CheckType.ON_DUTY: "clock_in", CheckType.OFF_DUTY: "clock_out"}


@router.on(Punch, help_key="help.clock_in")
async def punch(ctx: Context, action: Punch) -> Answer:
    """Record a punch, or ask about an unclear part. The question keeps the time of this message."""
    if action.reason:  # the bot stores positions separately, for a shorter time
        action = action.model_copy(update={"reason": without_positions(action.reason) or None})
    offered = dated(action, ctx.message)
    if not ctx.sure:
        return _offer(ctx, offered)
    by_voice = action.by_voice or ctx.message.kind is MessageKind.VOICE
    recorded = await ctx.services.punches.punch(
        ctx.who,
        action,
        ctx.address,
        message_id=ctx.message.message_id,
        sent_at=ctx.message.sent_at,
        received_at=ctx.message.received_at,
        source=PunchSource.VOICE if by_voice else PunchSource.CHAT,
        confirmed=ctx.by_button,
    )
    return await _answer(ctx, offered, recorded)


async def _answer(ctx: Context, action: Punch, recorded: Recorded) -> Answer:
    """Turn the decision of the domain into a receipt, a question or a refusal."""
    match recorded.decision:
        case Accepted() if recorded.punch is not None:
            return ReceiptDue(recorded.punch, ctx.address)
        case AlreadyPunched(earlier):
            return receipts.already(earlier, ctx.texts)
        case NotPunched("direction", asked):
            return _which_direction(ctx, action, asked)
        case NotPunched("confirm"):
            return _heard(ctx, action)
        case NotPunched("again"):
            return _too_far_from_now(ctx, action)
        case NotPunched("place") as question:
            return await _ask_where(ctx, action, question)
        case NotPunched():
            ctx.refused("outside_refused")
            if ctx.message.is_group:
                return _to_private(ctx, "punch.refused_in_group", action.direction)
            return sentence("punch.outside_refused", ctx.texts)
        case Accepted():
            raise AssertionError("an accepted punch is recorded")


def _offer(ctx: Context, action: Punch) -> Reply:
    """Offer the punch that a message may ask for; nothing is recorded yet."""
    if action.direction is None:
        return said(ctx.texts("offer.punch"), _buttons(ctx, action))
    text = ctx.texts("offer.punch_as", what=check_type(action.direction, ctx.texts))
    return said(text, _buttons(ctx, action, action.direction))


def _buttons(ctx: Context, action: Punch, *ways: CheckType) -> list[Button]:
    """Return the buttons that punch as `action` says, in these directions or in both."""
    return [
        Button(
            ctx.texts(f"button.{_BUTTONS[way]}"), action=action.model_copy(update={"direction": way}), sure=True
        )
        for way in ways or CheckType
    ]


def _which_direction(ctx: Context, action: Punch, asked: CheckType | None) -> Reply:
    """Ask whether the person comes or goes; `asked` is a direction that fits no window of their plan."""
    text = ctx.texts("ask.direction")
    if asked is not None:
        at = "" if action.at is None else ctx.texts.clock(action.at)
        text = ctx.texts("offer.no_window", what=check_type(asked, ctx.texts), at=at)
    return said(text, _buttons(ctx, action), Ask(action, Slot.DIRECTION, sure=True))


def _heard(ctx: Context, action: Punch) -> Reply:
    """Ask whether a voice message was understood."""
    assert action.direction is not None, "a voice message without direction is asked about that"
    heard = (check_type(action.direction, ctx.texts), escape(action.place or ""), escape(action.reason or ""))
    text = ctx.texts("ask.voice", what=", ".join(filter(None, heard)))
    return said(text, _buttons(ctx, action, action.direction))


def _too_far_from_now(ctx: Context, action: Punch) -> Reply:
    """Ask for a new message where one came too late, or from the future: its buttons say plain words."""
    ways = CheckType if action.direction is None else (action.direction,)
    text = ctx.texts("ask.again", at=ctx.texts.day_and_clock(action.at or ctx.message.at))
    return said(text, [plain(_BUTTONS[way], ctx.texts) for way in ways])


async def _ask_where(ctx: Context, action: Punch, question: NotPunched) -> Reply:
    """Ask for the position that the company wants with every punch, or that the person wished to give."""
    texts, settings, known = ctx.texts, ctx.services.base.settings, ctx.services.places
    wanted, page_url, optional = (
        question.direction,
        settings.web.page_url,
        settings.clock_in.location == "optional",
    )
    if ctx.message.is_group:
        key = "ask.location_in_group" if optional else "ask.place_in_group"
        return _to_private(ctx, key, wanted, by_location=optional, page_url=page_url)
    sites = await known.sites_for(ctx.who) or ()
    lines = []
    if action.place is not None and sites and site_named(action.place, sites) is None:
        lines.append(texts("ask.unknown_site", name=escape(action.place)))
    if question.unusable is not None:
        lines.append(texts(f"ask.{question.unusable}"))
    asks = "ask.location" if page_url is not None else "ask.location_unread"
    lines.append(texts(asks if optional else "ask.place"))
    first = "_first"  # of the ways: none stands before it
    if page_url is not None:
        lines.append(page_address(page_url, texts))
        first = ""
    named = sites if LocationSource.NAMED in known.policy.trusted_sources else ()
    if named:
        lines.append(texts(f"ask.place_named{first}"))
        first = ""
    if LocationSource.TYPED in known.policy.trusted_sources:
        lines.append(texts(f"ask.place_typed{first}", says=texts("ask.place_typed_says")))
    # The named place gave no position, so the question drops it.
    placeless = action.model_copy(
        update={"direction": wanted, "place": None, "position": None, "by_location": False, "outside": False}
    )
    buttons = [Button(texts("ask.no_location"), action=placeless, sure=True)] if optional else []
    buttons += [
        Button(site.name, action=placeless.model_copy(update={"place": site.name}), sure=True) for site in named
    ]
    return said("\n\n".join(lines), buttons[:MOST_BUTTONS], Ask(placeless, Slot.PLACE, sure=True))


def _to_private(
    ctx: Context, key: str, wanted: CheckType | None, *, by_location: bool = False, page_url: str | None = None
) -> Reply:
    """Tell a group that this punch is to be said in private, or made on the page."""
    texts = ctx.texts
    if wanted is None:
        says = texts("ask.location_in_group_either" if by_location else "ask.place_in_group_either")
    else:
        by_page = "_by_page" * by_location
        says = texts("ask.in_private_says", says=texts(f"button.{_BUTTONS[wanted]}{by_page}_says"))
    lines = [texts(key, says=says), *([page_address(page_url, texts)] if page_url is not None else [])]
    return said("\n\n".join(lines))


@router.on(Undo, help_key="help.undo", personal=True)
async def undo(ctx: Context, action: Undo) -> Answer:
    """Say that nobody can take a punch back, and how to correct it."""
    _, _, punches = await ctx.services.punches.today(ctx.who, ctx.message.at)
    if not punches:
        return Reply(ctx.texts("undo.title"), ctx.texts("undo.nothing"))
    key = "undo.cannot" if punches[-1].stands else "undo.not_taken"
    return Reply(ctx.texts("undo.title"), ctx.texts(key, last=receipts.standing(punches[-1], ctx.texts)))
