"""One's own day and past days, and why a punch counts as it does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import itemgetter

from bot.actions import Days, History, MyDay, Why
from bot.chat.context import Answer, Context, Router, not_shown, recheck_sight
from bot.domain.calendars import shortened
from bot.domain.corrections import approver_of
from bot.domain.day import PersonDay
from bot.domain.people import Employee
from bot.domain.punches import Punch, PunchSource, Remark, counting, has_remark
from bot.domain.reconciling import whole_second
from bot.domain.results import WRONG, TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.summaries import TeamRange
from bot.domain.verdicts import Verdict, verdicts
from bot.i18n import Texts
from bot.views.formatting import check_type, escape, for_work_date, name_of
from bot.views.receipts import counts_instead, result, standing
from bot.views.reply import Reply
from bot.views.sentences import sentence, titled
from bot.views.team import day_parts, days_with_something, summed_up

router = Router()
WHY_DAYS = 7  # how far back "why was I late?" looks when no day is named
A_DAY = timedelta(days=1)
_RULES = {
    TimeResult.NORMAL: "why.in_time",
    TimeResult.LATE: "why.late",
    TimeResult.SERIOUS_LATE: "why.serious",
    TimeResult.ABSENTEEISM: "why.absent",
}


@router.on(MyDay, help_key="help.status", personal=True)
async def status(ctx: Context, action: MyDay) -> Answer:
    """Show the person's own day."""
    day, plan, punches = await ctx.services.punches.today(ctx.who, ctx.message.at)
    summaries = ctx.services.summaries
    read = await (summaries.known_day if action.kept else summaries.own_day)(ctx.who.user_id, day)
    days = await _known_days(ctx, day, day, punches)
    shown = read if read.plan is not None else days[day]
    return today(shown, plan, punches, ctx.texts, verdicts(punches, days))


def today(
    day: PersonDay, plan: DayPlan | None, punches: Sequence[Punch], texts: Texts, instead: Mapping[str, Verdict]
) -> Reply:
    """Return the shift, the punches made through the bot, native ones that count, and the checks without one.

    `instead` holds verdicts that replace the recorded ones, by punch id.
    """
    replaced = _replaced(punches)
    made: list[tuple[datetime, str]] = []
    for punch in punches:
        parts = [_marked(punch, texts, replaced, instead)]
        parts += [for_work_date(punch.work_date, texts)] if punch.work_date != day.work_date else []
        made.append((punch.punched_at, " · ".join(parts)))
    ours = {whole_second(punch.punched_at) for punch in punches}
    made += [(at, line) for at, line in _native(day, texts) if whole_second(at) not in ours]
    without = [(one.due_at, one.check_type, "day.open") for one in day.checks if one.punched_at is None]
    without += [(point.due_at, point.check_type, "day.on_leave") for point in day.taken]
    lines = [_shift(plan, texts), *([texts("day.excused")] if day.excused else [])]
    lines += [f"- {line}" for _, line in sorted(made, key=itemgetter(0))] or [texts("day.none")]
    for due_at, kind, key in sorted(without):
        lines.append(f"- {texts(key, due=texts.clock(due_at), what=check_type(kind, texts))}")
    return titled(texts("day.title", date=day.work_date.isoformat()), [*lines, texts("day.with_native")])


@router.on(History, help_key="help.history", personal=True)
async def history(ctx: Context, action: History) -> Answer:
    """Show the person's own days as their lead sees them. Without a range show this week."""
    today = ctx.today
    monday = today - timedelta(days=today.weekday())
    first, last = _past(action.days or Days(first=monday, last=today), today)
    if first > last:
        return sentence("team.future", ctx.texts)
    found = await ctx.services.summaries.own_range(ctx.who.user_id, first, last)
    # A punch at the end of a night shift may count for the day before.
    punches = await ctx.services.punches.between(ctx.who, first - A_DAY, last + A_DAY)
    instead = verdicts(punches, await _known_days(ctx, first, last, punches))
    return _range(found, [one for one in punches if first <= one.work_date <= last], ctx.texts, instead)


