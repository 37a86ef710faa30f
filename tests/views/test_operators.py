"""What an operator reads after an audit."""

import json

from bot.domain.chain import Audit, Break, Fault, Link
from bot.views.operators import audit_json, audit_lines

LAST = Link(4, "ab" * 32)


def test_a_chain_that_holds_promises_nothing_of_the_file() -> None:
    heading, verdict, limit = audit_lines(Audit(LAST, 4, 1, None))
    assert heading == f"4 punches sealed, 1 not yet; holds up to link {LAST}"
    assert verdict == "The chain holds."
    assert "not looked at" in limit


def test_every_fault_has_its_own_words_on_one_line_whatever_the_row_holds() -> None:
    for fault in Fault:
        found = Audit(LAST, 4, 1, Break(fault, 5, "p\n"))
        assert not [line for line in audit_lines(found) if "\n" in line]
        assert not json.loads(json.dumps(audit_json(found)))["holds"]
    said = {audit_lines(Audit(LAST, 4, 1, Break(fault, 0)))[1] for fault in Fault}
    assert len(said) == len(Fault)
    assert all(line.startswith("BROKEN ") for line in said)
