"""A lead's team: summaries, missing punches, and files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from functools import partial

from bot.actions import Absent, DayRecord, Export, PostSummary, Summary
from bot.chat.context import Answer, Context, answers
from bot.chat.files import file_name, send_file
from bot.domain.day import PersonDay
from bot.domain.people import Employee
from bot.domain.shifts import MOST_DAYS, CheckType
from bot.domain.slots import A_DAY, Days, Whom
from bot.domain.summaries import TeamDay, TeamRange
from bot.services.organisation.sights import Sight, ViewResult
from bot.views import team as views
from bot.views.charts.building import Chart, draw, is_too_large, of_day, of_range
from bot.views.days import check_lines, day_parts, days_with_something, note_about_excuse, shift_of
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS
from bot.views.sentences import (
    Attachment,
    Button,
    Reply,
    escape,
    name_of,
    reply_with_pages,
    reply_with_title,
)
from bot.views.sheets import MOST_ROWS, Line, SheetHead, Who, lines_of, write


@answers(Summary)
@answers(Absent)
async def show_days(ctx: Context, action: Summary | Absent) -> Answer:
    """Show days up to today of the sender's people, or of named people.

    Of several days show who is missing on the last.
    """
    days = ctx.past(action.days, ctx.today)
    if isinstance(action, Absent):
        days = Days(days.last, days.last)
    sight = await _read_sight(ctx, action, days)
    if isinstance(action, Summary) and action.form == "chart":
        return await _deliver(ctx, sight, days, action)
    asked = action.but(days=days)
    if days.is_one:
        reply = await _day(ctx, asked, sight, days.first)
    else:
        assert isinstance(asked, Summary), "who is missing is asked about one day"
        team = await ctx.services.summaries.range(sight, days)
        if sight.is_person:
            reply = person_range(team, sight.people[0], ctx.texts, asked=asked)
        else:
            title = sight.title(ctx.texts)
            reply = views.team_range(team, sight.people, ctx.texts, title=title, asked=asked)
    return await ctx.recheck_sight(sight, reply, action)


async def _read_sight(ctx: Context, action: Summary | Absent | Export, days: Days) -> Sight:
    """Return whom the action shows: the sender's own days if the sender leads nobody, except for
    questions that compare people.

    Raises EarlyAnswer if there is nobody.
    """
    me = ctx.user_id
    sight = await ctx.services.visibility.read_sight(me, action.whom, days)
    compares = isinstance(action, Absent) or (isinstance(action, Summary) and action.by_lateness)
    is_own = sight.outcome is ViewResult.NO_LEAD and not compares
    if is_own and not action.whom.is_named:
        sight = await ctx.services.visibility.read_sight(me, Whom(own=True))
    return ctx.require(sight, action)


async def _day(ctx: Context, asked: Summary | Absent, sight: Sight, day: date) -> Reply:
    """Return a person's day, or a page of a team's day.

    Today's page has buttons to nudge people.
    """
    departures = isinstance(asked, Absent) and asked.check_type is CheckType.OFF_DUTY
    team = await ctx.services.summaries.day(sight, day, departures=departures or sight.is_person)
    if sight.is_person:
        return person_day(team, sight.people[0], ctx.texts)
    return views.team_day(
        team,
        sight.people,
        ctx.texts,
        title=sight.title(ctx.texts),
        asked=asked,
        nudgeable=ctx.services.visibility.team_in(sight) if team.work_date == ctx.today else (),
    )


@answers(PostSummary, in_group=True)
async def post_summary(ctx: Context, action: PostSummary) -> Answer:
    """Post a day of the sender's own team in the group, after the sender presses the button there."""
    texts = ctx.texts
    message = ctx.message
    day = action.day or ctx.today
    days = Days(day, day)
    read_sight = ctx.services.visibility.read_sight
    sight = await read_sight(ctx.user_id, days=days)
    if sight.user_ids and action.whom.is_named:
        named = await read_sight(ctx.user_id, action.whom, days)
        if (set(named.user_ids) ^ set(sight.user_ids)) - {ctx.user_id}:
            return ctx.sentence("post.only_own_team")
    if not message.is_group:
        return ctx.sentence("post.only_in_groups")
    if day > ctx.today:
        return ctx.sentence("team.future")
    asked = Summary(days=days)
    ctx.require(sight, asked)
    if not ctx.sure or action.group != message.conversation_id:
        dated = views.days_of(days, message.at, texts)
        exact = PostSummary(day=day, group=message.conversation_id)
        return ctx.confirm("post.shown", exact, date=dated, count=len(sight.user_ids))
    team = await ctx.services.summaries.day(sight, day)
    reply = views.day_for_group(team, sight.people, texts, title=_name_for_others(ctx, sight))
    reply = await ctx.recheck_sight(sight, reply, asked)
    await ctx.services.store.buttons.use_up()
    return reply


