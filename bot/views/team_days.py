"""A team's day as its lead reads it: counts first, then the names behind each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from bot.domain.bracketed import in_brackets
from bot.domain.people import Employee
from bot.domain.results import WRONG
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult
from bot.domain.summaries import Check, PersonDay, Standing, TeamDay
from bot.i18n import Texts
from bot.views.distances import distance
from bot.views.markdown import escape
from bot.views.pages import next_button, page_of
from bot.views.people_names import Names
from bot.views.reply import Button, Page, Reply
from bot.views.sentences import sentence

NAMES_A_PAGE = 20  # of each standing
MOST_BUTTONS = 5
LONGEST_SAID = 100  # characters of a question that a tap says again
_LETTER = r"[^\W\u3400-\u9fff]"  # of a script that parts its words, or a digit
_SHOWN = (
    *(Standing.MISSING, Standing.LATE, Standing.OUTSIDE, Standing.NOT_YET_DUE, Standing.ON_TIME),
    *(Standing.EXCUSED, Standing.ON_LEAVE, Standing.OFF),
)


def team(found: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str | None, page: int = 1) -> Reply:
    """Return a team's day; `page` shows the next names behind each count, from 1."""
    heading = heading_of("team.day_title", found, texts, title)
    names = Names(people)
    at = page_of(max(*found.counts.values(), len(found.left_early)), page, NAMES_A_PAGE)
    lines = [f"### {heading}", _counts(found, texts)]
    lines += _of_standings(found, _SHOWN, names, texts, at.number)
    lines += _of_standings(found, (Standing.UNKNOWN,), names, texts, at.number)
    lines += _left_early(found, names, texts, at.number)
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    buttons = nudges(found.of(Standing.MISSING), found, names, texts)
    buttons += next_page("team.day_page_says", found, at, texts, title)
    buttons.append(
        Button(texts("button.last_week"), texts("button.last_week_says", of=of_department(title, texts)))
    )
    return Reply(heading, "\n\n".join(lines), tuple(buttons), at)


def missing(
    found: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str | None, page: int = 1
) -> Reply:
    """Return who has not punched though it was due, and apart from them who is not yet due or cannot be told."""
    heading = heading_of("team.missing_title", found, texts, title)
    names = Names(people)
    wanted = (Standing.MISSING, Standing.NOT_YET_DUE, Standing.UNKNOWN)
    at = page_of(max(found.counts[standing] for standing in wanted), page, NAMES_A_PAGE)
    lines = [f"### {heading}"]
    if not found.counts[Standing.MISSING] and not found.counts[Standing.UNKNOWN]:
        lines.append(texts("team.none_missing"))
    lines += _of_standings(found, wanted, names, texts, at.number)
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    first = (at.number - 1) * NAMES_A_PAGE
    buttons = nudges(found.of(Standing.MISSING)[first:], found, names, texts, most=NAMES_A_PAGE)
    buttons += next_page("team.missing_page_says", found, at, texts, title)
    return Reply(heading, "\n\n".join(lines), tuple(buttons), at)


def person(found: TeamDay, who: Employee, texts: Texts) -> Reply:
    """Return one person's day: standing, and each check with its time, verdict, site and distance."""
    names = Names([who])
    day = found.days[0]
    date = days_of(day.work_date, day.work_date, found.as_of, texts)
    title = texts("team.person_title", name=names.plain(who.user_id), date=date)
    head = texts("team.person_title", name=names(who.user_id), date=date)
    lines = [f"### {head}", " · ".join([texts(f"standing.{day.standing}"), *excused_note(day, texts)])]
    lines += [f"- {check_line(check, texts)}" for check in day.checks]
    if not day.checks and day.present:
        lines.append(f"- {span(day, texts)}")
    if day.worked_minutes:
        lines.append(texts("team.worked", minutes=day.worked_minutes))
    if day.uncertain:
        lines.append(texts("team.uncertain"))
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    says = texts("button.person_week_says", of=of_person(who.user_id, texts))
    return Reply(title, "\n\n".join(lines), (Button(texts("button.person_week"), says),))


def nothing_seen(
    outcome: str, people: Sequence[Employee], texts: Texts, *, said: str = "", asked: str | None = None
) -> Reply:
    """Return why nothing is shown: the same words whoever and whatever was asked for, and whether it exists.

    Each of `people` is a tap that says again what was `said`, with their user id for the name that was `asked`.
    """
    reply = sentence(f"team.{outcome}", texts)
    if not people:
        return Reply(reply.title, reply.text, (Button(texts("button.status"), texts("button.status_says")),))
    names = Names(people)
    taps = (
        Button(f"{names.plain(one.user_id)} ({one.user_id})", _again(one.user_id, texts, said, asked))
        for one in people[:MOST_BUTTONS]
    )
    return Reply("?", reply.text, tuple(taps))


