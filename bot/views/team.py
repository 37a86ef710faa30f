"""A team's days for its lead: counts first, then names, sorted by attention."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.actions import Absent, Nudge, NudgeAll, Summary
from bot.domain.day import CheckState, PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.domain.slots import Action, Days, Whom
from bot.domain.summaries import PersonRange, TeamDay, TeamRange, Totals
from bot.views.days import earliness, lateness, marks_of, note_about_excuse, partly_away
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS
from bot.views.sentences import (
    Button,
    ListPage,
    Names,
    Reply,
    escape,
    plain,
    reply_with_pages,
    reply_with_title,
    reply_without_title,
)

NAMES_A_PAGE = 20  # of each group
MOST_BUTTONS = 5
_TODAY = Summary()
_SHOWN = (
    Standing.MISSING,
    Standing.LATE,
    Standing.OUTSIDE,
    Standing.NOT_YET_DUE,
    Standing.ON_TIME,
    Standing.EXCUSED,
    Standing.ON_LEAVE,
    Standing.OFF,
    Standing.UNKNOWN,
)
_NOT_COME = (Standing.MISSING, Standing.NOT_YET_DUE, Standing.UNKNOWN)
_NOT_GONE = {
    CheckState.MISSING: "team.departure_missing",
    CheckState.NOT_DUE: STANDINGS[Standing.NOT_YET_DUE],
    CheckState.UNKNOWN: STANDINGS[Standing.UNKNOWN],
}
Notes = Callable[[PersonDay, TeamDay, Texts], str]


def team_day(
    team: TeamDay,
    people: Sequence[Employee],
    texts: Texts,
    *,
    title: str,
    asked: Summary | Absent = _TODAY,
    nudgeable: Container[str] = (),
) -> Reply:
    """Return a page of a team's day: everybody, or the people without a clock-in, or without a
    clock-out.

    Each missing person on the page who is `nudgeable` gets a button, and several get one together.
    """
    groups: list[tuple[str, Sequence[PersonDay], Notes]]
    if isinstance(asked, Summary):
        heading_key = "team.day_title"
        lines = [_counts(team, texts)]
        groups = [(STANDINGS[standing], team.of(standing), _notes) for standing in _SHOWN]
        left = [day for day in team.days if day.left_early and not day.excused]
        groups.append(("team.left_early", left, _notes_of_leaving_early))
    elif asked.check_type is CheckType.OFF_DUTY:
        heading_key = "team.departures_title"
        lines = []
        groups = [
            (key, [day for day in team.days if day.departure is state], _notes_of_departure)
            for state, key in _NOT_GONE.items()
        ]
    else:
        heading_key = "team.missing_title"
        lines = []
        groups = [(STANDINGS[standing], team.of(standing), _notes) for standing in _NOT_COME]
    first = groups[0][1]
    last = groups[-1][1]
    if isinstance(asked, Absent) and not first and not last:
        is_departure = asked.check_type is CheckType.OFF_DUTY
        lines.append(texts("team.none_open" if is_departure else "team.none_missing"))
    names = Names(people)
    page = ListPage.of(max(len(days) for _, days, _ in groups), asked.page, NAMES_A_PAGE)
    for key, days, notes_of in groups:
        # only this page gets words: a company has thousands of people
        if shown := page.items(days):
            line = _names_with_notes(shown, names, notes_of, team, texts)
            if (rest := len(days) - page.number * NAMES_A_PAGE) > 0:
                line = texts("team.and_more", names=line, count=rest)
            lines.append(texts("team.names", what=texts(key), count=len(days), names=line))
    lines.append(texts("team.as_of", at=texts.clock(team.as_of)))
    missing = tuple(day.user_id for day in page.items(first) if day.user_id in nudgeable)
    buttons = nudge_buttons(missing, names, texts)
    if len(missing) > 1:
        label = texts("button.nudge_all", count=len(missing))
        buttons.insert(0, Button(label, action=NudgeAll(people=missing), sure=True))
    heading = _day_heading(heading_key, team, title, texts)
    return reply_with_title(heading, lines, [*page.buttons(asked, texts), *buttons][:MOST_BUTTONS])


def nudge_buttons(user_ids: Iterable[str], names: Names, texts: Texts) -> list[Button]:
    """Return a button for each person that nudges them."""
    return [
        Button(texts("button.nudge", name=names.plain(user_id)), action=Nudge(person=user_id))
        for user_id in user_ids
    ]


def day_for_group(team: TeamDay, people: Sequence[Employee], texts: Texts, *, title: str) -> Reply:
    """Return a team's day for a group, without buttons. A large team gets only the counts.

    `post.shown` announces what it holds: names by standing, without times, minutes and places.
    """
    lines = [_counts(team, texts)]
    if max(team.counts.values()) > NAMES_A_PAGE:
        lines.append(texts("post.only_counts"))
    else:
        names = Names(people)
        for standing in _SHOWN:
            if days := team.of(standing):
                line = _names_with_notes(days, names, _date_of_shift, team, texts)
                what = texts(STANDINGS[standing])
                lines.append(texts("team.names", what=what, count=len(days), names=line))
    lines.append(texts("team.as_of", at=texts.clock(team.as_of)))
    return reply_with_title(_day_heading("team.day_title", team, title, texts), lines)


def team_range(
    team: TeamRange, people: Sequence[Employee], texts: Texts, *, title: str, asked: Summary
) -> Reply:
    """Return a page of a team's range: totals, then a line for each person."""
    names = Names(people)

    def line_of(person: PersonRange) -> str:
        parts = totals_in_words(person.totals, texts)
        return texts("team.person_line", name=names(person.user_id), parts=parts)

    totals = totals_in_words(team.totals, texts)
    return reply_with_pages(
        range_title(team, escape(title), texts),
        team.people_by_lateness if asked.by_lateness else team.people,
        line_of,
        asked,
        texts,
        head=[texts("team.totals", people=len(team.people), parts=totals)],
        foot=[texts("team.as_of", at=team.as_of)],
    )


