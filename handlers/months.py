"""Closing a month: people confirm or object, leads approve, HR locks and reopens."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.actions import CloseMonth, MonthStatus
from bot.chat.context import Answer, Context, EarlyAnswer, answers
from bot.chat.files import wait_and_announce
from bot.domain.action import Dated
from bot.domain.closing import MonthStep, PersonMonth, StepKind, code_of, is_over, joint_digest
from bot.domain.messages import Kind, Owed
from bot.domain.months import Month
from bot.domain.people import Employee
from bot.domain.slots import Slot, Whom
from bot.services.organisation.sights import Sight, ViewResult
from bot.views import months as views
from bot.views.sentences import Button, Names, Reply

_COMPANY = Whom(company=True)


@answers(CloseMonth)
async def close(ctx: Context, action: CloseMonth) -> Answer:
    """Show the figures that the step is about, or take the step."""
    month = _month(ctx, action)
    action = action.but(days=month.days)
    match action.step:
        case StepKind.APPROVED:
            return await _approve(ctx, action, month)
        case StepKind.LOCKED:
            return await _lock(ctx, action, month)
        case StepKind.REOPENED:
            return await _reopen(ctx, action, month)
        case _:
            return await _answer(ctx, action, month)


async def _answer(ctx: Context, action: CloseMonth, month: Month) -> Answer:
    """Confirm or object to the sender's own figures of now, if the sender saw these."""
    texts = ctx.texts
    me = ctx.user_id
    store = ctx.services.store.months
    reason = action.reason or ""
    mine = await ctx.services.months.show(me, month)
    if mine.state.locked is not None:
        return views.own_lock(mine, texts)
    if action.seen != code_of(mine.figures):
        return views.to_confirm(mine, texts, have_changed=action.seen is not None, reason=reason)
    if action.step is StepKind.OBJECTED and not reason:
        return ctx.ask("closing.why", action, Slot.REASON, sure=True)
    notes = [*ctx.services.visibility.deciders(me), *ctx.services.months.closers]

    def tell(step: MonthStep) -> Iterable[Owed]:
        told = dict.fromkeys(notes) if step.kind is StepKind.OBJECTED else ()
        payload = [me, str(month)]
        return [Owed(Kind.OBJECTED, str(step.number), who, payload) for who in told if who != me]

    await store.add([ctx.services.months.step(mine, action.step, me, reason)], tell)
    state = (await store.states(month, [me]))[me]
    return views.own_answer(mine._replace(state=state), texts)


@answers(MonthStatus)
async def status(ctx: Context, action: MonthStatus) -> Answer:
    """Show leads their people, and HR the company: answers, approvals, locks, adjustments."""
    month = _month(ctx, action)
    visibility = ctx.services.visibility
    days = month.days
    sight = await visibility.read_sight(ctx.user_id, _COMPANY, days)
    if sight.outcome is ViewResult.NOT_COMPANY:
        sight = await visibility.read_sight(ctx.user_id, days=days)
    ctx.require(sight, action)
    months = await _read(ctx, sight.user_ids, month)
    reply = views.status(month, months, Names(sight.people), ctx.texts)
    return await ctx.recheck_sight(sight, reply, action)


async def _approve(ctx: Context, action: CloseMonth, month: Month) -> Answer:
    """Show a lead's people, with a button that approves the figures of all at once."""
    visibility = ctx.services.visibility
    sight = await ctx.read_sight(action, action.whom, action.days)
    months = [
        each
        for each in await _read(ctx, visibility.team_in(sight), month)
        if not each.is_approved and each.state.locked is None
    ]
    await ctx.recheck(sight, action)  # the role may have ended during the reads
    led = visibility.team_in(sight)
    months = [each for each in months if each.user_id in led]
    if not months:
        return ctx.refuse("closing.nothing_to_approve", month=month)
    label = ctx.texts("closing.approve", month=month, count=len(months))
    if question := _question(ctx, action, month, months, label, people=sight.people):
        return question
    await _add(ctx, months, StepKind.APPROVED)
    return ctx.sentence("closing.approved", month=month, count=len(months))


