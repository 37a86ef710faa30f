"""The made-up company's working times."""

from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

FIXED, TURN, NONE = "FIXED", "TURN", "NONE"
_MIDNIGHT_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Shift:
    """A daily working time in local time; an end before the start is on the next day.

    `breaks` cut it into sections, each with a punch for coming and one for going. Between two punches that are
    due, the later one begins to count halfway. `group_type` `NONE` is a flexible group: nothing is planned.
    """

    id: int
    name: str
    start: time
    end: time
    group_id: int
    days: frozenset[int] = frozenset(range(5))  # Monday is 0
    earliest_minutes: int = 120
    latest_minutes: int = 240
    serious_late_minutes: int = 30
    breaks: tuple[tuple[time, time], ...] = ()
    group_type: str = FIXED

    @property
    def overnight(self) -> bool:
        """Tell whether the shift ends on the day after it began."""
        return self.end <= self.start

    @property
    def length_minutes(self) -> int:
        """Return the minutes from start to end, breaks included."""
        return self._after_start(self.end) or _MIDNIGHT_MINUTES

    @property
    def due_minutes(self) -> tuple[int, ...]:
        """Return when punches are due, in minutes after the start: coming, going, coming, going…"""
        edges = [self._after_start(edge) for pause in self.breaks for edge in pause]
        return (0, *edges, self.length_minutes)

    @property
    def edge_minutes(self) -> tuple[int, ...]:
        """Return the edges of the punches' windows, in minutes after the start; one more than punches."""
        due = self.due_minutes
        halfway = [(one + other) // 2 for one, other in pairwise(due)]
        return (-self.earliest_minutes, *halfway, self.length_minutes + self.latest_minutes)

    @property
    def work_minutes(self) -> int:
        """Return the minutes that are worked."""
        due = self.due_minutes
        return sum(end - start for start, end in zip(due[::2], due[1::2], strict=True))

    def works_on(self, day: date) -> bool:
        """Tell whether this shift is planned for a date by its weekday."""
        return self.group_type != NONE and day.weekday() in self.days

    def clock_time(self, minutes: int) -> tuple[str, int]:
        """Return `HH:MM` so many minutes after the start, and 1 where that is on the next day, else 0."""
        total = self.start.hour * 60 + self.start.minute + minutes
        across, rest = divmod(total, _MIDNIGHT_MINUTES)
        return f"{rest // 60:02d}:{rest % 60:02d}", across

    def _after_start(self, moment: time) -> int:
        minutes = (moment.hour - self.start.hour) * 60 + moment.minute - self.start.minute
        return minutes % _MIDNIGHT_MINUTES


DAY = Shift(9001, "白班 Day", time(9), time(18), group_id=8001)
NIGHT = Shift(9002, "夜班 Night", time(22), time(6), group_id=8002)
SPLIT = Shift(
    9003, "两段班 Split", time(8, 30), time(18), group_id=8003, breaks=((time(12), time(13, 30)),), group_type=TURN
)
FLEXIBLE = Shift(9004, "自由工时 Flexible", time(9), time(18), group_id=8004, group_type=NONE)
SHIFTS = (DAY, NIGHT, SPLIT, FLEXIBLE)
