"""Punches, and the outbox: rows owed to people and targets. One process at a time has a row."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from bot.domain.corrections import PUNCH_MESSAGE_PREFIX, CorrectionState
from bot.domain.messages import Kind, Owed
from bot.domain.punches import DeliveryState, Punch, PunchSource, may_become
from bot.domain.sites import Fix, LocationResult, Whereabouts
from bot.domain.slots import Days
from bot.storage.chain import owe_link
from bot.storage.database import OWNERLESS, Database, TopicRows
from bot.storage.engine import Row, Tx
from bot.storage.records import Records, pack, storable
from bot.storage.statements import bounds, is_older
from bot.views.i18n import Language

STATES = tuple(DeliveryState)  # the least settled first
_STATE = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(STATES))


def at_its_targets(which: Literal["MIN", "MAX"], punch: str = "punches") -> str:
    """Return SQL for the place in STATES of the least or most settled delivery, NULL without one."""
    return f"""(SELECT {which}(CASE outbox.state {_STATE} END) FROM outbox
      WHERE outbox.kind = 'punch' AND outbox.about = {punch}.punch_id)"""


def is_refused(punch: str) -> str:
    """Return SQL that is true for a make-up punch that a lead approved and then refused."""
    return f"""({punch}.source = '{PunchSource.CORRECTION}' AND EXISTS (SELECT 1 FROM corrections
      WHERE corrections.reference = SUBSTR({punch}.message_id, {len(PUNCH_MESSAGE_PREFIX) + 1})
        AND corrections.state = '{CorrectionState.REFUSED}'))"""


def stands(punch: str) -> str:
    """Return SQL that is true for a punch that not every target rejected and no lead refused."""
    taken = f"COALESCE({at_its_targets('MAX', punch)}, 1) > {STATES.index(DeliveryState.REJECTED)}"
    return f"{taken} AND NOT {is_refused(punch)}"


def has_correction_sql(punch_id: str) -> str:
    """Return SQL that is true when a make-up punch that stands replaces this punch."""
    return f"""EXISTS (SELECT 1 FROM punches AS correction
      WHERE correction.corrects = {punch_id} AND {stands("correction")})"""


CORRECTED = has_correction_sql("punches.punch_id")

PUNCH = Records(Punch, "punches")
FIX = Records(Fix, "punch_locations")
_BEGIN = 3  # of a punch's columns in a row of `select_punches`
_END = _BEGIN + len(PUNCH.columns)
_OWED = Records(Owed, "outbox", payload=json.loads)


def select_punches(which: str) -> str:
    """Return the statement for `punches_of`: a row for each delivery, the oldest punch first."""
    return f"""SELECT delivery.recipient, delivery.state, delivery.reason, {PUNCH.sql("punches")},
          {is_refused("punches")}, punches.location_result, punches.site, punches.distance_m,
          {FIX.sql("punch_locations")}
        FROM punches
        LEFT JOIN punch_locations ON punch_locations.punch_id = punches.punch_id
        LEFT JOIN outbox AS delivery ON delivery.kind = 'punch' AND delivery.about = punches.punch_id
        WHERE {which} ORDER BY punches.punched_ms, punches.punch_id, delivery.recipient"""


_BY_IDS = select_punches("punches.punch_id IN [:punch_ids]")
_OF_MESSAGE = select_punches("punches.message_id = :message_id")
_OF_DAYS = select_punches(
    "punches.user_id = :user_id AND punches.work_date BETWEEN :first AND :last"
)


def punch_of_message(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch of a message, None without a punch."""
    return next(punches_of(tx.all(_OF_MESSAGE, message_id=message_id)), None)


def punches_on(tx: Tx, user_id: str, days: Days) -> list[Punch]:
    """Return a person's punches of these work dates, the oldest first."""
    return list(punches_of(tx.all(_OF_DAYS, user_id=user_id, **bounds(days))))


