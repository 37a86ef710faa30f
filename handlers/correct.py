"""Make-up punches (补卡): a person asks for one, and a lead decides."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.actions import (
    DecideCorrection,
    MakeUpsLeft,
    RequestCorrection,
)
from bot.chat.context import Answer, Context, answers
from bot.domain.corrections import (
    Correction,
    CorrectionPolicy,
    MeantPunch,
    Obstacle,
    WantedPunch,
    count_in_month,
    decide_correction,
)
from bot.domain.shifts import CheckType, time_verdict
from bot.domain.slots import Days, Slot
from bot.views import corrections as views
from bot.views.sentences import (
    Ask,
    Button,
    Reply,
    check_type,
    list_names,
    reply_with_title,
    reply_without_title,
)

ROWS_A_PAGE = 20
_MISSING = {  # the sentence for a missing part, and its slot, by the code of the obstacle
    "what": ("correction.missing_what", Slot.TIME),
    "time": ("correction.missing_time", Slot.TIME),
    "day": ("correction.missing_day", Slot.DAYS),
    "reason": ("correction.missing_reason", Slot.REASON),
}


@answers(RequestCorrection)
async def request(ctx: Context, action: RequestCorrection) -> Answer:
    """Ask for missing parts, or show the request with a button that sends it to the person's leads."""
    outcome = await _store_request(ctx, action) if ctx.sure else await _check_request(ctx, action)
    match outcome:
        case Correction() as correction:
            return _confirm_sent(ctx, correction)
        case MeantPunch() as meant:
            return _show_request(ctx, _with_moment(action, meant.at), meant)
        case Obstacle("which", moments=moments):
            label = ctx.texts.weekday_and_clock
            choices = [
                Button(label(moment), action=_with_moment(action, moment)) for moment in moments
            ]
            return ctx.sentence("correction.which", choices)
        case Obstacle("direction"):
            ways = [
                Button(check_type(way, ctx.texts), action=action.but(direction=way))
                for way in CheckType
            ]
            return ctx.ask("correction.missing_direction", action, Slot.DIRECTION, ways)
        case Obstacle(code) if code in _MISSING:
            key, slot = _MISSING[code]
            text = f"{ctx.texts(key)}\n\n{ctx.texts('correction.example')}"
            return reply_without_title(text, ask=Ask(action, slot))
        case Obstacle(code, values):
            return ctx.refuse(views.RULES[code], **_in_words(ctx, values))


class _Case(NamedTuple):
    """A complete request: the rule for it, given the person's earlier requests, and who decides."""

    decide: Callable[[Sequence[Correction]], MeantPunch | Obstacle]
    deciders: Collection[str]


async def _read_case(ctx: Context, action: RequestCorrection) -> _Case | Obstacle:
    """Return the case of a request, or the missing part or the rule that stops it."""
    services = ctx.services
    policy = services.settings.corrections
    day = action.day or ctx.today
    if action.moment is not None:
        day = action.moment.astimezone(services.zone).date()
    if obstacle := _early_obstacle(action, day, ctx.today, policy):
        return obstacle
    assert action.direction is not None, "the request is complete"
    wanted = WantedPunch(action.direction, day, action.times, action.moment)
    await services.directory.catch_up()  # a stand-in may have come or gone
    if not services.directory.is_read:
        return Obstacle("directory_unread")
    deciders = services.visibility.deciders(ctx.user_id)
    if not deciders:
        return Obstacle("nobody")
    days = await services.summaries.own_days(ctx.user_id, Days.around(day))

    def decide(earlier: Sequence[Correction]) -> MeantPunch | Obstacle:
        now = ctx.message.at
        verdict = decide_correction(
            wanted, now=now, days=days, earlier=earlier, policy=policy, zone=services.zone
        )
        if verdict == Obstacle("future") and action.day is None and action.moment is None:
            return Obstacle("day")  # today's time is still to come: ask which day
        if isinstance(verdict, MeantPunch) and not (action.reason or "").strip():
            return Obstacle("reason")
        return verdict

    return _Case(decide, deciders)


async def _check_request(ctx: Context, action: RequestCorrection) -> MeantPunch | Obstacle:
    """Return what the request means, and store nothing."""
    case = await _read_case(ctx, action)
    if isinstance(case, Obstacle):
        return case
    return case.decide(await ctx.services.store.corrections.of_person(ctx.user_id))


