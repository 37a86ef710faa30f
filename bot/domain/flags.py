"""What about a punch's position is told to the lead: never a reason to drop the punch, always one to look."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain import notes

_OTHER_SITE = "not at the site named: "
_TOLD_WHY = "reason given"
_SIMULATED = "position simulated"


class FlagKind(StrEnum):
    """Why a lead is told."""

    OUTSIDE = "outside"  # no site's fence holds the position
    SIMULATED = "simulated"  # the phone says that its position is made up (`isFromMock`)
    OTHER_SITE = "other_site"  # the position is not at the site that was named
    NEW_PHONE = "new_phone"  # the page's tap came from another phone than before; they said that it was theirs
    TOO_FAST = "too_fast"  # nobody gets from the last punch to this one in that time


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason. `site` is the one that was named; `metres` and `minutes` lie between two punches.

    `said` is why the person is outside, in their words.
    """

    kind: FlagKind
    site: str = ""
    metres: int = 0
    minutes: int = 0
    said: str = ""

    @property
    def note(self) -> str:
        """Return what the ledger's note says of it; that it is outside stands in a column of its own, and the
        reason before all notes.
        """
        match self.kind:
            case FlagKind.OUTSIDE:
                return _TOLD_WHY if self.said else ""
            case FlagKind.SIMULATED:
                return _SIMULATED
            case FlagKind.OTHER_SITE:
                return _OTHER_SITE + notes.clean(self.site)
            case FlagKind.NEW_PHONE:
                return "phone not seen before"
            case FlagKind.TOO_FAST:
                return f"{self.metres / 1000:.0f} km in {self.minutes} min"


def other_site(note: str) -> str | None:
    """Return the site that was named and that, as a punch's `note` says, the position is not at; None for none."""
    return notes.behind(_OTHER_SITE, note)


def told_why(note: str) -> bool:
    """Tell by a punch's `note` whether the person said why they are outside."""
    return _TOLD_WHY in notes.parts(note)


def is_simulated(note: str) -> bool:
    """Tell whether a punch's `note` says that the phone called its position simulated."""
    return _SIMULATED in notes.parts(note)
