"""The tables as SQLAlchemy knows them, for building statements. `schema.py` creates them.

Only integers (flags, milliseconds since 1970 UTC in `*_ms`), floats and text are stored, so that rows need no
conversion on their way: ISO dates, DingTalk's words and compact JSON are text.
"""

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, Table, Text

metadata = MetaData()


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _whole(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]


replicas = Table("replicas", metadata, Column("owner", Text, primary_key=True), *_whole("alive_until_ms"))

# A row is open until `finished_ms`. `owner` is the process it belongs to, NULL for nobody; `handed` tells that
# another process left it to its owner, who has not picked it up yet.
inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, primary_key=True),
    *_text("message_id", "person"),
    *_whole("received_ms"),
    *_text("body", "owner"),
    Column("handed", Integer),
    Column("postponed", Integer),
    *_whole("not_before_ms", "finished_ms"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, primary_key=True),
    *_whole("at_ms"),
    *_text("reason", "head"),
)

punches = Table(
    "punches",
    metadata,
    Column("punch_id", Text, primary_key=True),
    *_text("user_id", "work_date", "check_type", "check_point"),
    *_whole("punched_ms", "received_ms"),
    *_text("time_result"),
    Column("late_minutes", Integer),
    *_text("location_result", "site"),
    Column("distance_m", Double),
    *_text("location_digest", "source", "message_id", "note"),
    *_text("corrects"),
)

# Beside the ledger, so that retention can remove a position and `location_digest` still proves it.
punch_locations = Table(
    "punch_locations",
    metadata,
    Column("punch_id", Text, primary_key=True),
    *_text("salt"),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("accuracy_m", Double),
    *_text("datum", "source"),
)

# One on-duty punch for a check point, whoever races whom.
check_point_claims = Table(
    "check_point_claims",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("work_date", Text, primary_key=True),
    Column("check_point", Text, primary_key=True),
    *_text("punch_id"),
)

# `next_ms` is when the delivery is due, NULL once it is settled. `in_flight` tells that `owner` may have sent it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("punch_id", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    *_text("state", "reason"),
    Column("tries", Integer),
    Column("lookups", Integer),
    *_whole("next_ms"),
    *_text("owner"),
    Column("in_flight", Integer),
)

# `due_ms` is when the receipt is due, NULL once nothing more is owed.
receipts = Table(
    "receipts",
    metadata,
    Column("punch_id", Text, primary_key=True),
    *_text("user_id"),
    Column("is_group", Integer),
    *_text("language", "told"),
    Column("tries", Integer),
    *_whole("due_ms"),
    *_text("owner"),
)

questions = Table(
    "questions",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_text("message_id"),
    *_whole("asked_about_ms", "received_ms", "expires_ms"),
    *_text("source", "direction"),
)

# Somebody who left keeps the name that the ledger's export shows.
people = Table(
    "people",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_text("name", "union_id", "department_ids", "leads"),
    Column("active", Integer),
    *_whole("read_ms", "left_ms"),
)

plans = Table(
    "plans",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("work_date", Text, primary_key=True),
    *_text("body"),
    *_whole("read_ms"),
)

# Which punch each link of the hash chain seals, in the order of the links.
ledger_chain = Table(
    "ledger_chain",
    metadata,
    Column("seq", Integer, primary_key=True),
    *_text("punch_id", "hash"),
)

# The last link again, in its one row: a chain that ends earlier was cut.
ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True),
    *_whole("seq"),
    *_text("hash"),
)

# Punches still without a link, written with them; however late one is committed, its row here comes with it.
ledger_unsealed = Table("ledger_unsealed", metadata, Column("punch_id", Text, primary_key=True))

# A turn of a job is done once `finished_ms` is there; until then it is its owner's, for as long as that lives.
jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turn", Text, primary_key=True),
    *_text("owner"),
    *_whole("finished_ms"),
)

schema_versions = Table(
    "schema_versions",
    metadata,
    Column("version", Integer, primary_key=True),
    *_text("name"),
    *_whole("applied_ms"),
)
