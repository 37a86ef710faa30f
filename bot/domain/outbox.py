"""What is owed to somebody outside: one row of the outbox."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.domain.punches import Punch


class Kind(StrEnum):
    """What a row is. `about` and `recipient` of a row are named here."""

    PUNCH = "punch"  # a punch, a target; `payload` counts the read-backs since it was sent last
    RECEIPT = "receipt"  # a punch, the person; `state` is the delivery state they last heard of
    ASKED = "asked"  # a correction's reference, a lead: one of their people asks for a make-up punch
    CLOSED = "closed"  # a correction's reference, who asked: it was refused, or it expired
    OUTCOME = "outcome"  # a correction's reference, who approved: what the targets made of it
    EXCUSED = "excused"  # day and number of a decision (`2026-11-24/1`), the person: a lead excused that day
    ALERT = "alert"  # a trouble's subject, an administrator: something needs mending
    FLAG = "flag"  # a punch, a lead: its position wants a look; without recipient until the leads are known


NOTES = (Kind.ASKED, Kind.CLOSED, Kind.OUTCOME, Kind.EXCUSED)


@dataclass(frozen=True, slots=True)
class Owed:
    """One row. Kind, `about` and `recipient` are its key; `payload` is what JSON holds.

    `tries` counts the failed ones, `state` is the result so far. A row about a punch comes with that punch.
    """

    kind: Kind
    about: str
    recipient: str = ""
    payload: Any = None
    tries: int = 0
    state: str = ""
    punch: Punch | None = None
