"""The steps that bring a database to the schema of `tables.py`: add at the end, never change a released one."""

from bot.storage.first_steps import FIRST, Step

__all__ = ["STEPS", "Step"]

_LOCATE = Step(
    7,
    "links to the page for a position, what leads are told of positions, who was told what is kept",
    (
        """CREATE TABLE links (
            user_id TEXT PRIMARY KEY,
            token_hash TEXT NOT NULL UNIQUE,
            device_hash TEXT,
            message_id TEXT NOT NULL,
            language TEXT NOT NULL,
            direction TEXT,
            place_name TEXT,
            reason TEXT,
            asked_about_ms BIGINT NOT NULL,
            received_ms BIGINT NOT NULL,
            keeps_until_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            used_ms BIGINT)""",
        "CREATE INDEX links_by_end ON links (expires_ms)",
        """CREATE TABLE punch_flags (
            punch_id TEXT PRIMARY KEY REFERENCES punches,
            body TEXT NOT NULL,
            tries INTEGER NOT NULL,
            due_ms BIGINT,
            owner TEXT)""",
        "CREATE INDEX punch_flags_due ON punch_flags (due_ms) WHERE due_ms IS NOT NULL",
        """CREATE TABLE position_notices (
            user_id TEXT PRIMARY KEY,
            told_ms BIGINT NOT NULL)""",
    ),
)

_TAKE_BACK = Step(
    8,
    "excuses that can be taken back: a row for each word on a day",
    (
        """CREATE TABLE excuse_decisions (
            user_id TEXT NOT NULL,
            work_date TEXT NOT NULL,
            number INTEGER NOT NULL,
            state TEXT NOT NULL,
            decided_by TEXT NOT NULL,
            reason TEXT NOT NULL,
            decided_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, work_date, number))""",
        "CREATE INDEX excuse_decisions_of_day ON excuse_decisions (work_date, user_id)",
        """INSERT INTO excuse_decisions
            SELECT user_id, work_date, 1, 'excused', excused_by, reason, excused_ms FROM excuses""",
        "DROP TABLE excuses",
    ),
)

_ANSWER = Step(
    9,
    "questions that keep what was said besides the direction",
    (
        "ALTER TABLE questions ADD COLUMN place_name TEXT",
        "ALTER TABLE questions ADD COLUMN reason TEXT",
        "ALTER TABLE questions ADD COLUMN latitude DOUBLE PRECISION",
        "ALTER TABLE questions ADD COLUMN longitude DOUBLE PRECISION",
        "ALTER TABLE questions ADD COLUMN accuracy_m DOUBLE PRECISION",
        "ALTER TABLE questions ADD COLUMN datum TEXT",
        "ALTER TABLE questions ADD COLUMN by_yes INTEGER",
        "CREATE INDEX questions_by_end ON questions (expires_ms)",
    ),
)

_ASK_WHERE = Step(
    10,
    "questions that know where they were asked, and when they were answered",
    (
        "ALTER TABLE questions ADD COLUMN conversation_id TEXT",
        "ALTER TABLE questions ADD COLUMN answered_ms BIGINT",
    ),
)

_DOUBT = Step(
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

_KNOW_PHONES = Step(
    12,
    "phones from which people punch at the page",
    (
        """CREATE TABLE phones (
            digest TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            first_ms BIGINT NOT NULL,
            last_ms BIGINT NOT NULL)""",
        "CREATE INDEX phones_of_person ON phones (user_id)",
        "CREATE INDEX phones_by_last ON phones (last_ms)",
        "ALTER TABLE links ADD COLUMN yes_id TEXT",
        "CREATE INDEX links_by_yes ON links (yes_id) WHERE yes_id IS NOT NULL",
    ),
)

_SHOW_FIRST = Step(
    13,
    "which requests were shown to whom, before they decide",
    (
        """CREATE TABLE shown_requests (
            reference TEXT NOT NULL,
            user_id TEXT NOT NULL,
            message_id TEXT NOT NULL,
            shown_ms BIGINT NOT NULL,
            PRIMARY KEY (reference, user_id))""",
        "CREATE INDEX shown_requests_by_time ON shown_requests (shown_ms)",
    ),
)

_ASK_WHOSE = Step(
    14,
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
    ),
)

_HEAR = Step(
    15,
    "when an event told of an absence, so that a later reading can outweigh it",
    ("ALTER TABLE absences ADD COLUMN heard_ms BIGINT",),
)

# Whether an approved one stands in the way hangs on what the targets made of its punch, which no index can tell.
_ASK_ANEW = Step(
    16,
    "a make-up punch that no target took can be asked for anew",
    (
        "DROP INDEX corrections_of_check",
        """CREATE UNIQUE INDEX corrections_of_check ON corrections (user_id, work_date, check_point)
            WHERE state IN ('asked', 'refused')""",
    ),
)

# Those are of the source `correction`; the minute is that of the day.
_ASK_OF_REQUESTS = Step(
    17,
    "questions about make-up requests that lack a time or a reason",
    (
        "ALTER TABLE questions ADD COLUMN request_day TEXT",
        "ALTER TABLE questions ADD COLUMN request_minute INTEGER",
    ),
)

