"""The fault matrix of `docs/reliability.md`: complete, and every test it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAULTS = [*(f"F{number:02}" for number in range(1, 87)), *(f"R{number:02}" for number in range(1, 9))]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> dict[str, tuple[str, str, str]]:
    """Return fault, behaviour and proof of each row, by number."""
    found: dict[str, tuple[str, str, str]] = {}
    for line in (ROOT / "docs/reliability.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[FRL]\d+", cells[0]):
            assert cells[0] not in found, f"{cells[0]} is there twice"
            _, fault, behaviour, proof = cells
            found[cells[0]] = fault, behaviour, proof
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the tests of a file, and its state machines."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_no_fault_is_missing() -> None:
    assert [fault for fault in FAULTS if fault not in rows()] == []
    numbers = [int(number.removeprefix("F")) for number in rows() if number.startswith("F")]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("number", rows())
def test_each_fault_has_a_test_or_a_reason(number: str) -> None:
    fault, behaviour, proof = rows()[number]
    assert fault and behaviour
    assert TEST.search(proof) or re.match(r"dropped: \w.{20}", behaviour)


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall((ROOT / "docs/reliability.md").read_text(encoding="utf-8"))
    assert len(named) > 86
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_every_proof_is_made_of_tests_alone() -> None:
    for number, (_, _, proof) in rows().items():
        assert TEST.sub("", proof).replace("<br>", "").strip() == "", number
