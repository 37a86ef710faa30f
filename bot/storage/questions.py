"""The question that the bot asked somebody, at most one a person."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Text, and_, bindparam, delete, select, update

from bot.clock import from_ms, to_ms
from bot.domain.datum import Datum
from bot.domain.punches import PunchSource
from bot.domain.questions import Question, ReminderTime, Request
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource
from bot.domain.unpunched import Unpunched
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.links import END_BEFORE
from bot.storage.statements import Statement, upsert, values
from bot.storage.tables import questions, retractions
from bot.storage.tap_questions import DELETE_BEFORE
from bot.storage.texts import storable
from bot.storage.unpunched import keep

_ASK = upsert(questions, *questions.c.keys())
_OPEN = Statement(
    select(questions).where(questions.c.user_id == bindparam("user_id"), questions.c.expires_ms > bindparam("at"))
)
_person = select(bindparam("user_id", type_=Text).label("user_id")).subquery()
_BEFORE = Statement(  # both in one statement, since each punch asks
    select(questions, retractions.c.said_ms)
    .select_from(_person)
    .outerjoin(questions, and_(questions.c.user_id == _person.c.user_id, questions.c.expires_ms > bindparam("at")))
    .outerjoin(retractions, retractions.c.user_id == _person.c.user_id)
)
_TAKE_BACK = Statement(
    lambda insert: (
        row := insert(retractions).values(values(retractions, "user_id", "said_ms"))
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={"said_ms": row.excluded.said_ms},
        where=retractions.c.said_ms < row.excluded.said_ms,
    )
)
# In `by_yes`; 0 where a plain yes never was an answer, 1 where it is.
_YES_NO_MORE = 2
TAKE_YES = Statement(
    update(questions)
    .values(by_yes=_YES_NO_MORE)
    .where(questions.c.user_id == bindparam("who"), questions.c.by_yes == 1, questions.c.answered_ms.is_(None))
)
_REQUEST, _REMINDER = "request", "reminder"  # in `about`, NULL of a question about a punch
_ANSWERED = Statement(
    select(questions).where(questions.c.user_id == bindparam("who"), questions.c.answered_ms.is_not(None))
)
_CLOSE = Statement(delete(questions).where(questions.c.user_id == bindparam("user_id")))


class SqlQuestions:
    """`services.ports.Questions` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, question: Question, left: Unpunched | None = None) -> None:
        """Remember the question, in place of an older one, and in the same transaction the position `left`.

        Raises StoreRefused.
        """
        row = {
            "user_id": question.user_id,
            "message_id": storable(question.message_id),
            "asked_about_ms": to_ms(question.asked_about),
            "received_ms": to_ms(question.received_at),
            "expires_ms": to_ms(question.expires_at),
            "source": question.source,
            "direction": question.direction,
            "place_name": None if question.place_name is None else storable(question.place_name),
            "reason": None if question.reason is None else storable(question.reason),
            "latitude": question.fix.latitude if question.fix else None,
            "longitude": question.fix.longitude if question.fix else None,
            "accuracy_m": question.fix.accuracy_m if question.fix else None,
            "datum": question.fix.datum.value if question.fix else None,
            "by_yes": _by_yes(question),
            "conversation_id": None if question.conversation_id is None else storable(question.conversation_id),
            "answered_ms": None if question.answered_at is None else to_ms(question.answered_at),
            **_row_to_complete(question.to_complete),
            "or_now": int(question.or_now),
            "beside": int(question.beside),
        }

        def work(tx: Tx) -> None:
            tx.run(_ASK, row)
            if left is not None:
                keep(tx, question.user_id, left)

        await self._database.write(self._database.if_ours(work), person=question.user_id)

    async def open_question(self, user_id: str, at: datetime) -> Question | None:
        """Return the person's question unless it has expired at `at`. Raises StoreRefused."""
        params = {"user_id": user_id, "at": to_ms(at)}
        row = await self._database.read(lambda tx: tx.one(_OPEN, params))
        return None if row is None else _question(row)

    async def before(self, user_id: str, at: datetime) -> tuple[Question | None, datetime | None]:
        """Return what `open_question` returns, and when the person last took a punch back. Raises StoreRefused."""
        params = {"user_id": storable(user_id), "at": to_ms(at)}
        row = await self._database.read(lambda tx: tx.one(_BEFORE, params))
        assert row is not None, "there is a row of the person whatever is joined to it"
        question = None if row[0] is None else _question(row)
        return question, None if row[-1] is None else from_ms(row[-1])

    async def take_back(self, user_id: str, at: datetime) -> None:
        """Note that the person said at `at` that there is to be no punch.

        Ends their link to the page that was asked for before, and what is asked about a tap on it. Raises
        StoreRefused.
        """
        row = {"user_id": storable(user_id), "said_ms": to_ms(at)}
        before = {"who": storable(user_id), "said": to_ms(at)}
        now_ms = self._database.steady.now_ms()

        def work(tx: Tx) -> None:
            tx.run(_TAKE_BACK, row)
            tx.run(END_BEFORE, {**before, "now": now_ms})
            tx.run(DELETE_BEFORE, before)

        await self._database.write(work, person=user_id)

    async def take_yes(self, user_id: str) -> None:
        """Let no plain yes answer the person's question any more. Raises StoreRefused."""
        await self._database.write(
            self._database.if_ours(lambda tx: tx.run(TAKE_YES, {"who": user_id})), person=user_id
        )

    async def close(self, user_id: str) -> None:
        """Forget the person's question. Raises StoreRefused."""
        await self._database.write(
            self._database.if_ours(lambda tx: tx.run(_CLOSE, {"user_id": user_id})), person=user_id
        )


