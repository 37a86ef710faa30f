"""Days as a picture or a file, and summaries that come by themselves."""

from datetime import date
from typing import Final

from bot.chat.audiences import to_sender
from bot.chat.context import Answer, Context, Order, PictureOrSheet, Reply, Sight, Sighted
from bot.chat.progress import with_progress
from bot.chat.routing import Router
from bot.domain.digests import DigestKind
from bot.domain.spans import MOST_DAYS, is_too_long
from bot.understanding.intents import Intent, IntentName
from bot.views import team_days
from bot.views.reports import Digests, answer, ask_about_digests, digest_answer
from bot.views.sentences import sentence

router = Router()
FORMS: Final[dict[str | None, PictureOrSheet]] = {"picture": "picture", "sheet": "sheet", "csv": "csv"}
_NO_TEAM = frozenset({Sighted.NO_LEAD, Sighted.NOBODY})


@router.on(IntentName.EXPORT, help_key="help.export")
async def export(ctx: Context, intent: Intent) -> Answer:
    """Send the days of the sender's people as a file, this month's without dates; their own if that is asked."""
    today = ctx.services.own_punches.local_date(ctx.message)
    first, last = today.replace(day=1), today
    if intent.dates is not None:
        first, last = intent.dates.first, min(intent.dates.last, today)
    if first > last:
        return to_sender(ctx, sentence("team.future", ctx.texts))
    if is_too_long(first, last):
        return to_sender(ctx, sentence("report.too_many_days", ctx.texts, most=MOST_DAYS))
    sight = await sight_of(ctx, intent._replace(person=ctx.who.user_id) if intent.own else intent)
    if sight.outcome in _NO_TEAM and not (intent.person or intent.department or intent.unclear):
        sight = await ctx.services.visibility.seen_by(ctx.who.user_id, person=ctx.who.user_id)
    if not sight.user_ids:
        return to_sender(ctx, not_shown(ctx, sight))
    return await deliver(ctx, FORMS.get(intent.form, "sheet"), sight, first, last)


async def own_as(ctx: Context, intent: Intent) -> Answer:
    """Send the sender's own days as the picture or file they ask for, this month's without dates."""
    return await export(ctx, intent._replace(own=True))


async def sight_of(ctx: Context, intent: Intent) -> Sight:
    """Return whose days a question shows its sender."""
    return await ctx.services.visibility.seen_by(
        ctx.who.user_id,
        person=intent.person,
        department=intent.department,
        unclear=intent.unclear,
        loose=intent.loose,
        everybody=intent.everybody,
        said=ctx.message.text,
    )


def not_shown(ctx: Context, sight: Sight, *, key: str | None = None) -> Reply:
    """Return why nothing is shown (`key`: in which words), with a tap for each whom it may be about."""
    said, why = ctx.message.text, key or sight.outcome
    return team_days.nothing_seen(why, sight.people, ctx.texts, said=said, asked=sight.asked)


async def deliver(ctx: Context, form: PictureOrSheet, sight: Sight, first: date, last: date) -> Answer:
    """Make the days `first` to `last` of whom `sight` shows into a picture or file, and send it in private."""
    title = sight.department or ctx.texts("team.yours")
    if sight.one:
        title = sight.people[0].name or sight.people[0].user_id
    work = ctx.services.reports.deliver(Order(ctx.who.user_id, sight, first, last, form, title), ctx.texts)
    if ctx.message.is_group:
        report = await work  # the group hears one line, at the end
    else:
        line = sentence("report.working", ctx.texts)
        report = await with_progress(work, line, ctx.say, after_s=ctx.services.progress_s)
    if report.instead is not None:
        return to_sender(ctx, not_shown(ctx, report.instead))
    told = answer(report.outcome, report.files, ctx.texts, again=ctx.message.text)
    return to_sender(ctx, team_days.with_left_out(told, sight.left_out, ctx.texts))


async def shown_still(ctx: Context, sight: Sight, reply: Reply) -> Reply:
    """Return what was made of a sight, unless who asked may not see all of it any more: then why."""
    now = await ctx.services.visibility.now(sight)
    if now != sight:
        return not_shown(ctx, now)
    return team_days.with_left_out(reply, sight.left_out, ctx.texts)


@router.on(IntentName.DIGEST_ON, help_key="help.digest_on")
async def digests_on(ctx: Context, intent: Intent) -> Answer:
    """Send summaries by themselves from now on: the daily, weekly or monthly one, or all of them."""
    return await _digests(ctx, intent, wanted=True)


@router.on(IntentName.DIGEST_OFF)
async def digests_off(ctx: Context, intent: Intent) -> Answer:
    """Send no more summaries, or none of one kind; ask where it is not plain that they are to end."""
    return await _digests(ctx, intent, wanted=False)


async def _digests(ctx: Context, intent: Intent, *, wanted: bool) -> Answer:
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id)
    if sight.outcome is Sighted.NOT_READ:
        return to_sender(ctx, not_shown(ctx, sight))
    if not sight.user_ids:
        return to_sender(ctx, sentence("digest.no_team", ctx.texts))
    digests, lead = ctx.services.digests, ctx.who.user_id
    if intent.unsure:
        return to_sender(ctx, ask_about_digests(_told(ctx, await digests.of(lead)), intent.period, ctx.texts))
    kinds = await digests.change(lead, intent.period, wanted=wanted)
    return to_sender(ctx, digest_answer(_told(ctx, kinds), ctx.texts))


def _told(ctx: Context, kinds: frozenset[DigestKind]) -> Digests:
    digests = ctx.services.digests
    return Digests(kinds, digests.rules, digests.quiet_hours, digests.never_due(ctx.who.user_id))
