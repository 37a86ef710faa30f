"""Replies to leads: missing people, nudges, excused days, punches with a doubtful position."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.actions import Action
from bot.domain.absences import Excuse
from bot.domain.people import Employee
from bot.domain.punches import Punch, Remark, has_remark, name_after, reason_in
from bot.domain.sites import LocationResult
from bot.i18n import Texts
from bot.views.formatting import check_type, distance, escape, listed, one_line
from bot.views.reply import Button, Reply
from bot.views.sentences import plain, said, titled

# Of one note, so that the longest names stay below the 15,000 bytes that DingTalk takes of a message.
MOST_BUTTONS = 20
MOST_LABEL = 30  # characters of a name
MOST_NAMES = 30  # of each kind; the rest are counted
MOST_CHOICES = 5
_SHOWN_REASON = 200


@dataclass(frozen=True, slots=True)
class TeamNote:
    """The state of a lead's people with a shift that began at `starts_at`, as read at `as_of` (both aware).

    A nudge would reach the `nudgeable` now. `left_out` counts people who may have another lead by now. The note
    says nothing else about them.
    """

    starts_at: datetime
    as_of: datetime
    missing: Sequence[Employee] = ()
    on_leave: Sequence[Employee] = ()
    unknown: Sequence[Employee] = ()
    left_out: int = 0
    nudgeable: frozenset[str] = frozenset()


def escalation(note: TeamNote, texts: Texts) -> Reply | None:
    """Return a lead's note, None when there is nothing to say.

    It has a button for each missing person whom a nudge would reach. Beyond twenty there is one button that asks
    who is missing: that answer has a button for each, on every page.
    """
    if not note.missing and not note.unknown and not note.left_out:
        return None
    title = texts("nudge.team_title", due=texts.clock(note.starts_at))
    lines = []
    for key, people in (("missing", note.missing), ("on_leave", note.on_leave), ("unknown", note.unknown)):
        if people:
            names = listed([one.name for one in people], texts, most=MOST_NAMES)
            lines.append(texts(f"nudge.team_{key}", count=len(people), names=names))
    if note.left_out:
        lines.append(texts("team.left_out", count=note.left_out))
    lines.append(texts("nudge.as_of", at=texts.clock(note.as_of)))
    nudgeable = [one for one in note.missing if one.user_id in note.nudgeable]
    shared = Counter(one.name for one in nudgeable)
    buttons = []
    for one in nudgeable[:MOST_BUTTONS]:
        label = one_line(one.name if shared[one.name] == 1 else _told_apart(one), most=MOST_LABEL)
        buttons.append(Button(texts("button.nudge", name=label), texts("button.nudge_says", name=one.user_id)))
    if (rest := len(nudgeable) - len(buttons)) > 0:
        lines.append(texts("nudge.more_buttons", count=rest))
        buttons.append(plain("all_missing", texts))
    return titled(title, lines, buttons)


def choices(people: Sequence[Employee], action_for: Callable[[str], Action]) -> list[Button]:
    """Return a button for each of several people of one name; `action_for` takes the user id."""
    return [Button(_told_apart(one), action=action_for(one.user_id)) for one in people[:MOST_CHOICES]]


def excused_by(last: Excuse, by: str, texts: Texts) -> Reply:
    """Tell a person that a lead excused their day, or took that back, and what stays the same."""
    key = "excuse.told" if last.excused else "excuse.told_taken_back"
    return said(texts(key, day=last.work_date.isoformat(), by=escape(by), reason=reason_of(last.reason, texts)))


def flag_note(punch: Punch, name: str, texts: Texts) -> Reply:
    """Return the note about a punch with a doubtful position."""
    what = texts("flag.punch", what=check_type(punch.check_type, texts), at=texts.day_and_clock(punch.punched_at))
    lines = [what, *(f"- {line}" for line in _doubts(punch, texts))]
    lines.append(texts("flag.stands" if punch.stands else "flag.not_taken"))
    return titled(texts("flag.title", name=name), lines, heading=texts("flag.title", name=escape(name)))


def _doubts(punch: Punch, texts: Texts) -> Iterator[str]:
    where, named = punch.where, name_after(punch.note, Remark.OTHER_SITE)
    near = {"site": escape(where.site or ""), "distance": distance(where.distance_m or 0.0, texts)}
    if where.result is LocationResult.OUTSIDE:
        reason = escape(reason_in(punch.note), most=_SHOWN_REASON)
        said = texts("flag.said", reason=reason) if reason else texts("flag.said_nothing")
        yield texts("flag.outside" if where.site is not None else "flag.outside_placeless", said=said, **near)
    if has_remark(punch.note, Remark.SIMULATED):
        yield texts("flag.simulated" if where.site is not None else "flag.simulated_nowhere", **near)
    if named is not None:
        yield texts("flag.other_site", named=escape(named), **near)


def _told_apart(one: Employee) -> str:
    return f"{one.name} ({one.user_id})"


def reason_of(reason: str | None, texts: Texts) -> str:
    """Return the part of a sentence with the reason of an excuse, empty without one."""
    return texts("excuse.reason", reason=escape(reason, most=_SHOWN_REASON)) if reason else ""
