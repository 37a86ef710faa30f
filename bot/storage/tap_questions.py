"""Whose phone a tap came from, as it was asked: one row a person, of their last link that was tapped."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete, select, update

from bot.clock import to_ms
from bot.domain.messages import Reached
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.links import END
from bot.storage.rows import Rows
from bot.storage.statements import Statement, storable, upsert
from bot.storage.tables import links, punches, tap_questions

MOST_ASKED = 3  # questions a link leads to
MOST_WRONG_CODES = 3

ASKED_AGAIN_MS = round(timedelta(seconds=15).total_seconds() * 1000)  # the same tap sends nothing meanwhile

_MINE = tap_questions.c.user_id == bindparam("who")
_PUT = upsert(tap_questions)
_ALIVE = Statement("SELECT owner FROM replicas WHERE owner = :owner AND alive_until_ms > STORE_NOW()")
_PUNCHED = Statement(select(punches.c.message_id).where(punches.c.message_id == bindparam("this")))
_ENDED = Statement(
    select(links.c.message_id).where(
        links.c.user_id == bindparam("who"),
        links.c.message_id == bindparam("this"),
        links.c.expires_ms <= bindparam("now"),
    )
)
_THIS = update(tap_questions).where(_MINE, tap_questions.c.code == bindparam("this"))
_OUTCOMES = {
    Reached.YES: Statement(_THIS.values(said_ms=bindparam("now"), owner=None)),
    Reached.NO: Statement(_THIS.values(asked=tap_questions.c.asked - 1, owner=None)),
    Reached.UNKNOWN: Statement(_THIS.values(owner=None)),
}
_GUESSED = Statement(update(tap_questions).values(wrong=bindparam("wrong")).where(_MINE))
_DELETE = Statement(delete(tap_questions).where(_MINE))
# Run where the punch is stored. The code stays, for whoever says it twice.
EMPTY = Statement(
    update(tap_questions)
    .values(dict.fromkeys(("place_name", "reason", "latitude", "longitude", "accuracy_m", "datum", "phone")))
    .where(_MINE, tap_questions.c.message_id == bindparam("this"))
)


class Asking(StrEnum):
    """What is to be done about a tap from a phone that is not known."""

    ANEW = "anew"  # the question is to be said
    STANDS = "stands"  # the same is in the chat, or another process is about to ask
    ENOUGH = "enough"  # no more is asked about this link
    PUNCHED = "punched"  # the link has led to a punch meanwhile
    OVER = "over"  # the link has ended meanwhile


@dataclass(frozen=True, slots=True)
class TapQuestion:
    """A tap that waits for its owner's word. `code` is known to whoever reads the question in private, alone."""

    user_id: str
    message_id: str  # of the link
    code: str
    asked_about: datetime  # the time of the tap
    received_at: datetime
    expires_at: datetime
    check_type: CheckType
    place_name: str | None
    fix: Fix | None
    reason: str | None
    phone: str | None  # its digest; None once the tap is a punch


_QUESTIONS = Rows(TapQuestion, {**tap_questions.c, "check_type": tap_questions.c.direction})
_FIX = Rows(Fix, tap_questions)
_TURNS = len(_QUESTIONS.columns)
_FIND = Statement(
    select(
        *(*_QUESTIONS.columns, *_FIX.columns),
        *(tap_questions.c.asked, tap_questions.c.wrong, tap_questions.c.said_ms, tap_questions.c.owner),
    ).where(_MINE)
)


