"""The link and the question of a tap on the page, as far as the punch that comes of it is concerned."""

from sqlalchemy import bindparam, select

from bot.domain.punches import Punch, PunchRequest
from bot.storage.engine import Tx
from bot.storage.inbox import FINISH
from bot.storage.links import USE
from bot.storage.punch_rows import punch_of_message
from bot.storage.statements import Statement, storable
from bot.storage.tables import links
from bot.storage.tap_questions import EMPTY

_OF_YES = Statement(select(links.c.message_id).where(links.c.yes_id == bindparam("this")))


def led_to(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch that a message led to: its own, or that of its yes to a tap."""
    punch = punch_of_message(tx, message_id)
    if punch is not None:
        return punch
    tapped = tx.one(_OF_YES, {"this": storable(message_id)})
    return None if tapped is None else punch_of_message(tx, tapped[0])


def end_tap(tx: Tx, request: PunchRequest, now_ms: int) -> None:
    """Use up the link of a tap on the page, and finish the message that said that the phone is theirs."""
    of, yes_id = {"who": request.user_id, "this": storable(request.message_id)}, request.yes_id
    tx.run(USE, {**of, "now": now_ms, "yes_id": yes_id})
    tx.run(EMPTY, of)
    if yes_id is not None:
        tx.run(FINISH, {"this": storable(yes_id), "now": now_ms})