def punches_of(rows: Iterable[Row]) -> Iterator[Punch]:
    """Yield the punches in the rows of `select_punches`."""
    for _, group in groupby(rows, key=itemgetter(_BEGIN)):
        deliveries = list(group)
        punch = deliveries[0][_BEGIN:]
        refused, result, site, distance_m, *position = deliveries[0][_END:]
        fix = None if position[0] is None else FIX.read(position)
        where = Whereabouts(LocationResult(result), site, distance_m, fix)
        states, reasons = states_of(deliveries)
        yield PUNCH.read(punch, where=where, states=states, reasons=reasons, refused=bool(refused))


def states_of(rows: Iterable[Row]) -> tuple[dict[str, DeliveryState], dict[str, str]]:
    """Return the states and the reasons of failures by target.

    A row begins with target, state and reason.
    """
    states: dict[str, DeliveryState] = {}
    reasons: dict[str, str] = {}
    for target, state, reason, *_ in rows:
        if target is not None:
            states[target] = DeliveryState(state)
            if reason or state == DeliveryState.REJECTED:
                reasons[target] = reason
    return states, reasons


KEY = "kind, about, recipient, which"


def under_way(punch_id: str) -> str:
    """Return SQL that is true while a target has not answered.

    A bare `due_ms` would scan all due rows.
    """
    return f"""EXISTS (SELECT 1 FROM outbox AS delivery
      WHERE delivery.kind = 'punch' AND delivery.about = {punch_id} AND delivery.due_ms + 0 IS NOT NULL)"""


# A second receipt waits for the answers of all targets.
RECEIPT_WAITS = f"state <> '' AND {under_way('outbox.about')}"
# The note of an outcome waits for the answers of all targets.
NOTE_WAITS = f"""kind = 'outcome' AND EXISTS (SELECT 1 FROM punches
    WHERE message_id = '{PUNCH_MESSAGE_PREFIX}' || outbox.about AND {under_way("punches.punch_id")})"""
_ADD = """
    INSERT INTO outbox (kind, about, recipient, which, payload, state, reason, moment_ms, due_ms,
      tries, owner, in_flight)
    VALUES (:kind, :about, :recipient, '', :payload, :state, '', :now, :due_ms,
      :tries, :owner, :in_flight)"""
_OWE = f"{_ADD} ON CONFLICT DO NOTHING"
OWE_AGAIN = f"""{_ADD} ON CONFLICT ({KEY}) DO UPDATE
    SET payload = excluded.payload, moment_ms = excluded.moment_ms, due_ms = excluded.due_ms,
        tries = 0, owner = NULL"""
_RAISE = f"{OWE_AGAIN} WHERE {is_older('outbox.moment_ms', ':before - 1')}"
# False for a row that was raised again meanwhile or that another process took over.
_IN_HAND = """kind = :kind AND about = :about AND recipient = :recipient AND which = ''
    AND owner IN [:ours] AND due_ms + 0 IS NOT NULL"""
_TOLD = f"""
    UPDATE outbox SET state = :state, owner = NULL, due_ms = CASE WHEN :is_over = 0 THEN due_ms END
    WHERE {_IN_HAND}"""
_POSTPONE = f"UPDATE outbox SET due_ms = :until, owner = NULL, tries = tries + 1 WHERE {_IN_HAND}"


def receipt_of(punch: Punch, language: Language) -> Owed:
    """Return the receipt for a punch. The page shows the first receipt of its punches itself."""
    state = DeliveryState.ACCEPTED.value if punch.source is PunchSource.PAGE else ""
    return Owed(Kind.RECEIPT, punch.punch_id, punch.user_id, language, state=state, punch=punch)


def deliveries_to(punch_id: str, targets: Iterable[str]) -> list[Owed]:
    """Return the deliveries of a punch to targets."""
    return [Owed(Kind.PUNCH, punch_id, target, state=DeliveryState.ACCEPTED) for target in targets]


def owe(tx: Tx, owed: Iterable[Owed], statement: str = _OWE, **more: object) -> None:
    """Write rows that nobody has claimed and that are due now, or with other columns by `more`.

    An existing row stays unchanged, even if nothing is owed any more. By OWE_AGAIN it is owed
    again: its text is worded by the new facts.
    """
    more = {"due_ms": tx.now_ms, "owner": None, "in_flight": 0, **more}
    tx.many(statement, [_OWED.row(each, payload=pack(each.payload), **more) for each in owed])


