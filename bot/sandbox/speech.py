"""What reaches the bot: messages, and notices that something changed."""

import secrets
from itertools import count

from bot.sandbox.api import Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.frames import ROBOT_TOPIC, Frame, Saying, robot_message
from bot.sandbox.gateway import Gateway, NoBotConnected
from bot.sandbox.talk import Entry, conversation_id

KIND = "CALLBACK"
_WAIT_FOR_ANY_BOT_S = 60.0


class Speech:
    """Gives people a voice. Message ids are unique across restarts of the sandbox."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway
        self._ids = (f"msg{secrets.token_hex(5)}{number:x}" for number in count(1))

    async def say(self, saying: Saying) -> str:
        """Push one message and return its id. Raises NoBotConnected when nobody listens in time."""
        await self._gateway.wait_connected(KIND, ROBOT_TOPIC)
        frame = self.compose(saying)
        self.note(saying, frame.msg_id)
        await self._gateway.push(frame)
        if self._state.faults.take("deliver_twice"):
            again = (frame.kind, frame.topic, frame.text, frame.message_id, frame.msg_id, frame.user_id)
            await self._gateway.push(Frame(*again, tries=2))  # byte for byte, as its own entry in the log
        return frame.msg_id

    async def notify(self, event_type: str, data: Json, *, wait_s: float | None = None) -> None:
        """Push an EVENT; it comes again until it is acknowledged with SUCCESS. Raises NoBotConnected."""
        envelope = {
            "eventId": secrets.token_hex(16),
            "eventType": event_type,
            "eventBornTime": str(to_ms(self._state.now())),
            "eventCorpId": self._state.world.corp_id,
            "eventUnifiedAppId": "sandbox",
        }
        await self._gateway.push(self._gateway.prepare("EVENT", "*", data, **envelope), wait_s=wait_s)

    async def notify_somebody(self, event_type: str, data: Json) -> bool:
        """Push an EVENT to a bot that may yet have to come; tell whether one came."""
        try:
            await self.notify(event_type, data, wait_s=_WAIT_FOR_ANY_BOT_S)
        except NoBotConnected:
            return False
        return True

    def compose(self, saying: Saying) -> Frame:
        """Return the frame of a message that nobody has sent yet."""
        msg_id = next(self._ids)
        data = robot_message(self._state, saying, msg_id)
        return self._gateway.prepare(KIND, ROBOT_TOPIC, data, msg_id=msg_id, user_id=saying.person.user_id)

    def note(self, saying: Saying, msg_id: str) -> None:
        """Enter what is being said into the transcript."""
        at = self._state.now() if saying.sent_ms is None else from_ms(saying.sent_ms)
        chat = conversation_id(saying.person, saying.conversation)
        shown = saying.text if saying.kind in ("text", "richText") else f"[{saying.kind}] {saying.text}".rstrip()
        user_id = saying.person.user_id
        self._state.talk.say(Entry("user", user_id, saying.conversation, chat, at.isoformat(), shown, msg_id))
