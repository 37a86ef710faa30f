"""Closing a month: people confirm or object, leads approve, HR locks and reopens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from bot.actions import CloseMonth, MonthStatus
from bot.chat.context import Answer, Context, EarlyAnswer, answers
from bot.domain.closing import MonthStep, PersonMonth, StepKind, code_of, is_over, joint_digest
from bot.domain.messages import Kind, Owed
from bot.domain.months import Month
from bot.domain.slots import Dated, Slot, Whom
from bot.services.organisation.sights import ViewResult
from bot.views import months as views
from bot.views.sentences import Button, Names

_COMPANY = Whom(company=True)


class _Decision(NamedTuple):
    """A step about several people: the months that it is open for, and its sentences."""

    is_open: Callable[[PersonMonth], bool]
    button: str
    done: str
    nothing: str


_DECISIONS = {
    StepKind.APPROVED: _Decision(
        lambda month: not month.is_approved and month.locked is None,
        "closing.approve",
        "closing.approved",
        "closing.nothing_to_approve",
    ),
    StepKind.LOCKED: _Decision(
        lambda month: month.locked is None,
        "closing.lock",
        "closing.locked",
        "closing.nothing_to_lock",
    ),
    StepKind.REOPENED: _Decision(
        lambda month: month.locked is not None,
        "closing.reopen",
        "closing.reopened",
        "closing.nothing_to_reopen",
    ),
}


@answers(CloseMonth)
async def close(ctx: Context, action: CloseMonth) -> Answer:
    """Show the figures that the step is about, or take the step."""
    month = _month(ctx, action)
    action = action.but(days=month.days)
    if action.step in _DECISIONS:
        return await _decide(ctx, action, month)
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


async def _decide(ctx: Context, action: CloseMonth, month: Month) -> Answer:
    """Show the months of a step of leads or HR, with a button that takes it for all at once."""
    decision = _DECISIONS[action.step]
    is_of_hr = action.step is not StepKind.APPROVED
    whom = _COMPANY if is_of_hr and not action.whom.is_named else action.whom
    no_right = "closing.not_hr" if whom is _COMPANY else ""
    sight = await ctx.read_sight(action, whom, action.days, otherwise=no_right)
    read = await _read(ctx, sight.user_ids, month)
    await ctx.recheck(sight, action)  # the right may have ended during the reads
    me = ctx.user_id
    visibility = ctx.services.visibility
    if is_of_hr and not visibility.sees_all(me):
        return ctx.sentence("closing.not_hr")
    led = sight.user_ids if is_of_hr else visibility.team_in(sight)
    months = [each for each in read if each.user_id in led and decision.is_open(each)]
    if not months:
        return ctx.sentence(decision.nothing, month=month)
    seen = joint_digest(months)
    if not ctx.sure or action.seen != seen:
        label = views.label(decision.button, month, months, ctx.texts)
        button = Button(label, action=action.but(seen=seen), sure=True)
        names = Names(sight.people)
        return views.to_decide(month, months, names, button, ctx.texts, have_changed=ctx.sure)
    steps = [
        replace(
            ctx.services.months.step(each, action.step, me),
            stood_in_for=() if is_of_hr else visibility.leads_acted_for(me, each.user_id),
        )
        for each in months
    ]
    await ctx.services.store.months.add(steps)
    return ctx.sentence(decision.done, month=month, count=len(months))


def _month(ctx: Context, action: Dated) -> Month:
    """Return the named month, by default the last one.

    Raises EarlyAnswer if it cannot be closed.
    """
    if not ctx.services.settings.months.enabled:
        raise EarlyAnswer(ctx.sentence("closing.off"))
    month = ctx.month_of(action)
    if not is_over(month, ctx.today):
        raise EarlyAnswer(ctx.sentence("closing.running", month=month, last=month.last))
    if month.first < ctx.today - timedelta(days=ctx.services.settings.retention.days):
        raise EarlyAnswer(ctx.sentence("closing.too_old", month=month))
    return month


async def _read(ctx: Context, user_ids: Iterable[str], month: Month) -> Sequence[PersonMonth]:
    """Return the months in which something happened."""
    months = await ctx.services.months.of(user_ids, month)
    return [each for each in months if not each.is_empty]
