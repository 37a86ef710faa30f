"""The table of attacks in `docs/location.md`: complete, and every test it names is there."""

import re

from tests.test_reliability_matrix import ROOT, TEST, run_of

ATTACKS = [*(f"S{number}" for number in range(13, 36)), *(f"P{number}" for number in range(1, 12))]
ROW = re.compile(r"\| ([SP]\d+) \| (\S.*?) \| (\S.*?) \| (.*?) \|")


def test_no_attack_is_missing_and_each_is_shown_by_tests_that_exist() -> None:
    rows = {found[1]: found for found in ROW.finditer((ROOT / "docs/location.md").read_text(encoding="utf-8"))}
    assert list(rows) == ATTACKS
    for attack, row in rows.items():
        named = TEST.findall(row[4])
        assert named and not TEST.sub("", row[4]).strip(), attack
        assert [f"{path}::{name}" for path, name in named if name not in run_of(path)] == [], attack
