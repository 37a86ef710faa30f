"""Payroll exports in chat, for HR and administrators."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

from bot.actions import ExportPayroll
from bot.chat.context import Answer, Context, answers
from bot.chat.files import file_name, send_file
from bot.domain.months import Month
from bot.domain.payroll import ExportProfile, PayrollRows, rows_of
from bot.domain.slots import A_DAY, Days, Whom
from bot.services.organisation.sights import Sight
from bot.services.reporting.payroll import ReportReader
from bot.views.payroll import make_file
from bot.views.sentences import Attachment, Button, escape, list_names, reply_without_title


@answers(ExportPayroll)
async def export_payroll(ctx: Context, action: ExportPayroll) -> Answer:
    """Send a month of everybody as a file, up to yesterday, and name the people to look at.

    DingTalk is asked first.
    """
    texts = ctx.texts
    everybody = Whom(company=True)
    await ctx.read_sight(action, everybody)
    profiles = ctx.services.settings.exports
    if not profiles:
        return ctx.sentence("payroll.no_profile")
    name = action.profile or (next(iter(profiles)) if len(profiles) == 1 else "")
    if name not in profiles:
        choices = [Button(name, action=action.but(profile=name)) for name in profiles]
        return ctx.sentence("payroll.which", choices)
    month = ctx.month_of(action.but(profile=name))
    last = min(month.last, ctx.today - A_DAY)
    if last < month.first:
        return ctx.sentence("team.future")
    span = Days(month.first, last)
    sight = await ctx.read_sight(action, everybody, span)
    profile = profiles[name]
    reader = ReportReader(ctx.services.dingtalk.report, profile.reported)
    work = partial(make_file, profile, file_name(name, span, texts))
    lines: list[str] = []

    async def make() -> Attachment:
        rows = _rows(ctx, sight, profile, span, reader)
        file, remarks = await ctx.services.workshop.run(work, rows)
        for remark, people in remarks.items():
            names = list_names(people, texts)
            lines.append(texts(remark, count=len(people), names=names))
        return file

    outcome = await send_file(ctx, sight, make(), action)
    if reader.troubles:
        lines.append(texts("payroll.unread"))
    if span.last < month.last:
        lines.append(texts("payroll.unfinished", last=span.last))
    shown = texts(outcome, whose=escape(name), days=month)
    return reply_without_title("\n\n".join([shown, *lines]))


async def _rows(
    ctx: Context, sight: Sight, profile: ExportProfile, days: Days, reader: ReportReader
) -> AsyncIterator[Sequence[PayrollRows]]:
    department_on = ctx.services.directory.view.memberships.department_on
    people = {who.user_id: who for who in sight.people}
    async for batch in ctx.services.summaries.people_days(sight, days):
        reported = await reader.read(list(batch), days)
        states = await ctx.services.store.months.states(Month.of(days.first), batch)
        rows = []
        for user_id, person_days in batch.items():
            if not person_days:
                continue
            rows.append(
                rows_of(
                    profile,
                    people[user_id],
                    department_on,
                    person_days,
                    reported=reported.get(user_id, {}),
                    locked=states[user_id].locked_figures,
                )
            )
            await asyncio.sleep(0)  # other work gets a turn
        yield rows
