"""Punching by chat: put the request together and have it recorded."""

from bot.actions import Punch as PunchAction
from bot.domain.datum import Datum
from bot.domain.messages import Message, MessageKind
from bot.domain.notes import request_note
from bot.domain.people import Employee
from bot.domain.positions import Given
from bot.domain.punches import PunchRequest, PunchSource
from bot.domain.sites import Fix, LocationSource
from bot.services.places import Positions
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.recording import Recorder
from bot.storage.ledger import Recorded
from bot.storage.outbox import ReceiptAddress


class PunchService:
    """Takes punches that are said in chat or pressed there."""

    def __init__(self, *, recorder: Recorder, own: OwnPunches, positions: Positions, datum: Datum) -> None:
        """`datum` is that of typed coordinates."""
        self._recorder = recorder
        self._own = own
        self._positions = positions
        self._datum = datum

    async def punch(
        self, who: Employee, message: Message, action: PunchAction, address: ReceiptAddress, *, confirmed: bool
    ) -> Recorded:
        """Decide and record. An accepted punch is committed when this returns, and on its way to its targets.

        With `confirmed` the person pressed a button for it. The time is that of the message that the action came
        from. Raises StoreRefused, and AlreadyPressed.
        """
        at, received_at = action.at or message.at, action.received_at or message.received_at
        fix = typed_fix(action, self._datum)
        given = Given(fix, action.place, action.reason, outside=action.outside)
        position = await self._positions.judge(who, given)
        untimed = "time of receipt" if action.at is None and message.sent_at is None else ""
        by_voice = action.by_voice or message.kind is MessageKind.VOICE
        request = PunchRequest(
            user_id=who.user_id,
            message_id=message.message_id,
            direction=action.direction,
            at=at,
            local_date=self._own.date_of(at),
            received_at=received_at,
            where=position.where,
            source=PunchSource.VOICE if by_voice else PunchSource.CHAT,
            note=request_note(action.reason, *position.notes, untimed),
            confirmed=confirmed,
            unusable=position.unusable,
            flags=position.flags,
            by_location=action.by_location,
        )
        return await self._recorder.record(who, request, address)


def typed_fix(action: PunchAction, datum: Datum) -> Fix | None:
    """Return the typed coordinates of a punch as a position in `datum`, None without any."""
    typed = action.position
    if typed is None:
        return None
    return Fix(typed.latitude, typed.longitude, None, datum, LocationSource.TYPED)
