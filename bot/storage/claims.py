"""Who has which on-duty check point: one row for each, so that a check is answered by one clock-in."""

from sqlalchemy import and_, bindparam, delete, select

from bot.domain.punches import Punch
from bot.storage.engine import Tx
from bot.storage.statements import Statement, upsert, values
from bot.storage.tables import check_point_claims

_this = and_(
    check_point_claims.c.user_id == bindparam("user_id"),
    check_point_claims.c.work_date == bindparam("work_date"),
    check_point_claims.c.check_point == bindparam("check_point"),
)
_CLAIM = Statement(
    lambda insert: (
        insert(check_point_claims)
        .values(values(check_point_claims, *check_point_claims.c.keys()))
        .on_conflict_do_nothing()
        .returning(check_point_claims.c.punch_id)
    )
)
_CLAIMED_BY = Statement(select(check_point_claims.c.punch_id).where(_this))
_TAKE_OVER = upsert(check_point_claims, *check_point_claims.c.keys())
_FREE = Statement(delete(check_point_claims).where(_this, check_point_claims.c.punch_id == bindparam("punch_id")))


def claim(tx: Tx, punch: Punch) -> str | None:
    """Win the check point of a punch; return the id of the punch that has it already, None when won."""
    if tx.one(_CLAIM, _row(punch)) is not None:
        return None
    found = tx.one(_CLAIMED_BY, _key(punch))
    return str(found[0]) if found else None


def take_over(tx: Tx, punch: Punch) -> None:
    """Give the check point to a punch, whoever's it was."""
    tx.run(_TAKE_OVER, _row(punch))


def free(tx: Tx, punch: Punch) -> None:
    """Give back the check point of a punch, where it has one."""
    tx.run(_FREE, _row(punch))


def _key(punch: Punch) -> dict[str, object]:
    return {"user_id": punch.user_id, "work_date": punch.work_date.isoformat(), "check_point": punch.check_point}


def _row(punch: Punch) -> dict[str, object]:
    return {**_key(punch), "punch_id": punch.punch_id}
