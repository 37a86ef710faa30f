"""The hash chains of the ledger and of the steps of months, and the search for a break."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# The hashed columns of a punch in order. A change here breaks every chain. Positions and delivery states are
# not hashed: they may change or be deleted.
FIELDS = (
    "punch_id",
    "user_id",
    "work_date",
    "check_type",
    "check_point",
    "punched_ms",
    "received_ms",
    "time_result",
    "late_minutes",
    "location_result",
    "site",
    "distance_m",
    "location_digest",
    "source",
    "message_id",
    "note",
    "corrects",
)
DIGEST = FIELDS.index("location_digest")

Row = Sequence[object]


class Link(NamedTuple):
    """One link of the chain: its number from 1, and the hash in 64 hex digits."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


START = Link(0, "0" * 64)


class Entry(NamedTuple):
    """A stored link and its row, None for a removed punch. `fault` is a fault of the row alone."""

    link: Link
    row: Row | None
    punch_id: str | None = None
    fault: str = ""


class Break(NamedTuple):
    """The first difference between a table and its chain.

    `seq` is the link, 0 for a row without a link.
    """

    fault: str
    seq: int = 0
    punch_id: str | None = None


class Audit(NamedTuple):
    """The last valid links of both chains (ledger, steps of months), and the first break.

    `sealed` and `unsealed` are numbers of punches.
    """

    head: Link
    steps: Link
    sealed: int
    unsealed: int
    broken: Break | None


def link_of(text: str) -> Link:
    """Parse a link in the form `number:hash`. Raises ValueError."""
    seq, _, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is no link such as 12:{START.hash}")
    return Link(int(seq), digest)


# A row that somebody changed in the database may hold any type, such as bytes.
_encode = json.JSONEncoder(separators=(",", ":"), default=repr).encode


def link_hash(previous: str, row: Row) -> str:
    """Return SHA-256 in hex of the previous hash (hex) and the row as a compact ASCII JSON list."""
    return hashlib.sha256(f"{previous}{_encode(row)}".encode()).hexdigest()


def follow(entries: Iterable[Entry], wanted: Sequence[Link]) -> tuple[Link, Break | None]:
    """Follow the chain through the links `wanted`.

    Return the last valid link, and the first break.
    """
    last = START
    for entry in entries:
        if entry.link.seq != last.seq + 1:
            return last, Break("the link was removed", last.seq + 1)
        if fault := _fault(last, entry, wanted):
            return last, Break(fault, last.seq + 1, entry.punch_id)
        last = entry.link
    cut = max(wanted).seq > last.seq
    return last, Break(
        "the chain ends before it: its end was cut off", last.seq + 1
    ) if cut else None


def _fault(last: Link, entry: Entry, wanted: Sequence[Link]) -> str:
    """Return the fault of the entry after the link `last`, "" without a fault."""
    if entry.row is None:
        return "the punch was removed"
    if link_hash(last.hash, entry.row) != entry.link.hash:
        noun = "step" if entry.punch_id is None else "punch"
        return f"the {noun} or its link was altered, inserted or moved"
    if entry.fault:
        return entry.fault
    if any(link.seq == entry.link.seq and link != entry.link for link in wanted):
        return "the chain was rewritten: this link is not the one that was kept"
    return ""
