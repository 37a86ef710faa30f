"""Make-up punches (补卡): a person asks for one, and a lead decides."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.actions import DecideCorrection, MakeUpsLeft, RequestCorrection
from bot.chat.context import Answer, Context, answers
from bot.domain.corrections import (
    Correction,
    MeantPunch,
    Obstacle,
    WantedPunch,
    count_in_month,
    decide_correction,
)
from bot.domain.shifts import CheckType, time_verdict
from bot.domain.slots import Days, Slot
from bot.views import corrections as views
from bot.views.keys import CHECK_TYPES
from bot.views.sentences import Button, Reply, list_names, reply_with_title, reply_without_title


@answers(RequestCorrection)
async def request(ctx: Context, action: RequestCorrection) -> Answer:
    """Ask for missing parts, or show the request with a button that sends it to the person's leads."""
    texts = ctx.texts
    day = action.day or ctx.today
    if action.moment is not None:
        day = action.moment.astimezone(ctx.services.zone).date()
    await ctx.services.directory.catch_up()  # a stand-in may have come or gone
    outcome = _early_obstacle(ctx, action, day) or await _decide(ctx, action, day)
    match outcome:
        case Correction() as correction:
            return _confirm_sent(ctx, correction)
        case MeantPunch() as meant:
            return _show_request(ctx, _with_moment(action, meant.at), meant)
        case Obstacle(key, slot=Slot.DIRECTION):
            ways = [
                Button(texts(CHECK_TYPES[way]), action=action.but(direction=way))
                for way in CheckType
            ]
            return ctx.ask(key, action, Slot.DIRECTION, ways)
        case Obstacle(key, slot=Slot() as slot):
            return ctx.ask(key, action, slot)
        case Obstacle(key, moments=[_, *_] as moments):
            label = texts.weekday_and_clock
            choices = [
                Button(label(moment), action=_with_moment(action, moment)) for moment in moments
            ]
            return ctx.sentence(key, choices)
        case Obstacle(key, values):
            return ctx.sentence(key, **values)


async def _decide(
    ctx: Context, action: RequestCorrection, day: date
) -> Correction | MeantPunch | Obstacle:
    """Decide about a request by the shifts and the person's earlier requests. Store a sure one."""
    services = ctx.services
    assert action.direction is not None, "the request is complete"
    wanted = WantedPunch(action.direction, day, action.times, action.moment)
    days = await services.summaries.own_days(ctx.user_id, Days.around(day))

    def decide(earlier: Sequence[Correction]) -> MeantPunch | Obstacle:
        verdict = decide_correction(
            wanted,
            now=ctx.message.at,
            days=days,
            earlier=earlier,
            policy=services.settings.corrections,
            zone=services.zone,
        )
        is_day_open = action.day is None and action.moment is None
        if is_day_open and verdict == Obstacle("correction.rule_future"):
            return Obstacle("correction.missing_day", slot=Slot.DAYS)
        if isinstance(verdict, MeantPunch) and not (action.reason or "").strip():
            return Obstacle("correction.missing_reason", slot=Slot.REASON)
        return verdict

    if not ctx.sure:
        return decide(await services.store.corrections.of_person(ctx.user_id))
    return await services.store.corrections.ask(
        ctx.user_id,
        ctx.message.message_id,
        decide,
        reason=action.reason or "",
        now=services.now,
        deciders=services.visibility.deciders(ctx.user_id),
    )


def _early_obstacle(ctx: Context, action: RequestCorrection, day: date) -> Obstacle | None:
    """Return the missing check or time, or the rule that stops the request before shifts are read."""
    policy = ctx.services.settings.corrections
    if not policy.enabled:
        return Obstacle("correction.rule_off")
    if not action.model_dump(exclude_defaults=True):
        return Obstacle("correction.missing_what", slot=Slot.TIME)
    if action.direction is None:
        return Obstacle("correction.missing_direction", slot=Slot.DIRECTION)
    if not action.times and action.moment is None:
        return Obstacle("correction.missing_time", slot=Slot.TIME)
    if day > ctx.today:
        return Obstacle("correction.rule_future")
    if day < ctx.today - timedelta(days=policy.oldest_days):
        return Obstacle("correction.rule_too_old", {"days": policy.oldest_days})
    if not ctx.services.directory.is_read:
        return Obstacle("correction.rule_directory_unread")
    if not ctx.services.visibility.deciders(ctx.user_id):
        return Obstacle("correction.rule_nobody")
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
        lines.append(texts("correction.so_far", at=meant.so_far))
    lines += [*views.reason(action.reason, texts), texts("correction.not_sent_yet")]
    send = Button(texts("correction.send"), action=action, sure=True)
    return reply_with_title(texts("correction.shown_title"), lines, [send])


def _confirm_sent(ctx: Context, correction: Correction) -> Reply:
    """Confirm a new request, with a button that withdraws it."""
    texts = ctx.texts
    leads = len(ctx.services.visibility.deciders(correction.user_id))
    asked = texts("correction.asked", leads=leads, until=correction.expires_at)
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
        shown = list_names(names, texts)
        lines.append(texts("correction.deciders", names=shown))
    else:
        lines.append(texts("correction.deciders_none"))
    return reply_without_title("\n\n".join(lines))
