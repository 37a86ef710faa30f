"""Leads decide make-up requests, one or several at once, and may decide otherwise later."""

import logging
from collections.abc import Sequence
from functools import partial

from bot.actions import DayRecord, DecideCorrection, OpenRequests, ShowCorrection
from bot.chat.context import Answer, Context, answers
from bot.domain.corrections import Correction, CorrectionState, punch_of
from bot.domain.months import Month
from bot.domain.slots import Days, Whom
from bot.views import corrections as views
from bot.views.sentences import (
    Button,
    ListPage,
    Reply,
    escape,
    reply_with_title,
    reply_without_title,
)

log = logging.getLogger(__name__)
ROWS_A_PAGE = 10  # each has two buttons
_DECIDED = {
    CorrectionState.WITHDRAWN: "correction.withdrawn",
    CorrectionState.APPROVED: "correction.approved",
    CorrectionState.REFUSED: "correction.refused",
}
_CHANGED = {  # an earlier decision
    CorrectionState.APPROVED: "correction.approved_now",
    CorrectionState.REFUSED: "correction.refused_now",
}


@answers(DecideCorrection)
async def decide(ctx: Context, action: DecideCorrection) -> Answer:
    """Show requests with a button that approves or refuses them.

    A refusal withdraws the sender's own request.
    """
    match action.references:
        case (reference,):
            return await _decide_one(ctx, action, reference)
        case ():
            return await _decide_chosen(ctx, action)
        case references:  # shown before, with one button
            answers = [await _decide_one(ctx, action, reference) for reference in references]
            return reply_without_title("\n\n".join(answer.text for answer in answers))


@answers(ShowCorrection)
async def show(ctx: Context, action: ShowCorrection) -> Answer:
    """Show a request with a button for each decision. Show senders of requests their own list."""
    correction = await _find(ctx, action.reference, approve=False)
    if isinstance(correction, Reply):
        return correction
    if not correction.is_open(ctx.services.now):
        return await _say_closed(ctx, correction)
    if correction.user_id == ctx.user_id:
        return await waiting(ctx, OpenRequests())
    decisions = [
        DecideCorrection(references=(action.reference,), approve=approve)
        for approve in (True, False)
    ]
    return await _show_one(ctx, correction, decisions, "correction.to_decide")


@answers(OpenRequests)
async def waiting(ctx: Context, action: OpenRequests) -> Answer:
    """List open requests of the sender, and open requests for the sender's decision."""
    texts = ctx.texts
    others, own, is_known = await _read_open(ctx)
    listed = [*others, *own]  # each by its end
    page = ListPage.of(len(listed), action.page, ROWS_A_PAGE)
    shown = page.items(listed)
    lines = [*(_line(ctx, request) for request in shown), *page.line(texts)]
    if not is_known:
        lines.append(texts("team.not_read"))
    if own:
        lines.append(texts("correction.open_how_own", reference=own[0].reference))
    buttons = []
    for request in shown:
        if request.user_id != ctx.user_id:
            buttons += views.decisions(request.reference, texts)
    if len(others) > 1:
        every = DecideCorrection(approve=True)
        buttons.append(Button(texts("correction.approve_all", count=len(others)), action=every))
    title = texts("correction.open_title", count=len(listed))
    return reply_with_title(title, lines, [*buttons, *page.buttons(action, texts)])


async def _read_open(ctx: Context) -> tuple[Sequence[Correction], Sequence[Correction], bool]:
    """Return the open requests that the sender may decide, the sender's own, and whether the
    sender's role is known.
    """
    me = ctx.user_id
    every = await ctx.services.store.corrections.open()
    # The rights come last, with no `await` after them: people may change teams during the reads.
    theirs = await ctx.services.visibility.askers_decided_by(
        me, {request.user_id for request in every}
    )
    own = [request for request in every if request.user_id == me]
    others = [request for request in every if theirs and request.user_id in theirs]
    return others, own, theirs is not None


async def _decide_chosen(ctx: Context, action: DecideCorrection) -> Reply:
    """Show the open requests of the named person, else of everybody.

    Of a person without an open request it is the last decision that the sender may change.
    """
    others, _, is_known = await _read_open(ctx)
    if not is_known:
        return ctx.sentence("team.not_read")
    if action.person is not None:
        people = await ctx.people_led(action.person)
        asker = ctx.only(people, action, "correction.nothing_open").user_id
        others = [request for request in others if request.user_id == asker]
        if not others:
            past = await ctx.services.store.corrections.of_person(asker)
            others = [request for request in past if request.may_change][:1]
    if not others:
        return ctx.sentence("correction.nothing_open")
    if len(others) == 1:
        return await _decide_one(ctx, action, others[0].reference)
    return await _show_several(ctx, action, others[:ROWS_A_PAGE])


