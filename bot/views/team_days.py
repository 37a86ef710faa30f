"""A team's day as its lead reads it: counts first, then the names behind each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from bot.actions import Absent, Action, Days, Nudge, Summary, Whom
from bot.domain.day import Check, PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.results import WRONG
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult
from bot.domain.summaries import TeamDay
from bot.i18n import Texts
from bot.views.formatting import Names, distance, escape
from bot.views.reply import Button, Reply
from bot.views.sentences import on_page, page_of, plain, sentence, turning

NAMES_A_PAGE = 20  # of each standing
MOST_BUTTONS = 5
_TODAY = Summary()
_SHOWN = (
    *(Standing.MISSING, Standing.LATE, Standing.OUTSIDE, Standing.NOT_YET_DUE, Standing.ON_TIME),
    *(Standing.EXCUSED, Standing.ON_LEAVE, Standing.OFF),
)


def team(
    found: TeamDay,
    people: Sequence[Employee],
    texts: Texts,
    *,
    title: str | None,
    asked: Summary = _TODAY,
    nudgeable: Collection[str] = (),
) -> Reply:
    """Return a team's day as it was `asked` for; its page shows the next names behind each count.

    `nudgeable` are the user ids of people that a nudge would reach now.
    """
    heading = heading_of("team.day_title", found, texts, title)
    names = Names(people)
    at = page_of(max(*found.counts.values(), len(found.left_early)), asked.page, NAMES_A_PAGE)
    lines = [f"### {heading}", _counts(found, texts)]
    lines += _of_standings(found, _SHOWN, names, texts, at.number)
    lines += _of_standings(found, (Standing.UNKNOWN,), names, texts, at.number)
    lines += _left_early(found, names, texts, at.number)
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    buttons = turning(at, asked, texts)
    buttons += nudges(found.of(Standing.MISSING), nudgeable, names, texts, most=MOST_BUTTONS - len(buttons))
    return Reply(heading, "\n\n".join(lines), tuple(buttons))


def missing(
    found: TeamDay,
    people: Sequence[Employee],
    texts: Texts,
    *,
    title: str | None,
    asked: Absent,
    nudgeable: Collection[str] = (),
) -> Reply:
    """Return who has not punched though it was due, and apart from them who is not yet due or cannot be told."""
    heading = heading_of("team.missing_title", found, texts, title)
    names = Names(people)
    wanted = (Standing.MISSING, Standing.NOT_YET_DUE, Standing.UNKNOWN)
    at = page_of(max(found.counts[standing] for standing in wanted), asked.page, NAMES_A_PAGE)
    lines = [f"### {heading}"]
    if not found.counts[Standing.MISSING] and not found.counts[Standing.UNKNOWN]:
        lines.append(texts("team.none_missing"))
    lines += _of_standings(found, wanted, names, texts, at.number)
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    buttons = turning(at, asked, texts)
    shown = on_page(found.of(Standing.MISSING), at, NAMES_A_PAGE)
    buttons += nudges(shown, nudgeable, names, texts, most=MOST_BUTTONS - len(buttons))
    return Reply(heading, "\n\n".join(lines), tuple(buttons))


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
    monday = found.work_date - timedelta(days=found.work_date.weekday())
    week = Summary(whom=Whom(person=who.user_id), days=Days(first=monday, last=found.work_date))
    return Reply(title, "\n\n".join(lines), (Button(texts("button.person_week"), action=week),))


def nothing_seen(outcome: str, people: Sequence[Employee], action: Action, texts: Texts) -> Reply:
    """Return why nothing is shown: the same words whoever and whatever was asked for, and whether it exists.

    Of several people of one name each is a button that asks the same about them.
    """
    reply = sentence(f"team.{outcome}", texts)
    if outcome == "no_team":
        company = action.model_copy(update={"whom": Whom(company=True)})
        return replace(reply, buttons=(Button(texts("button.company"), action=company),))
    names = Names(people)
    buttons = (
        Button(
            f"{names.plain(one.user_id)} ({one.user_id})",
            action=action.model_copy(update={"whom": Whom(person=one.user_id)}),
        )
        for one in people[:MOST_BUTTONS]
    )
    return replace(reply, buttons=tuple(buttons) or (plain("status", texts),))


def with_left_out(reply: Reply, count: int, texts: Texts) -> Reply:
    """Return an answer with a line that `count` of the people asked for are not in it; unchanged for none."""
    if not count:
        return reply
    return replace(reply, text=f"{reply.text}\n\n{texts('team.left_out', count=count)}")


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
    days: Sequence[PersonDay], nudgeable: Collection[str], names: Names, texts: Texts, *, most: int
) -> list[Button]:
    """Return buttons that nudge the first of those whom a nudge would reach now."""
    reached = [day for day in days if day.user_id in nudgeable][:most]
    return [
        Button(texts("button.nudge", name=names.plain(day.user_id)), action=Nudge(person=day.user_id))
        for day in reached
    ]
