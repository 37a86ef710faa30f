"""The last position of each person that led to no punch."""

from sqlalchemy import bindparam, delete, select

from bot.clock import from_ms, to_ms
from bot.domain.datum import Datum
from bot.domain.punches import Accepted, Decision, PunchRequest
from bot.domain.sites import Fix, LocationSource
from bot.domain.unpunched import Unpunched, left_by, looked_at, takes_the_place
from bot.storage.engine import Tx
from bot.storage.statements import Statement, upsert
from bot.storage.tables import unpunched_fixes
from bot.storage.texts import storable

_KEEP = upsert(unpunched_fixes, *unpunched_fixes.c.keys())
_FORGET = Statement(delete(unpunched_fixes).where(unpunched_fixes.c.user_id == bindparam("who")))
_FORGET_MEASURED = Statement(
    delete(unpunched_fixes).where(
        unpunched_fixes.c.user_id == bindparam("who"),
        unpunched_fixes.c.source != LocationSource.TYPED.value,
        unpunched_fixes.c.known_phone == 1,
    )
)
_OF = Statement(select(unpunched_fixes).where(unpunched_fixes.c.user_id == bindparam("who")))


def compared(tx: Tx, decision: Decision, request: PunchRequest) -> tuple[Decision, bool]:
    """Return the decision by what the person gave before, and keep a position that leads to no punch.

    And tell whether there was one that an accepted punch was looked at by, to forget once that is stored. Run
    where it is decided, under the person's lock, so that another process has seen it or waits.
    """
    if isinstance(decision, Accepted):
        before = None if request.where.fix is None else _kept(tx, request.user_id)
        return looked_at(decision, request, before), before is not None
    left = left_by(decision, request)
    if left is not None:
        keep(tx, request.user_id, left)
    return decision, False


def keep(tx: Tx, user_id: str, left: Unpunched) -> bool:
    """Keep a position that leads to no punch, unless it would hide an earlier one; tell whether it is kept.

    Run under the person's lock.
    """
    is_kept = takes_the_place(left, _kept(tx, user_id))
    if is_kept:
        tx.run(_KEEP, _row(user_id, left))
    return is_kept


def forget(tx: Tx, user_id: str) -> None:
    """Forget it once a punch was looked at by it and is there, by which the next ones are looked at."""
    tx.run(_FORGET, {"who": storable(user_id)})


def forget_measured(tx: Tx, user_id: str) -> None:
    """Forget what a phone known as theirs measured, once it finds them at a site."""
    tx.run(_FORGET_MEASURED, {"who": storable(user_id)})


def _kept(tx: Tx, user_id: str) -> Unpunched | None:
    row = tx.one(_OF, {"who": storable(user_id)})
    if row is None:
        return None
    _, at_ms, latitude, longitude, accuracy_m, datum, source, known_phone = row
    fix = Fix(latitude, longitude, accuracy_m, Datum(datum), LocationSource(source))
    return Unpunched(from_ms(at_ms), fix, bool(known_phone))


def _row(user_id: str, left: Unpunched) -> dict[str, object]:
    return {
        "user_id": storable(user_id),
        "at_ms": to_ms(left.at),
        "latitude": left.fix.latitude,
        "longitude": left.fix.longitude,
        "accuracy_m": left.fix.accuracy_m,
        "datum": left.fix.datum,
        "source": left.fix.source,
        "known_phone": int(left.known_phone),
    }