def nothing_seen(
    outcome: str, choices: Iterable[tuple[str, Whom]], action: Action, texts: Texts
) -> Reply:
    """Return the sentence of the key `outcome`: the reason for an answer without days.

    It does not tell whether the person or department exists. Each of `choices` gets a button that
    asks the same about these people.
    """
    if outcome == "team.no_team":
        choices = [(texts("button.company"), Whom(company=True))]
    buttons = [
        Button(label, action=action.but(whom=whom)) for label, whom in list(choices)[:NAMES_A_PAGE]
    ]
    return reply_without_title(texts(outcome), buttons or [plain("button.status", texts)])


def with_left_out(reply: Reply, count: int, texts: Texts) -> Reply:
    """Return an answer with a line about `count` people who are left out.

    Without any, return it unchanged.
    """
    if not count:
        return reply
    return replace(reply, text=f"{reply.text}\n\n{texts('team.left_out', count=count)}")


def days_of(days: Days, as_of: datetime, texts: Texts) -> str:
    """Return days for a heading, without the year if it is the present one."""
    first = days.first
    last = days.last
    this_year = as_of.astimezone(texts.zone).year
    form = "%m-%d" if first.year == last.year == this_year else "%Y-%m-%d"
    return f"{first:{form}}" if days.is_one else f"{first:{form}}–{last:{form}}"


def totals_in_words(totals: Totals, texts: Texts) -> str:
    """Return the totals in words, without zeros."""
    parts = [texts("team.sum_present", present=totals.present, due=totals.due)]
    if totals.attendance_rate is not None:
        parts.append(texts("team.sum_rate", rate=f"{totals.attendance_rate:.1%}"))
    parts += lateness_in_words(totals, texts)
    if totals.early:
        key = "team.sum_early" if totals.early_minutes else "team.sum_early_seconds"
        parts.append(texts(key, count=totals.early, minutes=totals.early_minutes))
    counts = {
        "team.sum_absent": totals.absent,
        "team.sum_missed": totals.missed,
        "team.sum_leave_days": totals.leave_days,
        "team.sum_unknown": totals.unknown,
        "team.sum_excused": totals.excused,
    }
    parts += [texts(key, count=count) for key, count in counts.items() if count]
    if totals.worked_minutes:
        key = "team.sum_worked_least" if totals.worked_unknown else "team.sum_worked"
        parts.append(texts(key, minutes=totals.worked_minutes, days=totals.worked_unknown))
    return " · ".join(parts)