# kind, tries and state of a row that a dead process may have sent
_PERHAPS_SENT_NOW = (Kind.PUNCH, 0, DeliveryState.UNKNOWN)


class Outbox:
    """The outbox rows of some kinds. Each call raises StoreRefused."""

    def __init__(
        self, database: Database, *kinds: Kind, waits: str = "FALSE", also: str = ""
    ) -> None:
        """`waits` is SQL for due rows that have to wait, `also` for columns that a claim sets."""
        self._database = database
        names = ", ".join(f"'{kind}'" for kind in kinds)
        self._take = f"""UPDATE outbox SET owner = :me{also} WHERE ({KEY}) IN (
              SELECT {KEY} FROM outbox WHERE kind IN ({names}) AND NOT ({waits}) AND due_ms <= :now AND {OWNERLESS}
              ORDER BY due_ms LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING due_ms, {_OWED.sql()}"""

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        """Claim due rows without a living owner, with their punches, the longest due first."""
        me = self._database.owner

        def work(tx: Tx) -> Sequence[Owed]:
            rows = sorted(tx.all(self._take, me=me, now=now, limit=limit))
            about = tx.all(_BY_IDS, punch_ids=[row[2] for row in rows]) if rows else ()
            punches = {punch.punch_id: punch for punch in punches_of(about)}
            owed = [_OWED.read(row[1:], punch=punches.get(row[2])) for row in rows]
            for row in owed:
                if row.punch and (row.kind, row.tries, row.state) == _PERHAPS_SENT_NOW:
                    owe_link(tx, row.punch)
            return owed

        return await self._database.claim(work)

    async def note_sent(self, owed: Owed) -> None:
        """Note a sent message, and release the claim.

        After the receipt of an open punch another is owed. The row keeps the state that was said.
        """
        punch = owed.punch if owed.kind is Kind.RECEIPT else None
        state = "" if punch is None else punch.status
        is_over = punch is None or punch.settled or punch.refused
        await self._database.run(_TOLD, **self._row(owed, state=state, is_over=is_over))

    async def postpone(self, owed: Owed, until: datetime) -> None:
        """Release the claim until `until`, and count one more try."""
        await self._database.run(_POSTPONE, **self._row(owed, until=until))

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        """Owe alerts, except alerts that were raised at or after `before` and may still hold."""
        await self._database.write(lambda tx: owe(tx, alerts, _RAISE, before=before))

    async def address(self, owed: Owed, recipients: Iterable[str]) -> None:
        """Replace `owed`, which has no recipient, by a row for each of `recipients`."""
        addressed = [
            Owed(owed.kind, owed.about, recipient, owed.payload) for recipient in recipients
        ]

        def work(tx: Tx) -> None:
            owe(tx, addressed)
            tx.run(_TOLD, **self._row(owed, state="", is_over=True))

        await self._database.write(work)

    def _row(self, owed: Owed, **more: object) -> dict[str, Any]:
        return _OWED.row(owed, ours=self._database.own_names, **more)


_OPEN = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
_PERHAPS_SENT = "state = 'accepted' AND in_flight = 1"
_CLAIMED = f""",
    state = CASE WHEN {_PERHAPS_SENT} THEN 'unknown' ELSE state END,
    tries = CASE WHEN {_PERHAPS_SENT} THEN 0 ELSE tries END,
    in_flight = CASE WHEN state = 'accepted' AND in_flight = 0 THEN 1 ELSE 0 END"""
_OF_PUNCH = """
    SELECT recipient, state, reason, owner FROM outbox
    WHERE kind = 'punch' AND about = :punch_id ORDER BY recipient FOR UPDATE"""
_SETTLE = """
    UPDATE outbox SET state = :state, reason = :reason, due_ms = :due_ms, owner = NULL, in_flight = 0,
        tries = CASE WHEN state = :state THEN tries + 1 ELSE 0 END
    WHERE kind = 'punch' AND about = :punch_id AND recipient = :target"""
_GIVE_UP = "DELETE FROM outbox WHERE kind = 'punch' AND about = :punch_id AND recipient = :target"
_REFUSED = f"SELECT 1 FROM punches WHERE punch_id = :punch_id AND {is_refused('punches')}"
_WITHDRAW = """
    DELETE FROM outbox WHERE kind = 'punch' AND about = :punch_id AND state = 'accepted'
    AND in_flight = 0"""
