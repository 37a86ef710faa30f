"""Every commit and every call that the program makes is a step at which it is killed, or has a reason not to be.

A new one, which nobody has thought of, fails here.
"""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.dingtalk.attendance import Attendance
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.robot import Robot
from bot.services.outbox.couriers import ClockInTarget
from bot.storage import Store, open_store
from tests.crash.doomed_bot import KillPoint, topics_of
from tests.storage.stage import HandClock

COMMITTING = ("write", "claim", "look", "run", "store", "forget")  # of `Database`
CALLS = {"attendance": Attendance, "contacts": Contacts, "robot": Robot}
TARGETS = ("signed", "record_upload")

HEARD_AGAIN = "of an event, which comes again until it is stored: tests/services/test_directory_changes.py"
READ_AGAIN = "a copy of what DingTalk tells, which is read again when it is not there"
CLEANED_AGAIN = "deletes what is old, and what is left the next night"
A_REMINDER = (
    "no punch hangs on it: a refused or killed claim is in tests/storage/test_store_faults.py and tests/reminders"
)
A_LEADS_NOTE = "what a lead is owed is owed until it is told: tests/storage/test_store_locating.py"
AN_ALERT = "what administrators are owed is owed until it is told: tests/storage/test_store_outbox.py"
A_LEADS_WORD = "one transaction with the notes it owes; the message that wants it is open until it is answered"
A_JOB = "a turn that is taken and not done is free again: tests/replicas/test_scheduled_jobs.py"
A_READING = "only reads, before anything is decided"
NOT_KILLED_AT = {
    **dict.fromkeys(("absences.note", "absences.put", "absences.remove", "people.replace"), READ_AGAIN),
    **dict.fromkeys(("days.add_plans", "days.note_read", "native_punches.keep"), READ_AGAIN),
    **dict.fromkeys(("native_punches.note", "people.remove"), READ_AGAIN),
    **dict.fromkeys(("people.left", "people.joined"), HEARD_AGAIN),
    **dict.fromkeys(("absences.forget", "days.forget", "native_punches.forget", "plans.forget"), CLEANED_AGAIN),
    **dict.fromkeys(("reminders.forget",), CLEANED_AGAIN),
    **dict.fromkeys(("retention.forget_frames", "retention.forget_positions"), CLEANED_AGAIN),
    **dict.fromkeys(("retention.forget_what_was_asked", "retention.forget_phones"), CLEANED_AGAIN),
    "retention.forget_positions_of": "an administrator's command, which says what it did and may be given again",
    **dict.fromkeys(("reminders.claim", "reminders.take_over", "reminders.begin", "reminders.again"), A_REMINDER),
    **dict.fromkeys(("reminders.settle", "reminders.look_on", "digests.change", "digests.look_on"), A_REMINDER),
    **dict.fromkeys(("reminders.undrop", "reminders.free", "nudge_trace.claim"), A_REMINDER),
    **dict.fromkeys(("flags.take_due", "flags.postpone"), A_LEADS_NOTE),
    **dict.fromkeys(("corrections.close", "corrections.expire", "excuses.put"), A_LEADS_WORD),
    "corrections.put_before": "looked for again each minute; who is owed the note already is owed no second one",
    "receipts.take": "of one, as receipts.take_due of many: tests/storage/test_store_receipts.py",
    **dict.fromkeys(("alerts.take_due", "alerts.told", "alerts.postpone"), AN_ALERT),
    "alerts.raise_anew": AN_ALERT,
    "notes.postpone": "a note is owed until it is told, whenever the next try is",
    "buttons.close": "its message is open until it is answered; it finds what it closed, and closes it again",
    "buttons.forget_phrases": "its message is open until it is answered; done again it changes nothing",
    **dict.fromkeys(("jobs.take", "jobs.finish", "jobs.do_once"), A_JOB),
    "inbox.holds": "after a refused commit: tests/faults/test_refused_commits.py and tests/properties",
    "inbox.quarantine": "a frame that nobody can read is no message",
    "tap_questions.deny": "one transaction; said once more it finds nothing, and nothing is recorded by either",
    **dict.fromkeys(("attendance.day_plans", "attendance.leaves", "attendance.approvals"), A_READING),
    **dict.fromkeys(("attendance.planned_checks", "contacts.organisation", "contacts.managers"), A_READING),
    "contacts.user_id_of": A_READING,
    "robot.probe": "the command `check` alone asks it, and sends nothing to anybody",
}