def lateness_in_words(totals: Totals, texts: Texts) -> list[str]:
    """Return the late days in words, seriously late ones apart, with the minutes of both."""
    if not (totals.late or totals.serious_late):
        return []
    key = "team.sum_late" if totals.late_minutes else "team.sum_late_seconds"
    if totals.serious_late:
        key = "team.sum_both_late" if totals.late else "team.sum_seriously_late"
    serious = totals.serious_late
    return [texts(key, count=totals.late, serious=serious, minutes=totals.late_minutes)]


def _day_heading(key: str, team: TeamDay, title: str, texts: Texts) -> str:
    dated = days_of(Days(team.work_date, team.work_date), team.as_of, texts)
    return texts(key, team=escape(title), date=dated)


def _counts(team: TeamDay, texts: Texts) -> str:
    counted = ((standing, team.counts[standing]) for standing in _SHOWN)
    parts = [
        texts("team.count", what=texts(STANDINGS[standing]), count=count)
        for standing, count in counted
        if count
    ]
    return texts("team.counts", count=len(team.days), parts=" · ".join(parts))


def _notes(day: PersonDay, team: TeamDay, texts: Texts) -> str:
    """Return the notes on a day: first the arrival, then other punches with remarks.

    A night shift names its own date.
    """
    notes = [texts.clock(day.arrived_at)] if day.arrived_at is not None else []
    notes += lateness(day, texts)
    others: list[str] = []
    for check in day.checks:
        if check.punched_at is None:
            continue
        marks = marks_of(check, texts, only_outside=True)
        if check.check_type is CheckType.ON_DUTY and check.punched_at == day.arrived_at:
            notes += marks
        elif marks:
            what = check.check_type
            others.append(
                texts("team.marked", what=what, at=check.punched_at, notes=" ".join(marks))
            )
    if day.missed and day.standing is not Standing.MISSING:
        notes.append(texts("team.missed", count=day.missed))
    notes += note_about_excuse(day, texts)
    others += [*partly_away(day, texts), _date_of_shift(day, team, texts)]
    return texts("team.between_punches").join(filter(None, [" ".join(notes), *others]))


def _date_of_shift(day: PersonDay, team: TeamDay, texts: Texts) -> str:
    """Return the date of a night shift, "" for a shift of the shown date."""
    if day.work_date == team.work_date:
        return ""
    days = Days(day.work_date, day.work_date)
    return texts("team.of_shift", date=days_of(days, team.as_of, texts))


def _notes_of_departure(day: PersonDay, team: TeamDay, texts: Texts) -> str:
    notes = []
    if day.arrived_at is not None:
        notes.append(texts("team.came", at=day.arrived_at))
    elif day.read and day.departure is CheckState.MISSING:
        notes.append(texts("team.came_not"))
    if day.ends_at is not None:
        notes.append(texts("team.ends", at=day.ends_at))
    notes += [*partly_away(day, texts), _date_of_shift(day, team, texts)]
    return " · ".join(filter(None, notes))


def _notes_of_leaving_early(day: PersonDay, team: TeamDay, texts: Texts) -> str:
    left_at = [texts.clock(day.left_at)] if day.left_at is not None else []
    return " ".join([*left_at, *earliness(day, texts)])


def _names_with_notes(
    days: Sequence[PersonDay], names: Names, notes_of: Notes, team: TeamDay, texts: Texts
) -> str:
    """Return the names of the people in one line, each with the notes on their day."""
    people = []
    for day in days:
        name = names(day.user_id)
        notes = notes_of(day, team, texts)
        people.append(texts("team.noted", name=name, notes=notes) if notes else name)
    return texts("nudge.separator").join(people)


def range_title(team: TeamRange, name: str, texts: Texts) -> str:
    """Return the heading of a range."""
    return texts("team.range_title", team=name, days=days_of(team.days, team.as_of, texts))