async def _store_request(ctx: Context, action: RequestCorrection) -> Correction | Obstacle:
    """Store the request, and owe its deciders a note."""
    case = await _read_case(ctx, action)
    if isinstance(case, Obstacle):
        return case
    services = ctx.services
    user_id = ctx.user_id
    message_id = ctx.message.message_id

    def make_correction(reference: str, earlier: Sequence[Correction]) -> Correction | Obstacle:
        meant = case.decide(earlier)
        if not isinstance(meant, MeantPunch):
            return meant
        return meant.as_request(
            reference, user_id, message_id, reason=action.reason or "", now=services.now
        )

    return await services.store.corrections.ask(
        user_id, message_id, make_correction, deciders=case.deciders
    )


def _early_obstacle(
    action: RequestCorrection, day: date, today: date, policy: CorrectionPolicy
) -> Obstacle | None:
    """Return the missing check or time, or the rule that stops the request before shifts are read."""
    if not policy.enabled:
        return Obstacle("off")
    if not action.model_dump(exclude_defaults=True):
        return Obstacle("what")
    if action.direction is None:
        return Obstacle("direction")
    if not action.times and action.moment is None:
        return Obstacle("time")
    if day > today:
        return Obstacle("future")
    if day < today - timedelta(days=policy.oldest_days):
        return Obstacle("too_old", {"days": policy.oldest_days})
    return None


def _with_moment(action: RequestCorrection, moment: datetime) -> RequestCorrection:
    """Return the request for an exact moment.

    Its press may come after midnight or another punch.
    """
    return action.but(day=None, times=(), moment=moment)


def _show_request(ctx: Context, action: RequestCorrection, meant: MeantPunch) -> Reply:
    """Show a request before it is sent: its check and time, the replaced punch, the reason."""
    texts = ctx.texts
    lines = [views.check_line(meant.point, meant.at, time_verdict(meant.point, meant.at), texts)]
    if meant.so_far is not None:
        lines.append(texts("correction.so_far", at=texts.day_and_clock(meant.so_far)))
    lines += [*views.reason(action.reason, texts), texts("correction.not_sent_yet")]
    send = Button(texts("correction.send"), action=action, sure=True)
    return reply_with_title(texts("correction.shown_title"), lines, [send])


def _confirm_sent(ctx: Context, correction: Correction) -> Reply:
    """Confirm a new request, with a button that withdraws it."""
    texts = ctx.texts
    leads = len(ctx.services.visibility.deciders(correction.user_id))
    asked = texts("correction.asked", leads=leads, until=texts.day_and_clock(correction.expires_at))
    lines = [views.request_line(correction, texts), *views.reason(correction.reason, texts), asked]
    withdraw = DecideCorrection(references=(correction.reference,), approve=False)
    button = Button(texts("correction.withdraw"), action=withdraw)
    return reply_with_title(views.title(correction, texts), lines, [button])


@answers(MakeUpsLeft)
async def count_left(ctx: Context, action: MakeUpsLeft) -> Answer:
    """Say how many requests the sender may still send this month, and who decides them."""
    me = ctx.user_id
    texts = ctx.texts
    policy = ctx.services.settings.corrections
    if not policy.enabled:
        return ctx.sentence("correction.rule_off")
    used = count_in_month(await ctx.services.store.corrections.of_person(me), ctx.today)
    left = max(0, policy.monthly - used)
    lines = [texts("correction.left", left=left, most=policy.monthly, month=f"{ctx.today:%Y-%m}")]
    names = sorted(map(ctx.services.directory.name_of, ctx.services.visibility.deciders(me)))
    if not await ctx.services.visibility.is_team_known(me):
        lines.append(texts("correction.deciders_unknown"))
    elif names:
        shown = list_names(names, texts, most=ROWS_A_PAGE)
        lines.append(texts("correction.deciders", names=shown))
    else:
        lines.append(texts("correction.deciders_none"))
    return reply_without_title("\n\n".join(lines))


def _in_words(ctx: Context, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values for the sentence of a rule, with moments in words."""

    in_words = ctx.texts.day_and_clock
    return {
        name: in_words(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