class TapQuestions:
    """At most one question a person, that of the last tap; apart from the questions about what they said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, question: TapQuestion) -> tuple[TapQuestion, Asking]:
        """Keep the question, unless it is asked already or too often, or is none any more."""
        now_ms = self._database.now_ms
        who = {"who": question.user_id}
        this = {**who, "this": question.message_id}

        def work(tx: Tx) -> tuple[TapQuestion, Asking]:
            if tx.one(_PUNCHED, this) is not None:
                return question, Asking.PUNCHED
            if tx.one(_ENDED, {**this, "now": self._database.now_ms}) is not None:
                return question, Asking.OVER
            row = tx.one(_FIND, who)
            if row is None or row[1] != storable(question.message_id):
                tx.run(_PUT, self._row(question, asked=1))
                return question, Asking.ANEW
            before, (asked, wrong, said_ms, owner) = _question(row), row[-4:]
            open_still = wrong < MOST_WRONG_CODES and now_ms < to_ms(before.expires_at)
            if open_still and said_ms is None and self._is_of_another(tx, owner, now_ms):
                return before, Asking.STANDS  # two that are said at once might come in reverse order
            same = open_still and _is_same_tap(question, before)
            if same and said_ms is not None and now_ms - said_ms < ASKED_AGAIN_MS:
                return before, Asking.STANDS
            if owner is not None:  # who was to say it died before it was known to be said
                asked -= 1
            if asked >= MOST_ASKED:
                return before, Asking.ENOUGH
            anew = question
            if same:  # it may not have come: with another code, and the time that the tap had
                anew = replace(question, asked_about=before.asked_about, received_at=before.received_at)
            tx.run(_PUT, self._row(anew, asked=asked + 1))
            return anew, Asking.ANEW

        return await self._database.claim(work, person=question.user_id)

    async def asked(self, question: TapQuestion, said: Reached) -> None:
        """Note whether the question came."""
        params: dict[str, object] = {"who": question.user_id, "this": question.code}
        if said is Reached.YES:
            params["now"] = self._database.now_ms
        await self._database.write(lambda tx: tx.run(_OUTCOMES[said], params), person=question.user_id)

    async def answer(self, user_id: str, code: str) -> TapQuestion | None:
        """Return the question with this code; a wrong one is counted."""
        return await self._database.write(lambda tx: _answered(tx, user_id, code), person=user_id)

    async def deny(self, user_id: str, code: str) -> TapQuestion | None:
        """Forget the question with this code and end its link."""

        def work(tx: Tx) -> TapQuestion | None:
            question = _answered(tx, user_id, code)
            if question is not None:
                who = {"who": user_id}
                tx.run(_DELETE, who)
                tx.run(END, {**who, "this": question.message_id, "now": self._database.now_ms})
            return question

        return await self._database.write(work, person=user_id)

    def _is_of_another(self, tx: Tx, owner: str | None, now_ms: int) -> bool:
        """Tell whether another living process is about to say a question; in our own, taps wait for each other."""
        if owner is None or owner == self._database.owner:
            return False
        return tx.one(_ALIVE, {"owner": owner, "now": now_ms}) is not None

    def _row(self, question: TapQuestion, *, asked: int) -> dict[str, object]:
        position = dict.fromkeys(_FIX.names) if question.fix is None else _FIX.row(question.fix)
        return _QUESTIONS.row(question, **position, asked=asked, wrong=0, said_ms=None, owner=self._database.owner)


def _answered(tx: Tx, user_id: str, code: str) -> TapQuestion | None:
    """Return the question that `code` is of; count a wrong one, so that none is found by guessing."""
    who = {"who": user_id}
    row = tx.one(_FIND, who)
    if row is None:
        return None
    wrong = row[-3]
    if wrong < MOST_WRONG_CODES and hmac.compare_digest(row[2], code):
        return _question(row)
    tx.run(_GUESSED, {**who, "wrong": wrong + 1})
    return None


def _is_same_tap(one: TapQuestion, other: TapQuestion) -> bool:
    """Tell whether both are of one phone, and show the person the same place."""
    return (one.phone, one.fix, one.place_name, one.reason, one.check_type) == (
        *(other.phone, other.fix, other.place_name, other.reason, other.check_type),
    )


def _question(row: Row) -> TapQuestion:
    fix = None if row[_TURNS] is None else _FIX.read(row[_TURNS:], source=LocationSource.BROWSER)
    return _QUESTIONS.read(row, fix=fix)
