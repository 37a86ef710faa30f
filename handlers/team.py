"""A lead's team: summaries, missing punches, files, and visibility."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import date
from typing import Any, TypeVar

from bot.actions import Absent, Days, Export, Summary, Whom, WhoSeesMe
from bot.chat.context import Answer, Context, Router, as_the_company_wants, not_shown, recheck_sight, to_sender
from bot.domain.calendars import MOST_DAYS, is_too_long, shortened
from bot.domain.day import Departure, PersonDay, Standing
from bot.domain.messages import Attachment, AttachmentKind
from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.domain.summaries import TeamDay
from bot.errors import OperatorError, OutcomeUnknown, ProcessFailed, UpstreamError
from bot.services.organisation.visibility import Sight, Sighted
from bot.services.waiting import with_progress
from bot.views import team as views
from bot.views.charts import draw
from bot.views.charts.building import Chart, of_day, of_range
from bot.views.formatting import listed
from bot.views.reply import Button
from bot.views.sentences import on_page, page_of, said, sentence, titled
from bot.views.sheets import Line, SheetHead, lines_of, write

log = logging.getLogger(__name__)
router = Router()
MOST_VIEWERS = 10
T = TypeVar("T")
_NO_TEAM = frozenset({Sighted.NO_LEAD, Sighted.NO_TEAM, Sighted.NOBODY})


@router.on(Summary, help_key="help.summary_today", for_leads=True)
async def summary(ctx: Context, action: Summary) -> Answer:
    """Show a day or a range of the sender's people, or of the people that the sender names."""
    today = ctx.services.own_punches.local_date(ctx.message)
    first, last = _days_asked(action.days, today)
    if first > today:
        return as_the_company_wants(ctx, sentence("team.future", ctx.texts))
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id, action.whom)
    if not sight.user_ids:
        return as_the_company_wants(ctx, not_shown(ctx, sight, action))
    if action.form != "text":
        return await _deliver(ctx, sight, first, last, action)
    dated = action.model_copy(update={"days": Days(first=first, last=last)})
    if first == last:
        return as_the_company_wants(ctx, await _day(ctx, dated, sight, first))
    found = await _announced(ctx, ctx.services.summaries.range(sight, first, last))
    if sight.one:
        reply = views.person_range(found, sight.people[0], ctx.texts, asked=dated)
    else:
        reply = views.team_range(found, sight.people, ctx.texts, title=sight.department, asked=dated)
    return as_the_company_wants(ctx, await recheck_sight(ctx, sight, reply, action))


async def _day(ctx: Context, action: Summary, sight: Sight, day: date) -> Answer:
    found = await _announced(ctx, ctx.services.summaries.day(sight, day))
    if sight.one:
        reply = views.person_day(found, sight.people[0], ctx.texts)
    else:
        nudgeable = await _nudgeable(ctx, found, found.of(Standing.MISSING), action.page)
        reply = views.team_day(
            found, sight.people, ctx.texts, title=sight.department, asked=action, nudgeable=nudgeable
        )
    return await recheck_sight(ctx, sight, reply, action)


@router.on(Absent, help_key="help.missing", for_leads=True)
async def missing(ctx: Context, action: Absent) -> Answer:
    """Show who has not clocked in, or out. Of several days show the last."""
    today = ctx.services.own_punches.local_date(ctx.message)
    day = today if action.days is None else action.days.last
    if day > today:
        return as_the_company_wants(ctx, sentence("team.future", ctx.texts))
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id, action.whom)
    if not sight.user_ids:
        return as_the_company_wants(ctx, not_shown(ctx, sight, action))
    departures = action.check_type is CheckType.OFF_DUTY
    found = await _announced(ctx, ctx.services.summaries.day(sight, day, departures=departures))
    if sight.one:
        reply = views.person_day(found, sight.people[0], ctx.texts)
    else:
        dated = action.model_copy(update={"days": Days(first=day, last=day)})
        late = found.of(Standing.MISSING)
        if departures:
            late = tuple(day for day in found.days if day.departure is Departure.OPEN)
        nudgeable = await _nudgeable(ctx, found, late, action.page)
        reply = views.team_day(
            found, sight.people, ctx.texts, title=sight.department, asked=dated, nudgeable=nudgeable
        )
    return as_the_company_wants(ctx, await recheck_sight(ctx, sight, reply, action))


