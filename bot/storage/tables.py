"""The schema: every table with its types, keys and indexes. `migrations/` creates it in a database.

Columns are integers (flags, and milliseconds since 1970 UTC in `*_ms`), floats and text (ISO dates, words, JSON).
"""

import re
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

# PostgreSQL, too, compares text by its bytes, as SQLite does.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_KINDS: dict[str, Any] = {"int": sa.Integer(), "big": sa.BigInteger(), "real": sa.Double(), "text": _TEXT}
_COLUMN = re.compile(r"(?P<name>\w+)(:(?P<kind>\w+))?(?P<marks>[*?!]*)(>(?P<other>\w+))?")


def _table(name: str, columns: str, *more: sa.schema.SchemaItem) -> sa.Table:
    """Describe a table by its columns, which have blanks between them.

    `*_ms` are big integers, others text, unless `:int`, `:big` or `:real` follows. Then come `*` for a part of the
    key, `?` for what may be NULL, `!` for what is unique, and `>punches` for a reference to the ledger.
    """
    return sa.Table(name, metadata, *map(_column, columns.split()), *more)


def _column(spec: str) -> sa.Column[Any]:
    match = _COLUMN.fullmatch(spec)
    assert match is not None, spec
    name, marks, other = match["name"], match["marks"], match["other"]
    return sa.Column(
        name,
        _KINDS[match["kind"] or ("big" if name.endswith("_ms") else "text")],
        *([sa.ForeignKey(f"{other}.punch_id")] if other else []),
        primary_key="*" in marks,
        nullable="?" in marks,
        unique="!" in marks or None,
        autoincrement=False,
    )


def _index(name: str, columns: str, where: str | None = None, *, unique: bool = False) -> sa.Index:
    """Return an index of columns with blanks between them, with `where` one of few rows."""
    some = None if where is None else sa.text(where)
    return sa.Index(name, *columns.split(), unique=unique, sqlite_where=some, postgresql_where=some)


replicas = _table("replicas", "owner* alive_until_ms")

# A row is open until `finished_ms`. `owner` is the process that works on it, NULL for nobody. `id` counts up.
inbox = _table(
    "inbox",
    "message_id! person received_ms body owner? not_before_ms finished_ms?",
    sa.Column("id", _KINDS["big"].with_variant(sa.Integer, "sqlite"), sa.Identity(always=True), primary_key=True),
    _index("inbox_open", "person id", "finished_ms IS NULL"),
)

punches = _table(
    "punches",
    """punch_id* user_id work_date check_type check_point? punched_ms received_ms time_result
    late_minutes:int location_result site? distance_m:real? location_digest source message_id! note
    corrects?>punches""",
    _index("punches_of_person", "user_id work_date"),
    _index("punches_of_day", "work_date user_id punched_ms"),
    _index("punches_corrected", "corrects", "corrects IS NOT NULL"),
    _index("corrections_of_people", "user_id", "corrects IS NOT NULL"),
)

# Beside the ledger, so that retention can remove a position and `location_digest` still proves it.
punch_locations = _table(
    "punch_locations", "punch_id*>punches salt latitude:real longitude:real accuracy_m:real? datum source"
)

# What is owed to somebody outside since `moment_ms`; `domain/outbox.py` tells of each kind.
# `due_ms` is NULL once nothing more is owed. `in_flight` tells that `owner` may have sent it.
outbox = _table(
    "outbox",
    "kind* about* recipient* which* payload state reason moment_ms due_ms? tries:int owner? in_flight:int",
    _index("outbox_due", "kind due_ms", "due_ms IS NOT NULL"),
)

# Actions that wait for somebody: buttons, and asks (then `slot` is what lacks). `reply_id` is the message that was
# answered with them, `pressed_by` the message that pressed one of them.
buttons = _table(
    "buttons",
    """user_id* token* conversation reply_id action asked_ms expires_ms slot? sure:int pressed_by?
    closed_by?""",
    _index("buttons_by_time", "expires_ms"),
)

# A card's addressees, those of them who still see its buttons, and the words of its buttons.
cards = _table(
    "cards", "out_track_id* kind about user_ids waiting says sent_ms", _index("cards_by_time", "sent_ms")
)

people = _table("people", "user_id* name union_id? department_ids leads active:int read_ms left_ms?")

# People and departments that an event called changed and that no reading begun since has covered.
# The subject "" is all departments. `doubted_ms` is by the clock that all processes share.
doubts = _table("doubts", "subject* doubted_ms")

plans = _table(
    "plans", "user_id* work_date* body read_ms begun_ms", _index("plans_of_day", "work_date read_ms user_id")
)

# Which punch each link of the hash chain seals, in the order of the links.
ledger_chain = _table("ledger_chain", "seq:int* punch_id!>punches hash")

# The last link again, in its one row: a chain that ends earlier was cut.
ledger_head = _table("ledger_head", "id:int* seq:big hash", sa.CheckConstraint("id = 1"))

# Punches still without a link, written with them; however late one is committed, its row here comes with it.
ledger_unsealed = _table("ledger_unsealed", "punch_id*>punches")

# A turn of a job is done once `finished_ms` is there; until then it is its owner's, for as long as that lives.
jobs = _table("jobs", "name* turn* owner? finished_ms?")

# Since when or until when something that there is once holds, by its name.
moments = _table("moments", "name* at_ms")

departments = _table("departments", "department_id:big* name parent_id:big? managers")

# Each change of anybody takes the next `change_number`.
wishes = _table("wishes", "user_id* change_number:big! body")

# `heard_ms` is when the event came, or when the reading began.
absences = _table(
    "absences",
    "user_id* source* absence_id* starts_ms ends_ms pending:int heard_ms",
    _index("absences_by_end", "ends_ms"),
)

native_punches = _table(
    "native_punches",
    "user_id* punched_ms* check_type? due_ms? location_result?",
    _index("native_punches_by_time", "punched_ms"),
)

# Up to which moment DingTalk's punches and leave of a work date have been read.
day_readings = _table("day_readings", "user_id* work_date* until_ms")

# What somebody asked to be put right; `reference` is what people call it by.
corrections = _table(
    "corrections",
    """reference* user_id message_id! work_date check_type check_point punched_ms time_result
    late_minutes:int reason asked_ms expires_ms state decided_by? decided_ms? answer""",
    _index("corrections_of_person", "user_id work_date"),
    _index("corrections_open", "expires_ms", "state = 'asked'"),
    # Whether an approved one stands in the way hangs on the states of its punch, which no index can tell.
    _index(
        "corrections_of_check",
        "user_id work_date check_point",
        where="state IN ('asked', 'refused')",
        unique=True,
    ),
)

# What leads said of somebody's day: excused, or that taken back. The last number holds.
excuse_decisions = _table(
    "excuse_decisions",
    "user_id* work_date* number:int* excused:int decided_by reason decided_ms",
    _index("excuse_decisions_of_day", "work_date user_id"),
)
