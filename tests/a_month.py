"""A random month of a made-up company, and its totals computed without code of the bot.

A third of the people work one section a day, a third two, and a third at night. They are late,
leave early, forget a punch, punch twice, punch outside, are on leave or excused. Days and nights
have a break. Some days could not be read, and of some plans the breaks are unknown.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.domain.absences import Absence
from bot.domain.day import PersonDay, person_day
from bot.domain.facts import DayFacts, SeenPunch
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import LocationResult, Whereabouts
from tests.builders import SHANGHAI, a_plan, a_shift

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
AFTER = datetime(2026, 11, 5, 12, tzinfo=SHANGHAI)
GRACE, SERIOUS = 5, 30
NOON_OFF = 13 * 60  # end of a morning's leave
OUTSIDE = Whereabouts(LocationResult.OUTSIDE, "HQ", 412.4)
INSIDE = Whereabouts(LocationResult.NORMAL, "HQ", 12.0)
# Sections in minutes after midnight of the work date. A night ends on the next day.
DAY, SPLIT, NIGHT = [(540, 1080)], [(510, 720), (810, 1080)], [(1320, 1800)]
RULES = {"grace_minutes": GRACE, "serious_late_minutes": SERIOUS}
NOON, MIDNIGHT = (time(12), time(13)), (time(23, 45), time(0, 15))
SHIFTS = {
    "day": (DAY, a_shift(**RULES, breaks=(NOON,))),
    "split": (SPLIT, a_shift(("08:30", "12:00"), ("13:30", "18:00"), **RULES)),
    "night": (NIGHT, a_shift(("22:00", "06:00"), **RULES, breaks=(MIDNIGHT,))),
}
BREAKS = {"day": (720, 780), "split": (0, 0), "night": (1425, 1455)}


@dataclass(frozen=True)
class Story:
    """One person's day: its kind, and the clock-in and clock-out of each section (None without a
    punch).
    """

    day: date
    shift: str
    kind: str  # worked, off, leave, morning, unread
    punches: tuple[tuple[int | None, int | None], ...] = ()
    outside: bool = False  # the first clock-in
    excused: bool = False
    bare: bool = False  # the breaks of the plan are unknown

    @property
    def due(self) -> bool:
        """Return whether a clock-in was due."""
        return self.kind not in ("off", "leave")

    @property
    def sections(self) -> list[tuple[int, int]]:
        """Return the due sections in minutes after midnight."""
        if not self.due:
            return []
        sections = SHIFTS[self.shift][0]
        return [(NOON_OFF, sections[0][1])] if self.kind == "morning" else list(sections)


def a_month(seed: int, people: int = 40) -> dict[str, list[Story]]:
    """Return the days of each person by user id."""
    chance = random.Random(seed)
    dates = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
    shifts = list(SHIFTS)
    return {
        f"u{who:03d}": [_story(chance, day, shifts[who % 3]) for day in dates]
        for who in range(people)
    }


def _story(chance: random.Random, day: date, shift: str) -> Story:
    if day.weekday() > 4:
        return Story(day, shift, "off")
    kind = chance.choices(["worked", "leave", "morning", "unread"], [90, 5, 3, 3])[0]
    bare = chance.random() < 0.3
    if kind == "leave" or (kind == "morning" and shift != "day"):
        return Story(day, shift, "leave", bare=bare)
    sections = Story(day, shift, kind).sections
    away = chance.random() < (0.6 if kind == "unread" else 0.04)  # the whole day
    punches = tuple(
        (
            None if away or chance.random() < 0.06 else begins + chance.randrange(-50, 40),
            None if away or chance.random() < 0.06 else ends + chance.randrange(-30, 45),
        )
        for begins, ends in sections
    )
    return Story(day, shift, kind, punches, chance.random() < 0.05, chance.random() < 0.08, bare)


def judged(month: dict[str, list[Story]]) -> dict[str, list[PersonDay]]:
    """Return the bot's view of a month."""
    return {
        who: [_judged(who, story, number) for number, story in enumerate(of)]
        for who, of in month.items()
    }


def _judged(who: str, story: Story, number: int) -> PersonDay:
    seen: list[SeenPunch] = []
    for section, (came, went) in enumerate(story.punches):
        for minutes, check_type in ((came, CheckType.ON_DUTY), (went, CheckType.OFF_DUTY)):
            if minutes is not None:
                where = OUTSIDE if story.outside and not seen else INSIDE
                seen += _punches(
                    story.day, minutes, check_type, section, where, twice=number % 3 == 0
                )
    until = {"leave": 48 * 60, "morning": NOON_OFF}.get(story.kind)
    absences = [Absence(who, at(story.day, 0), at(story.day, until), "a")] if until else []
    shift = SHIFTS[story.shift][1]
    if story.bare:
        shift = replace(shift, breaks=None)
    plan = DayPlan(story.day) if story.kind == "off" else a_plan(shift, story.day)
    read = story.kind != "unread"
    return person_day(DayFacts(who, story.day, plan, seen, absences, read, story.excused), AFTER)


