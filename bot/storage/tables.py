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


def _real(*names: str) -> list[Column[float]]:
    return [Column(name, Double) for name in names]


def _keys(*names: str) -> list[Column[str]]:
    return [Column(name, Text, primary_key=True) for name in names]


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
    *_real("latitude", "longitude", "accuracy_m"),
    *_text("datum", "source"),
)

# One on-duty punch for a check point, whoever races whom.
check_point_claims = Table(
    "check_point_claims",
    metadata,
    *_keys("user_id", "work_date", "check_point"),
    *_text("punch_id"),
)

# `next_ms` is when the delivery is due, NULL once it is settled. `in_flight` tells that `owner` may have sent it.
deliveries = Table(
    "deliveries",
    metadata,
    *_keys("punch_id", "target"),
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

# Actions that wait for somebody: buttons, and asks (then `slot` is what lacks). `reply_id` is the message that was
# answered with them, `pressed_by` the message that pressed one of them.
buttons = Table(
    "buttons",
    metadata,
    *_keys("user_id", "token"),
    *_text("conversation", "reply_id", "action"),
    *_whole("asked_ms", "expires_ms"),
    *_text("slot"),
    Column("sure", Integer),
    *_text("said", "pressed_by", "closed_by"),
)

# Words that a person confirmed by a button, and how often; from the second time on they punch at once.
phrases = Table(
    "phrases",
    metadata,
    *_keys("user_id", "words", "direction"),
    Column("times", Integer),
    *_whole("last_ms"),
)

# Whose phone a tap came from, as it is asked. `asked` counts the questions of one link, `wrong` the wrong codes;
# `owner` is the process that says the question, `said_ms` when it was said.
tap_questions = Table(
    "tap_questions",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_text("message_id", "code"),
    *_whole("asked_about_ms", "received_ms", "expires_ms"),
    *_text("direction", "place_name", "reason"),
    *_real("latitude", "longitude", "accuracy_m"),
    *_text("datum", "phone"),
    Column("asked", Integer),
    Column("wrong", Integer),
    *_whole("said_ms"),
    *_text("owner"),
)

# Somebody who left keeps the name that the ledger's export shows. `left_ms` is by the clock of the process that
# removed them, `told_ms` when they left or joined by the newest event that told of it. What was read of them
# before `gone_until_ms`, by the clock that all processes share, brings them back no more.
people = Table(
    "people",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_text("name", "union_id", "department_ids", "leads"),
    Column("active", Integer),
    *_whole("read_ms", "left_ms", "told_ms", "gone_until_ms"),
)

plans = Table(
    "plans",
    metadata,
    *_keys("user_id", "work_date"),
    *_text("body"),
    *_whole("read_ms", "begun_ms"),
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
    *_keys("name", "turn"),
    *_text("owner"),
    *_whole("finished_ms"),
)

# Since when or until when something that there is once holds, by its name.
moments = Table("moments", metadata, Column("name", Text, primary_key=True), *_whole("at_ms"))

# Of whom (`kind` person) or what (department, all of them where `about` is empty) an event came not read since.
role_doubts = Table(
    "role_doubts",
    metadata,
    *_keys("kind", "about"),
    *_whole("since_ms"),
)

departments = Table(
    "departments",
    metadata,
    Column("department_id", BigInteger, primary_key=True),
    *_text("name"),
    *_whole("parent_id"),
    *_text("managers"),
)

# `next_ms` is from when on somebody may send it, NULL once nobody is to: it is open exactly while it is `claimed`.
# `in_flight` tells that `owner` may have sent it.
reminders = Table(
    "reminders",
    metadata,
    *_keys("user_id", "work_date", "check_point", "which"),
    *_text("kind"),
    *_whole("moment_ms", "due_ms"),
    *_text("state", "reason"),
    *_whole("next_ms"),
    *_text("owner"),
    Column("in_flight", Integer),
)

# Each change takes the next `change_number`, whoever it is of.
wishes = Table(
    "wishes",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_whole("change_number"),
    *_text("body"),
)

absences = Table(
    "absences",
    metadata,
    *_keys("user_id", "source", "absence_id"),
    *_whole("starts_ms", "ends_ms"),
    Column("pending", Integer),
    Column("heard_ms", BigInteger),
)

# When a source's last reading of somebody's time was begun, for as long as an older one may still be under way.
absence_readings = Table(
    "absence_readings", metadata, *_keys("user_id", "source"), *_whole("starts_ms", "ends_ms", "begun_ms")
)

native_punches = Table(
    "native_punches",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("punched_ms", BigInteger, primary_key=True),
    *_text("check_type"),
    *_whole("due_ms"),
    *_text("location_result"),
)

# Up to which moment DingTalk's punches and leave of a work date have been read.
day_readings = Table(
    "day_readings",
    metadata,
    *_keys("user_id", "work_date"),
    *_whole("until_ms"),
)

# The kinds of digests that a person wants who ever said so, with blanks between them.
digest_wishes = Table("digest_wishes", metadata, Column("user_id", Text, primary_key=True), *_text("kinds"))

# What somebody asked to be put right; `reference` is what people call it by.
corrections = Table(
    "corrections",
    metadata,
    Column("reference", Text, primary_key=True),
    *_text("user_id", "message_id", "work_date", "check_type", "check_point"),
    *_whole("punched_ms"),
    *_text("time_result"),
    Column("late_minutes", Integer),
    *_text("reason"),
    *_whole("asked_ms", "expires_ms"),
    *_text("state", "decided_by"),
    *_whole("decided_ms"),
    *_text("answer"),
)

# What leads said of somebody's day: excused, or that taken back. The last number holds.
excuse_decisions = Table(
    "excuse_decisions",
    metadata,
    *_keys("user_id", "work_date"),
    Column("number", Integer, primary_key=True),
    *_text("state", "decided_by", "reason"),
    *_whole("decided_ms"),
)

# What somebody is to be told about a correction or an excuse. `due_ms` is NULL once they were.
notes = Table(
    "notes",
    metadata,
    *_keys("about", "kind", "user_id"),
    *_whole("due_ms"),
    Column("tries", Integer),
    *_text("owner"),
)

# Which lead asked for a nudge; the first to ask stays.
nudges = Table(
    "nudges",
    metadata,
    *_keys("user_id", "work_date", "check_point"),
    *_text("lead"),
    *_whole("asked_ms"),
)

# How often somebody named a reference that is none of theirs, by the hour.
wrong_references = Table(
    "wrong_references",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("hour_ms", BigInteger, primary_key=True),
    Column("tries", Integer),
)

# The page's link of each person, the last one alone. The token and the device that opened it are kept as SHA-256.
links = Table(
    "links",
    metadata,
    Column("user_id", Text, primary_key=True),
    *_text("token_hash", "device_hash", "message_id", "language", "direction", "place_name", "reason"),
    *_whole("asked_about_ms", "received_ms", "keeps_until_ms", "expires_ms", "used_ms"),
    *_text("yes_id"),
)

# The phones that people have punched from, each known by the digest of its browser's random key.
phones = Table(
    "phones",
    metadata,
    Column("digest", Text, primary_key=True),
    *_text("user_id"),
    *_whole("first_ms", "last_ms"),
)

# `due_ms` is when leads are to be told, NULL once they are.
punch_flags = Table(
    "punch_flags",
    metadata,
    Column("punch_id", Text, primary_key=True),
    *_text("body"),
    Column("tries", Integer),
    *_whole("due_ms"),
    *_text("owner"),
)

# Who was told what is kept of positions, when, and the digest of the words.
position_notices = Table("position_notices", metadata, *_keys("user_id"), *_whole("told_ms"), *_text("words"))

schema_versions = Table(
    "schema_versions",
    metadata,
    Column("version", Integer, primary_key=True),
    *_text("name"),
    *_whole("applied_ms"),
)
