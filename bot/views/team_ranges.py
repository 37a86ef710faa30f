"""A range of days as a lead reads it on a phone: totals, then a line a person, who needs attention first."""

from collections.abc import Sequence

from bot.actions import Summary
from bot.domain.day import PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.summaries import TeamRange, Totals, late_first
from bot.i18n import Texts
from bot.views.formatting import Names, escape
from bot.views.reply import Reply
from bot.views.sentences import on_page, page_line, page_of, turning
from bot.views.team_days import days_of, early_note, excused_note, late_note, span

PEOPLE_A_PAGE = 15
DAYS_A_PAGE = 31


def team(
    found: TeamRange,
    people: Sequence[Employee],
    texts: Texts,
    *,
    title: str | None,
    asked: Summary,
) -> Reply:
    """Return a page of a team's range; lists rather than a table, which not every client of DingTalk shows.

    With `late_first` those come first who came late most often.
    """
    by_late = asked.late_first
    if by_late:
        found = late_first(found)
    name = escape(title) if title else texts("team.yours")
    heading = texts("team.range_title", team=name, days=days_of(found.first, found.last, found.as_of, texts))
    at = page_of(len(found.people), asked.page, PEOPLE_A_PAGE)
    names = Names(people)
    order = [texts("team.by_late" if found.totals.late else "team.none_late")] if by_late else []
    lines = [
        f"### {heading}",
        *order,
        texts("team.totals", people=len(found.people), parts=summed_up(found.totals, texts)),
    ]
    shown = on_page(found.people, at, PEOPLE_A_PAGE)
    lines += [
        texts("team.person_line", name=names(one.user_id), parts=summed_up(one.totals, texts)) for one in shown
    ]
    lines += page_line(at, texts)
    lines.append(texts("team.as_of", at=texts.day_and_clock(found.as_of)))
    return Reply(heading, "\n\n".join(lines), tuple(turning(at, asked, texts)))


def person(found: TeamRange, who: Employee, texts: Texts, *, asked: Summary) -> Reply:
    """Return one person's range: totals, then a line a day."""
    one, names = found.people[0], Names([who])
    plain = texts(
        "team.range_title",
        team=names.plain(who.user_id),
        days=days_of(found.first, found.last, found.as_of, texts),
    )
    heading = texts(
        "team.range_title", team=names(who.user_id), days=days_of(found.first, found.last, found.as_of, texts)
    )
    days = days_with_something(one.days)
    at = page_of(len(days), asked.page, DAYS_A_PAGE)
    lines = [f"### {heading}", summed_up(one.totals, texts)]
    lines += [f"- {_day(day, texts)}" for day in on_page(days, at, DAYS_A_PAGE)]
    lines += page_line(at, texts)
    lines.append(texts("team.as_of", at=texts.day_and_clock(found.as_of)))
    return Reply(plain, "\n\n".join(lines), tuple(turning(at, asked, texts)))


def days_with_something(days: Sequence[PersonDay]) -> list[PersonDay]:
    """Return the days without those of no shift on which nobody came."""
    return [day for day in days if day.standing is not Standing.OFF or day.present]


def summed_up(totals: Totals, texts: Texts) -> str:
    """Return what totals say, leaving out what is zero."""
    parts = [texts("team.sum_present", present=totals.present, due=totals.due)]
    if totals.attendance_rate is not None:
        parts.append(texts("team.sum_rate", rate=f"{totals.attendance_rate:.1%}"))
    if totals.late:
        parts.append(_of_minutes("team.sum_late", totals.late, totals.late_minutes, texts))
    if totals.early:
        parts.append(_of_minutes("team.sum_early", totals.early, totals.early_minutes, texts))
    for name in ("absent", "missed", "leave_days", "unknown", "excused"):
        count = getattr(totals, name)
        if count:
            parts.append(texts(f"team.sum_{name}", count=count))
    if totals.worked_minutes:
        key = "team.sum_worked_least" if totals.worked_unknown else "team.sum_worked"
        parts.append(texts(key, minutes=totals.worked_minutes, days=totals.worked_unknown))
    return " · ".join(parts)


def _of_minutes(key: str, count: int, minutes: int, texts: Texts) -> str:
    return texts(key, count=count, minutes=minutes) if minutes else texts(f"{key}_seconds", count=count)


def _day(day: PersonDay, texts: Texts) -> str:
    weekday = texts(f"weekday.{day.work_date.weekday()}")
    return " · ".join([f"{day.work_date:%m-%d} {weekday}", *day_parts(day, texts)])


def day_parts(day: PersonDay, texts: Texts) -> list[str]:
    """Return what is told of one of a person's days, without its date."""
    parts = []
    if day.present:
        parts.append(span(day, texts))
    if not day.present or day.standing is not Standing.ON_TIME:
        parts.append(texts(f"standing.{day.standing}"))
    parts += [*late_note(day, texts), *early_note(day, texts)]
    if day.missed:
        parts.append(texts("team.missed", count=day.missed))
    return [*parts, *excused_note(day, texts)]