@router.on(Export, help_key="help.export")
async def export(ctx: Context, action: Export) -> Answer:
    """Send the days of the sender's people, or the sender's own, as a file. Without dates send this month."""
    today = ctx.services.own_punches.local_date(ctx.message)
    days = action.days or Days(first=today.replace(day=1), last=today)
    first, last = days.first, min(days.last, today)
    if first > last:
        return to_sender(ctx, sentence("team.future", ctx.texts))
    if is_too_long(first, last):
        return to_sender(ctx, sentence("report.too_many_days", ctx.texts, most=MOST_DAYS))
    own = Whom(person=ctx.who.user_id)
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id, own if action.own else action.whom)
    if sight.outcome in _NO_TEAM and not action.whom.is_named:
        sight = await ctx.services.visibility.seen_by(ctx.who.user_id, own)
    if not sight.user_ids:
        return to_sender(ctx, not_shown(ctx, sight, action))
    return await _deliver(ctx, sight, first, last, action)


@router.on(WhoSeesMe, help_key="help.who_sees", personal=True)
async def who_may_see(ctx: Context, action: WhoSeesMe) -> Answer:
    """Explain who sees the sender's days, and which days the sender sees."""
    visibility, texts = ctx.services.visibility, ctx.texts
    if not await visibility.is_role_known(ctx.who.user_id):
        return sentence("team.not_read", texts)
    known = visibility.who_sees(ctx.who.user_id)

    def viewers(people: Sequence[Employee]) -> str:
        return listed([one.name or one.user_id for one in people], texts, most=MOST_VIEWERS)

    leads = texts("sees.leads", names=viewers(known.leads)) if known.leads else texts("sees.no_leads")
    lines = [texts("sees.you"), leads]
    if known.admins:
        lines.append(texts("sees.admins", names=viewers(known.admins)))
    if known.all:
        lines.append(texts("sees.you_all", people=known.people))
    elif known.departments:
        names = listed([one.name for one in known.departments[:MOST_VIEWERS]], texts, most=MOST_VIEWERS)
        lines.append(texts("sees.you_lead", people=known.people, names=names))
    else:
        lines.append(texts("sees.you_nobody"))
    return titled(texts("sees.title"), [*lines, texts("sees.precedence"), texts("sees.not_shown")])


async def _deliver(ctx: Context, sight: Sight, first: date, last: date, action: Summary | Export) -> Answer:
    """Make a chart or a file of the days, and send it in private."""
    outcome: str | Sight = "not_made"
    try:
        files = await _announced(ctx, _files(ctx, sight, first, last, action), "report.working")
        outcome = await _sent(ctx, sight, files)
    except ProcessFailed as error:
        log.error("a report could not be made: %s", error)
    if isinstance(outcome, Sight):
        return to_sender(ctx, not_shown(ctx, outcome, action))
    text = ctx.texts(
        "report.sent_parts" if outcome == "sent" and len(files) > 1 else f"report.{outcome}", count=len(files)
    )
    again = [Button(ctx.texts("button.again"), action=action)] if outcome in ("not_sent", "not_made") else []
    return to_sender(ctx, views.with_left_out(said(text, again), sight.left_out, ctx.texts))


