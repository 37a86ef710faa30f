"""The hash chain over the ledger: what is hashed, how links follow one another, and where a chain breaks."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from math import nan
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
LONGEST_WAIT_MS = 300_000  # of a row for its link, while others are recorded
_TIME_DIGITS = 12  # of a punch's id: when it was recorded, in ms, in hex
_PORTION = 256  # rows that are encoded together, which takes half as long as one by one


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
    ROW_NEVER_QUEUED = "row inserted around the bot"
    POSITION_ALTERED = "position altered"
    LINK_MISSING = "link missing"
    REWRITTEN = "chain rewritten"
    CUT_OFF = "end cut off"
    HEAD_ALTERED = "head removed or altered"
    QUEUED_AGAIN = "row sealed and queued"
    WAITS_TOO_LONG = "row waits too long"
    MISCOUNTED = "counts differ"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the ledger is not what was sealed. `seq` is the link, 0 for a row without one."""

    fault: Fault
    seq: int
    punch_id: str | None = None


class Outside(NamedTuple):
    """How many links there are, rows that wait for one, and rows in all; then rows that ought not to be.

    `forged` is the first row that is neither sealed nor waiting, `lost` the first that waits but is gone,
    `doubled` the first that waits though it is sealed; `oldest` waits longest, `newest` was recorded last.
    """

    links: int
    waiting: int
    recorded: int
    forged: str | None = None
    lost: str | None = None
    doubled: str | None = None
    oldest: str | None = None
    newest: str | None = None


class Held(NamedTuple):
    """What the row of a break holds now, which may be what somebody altered: of any type, or None."""

    user_id: object
    work_date: object
    check_type: object
    punched_ms: object


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found: the last link that holds, how many rows are sealed and not yet, and the first break.

    `held` is there where the break is of a punch whose row is there.
    """

    head: Link
    sealed: int
    unsealed: int
    broken: Break | None
    held: Held | None = None


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
    return _hash(previous, _encode(row))


def _hash(previous: str, text: str) -> str:
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def position_digest(salt: object, *position: object) -> str:
    """Return SHA-256 of the salt and the position (latitude, longitude, accuracy, datum, source), all exact."""
    latitude, longitude, accuracy_m, datum, source = position
    text = f"{salt}|{latitude!r}|{longitude!r}|{accuracy_m!r}|{datum}|{source}"
    return hashlib.sha256(text.encode()).hexdigest()


def chained(last: Link, rows: Iterable[Row]) -> Iterator[Link]:
    """Yield the links that seal `rows` after `last`."""
    seq, digest = last
    for row in rows:
        seq, digest = seq + 1, link_hash(digest, row)
        yield Link(seq, digest)


def follow(head: Link | None, entries: Iterable[Entry], kept: Link | None = None) -> tuple[Link, Break | None]:
    """Walk the chain; return the last link that holds and the first break.

    `head` is the chain's head as stored before the walk, `kept` a link that somebody kept elsewhere: the chain
    must pass through both. Takes each entry once and keeps few.
    """
    if head is None:
        return START, Break(Fault.HEAD_ALTERED, 0)
    wanted = {link for link in (head, kept) if link is not None}
    numbers = {link.seq for link in wanted}
    last = START
    for entry, text in _with_texts(entries):
        link = Link(entry.seq, entry.hash)
        fault = _fault(last, entry, text)
        if fault is None and link.seq in numbers and {one for one in wanted if one.seq == link.seq} != {link}:
            fault = Fault.REWRITTEN
        if fault is not None:
            return last, Break(fault, last.seq + 1, None if fault is Fault.LINK_MISSING else entry.punch_id)
        last = link
    beyond = max(wanted).seq > last.seq
    return last, Break(Fault.CUT_OFF, last.seq + 1) if beyond else None


def concluded(last: Link, broken: Break | None, head: Link | None, outside: Outside) -> Audit:
    """Return the whole finding, from the walk, the head as stored after it, and what the chain does not hold."""
    waited_ms = _recorded_ms(outside.newest) - _recorded_ms(outside.oldest)
    is_behind = head is not None and head.seq < last.seq
    faults = [
        (head is None, Break(Fault.HEAD_ALTERED, 0)),
        (is_behind, Break(Fault.HEAD_ALTERED, head.seq + 1 if head else 0)),
        (outside.lost is not None, Break(Fault.ROW_MISSING, 0, outside.lost)),
        (outside.forged is not None, Break(Fault.ROW_NEVER_QUEUED, 0, outside.forged)),
        (outside.doubled is not None, Break(Fault.QUEUED_AGAIN, 0, outside.doubled)),
        (outside.recorded != outside.links + outside.waiting, Break(Fault.MISCOUNTED, 0)),
        (waited_ms > LONGEST_WAIT_MS, Break(Fault.WAITS_TOO_LONG, 0, outside.oldest)),
    ]
    broken = broken or next((one for is_so, one in faults if is_so), None)
    return Audit(last, outside.links, outside.waiting, broken)


def _recorded_ms(punch_id: str | None) -> float:
    """Return when a punch was recorded, in ms; nan for none, and for an id that the bot did not make."""
    try:
        return int((punch_id or "")[:_TIME_DIGITS], 16)
    except ValueError:
        return nan


def _with_texts(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with its row as it is hashed, with that of an empty one where there is none."""
    walk = iter(entries)
    while portion := list(islice(walk, _PORTION)):
        yield from zip(portion, _texts([entry.row or () for entry in portion]), strict=True)


def _texts(rows: Sequence[Row]) -> Sequence[str]:
    """Return what `_encode` makes of each row, from one encoding of all.

    There are as many parts as rows only if each border is one of two rows, and none stands inside a note.
    """
    parts = _encode(rows)[2:-2].split("],[")
    return [f"[{part}]" for part in parts] if len(parts) == len(rows) else [_encode(row) for row in rows]


def _fault(last: Link, entry: Entry, text: str) -> Fault | None:
    """Return the fault of the entry after the link `last`, None if it is sound."""
    if entry.seq != last.seq + 1:
        return Fault.LINK_MISSING
    if entry.row is None:
        return Fault.ROW_MISSING
    if _hash(last.hash, text) != entry.hash:
        return Fault.ALTERED
    if entry.position is not None and position_digest(*entry.position) != entry.row[_DIGEST]:
        return Fault.POSITION_ALTERED
    return None
