"""What a link seals, and that whatever is done to a sealed ledger is found at its first place."""

import hashlib
from collections.abc import Callable

import pytest

from bot.domain.chain import (
    FIELDS,
    START,
    Break,
    Counts,
    Entry,
    Fault,
    Link,
    Row,
    chained,
    concluded,
    follow,
    link_hash,
    link_of,
    position_digest,
)

POSITION = ("salt", 39.908823, 116.39747, 20.0, "gcj02", "typed")


def a_row(number: int) -> tuple[object, ...]:
    digest = position_digest(*POSITION)
    judged = ("Late", 3, "Normal", "HQ", 12.5, digest, "chat", f"m{number}", "堵车", None)
    return (f"p{number}", "u1", "2026-11-24", "OnDuty", "OnDuty/0", 1_795_481_880_000, 1_795_481_880_250, *judged)


def entries_of(rows: list[Row]) -> list[Entry]:
    links = chained(START, rows)
    return [Entry(link.seq, str(row[0]), link.hash, row, POSITION) for link, row in zip(links, rows, strict=True)]


LEDGER = entries_of([a_row(number) for number in range(1, 7)])
HEAD = Link(6, LEDGER[-1].hash)


def with_row(entry: Entry, name: str, value: object) -> Entry:
    assert entry.row is not None
    at = FIELDS.index(name)
    return entry._replace(row=(*entry.row[:at], value, *entry.row[at + 1 :]))


def test_the_form_of_a_link_never_changes() -> None:
    assert len(a_row(1)) == len(FIELDS) == 17
    text = (
        '["p1","u1","2026-11-24","OnDuty","OnDuty/0",1795481880000,1795481880250,"Late",3,"Normal","HQ",12.5,'
        f'"{position_digest(*POSITION)}","chat","m1","\\u5835\\u8f66",null]'
    )
    assert link_hash(START.hash, a_row(1)) == hashlib.sha256(("0" * 64 + text).encode("ascii")).hexdigest()
    where = "salt|39.908823|116.39747|20.0|gcj02|typed"
    assert position_digest(*POSITION) == hashlib.sha256(where.encode("ascii")).hexdigest()


def test_an_untouched_ledger_holds_up_to_its_head_without_its_positions_too() -> None:
    assert follow(HEAD, LEDGER) == (HEAD, None)
    assert follow(START, []) == (START, None)
    assert follow(HEAD, [entry._replace(position=None) for entry in LEDGER]) == (HEAD, None)


@pytest.mark.parametrize("name", FIELDS)
def test_any_altered_field_is_found_in_its_row(name: str) -> None:
    for at in (1, 3, 6):
        ledger = list(LEDGER)
        ledger[at - 1] = with_row(ledger[at - 1], name, "altered")
        assert follow(HEAD, ledger)[1] == Break(Fault.ALTERED, at, f"p{at}")


def moved(ledger: list[Entry]) -> list[Entry]:
    third, fourth = ledger[2], ledger[3]
    return [*ledger[:2], fourth._replace(seq=3), third._replace(seq=4), *ledger[4:]]


def inserted(ledger: list[Entry]) -> list[Entry]:
    later = [entry._replace(seq=entry.seq + 1) for entry in ledger[2:]]
    return [*ledger[:2], Entry(3, "p9", "f" * 64, a_row(9), None), *later]


def rewritten(ledger: list[Entry]) -> list[Entry]:
    rows = [a_row(number) for number in (1, 2, 9, 4, 5, 6)]
    return entries_of(rows)


