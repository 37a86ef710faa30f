"""Cards that the bot sent, with the people who may press their buttons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.statements import Rows, Statement, put
from bot.storage.tables import cards


@dataclass(frozen=True, slots=True)
class Card:
    """A card and its addressees. The people in `waiting` still see its buttons.

    `kind` and `about` name its row of the outbox. `says` are the words that its buttons stand for.
    """

    out_track_id: str
    kind: str
    about: str
    user_ids: tuple[str, ...]
    waiting: tuple[str, ...]
    says: tuple[str, ...]
    sent_at: datetime


_CARDS = Rows(Card, cards)
_PUT = Statement(put(cards))
_FIND = Statement(f"SELECT {_CARDS.sql()} FROM cards WHERE out_track_id = :out_track_id")
_WAITING = Statement(
    f"""SELECT {_CARDS.sql()} FROM cards
    WHERE sent_ms > :since AND waiting <> '[]' ORDER BY sent_ms DESC LIMIT :most"""
)


class CardRows(TopicRows):
    """The cards in the database. Each call raises StoreRefused."""

    async def put(self, card: Card) -> None:
        """Store a card before it is sent."""
        await self._database.run(_PUT, _CARDS.row(card))

    async def find(self, out_track_id: str) -> Card | None:
        row = await self._database.one(_FIND, {"out_track_id": out_track_id})
        return None if row is None else _CARDS.read(row)

    async def waiting(self, since: datetime, most: int) -> Sequence[Card]:
        """Return the newest cards sent after `since` with buttons that somebody still sees."""
        rows = await self._database.all(_WAITING, {"since": since, "most": most})
        return [_CARDS.read(row) for row in rows]

    async def close(self, out_track_id: str, people: Collection[str], *, missed: bool = False) -> None:
        """Note that these people see no buttons any more. People whom the card `missed` are no addressees."""

        def work(tx: Tx) -> None:
            row = tx.one(_FIND, {"out_track_id": out_track_id})
            if row is not None:
                card = _CARDS.read(row)
                waiting = tuple(user_id for user_id in card.waiting if user_id not in people)
                reached = tuple(user_id for user_id in card.user_ids if user_id not in people)
                user_ids = reached if missed else card.user_ids
                tx.run(_PUT, _CARDS.row(replace(card, waiting=waiting, user_ids=user_ids)))

        await self._database.write(work, person=out_track_id)
