"""A long ledger is audited in stretches, each in a process of its own, with the same finding.

What is found in a stretch is found by `walked`, whichever process calls it; what comes of having several is shown
by the tests of `audit_aside`: that they find the end, a break and what cannot be read.
"""

import pytest

from bot.auditing import audit_aside
from bot.domain.chain import Audit, Break, Fault, Link
from bot.errors import OperatorError
from bot.storage.chain import audit_ledger, audited, divided, walked
from tests.chain.tampering import punch_id, sealed_ledger, tamper
from tests.storage.stage import SqliteStage, Stage

PUNCHES = 9
BORDERS = (3, 6)  # of three stretches
ALTERED = "UPDATE punches SET late_minutes = 99 WHERE punch_id = '{}'"


def in_stretches(stage: Stage, kept: Link | None = None) -> Audit:
    """Audit in three stretches, one after the other in this process."""
    head, stretches = divided(stage.url, 3, 1)
    return audited(stage.url, [walked(stage.url, head, kept, stretch) for stretch in stretches])


async def test_it_is_found_to_hold_up_to_its_end_and_what_waits_is_counted(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage, PUNCHES)
    head, stretches = divided(stage.url, 3, 1)
    assert head is not None
    assert head.seq == PUNCHES
    assert [(one.after.seq, one.upto) for one in stretches] == [(0, 3), (3, 6), (6, None)]
    await punch_id(store, stage, 10)
    found = await audit_aside(stage.url, head, most=3, at_least=1)
    assert found == audit_ledger(stage.url)
    assert (found.head.seq, found.sealed, found.unsealed, found.broken) == (PUNCHES, PUNCHES, 1, None)


@pytest.mark.parametrize("at", [BORDERS[0], BORDERS[0] + 1, BORDERS[1], BORDERS[1] + 1])
async def test_a_break_at_a_border_is_named_and_of_two_in_different_stretches_the_first(
    stage: Stage, at: int
) -> None:
    _, ids = await sealed_ledger(stage, PUNCHES)
    tamper(stage, ALTERED.format(ids[at - 1]), ALTERED.format(ids[PUNCHES - 1]))
    found = in_stretches(stage)
    assert found.broken == Break(Fault.ROW_ALTERED, at, ids[at - 1])
    assert found == audit_ledger(stage.url)


async def test_of_two_breaks_in_different_processes_the_first_is_named(stage: Stage) -> None:
    _, ids = await sealed_ledger(stage, PUNCHES)
    tamper(stage, ALTERED.format(ids[BORDERS[0]]), ALTERED.format(ids[PUNCHES - 1]))
    found = await audit_aside(stage.url, None, most=3, at_least=1)
    assert found.broken == Break(Fault.ROW_ALTERED, BORDERS[0] + 1, ids[BORDERS[0]])
    assert found == audit_ledger(stage.url)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_chain WHERE seq = 3",
        "DELETE FROM ledger_chain WHERE seq IN (3, 4, 6, 7)",
        "DELETE FROM ledger_chain WHERE seq > 4",
        "UPDATE ledger_chain SET hash = 'none' WHERE seq = 6",
        "UPDATE ledger_chain SET seq = -1 WHERE seq = 1",
        "UPDATE ledger_head SET seq = 1000000",
        "UPDATE ledger_head SET seq = 2, hash = (SELECT hash FROM ledger_chain WHERE seq = 2)",
        "DELETE FROM ledger_head",
        "INSERT INTO ledger_unsealed SELECT punch_id FROM ledger_chain WHERE seq = 8",
    ],
)
async def test_whatever_is_done_to_the_chain_is_named_as_by_one_walk(stage: Stage, statement: str) -> None:
    await sealed_ledger(stage, PUNCHES)
    tamper(stage, statement)
    found = in_stretches(stage)
    assert found.broken is not None
    assert found == audit_ledger(stage.url)


async def test_a_link_kept_elsewhere_is_asked_for_in_its_stretch(stage: Stage) -> None:
    await sealed_ledger(stage, PUNCHES)
    for at in (1, 3, 4, 9):
        found = in_stretches(stage, Link(at, "f" * 64))
        assert found.broken is not None
        assert (found.broken.fault, found.broken.seq) == (Fault.REWRITTEN, at)
    found = await audit_aside(stage.url, Link(PUNCHES + 1, "f" * 64), most=3, at_least=1)
    assert found.broken == Break(Fault.CUT_OFF, PUNCHES + 1)


async def test_nothing_changes_on_the_disk(sqlite_stage: SqliteStage) -> None:
    await sealed_ledger(sqlite_stage, PUNCHES)
    before = sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()
    assert (await audit_aside(sqlite_stage.url, None, most=3, at_least=1)).broken is None
    assert (sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()) == before
    assert len(before[1]) > 0, "nothing that could have been checkpointed"


async def test_a_short_ledger_is_walked_at_one_go(stage: Stage) -> None:
    await sealed_ledger(stage, PUNCHES)
    assert len(divided(stage.url, 4, 5)[1]) == 1
    assert len(divided(stage.url, 4, 4)[1]) == 2
    assert len(divided(stage.url, 1, 1)[1]) == 1


async def test_what_cannot_be_read_is_said_as_by_one_walk(sqlite_stage: SqliteStage) -> None:
    await sealed_ledger(sqlite_stage, PUNCHES)
    tamper(sqlite_stage, "ALTER TABLE punch_locations RENAME COLUMN salt TO pepper")
    with pytest.raises(OperatorError, match=r"^The ledger cannot be read to its end: .*salt"):
        await audit_aside(sqlite_stage.url, None, most=3, at_least=1)