_TAKE_BACK_LATE = Step(
    18,
    "when somebody took a punch back, which a message of before may still bring",
    (
        """CREATE TABLE retractions (
            user_id TEXT PRIMARY KEY,
            said_ms BIGINT NOT NULL)""",
        "CREATE INDEX retractions_by_time ON retractions (said_ms)",
    ),
)

_TURN_PAGES = Step(
    19,
    "the list of several pages that somebody asked for last, so that its next page can be asked for in words",
    (
        """CREATE TABLE paged_lists (
            user_id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL,
            said TEXT NOT NULL,
            page INTEGER NOT NULL,
            more INTEGER NOT NULL,
            said_ms BIGINT NOT NULL)""",
        "CREATE INDEX paged_lists_by_time ON paged_lists (said_ms)",
    ),
)

_SAY_ONCE = Step(
    20,
    "how often a message was held back for a question before it, so that this is said once",
    ("ALTER TABLE inbox ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0",),
)

_STAY_GONE = Step(
    21,
    "until when whoever left is brought back by no reading, whichever process hears of it",
    (
        "ALTER TABLE people ADD COLUMN told_ms BIGINT",
        "ALTER TABLE people ADD COLUMN gone_until_ms BIGINT",
        "CREATE INDEX people_gone ON people (gone_until_ms) WHERE gone_until_ms IS NOT NULL",
    ),
)

_KEEP_UNPUNCHED = Step(
    22,
    "the last position that led to no punch, so that one from where nobody comes in that time is seen",
    (
        """CREATE TABLE unpunched_fixes (
            user_id TEXT PRIMARY KEY,
            at_ms BIGINT NOT NULL,
            latitude DOUBLE PRECISION NOT NULL,
            longitude DOUBLE PRECISION NOT NULL,
            accuracy_m DOUBLE PRECISION,
            datum TEXT NOT NULL,
            source TEXT NOT NULL,
            known_phone INTEGER NOT NULL)""",
        "CREATE INDEX unpunched_fixes_by_time ON unpunched_fixes (at_ms)",
    ),
)

_READ_IN_ORDER = Step(
    23,
    "when the reading of a plan or of an absence was begun, so that an older one does not take its place",
    (
        "ALTER TABLE plans ADD COLUMN begun_ms BIGINT",
        """CREATE TABLE absence_readings (
            user_id TEXT NOT NULL, source TEXT NOT NULL, starts_ms BIGINT NOT NULL, ends_ms BIGINT NOT NULL,
            begun_ms BIGINT NOT NULL, PRIMARY KEY (user_id, source, starts_ms, ends_ms))""",
        "CREATE INDEX absence_readings_by_begin ON absence_readings (begun_ms)",
    ),
)

# They were told by the source, and by `by_yes` those that a command came after.
_TELL_WHAT_ABOUT = Step(
    24,
    "what a question is about that is about no punch: a make-up request or a reminder",
    (
        "ALTER TABLE questions RENAME COLUMN request_day TO about_day",
        "ALTER TABLE questions RENAME COLUMN request_minute TO about_minute",
        "ALTER TABLE questions ADD COLUMN about TEXT",
        "ALTER TABLE questions ADD COLUMN or_now INTEGER",
        "ALTER TABLE questions ADD COLUMN beside INTEGER",
        """UPDATE questions SET about = CASE source WHEN 'correction' THEN 'request' ELSE 'reminder' END,
            source = 'chat', or_now = by_yes, by_yes = 0 WHERE source IN ('correction', 'reminder')""",
    ),
)

_TELL_ANEW = Step(
    25,
    "in which words somebody was told what is kept of positions, so that other words are told too",
    ("ALTER TABLE position_notices ADD COLUMN words TEXT",),
)

_PRESS = Step(
    26,
    "buttons that remember an action, and confirmed phrases, in place of questions",
    (
        """CREATE TABLE buttons (
            user_id TEXT NOT NULL,
            token TEXT NOT NULL,
            conversation TEXT NOT NULL,
            reply_id TEXT NOT NULL,
            action TEXT NOT NULL,
            asked_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            slot TEXT,
            sure INTEGER NOT NULL,
            said TEXT,
            pressed_by TEXT,
            closed_by TEXT,
            PRIMARY KEY (user_id, token))""",
        "CREATE INDEX buttons_by_time ON buttons (expires_ms)",
        """CREATE TABLE phrases (
            user_id TEXT NOT NULL,
            words TEXT NOT NULL,
            direction TEXT NOT NULL,
            times INTEGER NOT NULL,
            last_ms BIGINT NOT NULL,
            PRIMARY KEY (user_id, words, direction))""",
        "DROP TABLE questions",
        "DROP TABLE retractions",
        "DROP TABLE paged_lists",
        "DROP TABLE shown_requests",
        "DROP TABLE unpunched_fixes",
        "ALTER TABLE inbox DROP COLUMN held_back",
    ),
)

STEPS: tuple[Step, ...] = (
    *(*FIRST, _LOCATE, _TAKE_BACK, _ANSWER, _ASK_WHERE),
    *(_DOUBT, _KNOW_PHONES, _SHOW_FIRST, _ASK_WHOSE, _HEAR, _ASK_ANEW, _ASK_OF_REQUESTS, _TAKE_BACK_LATE),
    *(_TURN_PAGES, _SAY_ONCE, _STAY_GONE, _KEEP_UNPUNCHED, _READ_IN_ORDER, _TELL_WHAT_ABOUT, _TELL_ANEW, _PRESS),
)
