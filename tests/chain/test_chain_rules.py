"""The rules of the hash chain: each change of a sealed ledger is found at its first place."""

import hashlib
from collections.abc import Callable

import pytest

from bot.domain.chain import FIELDS, START, Entry, Link, Row, follow, link_hash, link_of
from bot.domain.sites import position_digest

POSITION: dict[str, object] = {
    "salt": "salt",
    "latitude": 39.908823,
    "longitude": 116.39747,
    "accuracy_m": 20.0,
    "datum": "gcj02",
    "source": "typed",
}
ALTERED = "the punch or its link was altered"


def a_row(number: int) -> tuple[object, ...]:
    digest = position_digest(POSITION)
    judged = ("Late", 3, "Normal", "HQ", 12.5, digest, "chat", f"m{number}", "堵车", None)
    return (
        f"p{number}",
        "u1",
        "2026-11-24",
        "OnDuty",
        "OnDuty/0",
        1_795_481_880_000,
        1_795_481_880_250,
        *judged,
    )


def entries_of(rows: list[Row]) -> list[Entry]:
    entries: list[Entry] = []
    last = START
    for row in rows:
        last = Link(last.seq + 1, link_hash(last.hash, row))
        entries.append(Entry(last, row, str(row[0])))
    return entries


LEDGER = entries_of([a_row(number) for number in range(1, 7)])
HEAD = LEDGER[-1].link
REWRITTEN = entries_of([a_row(number) for number in (1, 2, 9, 4, 5, 6)])


def broken(ledger: list[Entry], *wanted: Link) -> tuple[str, int, str | None]:
    """Return the fault of a broken ledger, its link and its punch."""
    last, found = follow(ledger, wanted or [HEAD])
    assert found is not None
    assert last.seq == found.seq - 1
    return found


def test_the_form_of_a_link_never_changes() -> None:
    assert len(a_row(1)) == len(FIELDS) == 17
    text = (
        '["p1","u1","2026-11-24","OnDuty","OnDuty/0",1795481880000,1795481880250,"Late",3,"Normal","HQ",12.5,'
        f'"{position_digest(POSITION)}","chat","m1","\\u5835\\u8f66",null]'
    )
    assert (
        link_hash(START.hash, a_row(1))
        == hashlib.sha256(("0" * 64 + text).encode("ascii")).hexdigest()
    )
    where = "salt|39.908823|116.39747|20.0|gcj02|typed"
    assert position_digest(POSITION) == hashlib.sha256(where.encode("ascii")).hexdigest()


def test_an_untouched_ledger_holds_up_to_its_head() -> None:
    assert follow(LEDGER, [HEAD]) == (HEAD, None)
    assert follow([], [START]) == (START, None)
    assert follow(LEDGER, [LEDGER[3].link]) == (HEAD, None), "the ledger grew during the audit"


@pytest.mark.parametrize("name", FIELDS)
def test_an_altered_field_is_found_in_its_row(name: str) -> None:
    for at in (1, 3, 6):
        ledger, field = list(LEDGER), FIELDS.index(name)
        row = a_row(at)
        ledger[at - 1] = ledger[at - 1]._replace(row=(*row[:field], "altered", *row[field + 1 :]))
        fault, link, punch_id = broken(ledger)
        assert (fault.startswith(ALTERED), link, punch_id) == (True, at, f"p{at}")


def third(**changed: object) -> Callable[[], list[Entry]]:
    return lambda: [*LEDGER[:2], LEDGER[2]._replace(**changed), *LEDGER[3:]]  # type: ignore[arg-type]


def inserted() -> list[Entry]:
    later = [
        entry._replace(link=entry.link._replace(seq=entry.link.seq + 1)) for entry in LEDGER[2:]
    ]
    return [*LEDGER[:2], Entry(Link(3, "f" * 64), a_row(9), "p9"), *later]


@pytest.mark.parametrize(
    ("tampered", "fault", "link", "punch_id"),
    [
        (third(row=None), "the punch was removed", 3, "p3"),
        (lambda: [*LEDGER[:2], *LEDGER[3:]], "the link was removed", 3, None),
        (inserted, ALTERED, 3, "p9"),
        (third(link=Link(3, "0" * 64)), ALTERED, 3, "p3"),
        (
            third(fault="the punch's position was altered"),
            "the punch's position was altered",
            3,
            "p3",
        ),
        (lambda: LEDGER[:4], "the chain ends before it", 5, None),
        (lambda: [], "the chain ends before it", 1, None),
        (lambda: REWRITTEN, "the chain was rewritten", 6, "p6"),
    ],
)
def test_the_first_broken_place_is_named(
    tampered: Callable[[], list[Entry]], fault: str, link: int, punch_id: str | None
) -> None:
    found = broken(tampered())
    assert (found[0].startswith(fault), *found[1:]) == (True, link, punch_id)


def test_a_link_kept_elsewhere_finds_a_rewritten_chain() -> None:
    head = REWRITTEN[-1].link
    assert follow(REWRITTEN, [head])[1] is None
    assert broken(REWRITTEN, head, LEDGER[3].link)[1:] == (4, "p4")
    assert broken(REWRITTEN, head, HEAD)[1:] == (6, "p6")
    assert broken(LEDGER[:4], LEDGER[3].link, HEAD)[1:] == (5, None)


def test_a_link_can_be_written_and_read() -> None:
    assert link_of(str(HEAD)) == HEAD
    for text in ("", "6", "6:", f"x:{HEAD.hash}", f"6:{HEAD.hash[1:]}", f"6:{HEAD.hash.upper()}"):
        with pytest.raises(ValueError, match="is no link such as"):
            link_of(text)
