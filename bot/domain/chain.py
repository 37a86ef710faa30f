"""The hash chain over the ledger: what is hashed, how links follow one another, and where a chain breaks."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# What the person did, in the order in which it is hashed; never changed, or no chain holds any more. The position
# itself and the state of deliveries are left out, so that either may change or go.
FIELDS = (
    *("punch_id", "user_id", "work_date", "check_type", "check_point", "punched_ms", "received_ms", "time_result"),
    *("late_minutes", "location_result", "site", "distance_m", "location_digest", "source", "message_id", "note"),
    "corrects",
)
_DIGEST = FIELDS.index("location_digest")

Row = Sequence[object]


class Link(NamedTuple):
    """One link of the chain: its number from 1, and the hash in 64 hex digits."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """Return the link in the form that `link_of` reads."""
        return f"{self.seq}:{self.hash}"


START = Link(0, "0" * 64)


class Entry(NamedTuple):
    """A stored link with what it seals. `row` is None where the punch is gone, `position` where none is kept.

    `row` has the values of FIELDS; `position` those that `position_digest` takes.
    """

    seq: int
    punch_id: str
    hash: str
    row: Row | None
    position: Row | None


class Fault(StrEnum):
    """What can be wrong with a sealed ledger."""

    ALTERED = "row or link altered, inserted or moved"
    ROW_MISSING = "row missing"
    LINK_MISSING = "link missing"
    POSITION_ALTERED = "position altered"
    REWRITTEN = "chain rewritten"
    CUT_OFF = "end cut off"
    HEAD_ALTERED = "head removed or altered"
    FORGED = "row inserted around the bot"
    MISCOUNTED = "counts differ"


class Break(NamedTuple):
    """The first place where the ledger is not what was sealed. `seq` is the link, 0 for a row without one."""

    fault: Fault
    seq: int
    punch_id: str | None = None


class Counts(NamedTuple):
    """How many links, waiting rows and rows there are. `forged` is a row that is neither sealed nor waiting."""

    links: int
    waiting: int
    recorded: int
    forged: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found: the last link that holds, how many rows are sealed and not yet, and the first break."""

    head: Link
    sealed: int
    unsealed: int
    broken: Break | None


def link_of(text: str) -> Link:
    """Return the link written as `number:hash`. Raises ValueError."""
    seq, _, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is no link such as 12:{START.hash}")
    return Link(int(seq), digest)


def _bytes_as_object(value: object) -> object:
    if isinstance(value, bytes | memoryview):  # text that somebody replaced by a blob
        return {"bytes": bytes(value).hex()}
    raise TypeError(f"a ledger row cannot hold {type(value).__name__}")


_encode = json.JSONEncoder(separators=(",", ":"), default=_bytes_as_object).encode


def link_hash(previous: str, row: Row) -> str:
    """Return SHA-256, in hex, of the previous hash's hex digits and the row as a compact ASCII JSON list."""
    return hashlib.sha256(f"{previous}{_encode(row)}".encode()).hexdigest()


def position_digest(salt: object, *position: object) -> str:
    """Return SHA-256 of the salt and the position (latitude, longitude, accuracy, datum, source), all exact."""
    latitude, longitude, accuracy_m, datum, source = position
    text = f"{salt}|{latitude!r}|{longitude!r}|{accuracy_m!r}|{datum}|{source}"
    return hashlib.sha256(text.encode()).hexdigest()


def chained(last: Link, rows: Iterable[Row]) -> Iterator[Link]:
    """Yield the links that seal `rows` after `last`."""
    for row in rows:
        last = Link(last.seq + 1, link_hash(last.hash, row))
        yield last


def follow(head: Link | None, entries: Iterable[Entry], kept: Link | None = None) -> tuple[Link, Break | None]:
    """Walk the chain; return the last link that holds and the first break.

    `head` is the chain's head as stored before the walk, `kept` a link that somebody kept elsewhere: the chain
    must pass through both. Takes each entry once.
    """
    if head is None:
        return START, Break(Fault.HEAD_ALTERED, 0)
    wanted = {link for link in (head, kept) if link is not None}
    last = START
    for entry in entries:
        link = Link(entry.seq, entry.hash)
        fault = _fault(last, entry)
        if fault is None and any(one.seq == link.seq and one != link for one in wanted):
            fault = Fault.REWRITTEN
        if fault is not None:
            return last, Break(fault, last.seq + 1, None if fault is Fault.LINK_MISSING else entry.punch_id)
        last = link
    return last, Break(Fault.CUT_OFF, last.seq + 1) if max(wanted).seq > last.seq else None


def concluded(last: Link, broken: Break | None, head: Link | None, counts: Counts) -> Audit:
    """Return the whole finding, from the walk, the head as stored after it, and what the chain does not hold."""
    if broken is None and (head is None or head.seq < last.seq):
        broken = Break(Fault.HEAD_ALTERED, 0 if head is None else head.seq + 1)
    if broken is None and counts.forged is not None:
        broken = Break(Fault.FORGED, 0, counts.forged)
    if broken is None and counts.recorded != counts.links + counts.waiting:
        broken = Break(Fault.MISCOUNTED, 0)
    return Audit(last, counts.links, counts.waiting, broken)


def _fault(last: Link, entry: Entry) -> Fault | None:
    """Return the fault of the entry after the link `last`, None if it is sound."""
    if entry.seq != last.seq + 1:
        return Fault.LINK_MISSING
    if entry.row is None:
        return Fault.ROW_MISSING
    if link_hash(last.hash, entry.row) != entry.hash:
        return Fault.ALTERED
    if entry.position is not None and position_digest(*entry.position) != entry.row[_DIGEST]:
        return Fault.POSITION_ALTERED
    return None
