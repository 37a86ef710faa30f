"""Names in brackets, as one-tap answers say them: department 「Field Sales East」, 员工「manager」.

A department or a person may be called like any word the bot knows. In brackets a name is read as it is, whatever
it holds; a bracket inside of it stands twice.
"""

import re
from typing import Final, Literal, NamedTuple

Kind = Literal["department", "person"]

_KINDS: Final[dict[str, Kind]] = {
    "部门": "department",
    "department": "department",
    "员工": "person",
    "employee": "person",
}
_LONGEST = 200  # characters between the brackets
_ANNOUNCED = "|".join(_KINDS)
_NAMED = re.compile(rf"({_ANNOUNCED}) ?「((?:[^」]|」」){{1,{_LONGEST}}})」(?!」)", re.IGNORECASE)
EMPTY = "「」"  # what `take` leaves
_EMPTY = re.compile(rf"(?:{_ANNOUNCED}) ?{EMPTY}")


class Bracketed(NamedTuple):
    """A name that stood in brackets, as it is, and what it names."""

    kind: Kind
    name: str


def in_brackets(name: str) -> str:
    """Return `name` as it is said behind 部门, "department", 员工 or "employee"."""
    return f"「{name.replace('」', '」」')}」"


def take(text: str) -> tuple[Bracketed | None, str]:
    """Return the first name that stands in brackets, and the text with nothing between those."""
    found = _NAMED.search(text) if "「" in text else None
    if found is None:
        return None, text
    named = Bracketed(_KINDS[found[1].lower()], found[2].replace("」」", "」"))
    return named, text[: found.start(2)] + text[found.end(2) :]


def place(folded: str) -> tuple[int, int] | None:
    """Return where the brackets stand that `take` emptied, the word that announces them included."""
    found = _EMPTY.search(folded)
    return None if found is None else found.span()
