"""Who of a team has not clocked out, as its lead reads it."""

from collections.abc import Collection, Sequence
from functools import partial

from bot.actions import Absent
from bot.domain.day import Departure, PersonDay
from bot.domain.people import Employee
from bot.domain.summaries import TeamDay
from bot.i18n import Texts
from bot.views.formatting import Names
from bot.views.reply import Reply
from bot.views.sentences import on_page, page_of, turning
from bot.views.team_days import MOST_BUTTONS, NAMES_A_PAGE, heading_of, names_line, nudges

_SHOWN = (Departure.OPEN, Departure.NOT_YET_DUE, Departure.UNKNOWN)


def not_clocked_out(
    found: TeamDay,
    people: Sequence[Employee],
    texts: Texts,
    *,
    title: str | None,
    asked: Absent,
    nudgeable: Collection[str] = (),
) -> Reply:
    """Return who has not clocked out though it was due, and apart from them who need not yet or cannot be told."""
    heading = heading_of("team.departures_title", found, texts, title)
    names = Names(people)
    days = {one: [day for day in found.days if day.departure is one] for one in _SHOWN}
    at = page_of(max(len(some) for some in days.values()), asked.page, NAMES_A_PAGE)
    lines = [f"### {heading}"]
    if not days[Departure.OPEN] and not days[Departure.UNKNOWN]:
        lines.append(texts("team.none_open"))
    for one in _SHOWN:
        key = "team.unknown_names" if one is Departure.UNKNOWN else "team.names"
        tell = partial(_one, found=found, names=names, texts=texts)
        lines += names_line(key, texts(f"team.departure_{one}"), days[one], tell, texts, at.number)
    lines.append(texts("team.as_of", at=texts.clock(found.as_of)))
    shown = on_page(days[Departure.OPEN], at, NAMES_A_PAGE)
    can_still = [day for day in shown if not day.departure_missed]
    buttons = turning(at, asked, texts)
    buttons += nudges(can_still, nudgeable, names, texts, most=MOST_BUTTONS - len(buttons))
    return Reply(heading, "\n\n".join(lines), tuple(buttons))


def _one(day: PersonDay, found: TeamDay, names: Names, texts: Texts) -> str:
    notes = []
    if day.arrived_at is not None:
        notes.append(texts("team.came", at=texts.clock(day.arrived_at)))
    elif day.read and day.departure is Departure.OPEN:
        notes.append(texts("team.came_not"))
    if day.ends_at is not None:
        notes.append(texts("team.ends", at=texts.clock(day.ends_at)))
    if day.departure_missed:
        notes.append(texts("team.missed_out"))
    name = names(day.user_id)
    return texts("team.noted", name=name, notes=" · ".join(notes)) if notes else name
