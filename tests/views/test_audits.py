"""What an operator reads after an audit."""

from bot.domain.chain import Audit, Break, Fault, Link
from bot.views.audits import as_dict, lines

LAST = Link(4, "ab" * 32)


def test_a_chain_that_holds_promises_nothing_of_the_file() -> None:
    heading, verdict, limit = lines(Audit(LAST, 4, 1, None))
    assert heading == f"4 punches sealed, 1 not yet; holds up to link {LAST}"
    assert verdict == "The chain holds."
    assert "not looked at" in limit


def test_every_fault_is_put_into_words_of_its_own() -> None:
    said = [lines(Audit(LAST, 4, 1, Break(fault, 0)))[1] for fault in Fault]
    assert len(set(said)) == len(said)
    assert all(line.startswith("BROKEN ") for line in said)
    assert not as_dict(Audit(LAST, 4, 1, Break(Fault.CUT_OFF, 5)))["holds"]
