"""The schema: every table with its types, keys and indexes. `migrations/` creates it in a database.

Only integers (flags, milliseconds since 1970 UTC in `*_ms`), floats and text are stored, so that rows need no
conversion on their way: ISO dates, DingTalk's words and compact JSON are text.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.compiler import TypeCompiler

metadata = MetaData()


class Words(Text):
    """Text that PostgreSQL compares by its bytes, too, as SQLite does."""


@compiles(Words, "postgresql")
def _by_bytes(element: Words, compiler: TypeCompiler, **options: object) -> str:
    return 'TEXT COLLATE "C"'


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(name, metadata, *items)


def _columns(kind: Any, names: tuple[str, ...], options: dict[str, Any]) -> list[Column[Any]]:
    """Return columns of one type. `name?` may be NULL, `name!` is unique."""
    return [
        Column(
            name.rstrip("?!"), kind, **{"nullable": name[-1] == "?", "unique": name[-1] == "!" or None, **options}
        )
        for name in names
    ]


def _text(*names: str, **options: Any) -> list[Column[str]]:
    return _columns(Words, names, options)


def _whole(*names: str, **options: Any) -> list[Column[int]]:
    return _columns(BigInteger, names, options)


def _small(*names: str, **options: Any) -> list[Column[int]]:
    return _columns(Integer, names, options)


def _real(*names: str, **options: Any) -> list[Column[float]]:
    return _columns(Double, names, options)


def _keys(*names: str) -> list[Column[str]]:
    return _text(*names, primary_key=True)


_ZERO = {"server_default": text("0")}


def _number() -> Column[int]:
    """Return a key that the database counts up."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, Identity(always=True), primary_key=True)


def _of_punch(**options: Any) -> Column[str]:
    return Column("punch_id", Words, ForeignKey("punches.punch_id"), **options)


def _index(name: str, *columns: str, where: str | None = None, unique: bool = False) -> Index:
    """Return an index, with `where` one of few rows."""
    some = None if where is None else text(where)
    return Index(name, *columns, unique=unique, sqlite_where=some, postgresql_where=some)


replicas = _table("replicas", *_keys("owner"), *_whole("alive_until_ms"))

# A row is open until `finished_ms`. `owner` is the process it belongs to, NULL for nobody; `handed` tells that
# another process left it to its owner, who has not picked it up yet.
inbox = _table(
    "inbox",
    _number(),
    *_text("message_id!", "person"),
    *_whole("received_ms"),
    *_text("body", "owner?"),
    *_small("handed", "postponed", **_ZERO),
    *_whole("not_before_ms", **_ZERO),
    *_whole("finished_ms?"),
    _index("inbox_open", "person", "id", where="finished_ms IS NULL"),
)

punches = _table(
    "punches",
    *_keys("punch_id"),
    *_text("user_id", "work_date", "check_type", "check_point?"),
    *_whole("punched_ms", "received_ms"),
    *_text("time_result"),
    *_small("late_minutes"),
    *_text("location_result", "site?"),
    *_real("distance_m?"),
    *_text("location_digest", "source", "message_id!", "note"),
    Column("corrects", Words, ForeignKey("punches.punch_id")),
    _index("punches_of_person", "user_id", "work_date"),
    _index("punches_of_day", "work_date", "user_id", "punched_ms"),
    _index("punches_corrected", "corrects", where="corrects IS NOT NULL"),
    _index("corrections_of_people", "user_id", where="corrects IS NOT NULL"),
)

# Beside the ledger, so that retention can remove a position and `location_digest` still proves it.
punch_locations = _table(
    "punch_locations",
    _of_punch(primary_key=True),
    *_text("salt"),
    *_real("latitude", "longitude", "accuracy_m?"),
    *_text("datum", "source"),
)

# What is owed to somebody outside since `moment_ms`; `domain/outbox.py` tells of each kind.
# `due_ms` is NULL once nothing more is owed. `in_flight` tells that `owner` may have sent it.
outbox = _table(
    "outbox",
    *_keys("kind", "about", "recipient", "which"),
    *_text("payload", "state", "reason"),
    *_whole("moment_ms", "due_ms?"),
    *_small("tries"),
    *_text("owner?"),
    *_small("in_flight"),
    _index("outbox_due", "kind", "due_ms", where="due_ms IS NOT NULL"),
    _index("outbox_held", "recipient", where="state = 'held'"),
)

