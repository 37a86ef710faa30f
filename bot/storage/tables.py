"""The schema: every table with its types, keys and indexes. `schema.py` creates it in a database.

Integers are flags, or milliseconds since 1970 UTC in `*_ms`. Text is ISO dates, words and JSON.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_COLUMN = re.compile(r"(?P<name>\w+)(:(?P<kind>\w+))?(?P<marks>[*?!]*)(>(?P<other>\w+))?")


class Column(NamedTuple):
    """A column. `kind` is a key of `schema.KINDS`; `refers_to` is the ledger for a punch id."""

    name: str
    kind: str
    is_key: bool
    is_nullable: bool
    is_unique: bool
    refers_to: str | None


class Index(NamedTuple):
    """An index of the rows of `where`, None for all rows."""

    name: str
    columns: tuple[str, ...]
    where: str | None
    is_unique: bool


class Table(NamedTuple):
    """A table."""

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_key)


TABLES: dict[str, Table] = {}


def _table(name: str, columns: str, indexes: Sequence[Index] = ()) -> Table:
    """Add a table with these columns, separated by blanks.

    `*_ms` are big integers. Other columns are text, unless `:int`, `:big`, `:real` or `:serial`
    follows. `*` marks a part of the key, `?` a column that may be NULL, `!` a unique one, and
    `>punches` a reference to the ledger.
    """
    table = Table(name, tuple(map(_column, columns.split())), tuple(indexes))
    TABLES[name] = table
    return table


def _column(spec: str) -> Column:
    match = _COLUMN.fullmatch(spec)
    assert match is not None, spec
    name = match["name"]
    marks = match["marks"]
    return Column(
        name=name,
        kind=match["kind"] or ("big" if name.endswith("_ms") else "text"),
        is_key="*" in marks,
        is_nullable="?" in marks,
        is_unique="!" in marks,
        refers_to=match["other"],
    )


def _index(name: str, columns: str, where: str | None = None, *, unique: bool = False) -> Index:
    """Return an index of these columns, separated by blanks, for the rows of `where`."""
    return Index(name, tuple(columns.split()), where, unique)


replicas = _table("replicas", "owner* alive_until_ms")

# A row is open until it has `finished_ms`. `owner` is the process that works on it, NULL for none.
# `id` increases.
inbox = _table(
    "inbox",
    "message_id! person received_ms body owner? not_before_ms finished_ms? id:serial*",
    [_index("inbox_open", "person id", "finished_ms IS NULL")],
)

punches = _table(
    "punches",
    """punch_id* user_id work_date check_type check_point? punched_ms received_ms time_result
    late_minutes:int location_result site? distance_m:real? location_digest source message_id! note
    corrects?>punches""",
    [
        _index("punches_of_person", "user_id work_date"),
        _index("punches_of_day", "work_date user_id punched_ms"),
        _index("punches_corrected", "corrects", "corrects IS NOT NULL"),
        _index("corrections_of_people", "user_id", "corrects IS NOT NULL"),
    ],
)

# Outside the ledger, so that retention can remove a position, and `location_digest` still proves
# it.
punch_locations = _table(
    "punch_locations",
    "punch_id*>punches salt latitude:real longitude:real accuracy_m:real? datum source",
)

# A message or punch that is owed since `moment_ms`; `domain/messages.py` describes each kind.
# `due_ms` is NULL when nothing more is owed. `in_flight` means that `owner` may have sent it.
outbox = _table(
    "outbox",
    (
        "kind* about* recipient* which* payload state reason moment_ms due_ms? tries:int "
        "owner? in_flight:int"
    ),
    [_index("outbox_due", "kind due_ms", "due_ms IS NOT NULL")],
)

# Actions that wait for a person: buttons, and asks with the missing `slot`. `reply_id` is the
# answered message, `pressed_by` the message that pressed a button of this reply.
buttons = _table(
    "buttons",
    """user_id* token* conversation reply_id action asked_ms expires_ms slot? sure:int pressed_by?
    closed_by?""",
    [_index("buttons_by_time", "expires_ms"), _index("buttons_of_reply", "user_id reply_id")],
)

# A card's addressees, those of them who still see its buttons, and the words of its buttons.
cards = _table(
    "cards",
    "out_track_id* kind about user_ids waiting says sent_ms",
    [_index("cards_by_time", "sent_ms")],
)

people = _table(
    "people",
    "user_id* name union_id? department_ids leads active:int job_number read_ms left_ms?",
)

# A person's departments and their names. `until_ms` is NULL while they last. The first read of the
# organisation begins at 0.
memberships = _table(
    "memberships",
    "user_id* since_ms* until_ms? department_ids department",
    [_index("memberships_ended", "until_ms", "until_ms IS NOT NULL")],
)

# Changed people, and "" for changed departments, until a read that begins after the event.
# `doubted_ms` is in the time of the shared clock.
doubts = _table("doubts", "subject* doubted_ms")

plans = _table(
    "plans",
    "user_id* work_date* body read_ms begun_ms",
    [_index("plans_of_day", "work_date read_ms user_id")],
)

# The links of the hash chain, and the punch that each seals.
ledger_chain = _table("ledger_chain", "seq:int* punch_id!>punches hash")

# The last link of each chain, of the `ledger` and of the `steps` of months. A chain that ends
# earlier was cut.
chain_heads = _table("chain_heads", "chain* seq:big hash")

# Punches without a link. Each row is committed with its punch.
ledger_unsealed = _table("ledger_unsealed", "punch_id*>punches")

# A turn of a job is done when it has `finished_ms`. Until then it belongs to its owner while that
# process lives.
jobs = _table("jobs", "name* turn* owner? finished_ms?")

# Single times of the whole bot, by name.
moments = _table("moments", "name* at_ms")

# Billable calls and messages of a month (2026-11) by kind, and what administrators were told in it
# about them.
usage = _table("usage", "month* kind* count:big")

departments = _table("departments", "department_id:big* name parent_id:big? managers")

# Each change takes the next `change_number`.
wishes = _table("wishes", "user_id* change_number:big! body")

absences = _table(
    "absences",
    "user_id* source* absence_id* starts_ms ends_ms pending:int kind",
    [_index("absences_by_end", "ends_ms")],
)

native_punches = _table(
    "native_punches",
    "user_id* punched_ms* check_type? due_ms? location_result?",
    [_index("native_punches_by_time", "punched_ms")],
)

# The time up to which DingTalk's punches and leave of a work date were read.
day_readings = _table("day_readings", "user_id* work_date* until_ms")

# Requests for make-up punches. People name a request by its `reference`.
corrections = _table(
    "corrections",
    """reference* user_id message_id! work_date check_type check_point punched_ms time_result
    late_minutes:int reason asked_ms expires_ms state decided_by? decided_ms? answer""",
    [
        _index("corrections_of_person", "user_id work_date"),
        _index("corrections_open", "expires_ms", "state = 'asked'"),
        # An approved request is not unique here: it counts by the states of its punch, which no
        # index knows.
        _index(
            "corrections_of_check",
            "user_id work_date check_point",
            where="state IN ('asked', 'refused')",
            unique=True,
        ),
    ],
)

# Decisions of leads to excuse a day, or to take an excuse back. The last number holds.
excuse_decisions = _table(
    "excuse_decisions",
    "user_id* work_date* number:int* excused:int decided_by reason decided_ms",
    [_index("excuse_decisions_of_day", "work_date user_id")],
)

# Steps that close people's months, only ever added. A lock has `figures` (JSON) and the ledger's
# `link`. Each `hash` covers the row and the hash before.
month_steps = _table(
    "month_steps",
    "number:int* user_id month kind actor taken_ms seen reason figures link hash",
    [_index("month_steps_of_person", "user_id month"), _index("month_steps_of_actor", "actor")],
)
