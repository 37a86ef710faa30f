"""The schema as SQL, and the names of its columns. A new database runs it whole.

Integers are flags, or milliseconds since 1970 UTC in `*_ms`. Text is ISO dates, words and JSON.
`SERIAL` numbers are given by the database. Of two equally good indexes SQLite uses the newer.
"""

import re
from typing import NamedTuple

SCHEMA = """
CREATE TABLE replicas (
  owner TEXT NOT NULL,
  alive_until_ms BIGINT NOT NULL,
  PRIMARY KEY (owner)
);

-- A row is open until it has `finished_ms`. `owner` is the process that works on it, NULL for none.
-- `id` increases.
CREATE TABLE inbox (
  message_id TEXT NOT NULL UNIQUE,
  person TEXT NOT NULL,
  received_ms BIGINT NOT NULL,
  body TEXT NOT NULL,
  owner TEXT,
  not_before_ms BIGINT NOT NULL,
  finished_ms BIGINT,
  id SERIAL NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX inbox_open ON inbox (person, id)
  WHERE finished_ms IS NULL;

CREATE TABLE punches (
  punch_id TEXT NOT NULL,
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
  note TEXT NOT NULL,
  corrects TEXT REFERENCES punches,
  PRIMARY KEY (punch_id)
);
CREATE INDEX punches_of_person ON punches (user_id, work_date);
CREATE INDEX punches_of_day ON punches (work_date, user_id, punched_ms);
CREATE INDEX punches_corrected ON punches (corrects)
  WHERE corrects IS NOT NULL;
CREATE INDEX corrections_of_people ON punches (user_id)
  WHERE corrects IS NOT NULL;

-- Outside the ledger, so that retention can remove a position, and `location_digest` still proves
-- it.
CREATE TABLE punch_locations (
  punch_id TEXT NOT NULL REFERENCES punches,
  salt TEXT NOT NULL,
  latitude DOUBLE PRECISION NOT NULL,
  longitude DOUBLE PRECISION NOT NULL,
  accuracy_m DOUBLE PRECISION,
  datum TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (punch_id)
);

-- A message or punch that is owed since `moment_ms`; `domain/messages.py` describes each kind.
-- `due_ms` is NULL when nothing more is owed. `in_flight` means that `owner` may have sent it.
CREATE TABLE outbox (
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  recipient TEXT NOT NULL,
  which TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  moment_ms BIGINT NOT NULL,
  due_ms BIGINT,
  tries INTEGER NOT NULL,
  owner TEXT,
  in_flight INTEGER NOT NULL,
  PRIMARY KEY (kind, about, recipient, which)
);
CREATE INDEX outbox_due ON outbox (kind, due_ms)
  WHERE due_ms IS NOT NULL;

-- Actions that wait for a person: buttons, and asks with the missing `slot`. `reply_id` is the
-- answered message, `pressed_by` the message that pressed a button of this reply.
CREATE TABLE buttons (
  user_id TEXT NOT NULL,
  token TEXT NOT NULL,
  conversation TEXT NOT NULL,
  reply_id TEXT NOT NULL,
  action TEXT NOT NULL,
  asked_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  slot TEXT,
  sure INTEGER NOT NULL,
  pressed_by TEXT,
  closed_by TEXT,
  PRIMARY KEY (user_id, token)
);
CREATE INDEX buttons_of_reply ON buttons (user_id, reply_id);
CREATE INDEX buttons_by_time ON buttons (expires_ms);

-- A card's addressees, those of them who still see its buttons, and the words of its buttons.
CREATE TABLE cards (
  out_track_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  user_ids TEXT NOT NULL,
  waiting TEXT NOT NULL,
  says TEXT NOT NULL,
  sent_ms BIGINT NOT NULL,
  PRIMARY KEY (out_track_id)
);
CREATE INDEX cards_by_time ON cards (sent_ms);

CREATE TABLE people (
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  union_id TEXT,
  department_ids TEXT NOT NULL,
  leads TEXT NOT NULL,
  active INTEGER NOT NULL,
  job_number TEXT NOT NULL,
  read_ms BIGINT NOT NULL,
  left_ms BIGINT,
  PRIMARY KEY (user_id)
);

-- A person's departments and their names. `until_ms` is NULL while they last. The first read of the
-- organisation begins at 0.
CREATE TABLE memberships (
  user_id TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  until_ms BIGINT,
  department_ids TEXT NOT NULL,
  department TEXT NOT NULL,
  PRIMARY KEY (user_id, since_ms)
);
CREATE INDEX memberships_ended ON memberships (until_ms)
  WHERE until_ms IS NOT NULL;

-- Changed people, and "" for changed departments, until a read that begins after the event.
-- `doubted_ms` is in the time of the shared clock.
CREATE TABLE doubts (
  subject TEXT NOT NULL,
  doubted_ms BIGINT NOT NULL,
  PRIMARY KEY (subject)
);

CREATE TABLE plans (
  user_id TEXT NOT NULL,
  work_date TEXT NOT NULL,
  body TEXT NOT NULL,
  read_ms BIGINT NOT NULL,
  begun_ms BIGINT NOT NULL,
  PRIMARY KEY (user_id, work_date)
);
CREATE INDEX plans_of_day ON plans (work_date, read_ms, user_id);

-- The links of the hash chain, and the punch that each seals. A punch gets another link when it
-- begins or ceases to count, or its deliveries change.
CREATE TABLE ledger_chain (
  seq INTEGER NOT NULL,
  punch_id TEXT NOT NULL REFERENCES punches,
  hash TEXT NOT NULL,
  PRIMARY KEY (seq)
);
CREATE INDEX ledger_chain_of_punch ON ledger_chain (punch_id, seq);

-- The last link of each chain, of the `ledger` and of the `steps` of months. A chain that ends
-- earlier was cut.
CREATE TABLE chain_heads (
  chain TEXT NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain)
);

-- Punches that wait for a link. Each row is committed with its punch, or with a change of it.
CREATE TABLE ledger_unsealed (
  punch_id TEXT NOT NULL REFERENCES punches,
  PRIMARY KEY (punch_id)
);

-- A turn of a job is done when it has `finished_ms`. Until then it belongs to its owner while that
-- process lives.
CREATE TABLE jobs (
  name TEXT NOT NULL,
  turn TEXT NOT NULL,
  owner TEXT,
  finished_ms BIGINT,
  PRIMARY KEY (name, turn)
);

-- Single times of the whole bot, by name.
CREATE TABLE moments (
  name TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (name)
);

-- Billable calls and messages of a month (2026-11) by kind, and what administrators were told in it
-- about them.
CREATE TABLE usage (
  month TEXT NOT NULL,
  kind TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (month, kind)
);

CREATE TABLE departments (
  department_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  parent_id BIGINT,
  managers TEXT NOT NULL,
  PRIMARY KEY (department_id)
);

-- Each change takes the next `change_number`.
CREATE TABLE wishes (
  user_id TEXT NOT NULL,
  change_number BIGINT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  PRIMARY KEY (user_id)
);

CREATE TABLE absences (
  user_id TEXT NOT NULL,
  source TEXT NOT NULL,
  absence_id TEXT NOT NULL,
  starts_ms BIGINT NOT NULL,
  ends_ms BIGINT NOT NULL,
  times_unknown INTEGER NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (user_id, source, absence_id)
);
CREATE INDEX absences_by_end ON absences (ends_ms);

CREATE TABLE native_punches (
  user_id TEXT NOT NULL,
  punched_ms BIGINT NOT NULL,
  check_type TEXT,
  due_ms BIGINT,
  location_result TEXT,
  PRIMARY KEY (user_id, punched_ms)
);
CREATE INDEX native_punches_by_time ON native_punches (punched_ms);

-- The time up to which DingTalk's punches and leave of a work date were read.
CREATE TABLE day_readings (
  user_id TEXT NOT NULL,
  work_date TEXT NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (user_id, work_date)
);

-- Requests for make-up punches. People name a request by its `reference`. `stood_in_for` are the
-- leads (JSON) for whom a stand-in decided, as in each table of decisions.
CREATE TABLE corrections (
  reference TEXT NOT NULL,
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
  answer TEXT NOT NULL,
  number INTEGER NOT NULL,
  stood_in_for TEXT NOT NULL,
  PRIMARY KEY (reference)
);
CREATE INDEX corrections_open ON corrections (expires_ms)
  WHERE state = 'asked';
CREATE INDEX corrections_of_person ON corrections (user_id, work_date);
-- An approved request is not unique here: it counts by the states of its punch, which no index
-- knows.
CREATE UNIQUE INDEX corrections_of_check ON corrections (user_id, work_date, check_point)
  WHERE state IN ('asked', 'refused');

-- Decisions about requests that another decision replaced. The request has the last `number`.
CREATE TABLE replaced_decisions (
  reference TEXT NOT NULL REFERENCES corrections,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_ms BIGINT NOT NULL,
  answer TEXT NOT NULL,
  stood_in_for TEXT NOT NULL,
  PRIMARY KEY (reference, number)
);

-- Decisions of leads to excuse a day, or to take an excuse back. The last number holds.
CREATE TABLE excuse_decisions (
  user_id TEXT NOT NULL,
  work_date TEXT NOT NULL,
  number INTEGER NOT NULL,
  excused INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  decided_ms BIGINT NOT NULL,
  stood_in_for TEXT NOT NULL,
  PRIMARY KEY (user_id, work_date, number)
);
CREATE INDEX excuse_decisions_of_day ON excuse_decisions (work_date, user_id);

-- Who stands in for which lead, on local dates, both included. `reference` is the message that asked.
CREATE TABLE stand_ins (
  reference TEXT NOT NULL,
  lead TEXT NOT NULL,
  user_id TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  asked_ms BIGINT NOT NULL,
  ended_ms BIGINT,
  ended_by TEXT,
  PRIMARY KEY (reference)
);
CREATE INDEX stand_ins_by_end ON stand_ins (last_day);

-- Steps that close people's months, only ever added. A lock has `figures` (JSON) and the ledger's
-- `link`. Each `hash` covers the row and the hash before.
CREATE TABLE month_steps (
  number INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  month TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  taken_ms BIGINT NOT NULL,
  seen TEXT NOT NULL,
  reason TEXT NOT NULL,
  figures TEXT NOT NULL,
  link TEXT NOT NULL,
  stood_in_for TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (number)
);
CREATE INDEX month_steps_of_person ON month_steps (user_id, month);
CREATE INDEX month_steps_of_actor ON month_steps (actor);

-- Tokens of the API. Each acts as `user_id`. `hash` is SHA-256 of the secret, which is nowhere.
CREATE TABLE api_tokens (
  token_id TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  used_ms BIGINT,
  PRIMARY KEY (token_id)
);
CREATE INDEX api_tokens_of_person ON api_tokens (user_id);
CREATE INDEX api_tokens_by_end ON api_tokens (expires_ms);
"""
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n  PRIMARY KEY \((.*?)\)", re.DOTALL)
_COLUMN = re.compile(r"^  (\w+)", re.MULTILINE)


class Table(NamedTuple):
    """The names of a table's columns, and of those of its key."""

    names: tuple[str, ...]
    keys: tuple[str, ...]


TABLES = {
    name: Table(tuple(_COLUMN.findall(columns)), tuple(keys.split(", ")))
    for name, columns, keys in _TABLE.findall(SCHEMA)
}
