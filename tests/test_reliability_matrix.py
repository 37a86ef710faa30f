"""The tables of `docs/reliability.md`: complete, shown by tests that are run, with the bounds of the code."""

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from bot.chat.dispatcher import MOST_IN_MEMORY
from bot.dingtalk.connection import MOST_IN_HAND
from bot.storage.inbox import MOST_OPEN
from bot.storage.sqlite import BUSY_S

ROOT = Path(__file__).parent.parent
INVARIANTS = [f"I{number}" for number in range(1, 9)]
ROW = re.compile(r"[FRL]\d+")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def page() -> str:
    """Return the page."""
    return (ROOT / "docs/reliability.md").read_text(encoding="utf-8")


def cells_of(pattern: str, columns: int) -> dict[str, list[str]]:
    """Return the cells of each row of a table whose first cell matches, by that cell."""
    found: dict[str, list[str]] = {}
    for line in page().splitlines():
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(pattern, first):
            assert first not in found, f"{first} is there twice"
            assert len(cells) == columns, f"{first} has another number of columns"
            found[first] = cells
    return found


def rows() -> dict[str, list[str]]:
    """Return fault, behaviour and proof of each row, by number."""
    return cells_of(ROW.pattern, 3)


def announced() -> list[str]:
    """Return the numbers that the page says it has, in order."""
    (sentence,) = re.findall(r"^The rows are (.*)\.$", page(), re.MULTILINE)
    found = []
    for part in re.split(", | and ", sentence):
        first, last = (re.fullmatch(r"([FRL])(\d+)", end) for end in part.split("–"))
        assert first and last and first[1] == last[1], part
        width = len(first[2])
        found += [f"{first[1]}{number:0{width}}" for number in range(int(first[2]), int(last[2]) + 1)]
    return found


@cache
def run_of(path: str) -> frozenset[str]:
    """Return what pytest runs of a file: its tests, also in classes, and its state machines."""
    if not Path(path).name.startswith("test_"):
        return frozenset()
    found = set()
    nodes = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    within = (node.body for node in nodes if isinstance(node, ast.ClassDef) and node.name.startswith("Test"))
    for node in (*nodes, *chain.from_iterable(within)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase"):
            found |= {
                name.id for name in node.targets if isinstance(name, ast.Name) and name.id.startswith("Test")
            }
    return frozenset(found)


def test_no_row_is_missing_and_each_kind_begins_with_the_first() -> None:
    assert list(rows()) == announced()
    assert {number for number in announced() if re.fullmatch(r"[FRL]0*1", number)} == {"F01", "R01", "L1"}


def test_no_invariant_is_missing() -> None:
    assert list(cells_of(r"I\d+", 2)) == INVARIANTS


@pytest.mark.parametrize("number", rows())
def test_each_fault_has_a_test_or_a_reason(number: str) -> None:
    fault, behaviour, proof = rows()[number]
    assert fault and behaviour
    assert bool(TEST.search(proof)) is not bool(re.match(r"dropped: \w.{20}", behaviour))


@pytest.mark.parametrize("number", INVARIANTS)
def test_each_invariant_has_a_test(number: str) -> None:
    assert TEST.search(cells_of(r"I\d+", 2)[number][1])


def test_every_test_that_is_named_is_one_that_is_run() -> None:
    named = TEST.findall(page())
    assert len(named) > 86
    assert [f"{path}::{name}" for path, name in named if name not in run_of(path)] == []


def test_every_proof_is_made_of_tests_alone() -> None:
    proofs = {number: cells[-1] for number, cells in (rows() | cells_of(r"I\d+", 2)).items()}
    odd = {number: TEST.sub("", proof).replace("<br>", "").strip() for number, proof in proofs.items()}
    assert {number: rest for number, rest in odd.items() if rest} == {}


@pytest.mark.parametrize(
    ("number", "bound"),
    [
        ("F27", f"no more than {MOST_OPEN} messages are open"),
        ("F34", f"at most {MOST_IN_HAND:,} frames are in hand and {MOST_IN_MEMORY:,} messages in memory"),
        ("F43", f"waited for up to {BUSY_S:g} s"),
    ],
)
def test_the_bounds_that_the_page_names_are_those_of_the_code(number: str, bound: str) -> None:
    assert bound in rows()[number][1]