async def _lock(ctx: Context, action: CloseMonth, month: Month) -> Answer:
    """Show HR who has not confirmed, with a button that locks the figures of these people."""
    sight = await _read_sight_of_hr(ctx, action)
    months = [each for each in await _read(ctx, sight.user_ids, month) if each.locked is None]
    await _read_sight_of_hr(ctx, action)  # the right may have ended meanwhile
    await ctx.recheck(sight, action)
    if not months:
        return ctx.sentence("closing.nothing_to_lock", month=month)
    label = views.lock_label(month, months, ctx.texts)
    if question := _question(ctx, action, month, months, label, people=sight.people):
        return question
    await _add(ctx, months, StepKind.LOCKED)
    return ctx.sentence("closing.locked", month=month, count=len(months))


async def _reopen(ctx: Context, action: CloseMonth, month: Month) -> Answer:
    """Show HR whose lock would end, with a button that takes these locks back."""
    sight = await _read_sight_of_hr(ctx, action)
    months = [each for each in await _read(ctx, sight.user_ids, month) if each.locked is not None]
    await _read_sight_of_hr(ctx, action)  # the right may have ended meanwhile
    await ctx.recheck(sight, action)
    if not months:
        return ctx.sentence("closing.nothing_to_reopen", month=month)
    count = {"month": month, "count": len(months)}
    if not ctx.sure:
        button = Button(ctx.texts("closing.reopen", **count), action=action, sure=True)
        return ctx.sentence("closing.to_reopen", [button], **count)
    await _add(ctx, months, StepKind.REOPENED)
    return ctx.sentence("closing.reopened", **count)


def _question(
    ctx: Context,
    action: CloseMonth,
    month: Month,
    months: Sequence[PersonMonth],
    label: str,
    *,
    people: Sequence[Employee],
) -> Reply | None:
    """Return these figures with a button that decides, None after a press on just these figures."""
    seen = joint_digest(months)
    if ctx.sure and action.seen == seen:
        return None
    button = Button(label, action=action.but(seen=seen), sure=True)
    return views.to_decide(month, months, Names(people), button, ctx.texts, have_changed=ctx.sure)


async def _add(ctx: Context, months: Iterable[PersonMonth], kind: StepKind) -> None:
    """Store a step of the sender for each of these months."""
    me = ctx.user_id
    steps = [ctx.services.months.step(mine, kind, me) for mine in months]
    if kind is StepKind.APPROVED:
        leads_acted_for = ctx.services.visibility.leads_acted_for
        steps = [replace(step, stood_in_for=leads_acted_for(me, step.user_id)) for step in steps]
    await ctx.services.store.months.add(steps)


def _month(ctx: Context, action: Dated) -> Month:
    """Return the named month, by default the last one.

    Raises EarlyAnswer if it cannot be closed.
    """
    if not ctx.services.settings.months.enabled:
        raise EarlyAnswer(ctx.sentence("closing.off"))
    month = ctx.month_of(action.days)
    if month is None:
        raise EarlyAnswer(ctx.ask("closing.which", action, Slot.DAYS))
    if not is_over(month, ctx.today):
        raise EarlyAnswer(ctx.sentence("closing.running", month=month, last=month.last))
    if month.first < ctx.today - timedelta(days=ctx.services.settings.retention.days):
        raise EarlyAnswer(ctx.sentence("closing.too_old", month=month))
    return month


async def _read(ctx: Context, user_ids: Iterable[str], month: Month) -> Sequence[PersonMonth]:
    """Return the months in which something happened."""
    months = await wait_and_announce(ctx, ctx.services.months.of(user_ids, month))
    return [each for each in months if not each.is_empty]


async def _read_sight_of_hr(ctx: Context, action: CloseMonth) -> Sight:
    """Return the named people, by default everybody.

    Raises EarlyAnswer for a sender who locks or reopens nothing. A lead sees people, too, so the
    right is that to the company.
    """
    sight = await ctx.read_sight(action, _COMPANY, action.days, otherwise="closing.not_hr")
    return await ctx.read_sight(action, action.whom, action.days) if action.whom.is_named else sight
