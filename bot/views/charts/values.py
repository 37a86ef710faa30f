"""What a picture shows: plain values with all words in the reader's language, ready to be drawn elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How one day of one person looks; each has a colour and a shape of its own."""

    ON_TIME = "on_time"
    LATE = "late"
    OUTSIDE = "outside"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NOT_YET_DUE = "not_yet_due"
    EXCUSED = "excused"
    ON_LEAVE = "on_leave"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a picture, and the word for each mark that its legend explains."""

    title: str
    subtitle: str
    words: Mapping[Mark, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person's line. Minutes count from local midnight of the work date; None for no arrival, or nothing due.

    `note` is what is said where there is no arrival, or how late it was.
    """

    name: str
    mark: Mark
    minute: int | None = None
    due_minute: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When each of some people came, up to `MOST_NAMES`."""

    heading: Heading
    rows: Sequence[Arrival]


@dataclass(frozen=True, slots=True)
class Bin:
    """How many came from `minute` on until the next bin, by how they came."""

    minute: int
    counts: Mapping[Mark, int]


@dataclass(frozen=True, slots=True)
class Histogram:
    """When many people came: counts in steps of `step_minutes`, and by mark those without an arrival."""

    heading: Heading
    step_minutes: int
    bins: Sequence[Bin]
    due_minutes: Sequence[int]
    absent: Sequence[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """People by days: one mark each, None for a day that is not told. `columns` label some of the days."""

    heading: Heading
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Mark | None]]]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a calendar: its number, a mark or a share from 0 to 1 that colours it, and a few words."""

    number: str
    note: str = ""
    mark: Mark | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks of seven days, None before the first and after the last. `weekdays` are the seven headings."""

    heading: Heading
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[Day | None]]


Chart = Arrivals | Histogram | Grid | Calendar

MOST_NAMES = 60  # beyond it a picture counts instead of naming