async def _show_several(
    ctx: Context, action: DecideCorrection, requests: Sequence[Correction]
) -> Reply:
    """Show the facts of several open requests, with one button that decides all of them."""
    texts = ctx.texts
    facts = {}
    for request in requests:
        day = await ctx.services.summaries.own_day(request.user_id, request.work_date)
        facts[request.reference] = " · ".join(views.facts(request, day, texts))
    others, _, _ = await _read_open(ctx)  # the right may have ended during the reads
    shown = [request for request in others if request.reference in facts]
    if not shown:
        return ctx.sentence("correction.nothing_open")
    lines = [f"- {_name(ctx, request)} · {facts[request.reference]}" for request in shown]
    lines += [*views.answer(action.answer, texts), texts("correction.nothing_yet")]
    references = tuple(request.reference for request in shown)
    all_shown = action.but(references=references, person=None)
    label = "correction.confirm_refuse_all"
    if action.approve:
        label = "correction.confirm_approve_all"
    button = Button(texts(label, count=len(shown)), action=all_shown, sure=True)
    title = texts("correction.open_title", count=len(shown))
    return reply_with_title(title, lines, [button])


async def _decide_one(ctx: Context, action: DecideCorrection, reference: str) -> Reply:
    """Show a request with a button that decides it, or decide it if the sender saw its state.

    Nothing is awaited between the look at the right to decide and the write.
    """
    correction = await _find(ctx, reference, approve=action.approve)
    if isinstance(correction, Reply):
        return correction
    is_own = correction.user_id == ctx.user_id
    wanted = CorrectionState.APPROVED if action.approve else CorrectionState.REFUSED
    is_change = correction.may_change and correction.state is not wanted and not is_own
    if not is_change and not correction.is_open(ctx.services.now):
        return await _say_closed(ctx, correction)
    if ctx.sure and action.seen == correction.number:
        return await _carry_out(ctx, correction, action)
    if len(action.references) > 1:
        return await _say_closed(ctx, correction)  # somebody decided after the list was shown
    if is_change and await _is_locked(ctx, correction):
        return ctx.sentence("correction.month_locked", reference=reference)
    seen = action.but(references=(reference,), person=None, seen=correction.number)
    if is_own:
        lines = [views.request_line(correction, ctx.texts), ctx.texts("correction.sure_withdraw")]
        button = Button(ctx.texts("correction.withdraw"), action=seen, sure=True)
        return reply_with_title(views.title(correction, ctx.texts), lines, [button])
    other = seen.but(approve=not action.approve, answer=None)
    heading = "correction.sure_approve" if action.approve else "correction.sure_refuse"
    return await _show_one(ctx, correction, [seen] if is_change else [seen, other], heading)


async def _find(ctx: Context, reference: str, *, approve: bool) -> Correction | Reply:
    """Return the request that the sender may decide, or why there is none.

    Unknown requests and those of others look the same. Senders may withdraw their own requests.
    """
    me = ctx.user_id
    correction = await ctx.services.store.corrections.get(reference)
    if correction is not None and correction.user_id == me:
        return ctx.sentence("correction.own") if approve else correction
    # For an unknown reference this takes the same time.
    asker = me if correction is None else correction.user_id
    may_decide = await ctx.services.visibility.may_decide(me, asker)
    if may_decide is None:  # a card takes each press once, so the lead gets new buttons
        return ctx.sentence("team.not_read", views.decisions(reference, ctx.texts))
    if correction is None or not may_decide:
        log.warning("somebody named a request that is not theirs to decide")
        return ctx.sentence("correction.unknown")
    return correction


async def _show_one(
    ctx: Context, correction: Correction, decisions: Sequence[DecideCorrection], heading: str
) -> Reply:
    """Show the facts of a request with a button for each decision. `heading` is a key."""
    texts = ctx.texts
    if correction.state is CorrectionState.APPROVED:
        lines = [views.request_line(correction, texts), *views.reason(correction.reason, texts)]
    else:
        day = await ctx.services.summaries.own_day(correction.user_id, correction.work_date)
        lines = views.facts(correction, day, texts)
    if correction.number:
        lines += await _decisions(ctx, correction)
    if correction.state is CorrectionState.APPROVED:
        lines.append(texts("correction.cannot_take_back"))
    lines += views.answer(decisions[0].answer, texts)
    nothing = "correction.nothing_changed" if correction.number else "correction.nothing_yet"
    lines.append(texts(nothing))
    buttons = []
    for decision in decisions:
        key = "correction.confirm_approve" if decision.approve else "correction.confirm_refuse"
        label = texts(key, reference=correction.reference)
        buttons.append(Button(label, action=decision, sure=True))
    return reply_with_title(texts(heading, name=_name(ctx, correction)), lines, buttons)


