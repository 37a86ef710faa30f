"""Messages, accepted once and in each person's order; buttons, asks and cards that wait for a
message.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import to_ms
from bot.domain.messages import Message, MessageKind
from bot.domain.slots import ACTIONS, Action, Slot
from bot.storage.database import LIVING, OWNERLESS, TopicRows
from bot.storage.engine import Tx
from bot.storage.records import Packed, Records, pack
from bot.storage.statements import upsert

_TAKE_OVER = "take over"  # name of a lock: one process gets all messages of a person

_BODY: Packed[Message] = Packed(Message)

# A postponed message was tried already (`not_before_ms` is not 0): it holds no later one.
_LAST_OPEN = """
    SELECT owner FROM inbox
    WHERE person = :person AND finished_ms IS NULL AND not_before_ms = 0 ORDER BY id DESC LIMIT 1"""
_ACCEPT = """
    INSERT INTO inbox (message_id, person, received_ms, body, owner, not_before_ms)
    VALUES (:message_id, :person, :received_ms, :body, :owner, 0)
    ON CONFLICT DO NOTHING RETURNING id"""
_HOLDS = "SELECT owner, finished_ms FROM inbox WHERE message_id = :message_id"
_SAME_PRESS = """
    SELECT message_id FROM inbox
    WHERE person = :person AND message_id BETWEEN :earliest AND :latest ORDER BY id LIMIT 1"""
# With the bare `id` SQLite would scan the whole table.
_TAKE = f"""
    UPDATE inbox SET owner = :me
    WHERE finished_ms IS NULL AND id IN (
        SELECT id FROM inbox
        WHERE finished_ms IS NULL AND not_before_ms <= :now AND {OWNERLESS}
            AND NOT EXISTS (
                SELECT 1 FROM inbox AS earlier
                WHERE earlier.person = inbox.person AND earlier.finished_ms IS NULL AND earlier.id < inbox.id
                    AND earlier.not_before_ms = 0 AND earlier.owner <> :me AND earlier.owner IN {LIVING}
            )
        ORDER BY id + 0 LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id, message_id, body"""
FINISH = """
    UPDATE inbox SET finished_ms = :now, body = '', owner = NULL
    WHERE message_id = :message_id AND finished_ms IS NULL"""
_RELEASE = """
    UPDATE inbox SET owner = NULL, not_before_ms = COALESCE(:until, not_before_ms)
    WHERE message_id = :message_id AND finished_ms IS NULL AND (owner IS NULL OR owner = :me)"""


# by field reports DingTalk delivers a frame without an ACK again, after about a minute
SAME_PRESS_WITHIN = timedelta(minutes=5)


def press_id(button: str, at: datetime) -> str:
    """Return the message id of a press. Ids of one button sort by their time."""
    return f"{button}/{to_ms(at):015}"


def _ids_of_same_press(press: Message) -> dict[str, str]:
    """Return the first and last id that the same press may have.

    DingTalk may deliver a press twice, each time with a time of its own.
    """
    button = press.message_id.rpartition("/")[0]
    return {
        "person": press.sender.key,
        "earliest": press_id(button, press.at - SAME_PRESS_WITHIN),
        "latest": press_id(button, press.at + SAME_PRESS_WITHIN),
    }


class Inbox(TopicRows):
    """Messages, committed before their ACK. Each call raises StoreRefused."""

    async def accept(self, message: Message) -> bool:
        """Commit the message. Return whether it is new and this process may work on it now.

        It may not while an earlier message of the person is open and not this process's. Then
        `take_over` returns this message later. A press within `SAME_PRESS_WITHIN` of a stored one
        of its button is not new.
        """
        row = {
            "message_id": message.message_id,
            "person": message.sender.key,
            "received_ms": message.received_at,
            "body": _BODY.write(message),
        }

        me = self._database.owner

        def work(tx: Tx) -> bool:
            if message.kind is MessageKind.PRESS and tx.one(
                _SAME_PRESS, **_ids_of_same_press(message)
            ):
                return False
            last = tx.one(_LAST_OPEN, **row)
            owner = me if last is None or last[0] in self._database.own_names else None
            return tx.one(_ACCEPT, **row, owner=owner) is not None and owner == me

        return await self._database.claim(work, person=message.sender.key)

    async def holds(self, message_id: str, *, person: str = "") -> bool | None:
        """Return whether the message is open and claimed by this process, None if it is not stored.

        After a refused commit this reads a reopened database. It waits for commits of `person`, the
        sender's key.
        """
        row = await self._database.write(
            lambda tx: tx.one(_HOLDS, message_id=message_id), person=person
        )
        if row is None:
            return None
        owner, finished_ms = row  # the owner may be a former name of this process
        return finished_ms is None and owner in self._database.own_names

    async def same_press(self, press: Message) -> str:
        """Return the id under which a press is stored, maybe from an earlier delivery."""
        row = await self._database.one(_SAME_PRESS, **_ids_of_same_press(press))
        return press.message_id if row is None else str(row[0])

    async def take_over(self, limit: int) -> Sequence[Message]:
        """Claim open messages without a living owner, the oldest first."""
        take = partial(Tx.all, statement=_TAKE, me=self._database.owner, limit=limit)
        rows = await self._database.claim(take, person=_TAKE_OVER)
        return [
            replace(_BODY.read(body), message_id=message_id) for _, message_id, body in sorted(rows)
        ]

    async def finish(self, message_id: str) -> None:
        """Mark the message as answered and delete its text. Its id stays for ever."""
        await self._database.run(FINISH, message_id=message_id)

    async def release(self, message_id: str, until: datetime | None = None) -> None:
        """Let any process take a message, unless another process claimed or answered it.

        It may take a tried one from `until` on, and later messages of the person go before it. They
        wait for an untried one.
        """
        me = self._database.owner
        await self._database.run(_RELEASE, message_id=message_id, until=until, me=me)


PRIVATE = "private"  # the ids of groups begin with "cid"


def conversation_of(message: Message) -> str:
    """Return the id of the message's group, PRIVATE without one."""
    return message.conversation_id if message.is_group else PRIVATE


@dataclass(frozen=True, slots=True)
class KeptButton:
    """A button, or an ask with the missing `slot`, in the reply to the message `reply_id`.

    A press sends `token`. `conversation` is PRIVATE or the id of a group. Another message closes it
    (`closed_by`): then it takes presses, but no typed answer.
    """

    token: str
    user_id: str
    conversation: str
    reply_id: str
    action: Action
    asked_at: datetime
    expires_at: datetime
    slot: Slot | None = None
    sure: bool = False
    pressed_by: str | None = None
    closed_by: str | None = None


def _read_action(body: str) -> Action:
    """Return the stored action. Raises KeyError, pydantic.ValidationError."""
    ((name, values),) = json.loads(body).items()
    return ACTIONS[name].model_validate(values)


_BUTTONS = Records(KeptButton, "buttons", action=_read_action)
_OF_REPLY = "user_id = :user_id AND reply_id = :reply_id"
_CLEAR = f"DELETE FROM buttons WHERE {_OF_REPLY} AND pressed_by IS NULL"
_IS_PRESSED = f"SELECT token FROM buttons WHERE {_OF_REPLY} AND pressed_by IS NOT NULL"
_PUT = upsert("buttons")
_CLOSE = f"UPDATE buttons SET closed_by = :this WHERE {_OF_REPLY}"
_MOVE = f"UPDATE buttons SET conversation = '{PRIVATE}' WHERE {_OF_REPLY}"
_FIND = f"SELECT {_BUTTONS.sql()} FROM buttons WHERE user_id = :user_id AND token = :token"
_OPEN = f"""
    SELECT {_BUTTONS.sql()} FROM buttons
    WHERE user_id = :user_id AND conversation = :conversation AND reply_id <> :this
        AND asked_ms > :since AND asked_ms <= :received AND (closed_by IS NULL OR closed_by = :this)
    ORDER BY asked_ms DESC, token"""


class ButtonRows(TopicRows):
    """Buttons and asks. Each call raises StoreRefused."""

    async def store(self, kept: Sequence[KeptButton]) -> None:
        """Store the buttons of a reply, at least one.

        They replace its earlier buttons, unless a press used these up.
        """
        rows = []
        for button in kept:
            action = {type(button.action).__name__: button.action.model_dump(mode="json")}
            rows.append(_BUTTONS.row(button, action=pack(action)))
        user_id = kept[0].user_id
        reply = {"user_id": user_id, "reply_id": kept[0].reply_id}

        def work(tx: Tx) -> None:
            tx.run(_CLEAR, **reply)
            if tx.one(_IS_PRESSED, **reply) is None:
                tx.many(_PUT, rows)

        await self._database.write(work, person=user_id)

    async def move_to_private(self, message: Message) -> None:
        """Let the sender answer the reply to a group's `message` one to one."""
        await self._database.run(_MOVE, reply_id=message.message_id, user_id=message.sender.user_id)

    async def use_up(self) -> None:
        """Use up the button that the message of `carrying_out` presses, without another effect.

        Raises also AlreadyPressed, ClaimLost.
        """
        await self._database.write(self._database.begin_effect)

    async def find(self, user_id: str, token: str) -> KeptButton | None:
        """Return a person's button by its token, None without a button."""
        return _BUTTONS.read_first(await self._database.all(_FIND, user_id=user_id, token=token))

    async def newest(self, user_id: str, message: Message, since: datetime) -> Sequence[KeptButton]:
        """Return the waiting buttons, or the ask, of the last reply between `since` and `message`."""
        rows = await self._database.all(
            _OPEN,
            user_id=user_id,
            conversation=conversation_of(message),
            since=since,
            received=message.received_at,
            this=message.message_id,
        )
        buttons = _BUTTONS.read_all(rows)
        if not buttons or buttons[0].pressed_by not in (None, message.message_id):
            return []
        return [button for button in buttons if button.reply_id == buttons[0].reply_id]

    async def close(self, button: KeptButton, message: Message) -> None:
        """After `message`, accept no typed answer to the reply of this button."""
        await self._database.run(
            _CLOSE,
            user_id=button.user_id,
            reply_id=button.reply_id,
            this=message.message_id,
            person=button.user_id,
        )


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


_CARDS = Records(Card, "cards")
_PUT_CARD = upsert("cards")
_FIND_CARD = f"SELECT {_CARDS.sql()} FROM cards WHERE out_track_id = :out_track_id"
_WAITING = f"""
    SELECT {_CARDS.sql()} FROM cards
    WHERE sent_ms > :since AND waiting <> '[]' ORDER BY sent_ms DESC LIMIT :most"""


class CardRows(TopicRows):
    """The cards in the database. Each call raises StoreRefused."""

    async def store(self, card: Card) -> None:
        """Store a card before it is sent."""
        await self._database.run(_PUT_CARD, **_CARDS.row(card))

    async def find(self, out_track_id: str) -> Card | None:
        return _CARDS.read_first(await self._database.all(_FIND_CARD, out_track_id=out_track_id))

    async def waiting(self, since: datetime, most: int) -> Sequence[Card]:
        """Return the newest cards sent after `since` with buttons that somebody still sees."""
        return _CARDS.read_all(await self._database.all(_WAITING, since=since, most=most))

    async def close(
        self, out_track_id: str, people: Collection[str], *, missed: bool = False
    ) -> None:
        """Note that these people see no buttons any more.

        People whom the card `missed` are no addressees.
        """

        def work(tx: Tx) -> None:
            card = _CARDS.read_first(tx.all(_FIND_CARD, out_track_id=out_track_id))
            if card is not None:
                waiting = tuple(user_id for user_id in card.waiting if user_id not in people)
                reached = tuple(user_id for user_id in card.user_ids if user_id not in people)
                user_ids = reached if missed else card.user_ids
                tx.run(_PUT_CARD, **_CARDS.row(replace(card, waiting=waiting, user_ids=user_ids)))

        await self._database.write(work, person=out_track_id)