# Actions that wait for somebody: buttons, and asks (then `slot` is what lacks). `reply_id` is the message that was
# answered with them, `pressed_by` the message that pressed one of them.
buttons = _table(
    "buttons",
    *_keys("user_id", "token"),
    *_text("conversation", "reply_id", "action"),
    *_whole("asked_ms", "expires_ms"),
    *_text("slot?"),
    *_small("sure"),
    *_text("pressed_by?", "closed_by?"),
    _index("buttons_by_time", "expires_ms"),
)

# Whoever left keeps the name that the ledger's export shows. `left_ms` is when that was heard, by the clock that
# all processes share; `told_ms` when they left or joined by the newest event that told of it.
people = _table(
    "people",
    *_keys("user_id"),
    *_text("name", "union_id?", "department_ids", "leads"),
    *_small("active"),
    *_whole("read_ms", "left_ms?", "told_ms?"),
    _index("people_changed", "read_ms"),
)

# People and departments that an event called changed and that no reading begun since has covered.
# The department "" is all of them. `doubted_ms` is by the clock that all processes share.
doubts = _table("doubts", *_keys("kind", "subject"), *_whole("doubted_ms"))

plans = _table(
    "plans",
    *_keys("user_id", "work_date"),
    *_text("body"),
    *_whole("read_ms", "begun_ms"),
    _index("plans_of_day", "work_date", "read_ms", "user_id"),
)

# Which punch each link of the hash chain seals, in the order of the links.
ledger_chain = _table(
    "ledger_chain",
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _of_punch(nullable=False, unique=True),
    *_text("hash"),
)

# The last link again, in its one row: a chain that ends earlier was cut.
ledger_head = _table(
    "ledger_head",
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    *_whole("seq"),
    *_text("hash"),
)

# Punches still without a link, written with them; however late one is committed, its row here comes with it.
ledger_unsealed = _table("ledger_unsealed", _of_punch(primary_key=True))

# A turn of a job is done once `finished_ms` is there; until then it is its owner's, for as long as that lives.
jobs = _table(
    "jobs",
    *_keys("name", "turn"),
    *_text("owner?"),
    *_whole("finished_ms?"),
)

# Since when or until when something that there is once holds, by its name.
moments = _table("moments", *_keys("name"), *_whole("at_ms"))

departments = _table(
    "departments",
    Column("department_id", BigInteger, primary_key=True, autoincrement=False),
    *_text("name"),
    *_whole("parent_id?"),
    *_text("managers"),
)

# Each change takes the next `change_number`, whoever it is of.
wishes = _table("wishes", *_keys("user_id"), *_whole("change_number!"), *_text("body"))

# `heard_ms` is when the event came, or when the reading began.
absences = _table(
    "absences",
    *_keys("user_id", "source", "absence_id"),
    *_whole("starts_ms", "ends_ms"),
    *_small("pending"),
    *_whole("heard_ms"),
    _index("absences_by_end", "ends_ms"),
)

native_punches = _table(
    "native_punches",
    *_keys("user_id"),
    *_whole("punched_ms", primary_key=True),
    *_text("check_type?"),
    *_whole("due_ms?"),
    *_text("location_result?"),
    _index("native_punches_by_time", "punched_ms"),
)

# Up to which moment DingTalk's punches and leave of a work date have been read.
day_readings = _table("day_readings", *_keys("user_id", "work_date"), *_whole("until_ms"))

# What somebody asked to be put right; `reference` is what people call it by.
corrections = _table(
    "corrections",
    *_keys("reference"),
    *_text("user_id", "message_id!", "work_date", "check_type", "check_point"),
    *_whole("punched_ms"),
    *_text("time_result"),
    *_small("late_minutes"),
    *_text("reason"),
    *_whole("asked_ms", "expires_ms"),
    *_text("state", "decided_by?"),
    *_whole("decided_ms?"),
    *_text("answer"),
    _index("corrections_of_person", "user_id", "work_date"),
    _index("corrections_open", "expires_ms", where="state = 'asked'"),
    # Whether an approved one stands in the way hangs on the states of its punch, which no index can tell.
    _index(
        *("corrections_of_check", "user_id", "work_date", "check_point"),
        where="state IN ('asked', 'refused')",
        unique=True,
    ),
)

# What leads said of somebody's day: excused, or that taken back. The last number holds.
excuse_decisions = _table(
    "excuse_decisions",
    *_keys("user_id", "work_date"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    *_text("state", "decided_by", "reason"),
    *_whole("decided_ms"),
    _index("excuse_decisions_of_day", "work_date", "user_id"),
)

# The people who had the position notice, and when.
position_notices = _table("position_notices", *_keys("user_id"), *_whole("told_ms"))
