"""Clocking in and out, and advice on a wrong punch."""

from dataclasses import replace

from bot.actions import PunchAction, Undo
from bot.chat.context import Answer, Context, ReceiptDue, answers
from bot.chat.reading import keep_time
from bot.domain.deciding import MOST_A_DAY
from bot.domain.messages import MessageKind
from bot.domain.punches import Accepted, AlreadyPunched, Decision, NotPunched, PunchSource
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource, site_named
from bot.domain.slots import Slot
from bot.views import receipts
from bot.views.keys import CLOCK_BUTTONS, POSITIONS_ASKED_FOR_AGAIN
from bot.views.sentences import Ask, Button, Reply, escape, page_address, plain, reply_without_title

MOST_BUTTONS = 5


@answers(PunchAction, in_group=True)
async def punch(ctx: Context, action: PunchAction) -> Answer:
    """Record a punch, or ask about an unclear part. Its buttons keep the time of this message."""
    if not ctx.sure:
        return await _offer(ctx, keep_time(action, ctx.message))
    source = PunchSource.VOICE if action.by_voice else PunchSource.CHAT
    if ctx.message.kind is MessageKind.PRESS:
        source = PunchSource.CARD
    recorded = await ctx.services.punches.punch(
        ctx.who,
        action,
        ctx.texts.language,
        message_id=ctx.message.message_id,
        sent_at=ctx.message.sent_at,
        received_at=ctx.message.received_at,
        source=source,
        confirmed=ctx.by_button,
    )
    if recorded.punch is not None:
        return ReceiptDue(recorded.punch, ctx.texts.language)
    return _not_recorded(ctx, keep_time(action, ctx.message), recorded.decision)


async def _offer(ctx: Context, action: PunchAction) -> Reply:
    """Offer a punch. Without a direction offer first the one that the shift says, with its time."""
    texts = ctx.texts
    at = action.at or ctx.message.at
    way = action.direction
    buttons = _buttons(ctx, action, way)
    ask = None
    if way is None:
        foreseen = await ctx.services.punches.foresee(ctx.who, at)
        if isinstance(foreseen, Accepted):
            way = foreseen.check_type
            ask = Ask(action.but(direction=way), Slot.DIRECTION, sure=True)
            # a typed yes takes the first button
            buttons.sort(key=lambda button: getattr(button.action, "direction", None) is not way)
            buttons[0] = replace(buttons[0], label=f"{buttons[0].label} {texts.clock(at)}")
    text = texts("offer.punch_as", what=way) if way else texts("offer.punch")
    site = site_named(action.place, ctx.services.places.sites_for(ctx.who) or ())
    if action.outside and action.position is None and site is None:  # outside by its words alone
        text = f"{text}\n\n{texts('offer.field_work')}"
    return reply_without_title(text, buttons, ask)


def _not_recorded(ctx: Context, action: PunchAction, decision: Decision) -> Answer:
    """Turn a decision without a new punch into an answer or a question."""
    texts = ctx.texts
    match decision:
        case AlreadyPunched(earlier):
            return receipts.already(earlier, texts)
        case NotPunched("direction", asked):
            text = texts("ask.direction")
            if asked is not None and action.at is not None:  # it fits no window of the plan
                text = texts("offer.no_window", what=asked, at=action.at)
            return reply_without_title(
                text, _buttons(ctx, action), Ask(action, Slot.DIRECTION, sure=True)
            )
        case NotPunched("again"):  # the buttons say plain words: a press is a new message
            ways = CheckType if action.direction is None else (action.direction,)
            text = texts("ask.again", at=action.at or ctx.message.at)
            return reply_without_title(text, [plain(CLOCK_BUTTONS[way], texts) for way in ways])
        case NotPunched("too_many"):
            return ctx.sentence("punch.too_many", most=MOST_A_DAY)
        case NotPunched("place") as question:
            return _ask_where(ctx, action, question)
    return replace(ctx.sentence("punch.outside_refused"), private=True)


def _buttons(ctx: Context, action: PunchAction, way: CheckType | None = None) -> list[Button]:
    """Return the buttons for a punch like `action`, in one direction or in both."""
    return [
        Button(
            ctx.texts(CLOCK_BUTTONS[direction]),
            action=action.but(direction=direction),
            sure=True,
        )
        for direction in (CheckType if way is None else (way,))
    ]


def _ask_where(ctx: Context, action: PunchAction, question: NotPunched) -> Reply:
    """Ask for a position: the company requires it, or the person wants to give it."""
    texts = ctx.texts
    services = ctx.services
    places = services.places
    optional = services.settings.clock_in.location == "optional"
    page_link = services.page_link("#own")
    sites = places.sites_for(ctx.who) or ()
    lines = []
    if action.place is not None and sites and site_named(action.place, sites) is None:
        lines.append(texts("ask.unknown_site", name=escape(action.place)))
    if question.unusable is not None:
        lines.append(texts(POSITIONS_ASKED_FOR_AGAIN[question.unusable]))
    lines.append(texts("ask.location" if optional else "ask.place"))
    if page_link is not None:
        lines.append(page_address(page_link, texts))
    named = sites if LocationSource.NAMED in places.trusted else ()
    if named:
        lines.append(texts("ask.place_named"))
    if LocationSource.TYPED in places.trusted:
        lines.append(texts("ask.place_typed"))
    # The place in the message gave no position, so the question does not repeat it.
    dropped = {"place": None, "position": None, "by_location": False, "outside": False}
    placeless = action.but(direction=question.direction, **dropped)
    buttons = [Button(texts("ask.no_location"), action=placeless, sure=True)] if optional else []
    buttons += [
        Button(site.name, action=placeless.but(place=site.name), sure=True) for site in named
    ]
    text = "\n\n".join(lines)
    ask = Ask(placeless, Slot.PLACE, sure=True)
    return replace(reply_without_title(text, buttons[:MOST_BUTTONS], ask), private=True)


@answers(Undo)
async def undo(ctx: Context, action: Undo) -> Answer:
    """Say that nobody can take a punch back, and how to correct it."""
    _, punches = await ctx.services.punches.today(ctx.who, ctx.message.at)
    if not punches:
        return ctx.sentence("undo.nothing")
    key = "undo.cannot" if punches[-1].stands else "undo.not_taken"
    return ctx.sentence(key, last=receipts.standing(punches[-1], None, ctx.texts))
