"""Every write of the store has a kill point, or a later read, tick or message repeats it."""

import inspect
import re
from pathlib import Path

from tests.crash import (
    test_killed_at_a_press,
    test_killed_at_the_page,
    test_killed_while_asking,
    test_killed_while_correcting,
)
from tests.crash.test_kill_points import COMPARING, FIRST_LIFE, LATER_LIFE, NOBODY_HEARS
from tests.faults.a_store import StillClock, a_store

WRITES = re.compile(r"_database\.(write|store|run|claim|forget)\(")
PRESSED = test_killed_at_a_press.PUNCHING, test_killed_at_a_press.LEAVING
DECIDING = test_killed_while_correcting.POINTS, test_killed_while_correcting.CHANGING
ELSEWHERE = test_killed_at_the_page.POINTS, *DECIDING
MONTHS = test_killed_at_a_press.LOCKING, test_killed_while_asking.POINTS
TABLES = (COMPARING, FIRST_LIFE, LATER_LIFE, NOBODY_HEARS, *PRESSED, *ELSEWHERE, *MONTHS)
STEPS = {step for table in TABLES for step in table}
AGAIN = """
Absences.note Absences.remove Absences.store ButtonRows.close ButtonRows.move_to_private
ButtonRows.use_up CardRows.close
CardRows.store Corrections.expire DayRows.note_read Excuses.store Figures.shorten_waits Figures.use
Inbox.holds Inbox.release Jobs.finish Jobs.take NativePunches.keep NativePunches.note
Outbox.raise_anew People.doubt People.remove People.replace Privacy.forget_positions_of
Privacy.purge ReminderRows.claim ReminderRows.note_claimed_until ReminderRows.take_over
StandIns.appoint StandIns.end Tokens.add Tokens.note_use Tokens.revoke
"""


def test_every_write_has_a_kill_point_or_is_repeated(tmp_path: Path) -> None:
    killed, writes = set(), set()
    for topic, one in vars(a_store(tmp_path / "none.db", StillClock())).items():
        for name, call in inspect.getmembers(type(one), inspect.iscoroutinefunction):
            if "_" not in (topic[0], name[0]) and WRITES.search(inspect.getsource(call)):
                writes.add(f"{type(one).__name__}.{name}")
                if f"{topic}.{name}" in STEPS:
                    killed.add(f"{type(one).__name__}.{name}")
    assert writes - killed <= set(AGAIN.split())
