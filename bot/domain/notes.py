"""The note of a punch in the ledger: parts joined by semicolons, which receipts and reports read again.

A person's own reason comes first, in quotes, so that nobody takes it for a remark of the bot.
"""

from enum import StrEnum

_BETWEEN = "; "


class Remark(StrEnum):
    """What the bot found about a punch. A remark that ends in a colon is followed by a name."""

    UNKNOWN_PLACE = "place not known: "
    UNREAD_PLACE = "place not looked up: "
    NOT_TAKEN = "position not taken: "
    SITES_UNREAD = "sites not readable"
    ON_EDGE = "on the edge of the fence"
    OTHER_SITE = "not at the site named: "
    TOLD_WHY = "reason given"
    SIMULATED = "position simulated"
    NO_SHIFT = "no shift"
    OUTSIDE_WINDOW = "outside the shift's window"
    PLAN_UNREADABLE = "plan not readable"


def join(*parts: str) -> str:
    """Return the note of these parts, without the empty ones."""
    return _BETWEEN.join(part for part in parts if part)


def request_note(reason: str | None, *remarks: str) -> str:
    """Return the note of a punch as it is asked for: the person's reason, then what the bot found."""
    return join(f'"{clean(reason)}"' if reason else "", *remarks)


def reason_in(note: str) -> str:
    """Return the reason that the person gave, empty without one."""
    first = note.split(_BETWEEN, maxsplit=1)[0]
    return first[1:-1] if len(first) > 1 and first[0] == first[-1] == '"' else ""


def clean(words: str) -> str:
    """Return a person's words as one part, so that they cannot add a remark."""
    return words.replace(_BETWEEN, ", ")


def named(remark: Remark, name: str) -> str:
    """Return a remark with the name that follows it."""
    return remark + clean(name)


def has_remark(note: str, remark: Remark) -> bool:
    """Tell whether a note contains a remark without a name."""
    return remark in note.split(_BETWEEN)


def name_after(note: str, remark: Remark) -> str | None:
    """Return the name that follows a remark in a note, None without that remark."""
    parts = note.split(_BETWEEN)
    return next((part.removeprefix(remark) for part in parts if part.startswith(remark)), None)