def with_left_out(reply: Reply, count: int, texts: Texts) -> Reply:
    """Return an answer with a line that `count` of the people asked for are not in it; unchanged for none."""
    if not count:
        return reply
    return replace(reply, text=f"{reply.text}\n\n{texts('team.left_out', count=count)}")


def _again(user_id: str, texts: Texts, said: str, asked: str | None) -> str:
    found = _as_a_word(asked).search(said) if asked and len(said) <= LONGEST_SAID else None
    if found is not None:
        return said[: found.start()] + of_person(user_id, texts) + said[found.end() :]
    return texts("button.person_day_says", of=of_person(user_id, texts))


def _as_a_word(name: str) -> re.Pattern[str]:
    """Return a pattern of `name` as a word of its own: "al" is not in "shall". Han has no borders."""
    before = f"(?<!{_LETTER})" if re.match(_LETTER, name[0]) else ""
    after = f"(?!{_LETTER})" if re.match(_LETTER, name[-1]) else ""
    return re.compile(before + re.escape(name) + after)


def check_line(check: Check, texts: Texts) -> str:
    """Return one check with its time and verdict; of the place only site and distance."""
    what = texts(f"team.{check.check_type}")
    due = texts.clock(check.due_at)
    if check.punched_at is None:
        return texts("team.check_missed" if check.missed else "team.check_open", what=what, due=due)
    parts = [texts("team.check", what=what, due=due, at=texts.clock(check.punched_at))]
    if check.minutes:
        parts.append(texts(f"team.minutes_{check.check_type}", minutes=check.minutes))
    elif check.time_result in WRONG:
        parts.append(texts(f"team.seconds_{check.check_type}"))
    parts += _notes(check, texts)
    return " · ".join(parts)


def excused_note(day: PersonDay, texts: Texts) -> list[str]:
    """Return the note that a lead excused the day, where its standing does not say so; else no note."""
    return [texts("team.excused")] if day.excused and day.standing is not Standing.EXCUSED else []


def span(day: PersonDay, texts: Texts) -> str:
    """Return from when to when somebody was there, as far as it is known."""
    came = texts.clock(day.arrived_at) if day.arrived_at else "?"
    went = texts.clock(day.left_at) if day.left_at else "?"
    return f"{came}–{went}"


def heading_of(key: str, found: TeamDay, texts: Texts, title: str | None) -> str:
    """Return a heading with the team and the date."""
    date = days_of(found.work_date, found.work_date, found.as_of, texts)
    return texts(key, team=escape(title) if title else texts("team.yours"), date=date)


def days_of(first: date, last: date, as_of: datetime, texts: Texts) -> str:
    """Return the days `first` to `last` for a heading, with the year unless all are of this one."""
    this_year = as_of.astimezone(texts.zone).year
    form = "%m-%d" if first.year == last.year == this_year else "%Y-%m-%d"
    return f"{first:{form}}" if first == last else f"{first:{form}}–{last:{form}}"


def _counts(found: TeamDay, texts: Texts) -> str:
    counted = ((standing, found.counts[standing]) for standing in (*_SHOWN, Standing.UNKNOWN))
    parts = [texts("team.count", what=texts(f"standing.{one}"), count=count) for one, count in counted if count]
    return texts("team.counts", count=len(found.days), parts=" · ".join(parts))


def _of_standings(found: TeamDay, wanted: Sequence[Standing], names: Names, texts: Texts, page: int) -> list[str]:
    lines = []
    for standing in wanted:
        key = "team.unknown_names" if standing is Standing.UNKNOWN else "team.names"
        tell = partial(_one, found=found, names=names, texts=texts)
        lines += names_line(key, texts(f"standing.{standing}"), found.of(standing), tell, texts, page)
    return lines


def names_line(  # noqa: PLR0917
    key: str, what: str, days: Sequence[PersonDay], tell: Callable[[PersonDay], str], texts: Texts, page: int
) -> list[str]:
    """Return the line with a page of names behind their count; no line where that page has none.

    Only who is shown is put into words by `tell`: of a company the rest are thousands.
    """
    shown = days[(page - 1) * NAMES_A_PAGE : page * NAMES_A_PAGE]
    if not shown:
        return []
    listed = texts("nudge.separator").join(map(tell, shown))
    rest = len(days) - (page - 1) * NAMES_A_PAGE - len(shown)
    if rest:
        listed = texts("team.and_more", names=listed, count=rest)
    return [texts(key, what=what, count=len(days), names=listed)]


