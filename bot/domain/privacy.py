"""What is stored about one person, as it is told to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows there are of one kind, and from when to when: ISO dates, empty where rows have no day."""

    count: int
    first: str = ""
    last: str = ""


NONE_HELD = Held(0)
