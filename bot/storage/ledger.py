"""The ledger: punches, written once, together with their deliveries and receipt."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bot.domain.messages import Kind, Owed
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    DeliveryState,
    Punch,
    PunchRequest,
    PunchSource,
)
from bot.domain.sites import position_digest
from bot.domain.slots import Days
from bot.storage.chain import owe_link
from bot.storage.database import Database, TopicRows, use_up_button
from bot.storage.engine import Tx
from bot.storage.inbox import FINISH
from bot.storage.outbox import (
    FIX,
    PUNCH,
    deliveries_to,
    owe,
    punch_of_message,
    punches_on,
    receipt_of,
)
from bot.storage.records import storable
from bot.storage.statements import bounds, insert
from bot.views.i18n import Language

_TARGETS_ANSWER_MS = 3_000  # a receipt that no process has in hand waits so long for the targets

_ADD = insert("punches")
_ADD_POSITION = insert("punch_locations")
_COMPARED = """
    SELECT user_id FROM punches WHERE work_date BETWEEN :first AND :last
    UNION SELECT user_id FROM people WHERE left_ms IS NULL ORDER BY user_id"""


class Recorded(NamedTuple):
    """The decision on a request, and its punch if there is one.

    It is `fresh` when this call recorded it.
    """

    decision: Decision
    punch: Punch | None = None
    fresh: bool = False


class Ledger(TopicRows):
    """The append-only record of punches. Each call raises StoreRefused."""

    async def record(
        self,
        request: PunchRequest,
        decide: Callable[[Sequence[Punch]], Decision],
        *,
        targets: Sequence[str],
        language: Language,
    ) -> Recorded:
        """Decide and store in one transaction, one request of a person at a time. Raises also
        AlreadyPressed.

        `decide` gets the person's punches of the work dates around the request. It may run more
        than once.
        """
        message_id = storable(request.message_id)
        punch_id = new_punch_id(self._database)
        days = Days.around(request.local_date)

        def work(tx: Tx) -> Recorded:
            same = punch_of_message(tx, message_id)
            if same is not None:
                return Recorded(AlreadyPunched(same), same)
            decision = decide(punches_on(tx, request.user_id, days))
            if not isinstance(decision, Accepted):
                return Recorded(decision)
            punch = Punch(
                punch_id=punch_id,
                user_id=request.user_id,
                work_date=decision.work_date,
                check_type=decision.check_type,
                check_point=decision.check_point,
                punched_at=request.at,
                received_at=request.received_at,
                time_result=decision.time_result,
                late_minutes=decision.late_minutes,
                where=request.where,
                source=request.source,
                message_id=message_id,
                note=storable(decision.note),
                states=dict.fromkeys(targets, DeliveryState.ACCEPTED),
            )
            use_up_button(tx)
            write_punch(tx, punch, targets, language, owner=self._database.owner)
            if request.flagged:
                owe(tx, [Owed(Kind.FLAG, punch_id)])
            tx.run(FINISH, message_id=message_id)
            return Recorded(decision, punch, fresh=True)

        return await self._database.claim(work, person=request.user_id)

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch of a message, None without a punch."""
        return await self._database.read(lambda tx: punch_of_message(tx, message_id))

    async def punches(self, user_id: str, days: Days) -> Sequence[Punch]:
        """Return a person's punches of these work dates, the oldest first."""
        return await self._database.read(lambda tx: punches_on(tx, user_id, days))

    async def people_to_compare(self, days: Days) -> Sequence[str]:
        """Return the people of the directory, and other people with punches of these work dates."""
        return [user_id for (user_id,) in await self._database.all(_COMPARED, **bounds(days))]


def new_punch_id(database: Database) -> str:
    """Return an id that begins with the time in ms, so that ids are in the order of recording."""
    return f"{database.now_ms():012x}{database.random.randbytes(6).hex()}"


def write_punch(
    tx: Tx,
    punch: Punch,
    targets: Iterable[str],
    language: Language,
    *,
    owner: str | None = None,
) -> None:
    """Write a punch, its position, and its deliveries and receipt, claimed by `owner`; the sealer
    adds its link later.

    A digest, SHA-256 of a secret salt and the position, proves the position, because retention
    deletes positions and salts.
    """
    where = punch.where
    digest = salt = ""
    if (fix := where.fix) is not None:
        salt = secrets.token_hex(16)
        digest = position_digest(FIX.row(fix, salt=salt))
    row = PUNCH.row(
        punch,
        location_result=where.result,
        site=where.site,
        distance_m=where.distance_m,
        location_digest=digest,
    )
    tx.run(_ADD, **row)
    owe_link(tx, punch)
    if fix is not None:
        tx.run(_ADD_POSITION, **FIX.row(fix, punch_id=punch.punch_id, salt=salt))
    deliveries = deliveries_to(punch.punch_id, targets)
    owe(tx, deliveries, owner=owner, in_flight=owner is not None)
    # The page shows the receipt itself. The unclaimed row is for a later rejection.
    hands = None if punch.source is PunchSource.PAGE else owner
    owe(tx, [receipt_of(punch, language)], owner=hands, due_ms=tx.now_ms + _TARGETS_ANSWER_MS)