def _punches(
    day: date, minutes: int, check_type: CheckType, section: int, where: Whereabouts, *, twice: bool
) -> list[SeenPunch]:
    """Return a punch.

    With `twice` add one that does not count: a later clock-in or an earlier clock-out.
    """
    one = SeenPunch(at(day, minutes), check_type, None, f"{check_type}/{section}", day, where=where)
    if not twice:
        return [one]
    other = minutes + (7 if check_type is CheckType.ON_DUTY else -7)
    return [
        one,
        SeenPunch(at(day, other), check_type, None, f"{check_type}/{section}", day, where=where),
    ]


def at(day: date, minutes: int) -> datetime:
    """Return a moment by minutes after local midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(minutes=minutes)


def late_of(story: Story) -> int:
    """Return the minutes late of all sections."""
    pairs = zip(story.sections, story.punches, strict=True) if story.due else ()
    behind = [came - begins for (begins, _), (came, _) in pairs if came is not None]
    return sum(minutes for minutes in behind if minutes > GRACE)


def is_serious(story: Story) -> bool:
    """Return whether a clock-in of the day is seriously late."""
    pairs = zip(story.sections, story.punches, strict=True) if story.due else ()
    return any(came is not None and came - begins > SERIOUS for (begins, _), (came, _) in pairs)


def early_of(story: Story) -> int:
    """Return the minutes left early of all sections."""
    pairs = zip(story.sections, story.punches, strict=True) if story.due else ()
    return sum(ends - went for (_, ends), (_, went) in pairs if went is not None and went < ends)


def missed_of(story: Story) -> int:
    """Return the number of checks without a punch, 0 for an unread day."""
    return 0 if story.kind == "unread" else sum(pair.count(None) for pair in story.punches)


def worked_of(story: Story) -> tuple[int, int] | None:
    """Return the minutes of work and of breaks in it.

    None if one of two punches is missing, or the breaks are unknown.
    """
    pairs = [pair for pair in story.punches if pair != (None, None)]
    if any(None in pair for pair in pairs) or (pairs and story.bare):
        return None
    spans = [(came, went) for came, went in pairs if came is not None and went is not None]
    breaks = sum(minutes_in_break(story, came, went) for came, went in spans)
    return sum(went - came for came, went in spans) - breaks, breaks


def minutes_in_break(story: Story, first: int, last: int) -> int:
    """Return the minutes of the shift's break between two minutes after midnight."""
    begins, ends = BREAKS[story.shift]
    return len(set(range(first, last)) & set(range(begins, ends)))


def away_of(story: Story) -> int | None:
    """Return the minutes of leave within the shift without its break, None if that is unknown."""
    away = SHIFTS[story.shift][0] if story.kind == "leave" else []
    if story.kind == "morning":
        away = [(DAY[0][0], NOON_OFF)]
    if away and story.bare:
        return None
    return sum(last - first - minutes_in_break(story, first, last) for first, last in away)


def came(story: Story) -> bool:
    """Return whether there is any punch."""
    return any(moment is not None for pair in story.punches for moment in pair)


def standing_of(story: Story) -> str:
    """Return the standing of a day."""
    if not story.due:
        return {"off": "off", "leave": "on_leave"}[story.kind]
    if story.punches[-1][0] is None:
        return "unknown" if story.kind == "unread" else "excused" if story.excused else "missing"
    if late_of(story):
        return "excused" if story.excused else "late"
    return "outside" if story.outside and came(story) else "on_time"


def sums(stories: Sequence[Story]) -> Counter[str]:
    """Return the totals of some days, with the bot's names."""
    due = [story for story in stories if story.due]
    held = [story for story in due if not story.excused]  # lateness counts on these days
    gone = [story for story in due if not came(story)]
    return Counter(
        {
            "due": len(due),
            "present": len(due) - len(gone),
            "absent": sum(story.kind != "unread" and not story.excused for story in gone),
            "unknown": sum(story.kind == "unread" for story in gone),
            "excused": sum(story.excused for story in due),
            "leave_days": sum(story.kind == "leave" for story in stories),
            "leave_minutes": sum(away_of(story) or 0 for story in stories),
            "leave_unknown": sum(away_of(story) is None for story in stories),
            "late": sum(late_of(story) > 0 and not is_serious(story) for story in held),
            "serious_late": sum(map(is_serious, held)),
            "late_minutes": sum(map(late_of, held)),
            "early": sum(early_of(story) > 0 for story in held),
            "early_minutes": sum(map(early_of, held)),
            "missed": sum(map(missed_of, held)),
            "worked_minutes": sum((worked_of(story) or (0, 0))[0] for story in due),
            "worked_unknown": sum(worked_of(story) is None for story in due),
            "breaks_minutes": sum((worked_of(story) or (0, 0))[1] for story in due),
            "breaks_unknown": sum(worked_of(story) is None for story in due),
        }
    )


def rate_of(found: Counter[str]) -> float:
    """Return the attendance rate over the known days."""
    return found["present"] / (found["present"] + found["absent"])
