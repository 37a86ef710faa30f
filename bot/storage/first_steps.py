"""What one change of the schema is, and the first of them: punching, reminding, summaries, make-up punches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered change of the schema.

    The SQL is that which SQLite and PostgreSQL share; `SERIAL_KEY` stands for a key that the database counts up.
    """

    version: int
    name: str
    statements: tuple[str, ...]


_BEGIN = Step(
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

_SEAL = Step(
    2,
    "a hash chain over the ledger, corrections, and jobs that one process does",
    (
        "ALTER TABLE punches ADD COLUMN corrects TEXT REFERENCES punches",
        """CREATE TABLE ledger_chain (
            seq INTEGER PRIMARY KEY,
            punch_id TEXT NOT NULL UNIQUE REFERENCES punches,
            hash TEXT NOT NULL)""",
        """CREATE TABLE ledger_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seq BIGINT NOT NULL,
            hash TEXT NOT NULL)""",
        """INSERT INTO ledger_head
            VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000')""",
        "CREATE TABLE ledger_unsealed (punch_id TEXT PRIMARY KEY REFERENCES punches)",
        "INSERT INTO ledger_unsealed SELECT punch_id FROM punches",
        """CREATE TABLE jobs (
            name TEXT NOT NULL,
            turn TEXT NOT NULL,
            owner TEXT,
            finished_ms BIGINT,
            PRIMARY KEY (name, turn))""",
    ),
)

_REMIND = Step(
    3,
    "reminders, what people want of them, and who need not be reminded",
    (
        """CREATE TABLE moments (
            name TEXT PRIMARY KEY,
            at_ms BIGINT NOT NULL)""",
        """CREATE TABLE departments (
            department_id BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            parent_id BIGINT,
            managers TEXT NOT NULL)""",
        """CREATE TABLE reminders (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            check_point TEXT NOT NULL,
            which TEXT NOT NULL,
            kind TEXT NOT NULL,
            moment_ms BIGINT NOT NULL,
            due_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            next_ms BIGINT,
            owner TEXT,
            in_flight INTEGER NOT NULL,
            PRIMARY KEY (user_id, work_date, check_point, which))""",
        "CREATE INDEX reminders_open ON reminders (next_ms) WHERE next_ms IS NOT NULL",
        "CREATE INDEX reminders_of_day ON reminders (work_date, moment_ms)",
        "CREATE INDEX reminders_held ON reminders (user_id) WHERE state = 'held'",
        """CREATE TABLE wishes (
            user_id TEXT PRIMARY KEY,
            change_number BIGINT NOT NULL UNIQUE,
            body TEXT NOT NULL)""",
        """CREATE TABLE absences (
            user_id TEXT NOT NULL,
            source TEXT NOT NULL,
            absence_id TEXT NOT NULL,
            starts_ms BIGINT NOT NULL,
            ends_ms BIGINT NOT NULL,
            pending INTEGER NOT NULL,
            PRIMARY KEY (user_id, source, absence_id))""",
        "CREATE INDEX absences_by_end ON absences (ends_ms)",
        """CREATE TABLE native_punches (
            user_id TEXT NOT NULL,
            punched_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, punched_ms))""",
        "CREATE INDEX native_punches_by_time ON native_punches (punched_ms)",
        "CREATE INDEX people_changed ON people (read_ms)",
        "CREATE INDEX people_left ON people (left_ms) WHERE left_ms IS NOT NULL",
        "CREATE INDEX plans_of_day ON plans (work_date, read_ms, user_id)",
        "CREATE INDEX punches_corrected ON punches (corrects) WHERE corrects IS NOT NULL",
    ),
)

_SUMMARISE = Step(
    4,
    "what DingTalk tells of past days, so that summaries need not ask again",
    (
        "ALTER TABLE native_punches ADD COLUMN check_type TEXT",
        "ALTER TABLE native_punches ADD COLUMN due_ms BIGINT",
        "ALTER TABLE native_punches ADD COLUMN location_result TEXT",
        """CREATE TABLE day_readings (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            until_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, work_date))""",
    ),
)

_DIGEST = Step(
    5,
    "which summaries come to whom by themselves",
    (
        """CREATE TABLE digest_wishes (
            user_id TEXT PRIMARY KEY,
            kinds TEXT NOT NULL)""",
    ),
)

_CORRECT = Step(
    6,
    "make-up punches, excused days, the notes that go with them, and who nudged whom",
    (
        """CREATE TABLE corrections (
            reference TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            message_id TEXT NOT NULL UNIQUE,
            work_date TEXT NOT NULL,
            check_type TEXT NOT NULL,
            check_point TEXT NOT NULL,
            punched_ms BIGINT NOT NULL,
            time_result TEXT NOT NULL,
            late_minutes INTEGER NOT NULL,
            reason TEXT NOT NULL,
            asked_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            decided_by TEXT,
            decided_ms BIGINT,
            answer TEXT NOT NULL)""",
        "CREATE INDEX corrections_of_person ON corrections (user_id, work_date)",
        "CREATE INDEX corrections_open ON corrections (expires_ms) WHERE state = 'asked'",
        """CREATE UNIQUE INDEX corrections_of_check ON corrections (user_id, work_date, check_point)
            WHERE state IN ('asked', 'approved', 'refused')""",
        """CREATE TABLE excuses (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            excused_by TEXT NOT NULL,
            reason TEXT NOT NULL,
            excused_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, work_date))""",
        "CREATE INDEX excuses_of_day ON excuses (work_date, user_id)",
        """CREATE TABLE notes (
            about TEXT NOT NULL,
            kind TEXT NOT NULL,
            user_id TEXT NOT NULL,
            due_ms BIGINT,
            tries INTEGER NOT NULL,
            owner TEXT,
            PRIMARY KEY (about, kind, user_id))""",
        "CREATE INDEX notes_due ON notes (due_ms) WHERE due_ms IS NOT NULL",
        """CREATE TABLE nudges (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            check_point TEXT NOT NULL,
            lead TEXT NOT NULL,
            asked_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, work_date, check_point))""",
        "CREATE INDEX nudges_of_lead ON nudges (lead, asked_ms)",
        """CREATE TABLE wrong_references (
            user_id TEXT NOT NULL,
            hour_ms BIGINT NOT NULL,
            tries INTEGER NOT NULL,
            PRIMARY KEY (user_id, hour_ms))""",
    ),
)

FIRST = (_BEGIN, _SEAL, _REMIND, _SUMMARISE, _DIGEST, _CORRECT)