# After the receipt "taken" a person is owed another one, unless the punch no longer counts.
_TELL_AGAIN = f"""
    UPDATE outbox SET due_ms = :now, state = 'sent'
    WHERE kind = 'receipt' AND about = :punch_id AND due_ms IS NULL AND NOT {has_correction_sql("outbox.about")}"""


class Delivery(NamedTuple):
    """A punch on its way to a target. `tries` counts the tries in this state."""

    punch: Punch
    target: str
    state: DeliveryState = DeliveryState.ACCEPTED
    tries: int = 0


class Deliveries(TopicRows):
    """The outbox of punches. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._rows = Outbox(database, Kind.PUNCH, also=_CLAIMED)

    async def take_due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Claim due deliveries without a living owner, the longest due first."""
        owed = await self._rows.take_due(now, limit)
        return [
            Delivery(row.punch, row.recipient, DeliveryState(row.state), row.tries)
            for row in owed
            if row.punch
        ]

    async def settle(
        self,
        delivery: Delivery,
        *steps: DeliveryState,
        reason: str = "",
        next_at: datetime | None = None,
        usual: Sequence[str] = (),
    ) -> Punch:
        """Write the outcome of a try, release the claim, and return the punch with its new states.

        The last of `steps` is the new state; no other process sees the earlier ones. An open
        delivery is due at `next_at`, by default at once. Progress of another process holds,
        unless this outcome is certain: the target took or refused the punch. Raises ValueError for
        an impossible transition.

        A punch that is refused as a make-up punch, not by a `usual` target, goes to the usual
        targets instead. A punch whose approval was changed goes nowhere any more.
        """
        punch = delivery.punch
        state = steps[-1]
        reason = storable(reason)
        this = {"punch_id": punch.punch_id, "target": delivery.target}

        def work(tx: Tx) -> Punch:
            is_made_up = punch.source is PunchSource.CORRECTION
            refused = is_made_up and tx.one(_REFUSED, **this) is not None
            is_over = state not in _OPEN or (refused and state is DeliveryState.ACCEPTED)
            due = None if is_over else next_at or tx.now_ms
            rows = {row[0]: row for row in tx.all(_OF_PUNCH, **this)}
            if delivery.target not in rows:  # another process sent the punch elsewhere
                if state is DeliveryState.SENT:  # a slow call of this process
                    taken = Owed(Kind.PUNCH, punch.punch_id, delivery.target, state=state)
                    owe(tx, [taken], due_ms=None)
                    tx.run(_WITHDRAW, **this)
                    owe_link(tx, punch)
                states, reasons = states_of(tx.all(_OF_PUNCH, **this))
                return replace(punch, states=states, reasons=reasons)
            _, before, _, owner = rows[delivery.target]
            is_others = owner not in (None, self._database.owner) and state in _OPEN
            may_be = before == state or may_become(DeliveryState(before), *steps)
            if before == delivery.state and not may_be and not is_others:
                raise ValueError(f"a delivery that is {before} cannot become {state}")
            is_elsewhere = bool(usual) and delivery.target not in usual
            moves = is_elsewhere and state is DeliveryState.REJECTED and not refused
            applies = may_be and not is_others
            if moves:  # unless another process saw that the target took the punch
                applies = before in (*_OPEN, delivery.state)
            if applies and moves:
                tx.run(_GIVE_UP, **this)
                del rows[delivery.target]
                owe(tx, deliveries_to(punch.punch_id, usual))
                rows |= {target: (target, DeliveryState.ACCEPTED, "") for target in usual}
            elif applies:
                tx.run(_SETTLE, **this, state=state, reason=reason, due_ms=due)
                rows[delivery.target] = (delivery.target, state, reason)
            if applies and before != state:
                owe_link(tx, punch)
            if applies and (before, state) == (DeliveryState.SENT, DeliveryState.REJECTED):
                tx.run(_TELL_AGAIN, **this)
            states, reasons = states_of(rows.values())
            return replace(punch, states=states, reasons=reasons)

        return await self._database.write(work, person=punch.user_id)
