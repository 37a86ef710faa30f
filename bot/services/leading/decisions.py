"""What somebody sees of a make-up request, and what became of their decision on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.corrections import Correction, CorrectionState
from bot.domain.punches import Punch
from bot.storage.corrections import Decided


class DecisionOutcome(StrEnum):
    """What became of a look or a decision; its name is that of the sentence that says so."""

    UNKNOWN = "unknown"  # no such request, or one of which it is not theirs to hear
    LIMITED = "limited"  # too many references that were not theirs
    NOT_READ = "not_read"  # whether they still lead somebody; the same for every code but their own
    OWN = "own"
    OPEN = "open"
    CLOSED = "closed"  # decided, expired or withdrawn before
    OVERTAKEN = "overtaken"  # a punch that is worth as much is there by now
    UNSETTLED = "unsettled"  # the same, but it may still be rejected: the request waits
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Looked:
    """A request as somebody may see it. `replaces` is the punch that counts so far, `punch` the approved one."""

    outcome: DecisionOutcome
    correction: Correction | None = None
    replaces: Punch | None = None
    punch: Punch | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Requests that wait for a decision, the first to expire first: somebody's own, and those they may decide.

    `is_known` tells whether it could be told now whom they lead.
    """

    own: Sequence[Correction]
    to_decide: Sequence[Correction]
    is_known: bool


def looked(decided: Decided, fresh: DecisionOutcome) -> Looked:
    """Return what a decision came to: `fresh` where it is the one that counts, else that it was closed before."""
    if decided.fresh:
        return Looked(fresh, decided.correction, punch=decided.punch)
    correction = decided.correction
    if correction.state is CorrectionState.ASKED:  # it was too late for a decision
        correction = replace(correction, state=CorrectionState.EXPIRED)
    return Looked(DecisionOutcome.CLOSED, correction, punch=decided.punch)