@answers(Export)
async def export(ctx: Context, action: Export) -> Answer:
    """Send the days of the sender's people, or the sender's own, as a file.

    Without dates send this month.
    """
    days = ctx.past(action.days, ctx.today.replace(day=1))
    if action.days is not None and days.first != action.days.first:
        return ctx.sentence("report.too_many_days", most=MOST_DAYS)
    sight = await _read_sight(ctx, action, days)
    return await _deliver(ctx, sight, days, action)


async def _deliver(ctx: Context, sight: Sight, days: Days, action: Summary | Export) -> Answer:
    """Make a chart or a spreadsheet of the days, and send it in private."""
    is_chart = isinstance(action, Summary)
    if is_chart and is_too_large(len(sight.people), days):
        return ctx.sentence("report.too_large_picture")
    if days.count * len(sight.people) > MOST_ROWS:
        return ctx.sentence("report.too_much")
    work = _picture if is_chart else _sheet
    outcome = await send_file(ctx, sight, work(ctx, sight, days), action)
    title = escape(sight.title(ctx.texts))
    dates = views.days_of(days, ctx.message.at, ctx.texts)
    reply = ctx.sentence(outcome, whose=title, days=dates)
    return views.with_left_out(reply, sight.left_out, ctx.texts)


def _name_for_others(ctx: Context, sight: Sight) -> str:
    """Return the name of the people in a file or a post in a group, which others read, too."""
    return sight.title(ctx.texts, lead=ctx.who.shown_name)


async def _picture(ctx: Context, sight: Sight, days: Days) -> Attachment:
    """Draw a chart in a process of its own. Raises ProcessFailed, StoreRefused."""
    title = _name_for_others(ctx, sight)
    summaries = ctx.services.summaries
    if days.is_one:
        chart = of_day(await summaries.day(sight, days.first), sight.people, ctx.texts, title=title)
    else:
        chart = of_range(await summaries.range(sight, days), sight.people, ctx.texts, title=title)
    content = await ctx.services.workshop.run(draw, _parts_of(chart))
    return Attachment(f"{file_name(title, days, ctx.texts)}.png", content)


async def _parts_of(chart: Chart) -> AsyncIterator[Chart]:
    yield chart


async def _sheet(ctx: Context, sight: Sight, days: Days) -> Attachment:
    """Write a spreadsheet in a process of its own. Raises ProcessFailed, StoreRefused."""
    head = SheetHead(days, ctx.texts, sight.shows_kinds)
    content = await ctx.services.workshop.run(partial(write, head), _lines(ctx, sight, head))
    name = file_name(_name_for_others(ctx, sight), days, ctx.texts)
    return Attachment(f"{name}.xlsx", content)


async def _lines(ctx: Context, sight: Sight, head: SheetHead) -> AsyncIterator[Sequence[Line]]:
    memberships = ctx.services.directory.view.memberships
    people = {}
    for person in sight.people:
        department = memberships.department_on(person.user_id, head.days.last)
        people[person.user_id] = Who(person.user_id, person.name, department, person.job_number)
    async for batch in ctx.services.summaries.people_days(sight, head.days):
        yield await asyncio.to_thread(
            lines_of, head, [(people[user_id], days) for user_id, days in batch.items()]
        )


def person_day(team: TeamDay, who: Employee, texts: Texts) -> Reply:
    """Return one person's day: its standing, and each check with time, verdict, site and distance."""
    day = team.days[0]
    lines = [" · ".join([texts(STANDINGS[day.standing]), *note_about_excuse(day, texts)])]
    if day.plan is not None and day.plan.points:
        lines.append(texts("day.shift", shift=shift_of(day, texts)))
    lines += [f"- {line}" for line in check_lines(day, texts)]
    if day.worked_minutes:
        lines.append(texts("team.worked", minutes=day.worked_minutes))
    if day.uncertain:
        lines.append(texts("team.uncertain"))
    lines.append(texts("team.as_of", at=texts.clock(team.as_of)))
    whom = Whom(person=who.user_id)
    monday = day.work_date - day.work_date.weekday() * A_DAY
    week = Days(monday, monday + 6 * A_DAY)
    dates = Days(day.work_date, day.work_date)
    dated = views.days_of(dates, team.as_of, texts)
    title = texts("team.person_title", name=name_of(who), date=dated)
    buttons = [
        Button(texts("button.person_week"), action=Summary(whom=whom, days=week)),
        Button(texts("action.day_record"), action=DayRecord(whom=whom, days=dates)),
    ]
    return reply_with_title(title, lines, buttons)


def person_range(team: TeamRange, who: Employee, texts: Texts, *, asked: Summary) -> Reply:
    """Return one person's range: totals, then a line for each day."""

    def line_of(day: PersonDay) -> str:
        weekday = texts.weekday(day.work_date)
        return "- " + " · ".join([f"{day.work_date:%m-%d} {weekday}", *day_parts(day, texts)])

    return reply_with_pages(
        views.range_title(team, name_of(who), texts),
        days_with_something(team.people[0].days),
        line_of,
        asked,
        texts,
        head=[views.totals_in_words(team.people[0].totals, texts)],
        foot=[texts("team.as_of", at=team.as_of)],
    )