def _range(found: TeamRange, punches: Sequence[Punch], texts: Texts, instead: Mapping[str, Verdict]) -> Reply:
    """Return a person's days as their lead reads them, with the punches made through the bot below each."""
    lines: list[str] = []
    days: dict[date, list[str]] = {}
    for own in found.people:
        lines.append(summed_up(own.totals, texts))
        days = {day.work_date: day_parts(day, texts) for day in days_with_something(own.days)}
    replaced = _replaced(punches)
    for work_date in sorted(days.keys() | {punch.work_date for punch in punches}):
        lines.append(" · ".join([f"**{work_date.isoformat()}**", *days.get(work_date, ())]))
        of_date = (punch for punch in punches if punch.work_date == work_date)
        lines += [f"- {_marked(punch, texts, replaced, instead)}" for punch in of_date]
    if not punches:
        lines.append(texts("day.none"))
    lines += [texts("day.as_lead"), texts("team.as_of", at=texts.day_and_clock(found.as_of))]
    return titled(texts("day.history", first=found.first.isoformat(), last=found.last.isoformat()), lines)


@router.on(Why, help_key="help.why", personal=True)
async def why(ctx: Context, action: Why) -> Answer:
    """Explain the verdict on the last late or early punch. Without such a punch explain the last one.

    It is a punch of the sender, or of a person that the sender may see.
    """
    if not action.whom.is_named:
        return await _why(ctx, action, ctx.who, theirs=False)
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id, action.whom)
    if not (sight.user_ids and sight.one):
        return not_shown(ctx, sight, action)
    return await recheck_sight(ctx, sight, await _why(ctx, action, sight.people[0], theirs=True), action)


async def _why(ctx: Context, action: Why, whose: Employee, *, theirs: bool) -> Reply:
    """Explain the verdict on the punch that is asked about, or say that there is no such punch."""
    today, texts = ctx.today, ctx.texts
    first, last = _past(action.days or Days(first=today - timedelta(days=WHY_DAYS - 1), last=today), today)
    punch = _asked_about(await _punches_of(ctx, whose, first, last), action, first, last)
    if punch is None and first == last == today:
        return sentence("why.none_today", texts)
    if punch is None:
        any_punch = texts("why.any_punch")
        what = any_punch if action.direction is None else check_type(action.direction, texts).lower()
        key = "why.on_day" if first == last else "why.on_days"
        days = texts(key, first=first.isoformat(), last=last.isoformat())
        return sentence("why.none_of" if theirs else "why.none", texts, what=what, days=days, name=name_of(whose))
    rosters = ctx.services.rosters
    plans = await rosters.plans_around(whose, punch.work_date) or ()
    plan = next((plan for plan in plans if plan.work_date == punch.work_date), None)
    day = await ctx.services.summaries.known_day(whose.user_id, punch.work_date)
    instead = verdicts([punch], {punch.work_date: day}).get(punch.punch_id)
    lines = list(explained(punch, plan, texts, instead, theirs=theirs, source=rosters.source))
    title = texts("why.title", what=check_type(punch.check_type, texts), at=texts.day_and_clock(punch.punched_at))
    reply = titled(f"{name_of(whose)} · {title}" if theirs else title, lines)
    punched_on = punch.punched_at.astimezone(texts.zone).date()
    if theirs or action.days is not None or today in (punch.work_date, punched_on):
        return reply
    return replace(reply, text=f"{texts('why.not_of_today')}\n\n{reply.text}")


def explained(
    punch: Punch, plan: DayPlan | None, texts: Texts, instead: Verdict | None, *, theirs: bool, source: str
) -> Iterator[str]:
    """Yield the verdict on a punch, its time, and the rule that decided. `instead` is what counts instead.

    `plan` is the present plan of its work date, None if unreadable; `source` names its origin.
    """
    in_seconds = punch.time_result in (TimeResult.LATE, TimeResult.EARLY) and not punch.late_minutes
    verdict = texts(f"why.{punch.time_result}{'_seconds' * in_seconds}", minutes=punch.late_minutes)
    yield verdict if instead is None else counts_instead(instead, texts)
    at = texts.clock_to_the_second(punch.punched_at)
    if punch.source is PunchSource.CORRECTION:
        reference, decided_by = approver_of(punch.note)
        yield texts("why.made_up", at=at, reference=reference, by=escape(decided_by))
    else:
        made = "tapped" if punch.source is PunchSource.PAGE else "punched"
        yield texts(f"why.{made}{'_by' * theirs}", at=at)
    point = next((one for one in plan.points if one.key == punch.check_point), None) if plan else None
    if instead is None and point is not None:
        yield from _rule(punch, point, texts, theirs=theirs)
        yield texts(f"why.source_{source}")
    elif instead is None:
        outside = has_remark(punch.note, Remark.OUTSIDE_WINDOW)
        yield texts("why.outside_window" if outside else "why.no_plan")
    yield texts("why.overrules")