async def _files(
    ctx: Context, sight: Sight, first: date, last: date, action: Summary | Export
) -> Sequence[Attachment]:
    """Make the files in a process of their own. Raises ProcessFailed, StoreRefused."""
    days = f"{first}" if first == last else f"{first}_{last}"
    name, workshop = f"{ctx.texts('report.file')}_{days}", ctx.services.workshop
    if action.form == "chart":
        picture = await workshop.run(draw, _chart(ctx, sight, first, last))
        return [Attachment(AttachmentKind.IMAGE, f"{name}.png", picture)]
    head = SheetHead("csv" if action.form == "csv" else "xlsx", first, last, ctx.texts)
    files = await workshop.run(write, _lines(ctx, sight, head))
    parts = [f"_{number}_{len(files)}" for number in range(1, len(files) + 1)] if len(files) > 1 else [""]
    ending = "zip" if head.form == "csv" else "xlsx"
    return [
        Attachment(AttachmentKind.FILE, f"{name}{part}.{ending}", content)
        for part, content in zip(parts, files, strict=True)
    ]


async def _sent(ctx: Context, sight: Sight, files: Sequence[Attachment]) -> str | Sight:
    """Send files to the asker and return the outcome, or what they may see by now if that has changed."""
    media = ctx.services.base.dingtalk.media
    try:
        for file in files:
            media_id = await media.upload(file)
            now = await ctx.services.visibility.now(sight)
            if now != sight:
                return now
            result = await media.send(ctx.who.user_id, file, media_id)
            if result.invalid or result.flow_controlled:
                return "unreachable" if result.invalid else "not_sent"
    except OutcomeUnknown as error:
        log.warning("a report may or may not have been sent: %s", error)
        return "maybe_sent"
    except (UpstreamError, OperatorError) as error:
        log.warning("a report could not be sent: %s", error)
        return "not_sent"
    return "sent"


async def _chart(ctx: Context, sight: Sight, first: date, last: date) -> AsyncIterator[Chart]:
    title = sight.department or ctx.texts("team.yours")
    if sight.one:
        title = sight.people[0].name or sight.people[0].user_id
    if first == last:
        yield of_day(await ctx.services.summaries.day(sight, first), sight.people, ctx.texts, title=title)
    else:
        yield of_range(
            await ctx.services.summaries.range(sight, first, last), sight.people, ctx.texts, title=title
        )


async def _lines(ctx: Context, sight: Sight, head: SheetHead) -> AsyncIterator[SheetHead | Sequence[Line]]:
    yield head
    departments = {one.department_id: one.name for one in ctx.services.directory.departments()}

    def columns_of(one: Employee) -> tuple[str, str, str]:
        names = [departments[at] for at in one.department_ids if at in departments]
        return one.user_id, one.name, ", ".join(names)

    people = {one.user_id: columns_of(one) for one in sight.people}
    async for some in ctx.services.summaries.people_days(sight, head.first, head.last):
        yield await asyncio.to_thread(lines_of, head, [(people[user_id], days) for user_id, days in some.items()])


async def _nudgeable(ctx: Context, found: TeamDay, late: Sequence[PersonDay], page: int) -> frozenset[str]:
    """Return the people on the page who miss today's check and can be nudged now."""
    if found.work_date != ctx.services.own_punches.local_date(ctx.message):
        return frozenset()
    shown = on_page(late, page_of(len(late), page, views.NAMES_A_PAGE), views.NAMES_A_PAGE)
    return await ctx.services.nudging.reachable([day.user_id for day in shown], found.work_date)


def _days_asked(days: Days | None, today: date) -> tuple[date, date]:
    """Return the range, cut to the longest one allowed. Drop future days unless all days are future."""
    if days is None:
        return today, today
    last = max(days.first, min(days.last, today))
    return shortened(days.first, last), last


async def _announced(ctx: Context, work: Coroutine[Any, Any, T], key: str = "team.working") -> T:
    """Return the result of `work`. If it takes long, say so where the sender asked."""
    if ctx.message.is_group and ctx.services.base.settings.summaries.in_groups == "private":
        return await work  # the group reads only one line, at the end
    line = sentence(key, ctx.texts)
    return await with_progress(work, line, ctx.say, after_s=ctx.services.base.patience.progress_s)