@cache
def steps() -> frozenset[str]:
    """Return what commits, and what is called: `topic.method`."""
    store = open_store("sqlite:///nowhere.db", clock=HandClock(), owner="nobody")
    repositories = {topic: type(found) for topic, found in topics_of(store).items()}
    commits = {f"{topic}.{method}" for topic, kind in repositories.items() for method in committing(kind)}
    of_the_store = {f"store.{method}" for method in ("open", "close", "beat")}
    calls = {f"{topic}.{method}" for topic, kind in CALLS.items() for method in coroutines(kind)}
    sends = {f"{target}.{method}" for target in TARGETS for method in coroutines(ClockInTarget)}
    return frozenset(commits | of_the_store | calls | sends | {"ack"})


@cache
def readings() -> frozenset[str]:
    """Return what only reads in the database."""
    store = open_store("sqlite:///nowhere.db", clock=HandClock(), owner="nobody")
    found = {f"{topic}.{method}" for topic, kind in topics_of(store).items() for method in coroutines(type(kind))}
    return frozenset(found - steps())


def committing(kind: type) -> set[str]:
    """Return the public methods of a repository that write, by themselves or through another."""
    classes = [one for one in reversed(kind.__mro__) if one.__module__.startswith("bot.")]
    trees = [ast.parse(textwrap.dedent(inspect.getsource(one))).body[0] for one in classes]
    bodies = [node for tree in trees if isinstance(tree, ast.ClassDef) for node in tree.body]
    methods = {node.name: node for node in bodies if isinstance(node, ast.AsyncFunctionDef)}
    found: set[str] = set()
    while more := {name for name, node in methods.items() if name not in found and commits(node, found)}:
        found |= more
    return {name for name in found if not name.startswith("_")}


def commits(method: ast.AsyncFunctionDef, others: set[str]) -> bool:
    """Tell whether a method calls the database to write, or one of `others` of its own class."""
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute):
            of = ast.unparse(node.value)
            if (of == "self._database" and node.attr in COMMITTING) or (of == "self" and node.attr in others):
                return True
    return False


def coroutines(kind: type) -> list[str]:
    found = inspect.getmembers(kind, inspect.iscoroutinefunction)
    return [name for name, _ in found if not name.startswith("_")]


@cache
def killed_at() -> frozenset[str]:
    """Return the steps at which a trial of this directory kills."""
    modules = [
        importlib.import_module(f"tests.crash.{path.stem}") for path in Path(__file__).parent.glob("test_*.py")
    ]
    return frozenset(point.step for module in modules for point in points_in(list(vars(module).values())))


def points_in(found: object) -> Iterator[KillPoint]:
    """Walk whatever tests keep their kill points in."""
    if isinstance(found, KillPoint):
        yield found
    elif isinstance(found, dict):
        yield from points_in(list(found.values()))
    elif isinstance(found, list | tuple):
        for one in found:
            yield from points_in(one)
    elif hasattr(found, "points") and not callable(found):
        yield from points_in(found.points)


def test_the_store_writes_only_in_its_topics() -> None:
    assert committing(Store) == set(), "the store's own commits are those of opening, beating and leaving"


def test_each_commit_and_each_call_is_killed_at_or_has_a_reason() -> None:
    assert sorted(steps() - killed_at() - NOT_KILLED_AT.keys()) == []


def test_nothing_is_excused_that_is_killed_at_or_not_there_any_more() -> None:
    assert sorted(NOT_KILLED_AT.keys() & killed_at()) == []
    assert sorted(NOT_KILLED_AT.keys() - steps()) == []


def test_no_kill_point_names_a_step_that_is_not_there() -> None:
    assert sorted(killed_at() - steps() - readings()) == []