def _rule(punch: Punch, point: CheckPoint, texts: Texts, *, theirs: bool) -> Iterator[str]:
    """Yield the shift, and the rule behind the verdict."""
    shift = point.shift
    key = "why.shift_open" if shift.grace_minutes is None else "why.shift"
    if point.check_type is CheckType.OFF_DUTY:
        key = "why.shift_off"
    what, due = check_type(point.check_type, texts), texts.clock_to_the_second(point.due_at)
    values = {"what": what, "due": texts.clock(point.due_at), "grace": shift.grace_minutes}
    yield texts(key, shift=escape(shift.name), **values)
    found, minutes = time_verdict(point, punch.punched_at)
    if found is not punch.time_result or (found in WRONG and minutes != punch.late_minutes):
        yield texts("why.changed_by" if theirs else "why.changed")
    elif punch.time_result is TimeResult.EARLY:
        yield texts("why.early", due=due)
    elif punch.check_type is CheckType.ON_DUTY and punch.time_result in _RULES:
        limits = {
            TimeResult.SERIOUS_LATE: shift.serious_late_minutes,
            TimeResult.ABSENTEEISM: shift.absenteeism_minutes,
        }
        until = point.due_at + timedelta(minutes=limits.get(punch.time_result, shift.grace_minutes) or 0)
        yield texts(_RULES[punch.time_result], until=texts.clock_to_the_second(until), due=due)


def _past(days: Days, today: date) -> tuple[date, date]:
    """Return the range without future days, cut to the longest one allowed."""
    last = min(days.last, today)
    return shortened(days.first, last), last


async def _known_days(ctx: Context, first: date, last: date, punches: Sequence[Punch]) -> Mapping[date, PersonDay]:
    """Return the person's days from stored facts. The range includes the work dates of `punches`."""
    days = [first, last, *(punch.work_date for punch in punches)]
    return await ctx.services.summaries.known_days(ctx.who.user_id, min(days), max(days))


async def _punches_of(ctx: Context, whose: Employee, first: date, last: date) -> Sequence[Punch]:
    """Return the punches with a work date or local date in `first` to `last`."""
    own = ctx.services.punches
    if first == last == ctx.today:
        return (await own.today(whose, ctx.message.at))[2]
    return [
        punch
        for punch in await own.between(whose, first - A_DAY, last + A_DAY)
        if first <= punch.work_date <= last or first <= own.date_of(punch.punched_at) <= last
    ]


def _asked_about(punches: Sequence[Punch], action: Why, first: date, last: date) -> Punch | None:
    """Return the last late or early punch, else the last punch. Prefer the work dates `first` to `last`."""
    fitting = [punch for punch in counting(punches) or punches if action.direction in (None, punch.check_type)]
    irregular = [punch for punch in fitting if punch.time_result in WRONG]
    some = irregular or fitting
    of_days = [punch for punch in some if first <= punch.work_date <= last]
    return next(reversed(of_days or some), None)


def _shift(plan: DayPlan | None, texts: Texts) -> str:
    if plan is None:
        return texts("day.plan_unknown")
    if not plan.points:
        return texts("day.no_shift")
    moments = [texts.clock(point.due_at) for point in plan.points]
    spans = ", ".join(f"{start}–{end}" for start, end in zip(moments[::2], moments[1::2], strict=False))
    return texts("day.shift", name=escape(plan.shift_name or ""), hours=spans)


def _native(day: PersonDay, texts: Texts) -> Iterator[tuple[datetime, str]]:
    """Yield when somebody punched outside the bot, and the line about it."""
    for check in day.checks:
        if check.punched_at is not None and check.native:
            parts = [texts.clock(check.punched_at), check_type(check.check_type, texts)]
            if check.time_result is not TimeResult.UNKNOWN:
                parts.append(result(check.time_result, check.minutes, texts))
            yield check.punched_at, " · ".join([*parts, texts("day.native")])
    for at, kind in ((day.arrived_at, CheckType.ON_DUTY), (day.left_at, CheckType.OFF_DUTY)):
        if at is not None and not day.checks:
            yield at, " · ".join([texts.clock(at), check_type(kind, texts), texts("day.native")])


def _replaced(punches: Sequence[Punch]) -> frozenset[str]:
    """Return the ids of punches that an approved one replaced."""
    counted = {punch.punch_id for punch in counting(punches)}
    return frozenset(punch.punch_id for punch in punches if punch.stands and punch.punch_id not in counted)


def _marked(punch: Punch, texts: Texts, replaced: frozenset[str], instead: Mapping[str, Verdict]) -> str:
    line = standing(punch, texts, instead.get(punch.punch_id))
    return f"{line} · {texts('correction.replaced')}" if punch.punch_id in replaced else line
