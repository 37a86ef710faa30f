"""Flags: what the lead is told about the position of a punch. A flag never stops the punch."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain import notes
from bot.domain.notes import Remark
from bot.domain.sites import Fix, metres_between

FASTEST_KMH = 250.0  # in a straight line; a high-speed train takes longer from door to door
_SOONEST = timedelta(seconds=1)
_NEAR_M = 1000  # below it the inaccuracy of fixes looks like movement


class FlagKind(StrEnum):
    """Why a lead is told."""

    OUTSIDE = "outside"  # no site's fence holds the position
    SIMULATED = "simulated"  # the phone says that its position is made up (`isFromMock`)
    OTHER_SITE = "other_site"  # the position is not at the site that was named
    NEW_PHONE = "new_phone"  # the page's tap came from another phone than before; they said that it was theirs
    TOO_FAST = "too_fast"  # nobody gets from the last punch to this one in that time


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason. `site` is the named one, `said` is why outside; `metres`, `minutes` lie between two punches."""

    kind: FlagKind
    site: str = ""
    metres: int = 0
    minutes: int = 0
    said: str = ""

    @property
    def note(self) -> str:
        """Return the flag's part of the ledger's note."""
        match self.kind:
            case FlagKind.OUTSIDE:
                return Remark.TOLD_WHY if self.said else ""
            case FlagKind.SIMULATED:
                return Remark.SIMULATED
            case FlagKind.OTHER_SITE:
                return notes.named(Remark.OTHER_SITE, self.site)
            case FlagKind.NEW_PHONE:
                return Remark.NEW_PHONE
            case FlagKind.TOO_FAST:
                return f"{self.metres / 1000:.0f} km in {self.minutes} min"


def too_fast(here: Fix, there: Fix, apart: timedelta) -> Flag | None:
    """Return a flag when nobody moves between two fixes in that time, with both accuracies in their favour."""
    between = max(abs(apart), _SOONEST)
    metres = metres_between(here, there) - (here.accuracy_m or 0.0) - (there.accuracy_m or 0.0)
    if metres < _NEAR_M or metres / 1000 <= FASTEST_KMH * (between / timedelta(hours=1)):
        return None
    return Flag(FlagKind.TOO_FAST, metres=round(metres), minutes=max(1, round(between / timedelta(minutes=1))))