async def _carry_out(ctx: Context, correction: Correction, action: DecideCorrection) -> Reply:
    """Decide once, even if several leads press at the same time."""
    me = ctx.user_id
    corrections = ctx.services.store.corrections
    leads = ctx.services.visibility.leads_acted_for(me, correction.user_id, nearest=True)
    if action.approve:
        decided, is_fresh = await _approve(ctx, correction, leads)
    else:
        is_own = correction.user_id == me
        state = CorrectionState.WITHDRAWN if is_own else CorrectionState.REFUSED
        decided, is_fresh = await corrections.close(
            correction, state, me, action.answer or "", stood_in_for=leads
        )
    if is_fresh:
        answers_by_state = _CHANGED if correction.number else _DECIDED
        return _sentence_about(ctx, answers_by_state[decided.state], decided)
    is_same = (decided.number, decided.state) == (correction.number, correction.state)
    if not is_same or not (decided.may_change or decided.is_open(ctx.services.now)):
        return await _say_closed(ctx, decided)
    if correction.number and await _is_locked(ctx, correction):
        return ctx.sentence("correction.month_locked", reference=correction.reference)
    return _sentence_about(ctx, "correction.overtaken", decided)


async def _approve(
    ctx: Context, correction: Correction, leads: Sequence[str]
) -> tuple[Correction, bool]:
    """Approve. `leads` are those for whom the sender stands in."""
    services = ctx.services
    me = ctx.user_id
    by = [f"{services.directory.name_of(who)} ({who})" for who in (me, *leads)]
    return await services.store.corrections.approve(
        correction,
        me,
        partial(punch_of, correction, approved_at=services.now, by=by),
        stood_in_for=leads,
        targets=[target.name for target in services.dingtalk.make_up_targets],
        language=services.reminder_plan.language_of(correction.user_id),
    )


async def _is_locked(ctx: Context, correction: Correction) -> bool:
    month = Month.of(correction.work_date)
    states = await ctx.services.store.months.states(month, [correction.user_id])
    return states[correction.user_id].locked is not None


def _sentence_about(ctx: Context, key: str, correction: Correction) -> Reply:
    return ctx.sentence(
        key,
        name=_name(ctx, correction),
        reference=correction.reference,
        what=views.check(correction.check_type, correction.punched_at, ctx.texts),
    )


async def _say_closed(ctx: Context, correction: Correction) -> Reply:
    """Show the decision. A button shows the day, another changes the decision."""
    texts = ctx.texts
    buttons = []
    is_own = correction.user_id == ctx.user_id
    if correction.may_change and not is_own and not await _is_locked(ctx, correction):
        is_approved = correction.state is CorrectionState.APPROVED
        key = "correction.change_to_refused" if is_approved else "correction.change_to_approved"
        change = DecideCorrection(references=(correction.reference,), approve=not is_approved)
        buttons.append(Button(texts(key), action=change))
    record = DayRecord(
        whom=Whom(person=correction.user_id),
        days=Days(correction.work_date, correction.work_date),
    )
    buttons.append(Button(texts("action.day_record"), action=record))
    lines = await _decisions(ctx, correction)
    return reply_without_title("\n\n".join(lines), buttons)


async def _decisions(ctx: Context, correction: Correction) -> list[str]:
    earlier = await ctx.services.store.corrections.earlier([correction.reference])
    return views.decisions_so_far(correction, earlier, ctx.services.directory.name_of, ctx.texts)


def _name(ctx: Context, correction: Correction) -> str:
    return escape(ctx.services.directory.name_of(correction.user_id))


def _line(ctx: Context, request: Correction) -> str:
    is_own = request.user_id == ctx.user_id
    return ctx.texts(
        "correction.open_line",
        reference=request.reference,
        name=ctx.texts("correction.open_yours") if is_own else _name(ctx, request),
        what=views.check(request.check_type, request.punched_at, ctx.texts),
        until=request.expires_at,
    )