TAMPERED: dict[str, tuple[Callable[[list[Entry]], list[Entry]], Break]] = {
    "a row is gone": (
        lambda ledger: [*ledger[:2], ledger[2]._replace(row=None), *ledger[3:]],
        Break(Fault.ROW_MISSING, 3, "p3"),
    ),
    "a link is gone": (lambda ledger: [*ledger[:2], *ledger[3:]], Break(Fault.LINK_MISSING, 3)),
    "two links changed places": (moved, Break(Fault.ALTERED, 3, "p4")),
    "a link was inserted": (inserted, Break(Fault.ALTERED, 3, "p9")),
    "a hash was altered": (
        lambda ledger: [*ledger[:2], ledger[2]._replace(hash="0" * 64), *ledger[3:]],
        Break(Fault.ALTERED, 3, "p3"),
    ),
    "the last hash was altered": (
        lambda ledger: [*ledger[:5], ledger[5]._replace(hash="0" * 64)],
        Break(Fault.ALTERED, 6, "p6"),
    ),
    "a position was altered": (
        lambda ledger: [
            *ledger[:2],
            ledger[2]._replace(position=(*POSITION[:1], 40.0, *POSITION[2:])),
            *ledger[3:],
        ],
        Break(Fault.POSITION_ALTERED, 3, "p3"),
    ),
    "the end is gone": (lambda ledger: ledger[:4], Break(Fault.CUT_OFF, 5)),
    "everything is gone": (lambda ledger: [], Break(Fault.CUT_OFF, 1)),
    "all hashes were computed anew": (rewritten, Break(Fault.REWRITTEN, 6, "p6")),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_the_first_broken_place_is_named(name: str) -> None:
    change, expected = TAMPERED[name]
    last, broken = follow(HEAD, change(list(LEDGER)))
    assert broken == expected
    assert last.seq == expected.seq - 1


def test_a_chain_computed_anew_with_its_head_is_caught_by_a_link_kept_elsewhere() -> None:
    forged = rewritten(list(LEDGER))
    head = Link(6, forged[-1].hash)
    assert follow(head, forged)[1] is None
    assert follow(head, forged, Link(4, LEDGER[3].hash))[1] == Break(Fault.REWRITTEN, 4, "p4")
    assert follow(head, forged, HEAD)[1] == Break(Fault.REWRITTEN, 6, "p6")


def test_an_end_cut_off_with_its_head_is_caught_by_a_link_kept_elsewhere() -> None:
    head = Link(4, LEDGER[3].hash)
    assert follow(head, LEDGER[:4])[1] is None
    assert follow(head, LEDGER[:4], HEAD)[1] == Break(Fault.CUT_OFF, 5)


def test_a_chain_that_grows_while_it_is_read_holds() -> None:
    head_before = Link(4, LEDGER[3].hash)
    last, broken = follow(head_before, LEDGER)
    assert concluded(last, broken, HEAD, Counts(6, 0, 6)).broken is None


@pytest.mark.parametrize(
    ("head", "counts", "broken"),
    [
        (HEAD, Counts(6, 2, 8), None),
        (None, Counts(6, 2, 8), Break(Fault.HEAD_ALTERED, 0)),
        (Link(5, LEDGER[4].hash), Counts(6, 2, 8), Break(Fault.HEAD_ALTERED, 6)),
        (HEAD, Counts(6, 2, 9, "p9"), Break(Fault.FORGED, 0, "p9")),
        (HEAD, Counts(6, 2, 9), Break(Fault.MISCOUNTED, 0)),
        (HEAD, Counts(6, 2, 7), Break(Fault.MISCOUNTED, 0)),
    ],
)
def test_what_stands_beside_the_chain_counts_too(head: Link | None, counts: Counts, broken: Break | None) -> None:
    assert concluded(HEAD, None, head, counts).broken == broken


@pytest.mark.parametrize(("one", "other"), [("1", 1), (None, ""), (None, "null"), (1, 1.0), ("b''", b"")])
def test_values_that_look_alike_are_told_apart(one: object, other: object) -> None:
    assert link_hash(START.hash, (one,)) != link_hash(START.hash, (other,))


def test_a_link_is_read_as_it_is_written() -> None:
    assert link_of(str(HEAD)) == HEAD
    for text in ("", "6", "6:", f"x:{HEAD.hash}", f"6:{HEAD.hash[1:]}", f"6:{HEAD.hash.upper()}"):
        with pytest.raises(ValueError, match="is no link such as"):
            link_of(text)