def _left_early(found: TeamDay, names: Names, texts: Texts, page: int) -> list[str]:
    """Return the line of who left early: beside the counts, in which they already are as on time or late."""

    def tell(day: PersonDay) -> str:
        notes = " ".join([*_left_at(day, texts), *early_note(day, texts)])
        return texts("team.noted", name=names(day.user_id), notes=notes)

    return names_line("team.names", texts("team.left_early"), found.left_early, tell, texts, page)


def _left_at(day: PersonDay, texts: Texts) -> list[str]:
    return [texts.clock(day.left_at)] if day.left_at is not None else []


def late_note(day: PersonDay, texts: Texts) -> list[str]:
    """Return by how many minutes somebody came late: no note for who did not."""
    if day.late_minutes:
        return [texts("team.minutes_OnDuty", minutes=day.late_minutes)]
    return [texts("team.seconds_OnDuty")] if day.came_late and day.checks else []


def early_note(day: PersonDay, texts: Texts) -> list[str]:
    """Return by how many minutes somebody left early: no note for who did not."""
    if day.early_minutes:
        return [texts("team.minutes_OffDuty", minutes=day.early_minutes)]
    return [texts("team.seconds_OffDuty")] if day.left_early else []


def _one(day: PersonDay, found: TeamDay, names: Names, texts: Texts) -> str:
    """Return a name with what is to say of the day: of the arrival first, then of other marked punches.

    A night shift that lasts is of another date than the heading names, and says so.
    """
    notes: list[str] = []
    if day.arrived_at is not None:
        notes.append(texts.clock(day.arrived_at))
    notes += late_note(day, texts)
    others: list[str] = []
    for check in day.checks:
        marks = _notes(check, texts, only_outside=True) if check.punched_at is not None else []
        if check.check_type is CheckType.ON_DUTY and check.punched_at == day.arrived_at:
            notes += marks
        elif marks and check.punched_at is not None:
            at = texts.clock(check.punched_at)
            others.append(texts(f"team.marked_{check.check_type}", at=at, notes=" ".join(marks)))
    if day.missed and day.standing is not Standing.MISSING:
        notes.append(texts("team.missed", count=day.missed))
    notes += excused_note(day, texts)
    if day.work_date != found.work_date:
        others.append(texts("team.of_shift", date=days_of(day.work_date, day.work_date, found.as_of, texts)))
    name = names(day.user_id)
    said = texts("team.between_punches").join([*([" ".join(notes)] if notes else []), *others])
    return texts("team.noted", name=name, notes=said) if said else name


def _notes(check: Check, texts: Texts, *, only_outside: bool = False) -> list[str]:
    where, notes = check.where, list[str]()
    outside = where.result is LocationResult.OUTSIDE
    if where.site is not None and where.distance_m is not None and (outside or not only_outside):
        key = "team.outside_of" if outside else "team.at_site"
        notes.append(texts(key, site=escape(where.site), distance=distance(where.distance_m, texts)))
    elif outside:
        notes.append(texts("team.outside"))
    elif where.site is not None and not only_outside:
        notes.append(escape(where.site))  # named, not measured
    if check.pending:
        notes.append(texts("team.pending"))
    if check.correction:
        notes.append(texts("team.correction"))
    return notes


def nudges(
    days: Sequence[PersonDay], found: TeamDay, names: Names, texts: Texts, *, most: int = MOST_BUTTONS
) -> list[Button]:
    """Return taps that nudge the first of those whose punch of today is missing."""
    today = found.as_of.astimezone(texts.zone).date()
    missing_days = days[:most] if found.work_date == today else ()
    return [
        Button(
            texts("button.nudge", name=names.plain(day.user_id)),
            texts("button.nudge_says", name=day.user_id),
        )
        for day in missing_days
    ]


def next_page(key: str, found: TeamDay, page: Page, texts: Texts, title: str | None) -> list[Button]:
    """Return the tap for the next page of the same list: of the same people, day and question."""
    date = f"{found.work_date:%Y-%m-%d}"
    says = texts(key, of=of_department(title, texts), date=date, page=page.number + 1)
    return next_button(page, says, texts)


def of_department(title: str | None, texts: Texts) -> str:
    """Return what a phrase begins with that asks for a department again; nothing for the whole team."""
    return texts("team.of_department", name=in_brackets(title)) if title else ""


def of_person(user_id: str, texts: Texts) -> str:
    """Return how a phrase names one person, whatever word their user id may be."""
    return texts("team.of_person", name=in_brackets(user_id))
