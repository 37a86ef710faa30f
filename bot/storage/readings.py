"""Which of two readings is kept: `domain.readings`, as a statement says it of a row."""

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam

_now = bindparam("now", type_=BigInteger)


def overtakes(kept: ColumnElement[int], begun: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell which rows overtake a reading, by when each was begun, in ms; at parameter `now`."""
    return and_(kept > begun, kept <= _now)
