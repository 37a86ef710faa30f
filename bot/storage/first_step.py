"""What one change of the schema is, and the first of them: the tables that punching needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered change of the schema.

    The SQL is that which SQLite and PostgreSQL share; `SERIAL_KEY` stands for a key that the database counts up.
    """

    version: int
    name: str
    statements: tuple[str, ...]


BEGIN = Step(
    1,
    "messages, punches and what is owed for them",
    (
        """CREATE TABLE replicas (
            owner TEXT PRIMARY KEY,
            alive_until_ms BIGINT NOT NULL)""",
        """CREATE TABLE inbox (
            id SERIAL_KEY,
            message_id TEXT NOT NULL UNIQUE,
            person TEXT NOT NULL,
            received_ms BIGINT NOT NULL,
            body TEXT NOT NULL,
            owner TEXT,
            handed INTEGER NOT NULL DEFAULT 0,
            postponed INTEGER NOT NULL DEFAULT 0,
            not_before_ms BIGINT NOT NULL DEFAULT 0,
            finished_ms BIGINT)""",
        "CREATE INDEX inbox_open ON inbox (person, id) WHERE finished_ms IS NULL",
        """CREATE TABLE quarantine (
            id SERIAL_KEY,
            at_ms BIGINT NOT NULL,
            reason TEXT NOT NULL,
            head TEXT NOT NULL)""",
        """CREATE TABLE punches (
            punch_id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            check_type TEXT NOT NULL,
            check_point TEXT,
            punched_ms BIGINT NOT NULL,
            received_ms BIGINT NOT NULL,
            time_result TEXT NOT NULL,
            late_minutes INTEGER NOT NULL,
            location_result TEXT NOT NULL,
            site TEXT,
            distance_m DOUBLE PRECISION,
            location_digest TEXT NOT NULL,
            source TEXT NOT NULL,
            message_id TEXT NOT NULL UNIQUE,
            note TEXT NOT NULL)""",
        "CREATE INDEX punches_of_person ON punches (user_id, work_date)",
        "CREATE INDEX punches_of_day ON punches (work_date, user_id, punched_ms)",
        """CREATE TABLE punch_locations (
            punch_id TEXT PRIMARY KEY REFERENCES punches,
            salt TEXT NOT NULL,
            latitude DOUBLE PRECISION NOT NULL,
            longitude DOUBLE PRECISION NOT NULL,
            accuracy_m DOUBLE PRECISION,
            datum TEXT NOT NULL,
            source TEXT NOT NULL)""",
        """CREATE TABLE check_point_claims (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            check_point TEXT NOT NULL,
            punch_id TEXT NOT NULL,
            PRIMARY KEY (user_id, work_date, check_point))""",
        """CREATE TABLE deliveries (
            punch_id TEXT NOT NULL REFERENCES punches,
            target TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            tries INTEGER NOT NULL DEFAULT 0,
            lookups INTEGER NOT NULL DEFAULT 0,
            next_ms BIGINT,
            owner TEXT,
            in_flight INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (punch_id, target))""",
        "CREATE INDEX deliveries_due ON deliveries (next_ms) WHERE next_ms IS NOT NULL",
        """CREATE TABLE receipts (
            punch_id TEXT PRIMARY KEY REFERENCES punches,
            user_id TEXT NOT NULL,
            is_group INTEGER NOT NULL,
            language TEXT NOT NULL,
            told TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            due_ms BIGINT,
            owner TEXT)""",
        "CREATE INDEX receipts_due ON receipts (due_ms) WHERE due_ms IS NOT NULL",
        """CREATE TABLE questions (
            user_id TEXT PRIMARY KEY,
            message_id TEXT NOT NULL,
            asked_about_ms BIGINT NOT NULL,
            received_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            source TEXT NOT NULL,
            direction TEXT)""",
        """CREATE TABLE people (
            user_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            union_id TEXT,
            department_ids TEXT NOT NULL,
            leads TEXT NOT NULL,
            active INTEGER NOT NULL,
            read_ms BIGINT NOT NULL,
            left_ms BIGINT)""",
        """CREATE TABLE plans (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            body TEXT NOT NULL,
            read_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, work_date))""",
    ),
)
