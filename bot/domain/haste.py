"""A clock-out soon after the clock-in: recorded, since it was said, and told as such, since it may be a slip."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import notes
from bot.domain.lengths import minutes_shown
from bot.domain.punches import Accepted, Decision, Punch, PunchRequest, counting
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType

SOON = timedelta(hours=1)
_USUAL = frozenset({TimeResult.EARLY, TimeResult.UNKNOWN})  # one that is in time ends a short shift
_NOTE = re.compile(r"(\d+) min after the clock-in")


def noted(decision: Decision, request: PunchRequest, earlier: Sequence[Punch]) -> Decision:
    """Return an accepted clock-out with a note of how soon after the clock-in it is, anything else as it is."""
    if not isinstance(decision, Accepted) or decision.check_type is CheckType.ON_DUTY:
        return decision
    came = [
        punch.punched_at
        for punch in counting(earlier)
        if punch.check_type is CheckType.ON_DUTY
        and punch.work_date == decision.work_date
        and punch.punched_at <= request.at
    ]
    if not came or request.at - max(came) >= SOON or decision.time_result not in _USUAL:
        return decision
    note = f"{minutes_shown(max(came), request.at)} min after the clock-in"
    return replace(decision, note=notes.join(decision.note, note))


def minutes_after_clock_in(note: str) -> int | None:
    """Return how many minutes after the clock-in a punch is by its note, None where that says nothing of it."""
    found = (_NOTE.fullmatch(part) for part in notes.parts(note))
    return next((int(match[1]) for match in found if match), None)
