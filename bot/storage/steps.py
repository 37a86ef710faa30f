"""A step of the schema, and the later ones: `schema.py` has the first, and the rule for adding one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered change of the schema.

    The SQL is that which SQLite and PostgreSQL share; `SERIAL_KEY` stands for a key that the database counts up.
    """

    version: int
    name: str
    statements: tuple[str, ...]


ASK_WHERE = Step(
    10,
    "questions that know where they were asked, and when they were answered",
    (
        "ALTER TABLE questions ADD COLUMN conversation_id TEXT",
        "ALTER TABLE questions ADD COLUMN answered_ms BIGINT",
    ),
)

DOUBT = Step(
    11,
    "whose roles an event put in doubt, for every process and the next start",
    (
        """CREATE TABLE role_doubts (
            kind TEXT NOT NULL,
            about TEXT NOT NULL,
            since_ms BIGINT NOT NULL,
            PRIMARY KEY (kind, about))""",
    ),
)

KNOW_PHONES = Step(
    12,
    "phones from which people punch at the page, and the question whose a new one is",
    (
        """CREATE TABLE phones (
            digest TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            first_ms BIGINT NOT NULL,
            last_ms BIGINT NOT NULL)""",
        "CREATE INDEX phones_of_person ON phones (user_id)",
        "CREATE INDEX phones_by_last ON phones (last_ms)",
        "ALTER TABLE questions ADD COLUMN phone TEXT",
        "ALTER TABLE links ADD COLUMN yes_id TEXT",
        "CREATE INDEX links_by_yes ON links (yes_id) WHERE yes_id IS NOT NULL",
    ),
)

# `questions.phone` of the step before is used no more: the oldest SQLite that we run on drops no column.
ASK_WHOSE = Step(
    13,
    "questions whose phone a tap came from, apart from those about what was said",
    (
        """CREATE TABLE tap_questions (
            user_id TEXT PRIMARY KEY,
            message_id TEXT NOT NULL,
            code TEXT NOT NULL,
            asked_about_ms BIGINT NOT NULL,
            received_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            direction TEXT NOT NULL,
            place_name TEXT,
            reason TEXT,
            latitude DOUBLE PRECISION,
            longitude DOUBLE PRECISION,
            accuracy_m DOUBLE PRECISION,
            datum TEXT,
            phone TEXT,
            asked INTEGER NOT NULL,
            wrong INTEGER NOT NULL,
            said_ms BIGINT,
            owner TEXT)""",
        "CREATE INDEX tap_questions_by_end ON tap_questions (expires_ms)",
        "DELETE FROM questions WHERE phone IS NOT NULL",
    ),
)
