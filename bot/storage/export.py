"""The exports: punches with the verdicts of their days, and people's days, in bounded memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from zoneinfo import ZoneInfo

from bot.clock import to_ms
from bot.domain.day import PersonDay, person_day
from bot.domain.facts import NOTHING_KNOWN, DayFacts, facts_of_days, is_complete, window
from bot.domain.memberships import plans_by_membership
from bot.domain.people import Employee
from bot.domain.punches import Counts, DeliveryState, ExportRow
from bot.domain.shifts import DayPlan, TimeResult
from bot.domain.slots import Days
from bot.storage.database import TopicRows
from bot.storage.days import load_known, load_plans, load_read_until
from bot.storage.engine import Row, Tx
from bot.storage.outbox import CORRECTED, STATES, at_its_targets, is_refused, stands
from bot.storage.people import directory_in
from bot.storage.records import Records
from bot.storage.statements import bounds
from bot.storage.urls import reading

PUNCHES_AT_ONCE = 1000
PEOPLE_AT_ONCE = 200
PlanOn = Callable[[Employee, date], DayPlan | None]

_EXPORTED = Records(ExportRow, status=STATES.__getitem__)
# The fields of ExportRow. The department comes by the work date.
_COLUMNS = f"""punches.punch_id, punches.user_id, COALESCE(people.name, ''), work_date, check_type,
      punched_ms, received_ms, site, latitude, longitude, accuracy_m, datum, position.source,
      location_result, time_result,
      COALESCE({at_its_targets("MIN")}, {STATES.index(DeliveryState.ACCEPTED)}),
      punches.source, message_id, note, COALESCE(people.job_number, ''), '',
      CASE WHEN {is_refused("punches")} THEN '{Counts.REFUSED}'
        WHEN NOT {stands("punches")} THEN '{Counts.REJECTED}'
        WHEN {CORRECTED} THEN '{Counts.REPLACED}' ELSE '{Counts.YES}' END"""
_JOINED = """LEFT JOIN people ON people.user_id = punches.user_id
      LEFT JOIN punch_locations AS position ON position.punch_id = punches.punch_id"""
_EXPORT = f"""
    SELECT punches.work_date, check_point, {_COLUMNS} FROM punches {_JOINED}
    WHERE work_date BETWEEN :first AND :last ORDER BY work_date, punches.user_id, punched_ms"""
# A punch comes at its last link alone: each change of it adds one.
_FEED = f"""
    SELECT link.seq, {_COLUMNS} FROM ledger_chain AS link
      JOIN punches ON punches.punch_id = link.punch_id {_JOINED}
    WHERE link.seq > :after AND NOT EXISTS (SELECT 1 FROM ledger_chain AS later
      WHERE later.punch_id = link.punch_id AND later.seq > link.seq)
    ORDER BY link.seq LIMIT :limit"""


def read_export(
    url: str, days: Days, zone: ZoneInfo, plan_on: PlanOn | None = None
) -> Iterator[ExportRow]:
    """Yield the punches of these work dates by date, person and time, in bounded memory.

    `plan_on` gives configured plans; without it the stored plans count. Raises OperatorError.
    """
    span = {"first": days.first.isoformat(), "last": days.last.isoformat()}
    with reading(url) as connection:
        facts = StoredFacts(connection.tx, zone, plan_on)
        for day, rows in groupby(connection.rows(_EXPORT, span), itemgetter(0)):
            while some := list(islice(rows, PUNCHES_AT_ONCE)):
                for row in _rows_with_verdicts(facts, date.fromisoformat(day), some):
                    department = facts.memberships.department_on(row.user_id, row.work_date)
                    yield replace(row, department=department)


class Feed(TopicRows):
    """The ledger as a feed of changes, in the order of the hash chain."""

    async def after(self, seq: int, limit: int) -> Sequence[tuple[int, ExportRow]]:
        """Return changed punches with the numbers of their last links after `seq`.

        `time_result` is the recorded one, and `department` is empty. Raises StoreRefused.
        """
        rows = await self._database.all(_FEED, after=seq, limit=limit)
        return [(number, _EXPORTED.read(row)) for number, *row in rows]


def _rows_with_verdicts(
    stored: "StoredFacts", day: date, rows: Sequence[Row]
) -> Iterator[ExportRow]:
    """Yield rows of one work date with the verdicts of their days."""
    read = [(check_point, _EXPORTED.read(row)) for _, check_point, *row in rows]
    user_ids = sorted({row.user_id for _, row in read})
    only = Days(day, day)
    ends = window(only, stored.zone)[1]
    facts = stored.of(user_ids, only)
    days = {user_id: person_day(found[day], ends) for user_id, found in facts.items()}
    for check_point, row in read:
        verdict, _ = days[row.user_id].verdict(check_point, row.punched_at)
        is_new = verdict not in (TimeResult.UNKNOWN, row.time_result)
        yield replace(row, time_result=verdict) if is_new else row


def read_days(
    url: str, span: Days, zone: ZoneInfo, now: datetime, plan_on: PlanOn | None = None
) -> Iterator[tuple[Employee, Sequence[PersonDay]]]:
    """Yield each person who belonged here by user id, and their days, from stored facts.

    A day that was not read to its end is unknown. Raises OperatorError.
    """
    with reading(url) as connection:
        stored = StoredFacts(connection.tx, zone, plan_on)
        today = now.astimezone(zone).date()
        people = {who.user_id: who for who in stored.memberships.everybody()}
        dates = {user_id: stored.memberships.dates(user_id, span, today) for user_id in people}
        everybody = [user_id for user_id in people if dates[user_id] != {}]
        for begin in range(0, len(everybody), PEOPLE_AT_ONCE):
            some = everybody[begin : begin + PEOPLE_AT_ONCE]
            wanted = {**bounds(span), "now": to_ms(now), "user_ids": some}
            read = load_read_until(wanted, connection.tx)
            for user_id, days in stored.of(some, span).items():
                until = read.get(user_id, {})
                counted = dates[user_id]
                found = []
                for day, facts in days.items():
                    is_read = is_complete(facts, until.get(day), now, zone)
                    shown = person_day(facts._replace(read=is_read), now)
                    if counted is None or (day in counted and (counted[day] or shown.present)):
                        found.append(shown)
                if found:
                    yield people[user_id], found


class StoredFacts:
    """The stored facts of work dates, with configured plans by `plan_on`, else stored plans."""

    def __init__(self, tx: Tx, zone: ZoneInfo, plan_on: PlanOn | None) -> None:
        self._tx = tx
        self._plan_on = plan_on
        self.zone = zone
        self.memberships = directory_in(tx).memberships(zone)

    def of(self, user_ids: Sequence[str], span: Days) -> Mapping[str, Mapping[date, DayFacts]]:
        """Return the facts of these people and dates. They count as read."""
        begins, ends = window(span, self.zone)
        wanted = {**bounds(span), "begins": begins, "ends": ends, "user_ids": user_ids}
        stored = load_known(wanted, self._tx)
        plans = self._plans(user_ids, span.with_neighbours)
        return {
            user_id: facts_of_days(
                user_id,
                span,
                plans.get(user_id, {}),
                stored.get(user_id, NOTHING_KNOWN),
                self.zone,
            )
            for user_id in user_ids
        }

    def _plans(self, user_ids: Sequence[str], dates: Days) -> Mapping[str, Mapping[date, DayPlan]]:
        if self._plan_on is None:
            return load_plans({**bounds(dates), "user_ids": user_ids}, self._tx)
        return {
            user_id: plans_by_membership(self._plan_on, self.memberships, user_id, dates)
            for user_id in user_ids
        }