def answered_question(tx: Tx, user_id: str) -> Question | None:
    """Return the person's question if it was answered, and is still known for whoever answers twice."""
    row = tx.one(_ANSWERED, {"who": user_id})
    return None if row is None else _question(row)


def _question(row: Sequence[Any]) -> Question:
    user, message_id, asked_about_ms, received_ms, expires_ms, source, direction, place_name, reason = row[:9]
    moments = (from_ms(asked_about_ms), from_ms(received_ms), from_ms(expires_ms))
    said = (place_name, _fix(row[9:13]), reason)
    by_yes = row[13] != 0  # NULL in a question from before this was kept
    answered_at = None if row[15] is None else from_ms(row[15])
    return Question(
        *(user, message_id, *moments, PunchSource(source)),
        *(None if direction is None else CheckType(direction), *said, by_yes),
        conversation_id=row[14],
        answered_at=answered_at,
        spoken_past=row[13] == _YES_NO_MORE,
        to_complete=_to_complete(*row[16:19]),
        or_now=row[19] == 1,
        beside=row[20] == 1,
    )


def _by_yes(question: Question) -> int:
    return _YES_NO_MORE if question.by_yes and question.spoken_past else int(question.by_yes)


def _row_to_complete(asked: Request | ReminderTime | None) -> dict[str, object]:
    match asked:
        case None:
            return {"about": None, "about_day": None, "about_minute": None}
        case ReminderTime(moment):
            return {"about": _REMINDER, "about_day": None, "about_minute": moment.hour * 60 + moment.minute}
        case Request(day, at):
            minute = None if at is None else at[0] * 60 + at[1]
            return {"about": _REQUEST, "about_day": day and day.isoformat(), "about_minute": minute}


def _to_complete(about: str | None, day: str | None, minute: int | None) -> Request | ReminderTime | None:
    at = None if minute is None else divmod(minute, 60)
    if about == _REQUEST:
        return Request(date.fromisoformat(day) if day else None, at)
    return ReminderTime(time(*at)) if about == _REMINDER and at is not None else None


def _fix(row: Sequence[Any]) -> Fix | None:
    latitude, longitude, accuracy_m, datum = row
    if latitude is None:
        return None
    return Fix(latitude, longitude, accuracy_m, Datum(datum), LocationSource.TYPED)
