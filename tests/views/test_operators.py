"""What an operator reads after an audit."""

import json

from bot.domain.chain import Audit, Break, Fault, Held, Link
from bot.views.operators import audit_json, audit_lines
from tests.builders import SHANGHAI

LAST = Link(4, "ab" * 32)


def test_a_chain_that_holds_promises_nothing_of_the_file() -> None:
    heading, verdict, limit = audit_lines(Audit(LAST, 4, 1, None), SHANGHAI)
    assert heading == f"4 punches sealed, 1 not yet; holds up to link {LAST}"
    assert verdict == "The chain holds."
    assert "not looked at" in limit


def test_whatever_somebody_put_into_a_row_is_printed_on_its_line_and_is_json() -> None:
    held = Held(b"\xff\xfe", "2026-11-24\nThe chain holds.", None, 1.5)
    found = Audit(LAST, 4, 1, Break(Fault.ALTERED, 5, "p\n"), held)
    assert not [line for line in audit_lines(found, SHANGHAI) if "\n" in line]
    assert "b'\\xff\\xfe'" in audit_lines(found, SHANGHAI)[2]
    assert json.loads(json.dumps(audit_json(found, SHANGHAI)))["holds_now"]["work_date"].startswith("'2026-11-24")


def test_every_fault_is_put_into_words_of_its_own() -> None:
    said = [audit_lines(Audit(LAST, 4, 1, Break(fault, 0)), SHANGHAI)[1] for fault in Fault]
    assert len(set(said)) == len(said)
    assert all(line.startswith("BROKEN ") for line in said)
    assert not audit_json(Audit(LAST, 4, 1, Break(Fault.CUT_OFF, 5)), SHANGHAI)["holds"]


def test_a_row_whose_time_cannot_be_read_is_told_as_it_is() -> None:
    held = Held("user001", "2026-11-24", "OnDuty", "tampered")
    said = audit_lines(Audit(LAST, 4, 1, Break(Fault.ALTERED, 5, "p"), held), SHANGHAI)[2]
    assert said.startswith("The row now says: OnDuty of user001 at tampered, work date 2026-11-24.")
