"""The last position of each person that led to no punch."""

from sqlalchemy import bindparam, delete, select

from bot.clock import from_ms, to_ms
from bot.domain.datum import Datum
from bot.domain.punches import Accepted, Decision, PunchRequest
from bot.domain.sites import Fix, LocationSource
from bot.domain.unpunched import Unpunched, is_punched_with, left_by, looked_at, takes_the_place
from bot.storage.engine import Tx
from bot.storage.statements import Statement, upsert
from bot.storage.tables import unpunched_fixes
from bot.storage.texts import storable

_KEEP = upsert(unpunched_fixes, *unpunched_fixes.c.keys())
_FORGET = Statement(delete(unpunched_fixes).where(unpunched_fixes.c.user_id == bindparam("who")))
_FORGET_BY_UNKNOWN_PHONE = Statement(
    delete(unpunched_fixes).where(
        unpunched_fixes.c.user_id == bindparam("who"), unpunched_fixes.c.known_phone == 0
    )
)
_OF = Statement(select(unpunched_fixes).where(unpunched_fixes.c.user_id == bindparam("who")))


def compared(tx: Tx, decision: Decision, request: PunchRequest) -> Decision:
    """Return the decision by what the person gave before, and keep a position that leads to no punch.

    Run where it is decided, under the person's lock, so that another process has seen it or waits.
    """
    accepted, left = isinstance(decision, Accepted), left_by(decision, request)
    if left is None and not (accepted and request.where.fix is not None):
        return decision
    if isinstance(decision, Accepted):
        before = _kept(tx, request.user_id)
        if is_punched_with(before, request):
            tx.run(_FORGET, {"who": storable(request.user_id)})
        return looked_at(decision, request, before)
    if left is not None:
        keep(tx, request.user_id, left)
    return decision


def keep(tx: Tx, user_id: str, left: Unpunched) -> None:
    """Keep a position that leads to no punch, unless it would hide an earlier one. Run under the person's lock."""
    if takes_the_place(left, _kept(tx, user_id)):
        tx.run(_KEEP, _row(user_id, left))


def forget_by_unknown_phone(tx: Tx, user_id: str) -> None:
    """Forget a position of a phone that was not known as the person's, who says that it was not they."""
    tx.run(_FORGET_BY_UNKNOWN_PHONE, {"who": storable(user_id)})


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
