"""Read the request of a message: a pressed button, an answer to an ask, or words. Store buttons of
replies.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.actions import (
    Absent,
    DayRecord,
    Dismiss,
    ExcuseAction,
    History,
    Leave,
    MyDay,
    Nudge,
    OnLeave,
    PunchAction,
    PunchForOther,
    StandIn,
    Summary,
    Why,
)
from bot.domain.corrections import CROCKFORD
from bot.domain.messages import Message, MessageKind
from bot.domain.people import Employee
from bot.domain.slots import Action, Slot, Whom
from bot.errors import UserError
from bot.services.services import Services
from bot.storage.database import Press
from bot.storage.inbox import PRIVATE, KeptButton, conversation_of
from bot.understanding.completing import complete, is_only
from bot.understanding.router import PERSON, is_plain_nudge
from bot.understanding.understand import Act, Understood, understand
from bot.views.sentences import Button, Reply

TOKEN_LENGTH = 4
ANSWER_WITHIN = timedelta(minutes=2)  # an ask, or a typed yes
PUNCH_WITHIN = timedelta(minutes=10)  # a button for a punch with the time of an earlier message
PRESS_WITHIN = timedelta(hours=1)
_PRESS = re.compile(rf"#\s*([{CROCKFORD}]{{{TOKEN_LENGTH}}})\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """The request of a message.

    Without an `action` the bot offers `choices`, the likeliest actions, if any. `sure`: the action
    needs no confirmation. `press` uses up a button. `by_button`: a stored button was pressed; a
    press on a card counts as words.
    """

    action: Action | None = None
    sure: bool = False
    choices: tuple[Action, ...] = ()
    press: Press | None = None
    by_button: bool = False


class Reader:
    """Reads messages: first as a button, then as an answer to an ask, then by their words.

    Stores the buttons of replies.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept = services.store.buttons

    async def read(self, who: Employee, message: Message) -> Request:
        """Return the request of a message.

        Raises UserError for a bad button. Raises StoreRefused.
        """
        today = self._services.punches.date_of(message.at)
        sites = self._services.places.names_for(who)
        names = self._services.directory.view.names
        understood = understand(message.text, today=today, sites=sites, names=names)
        if message.kind is MessageKind.PRESS:
            wanted = self._by_words(message, understood)
            # A card may be old: its punch is checked like typed words. Its leave is shown with a
            # button first.
            stays_unsure = isinstance(wanted.action, PunchAction | Leave)
            return wanted if stays_unsure else replace(wanted, sure=True)
        button = await self._find_pressed(who, message)
        if button is not None:
            return _request_of(button)
        if message.mentioned_user_ids:
            plain = is_plain_nudge(names.with_mark(message.text, PERSON))
            action = about(message.mentioned_user_ids, understood, is_nudge=plain)
            return Request(action, sure=plain)
        opened = await self._kept.newest(who.user_id, message, since=message.at - ANSWER_WITHIN)
        if not opened:
            return self._by_words(message, understood)
        if is_only("no", message.text):
            await self._kept.close(opened[0], message)
            return Request(Dismiss())
        agrees = is_only("yes", message.text) and not message.is_group
        for kept in opened:
            has_direction = getattr(kept.action, "direction", None) is not None
            if agrees and kept.slot is Slot.DIRECTION and has_direction:
                return _request_of(kept)  # a yes to the direction that the bot names
            if kept.slot is None:
                continue
            whole = complete(
                kept.action,
                kept.slot,
                message.text,
                intent=understood.intents[0],
                today=today,
                sites=sites,
                names=names,
            )
            if whole is not None:
                # an ask takes one answer, even one without effect
                await self._kept.close(kept, message)
                by_voice = message.kind is MessageKind.VOICE
                return Request(
                    whole, sure=kept.sure and not by_voice, press=Press(who.user_id, kept.reply_id)
                )
        offered = [button for button in opened if button.slot is None]
        if len(offered) == 1 and offered[0].sure and agrees:
            return _request_of(offered[0])
        await self._kept.close(opened[0], message)
        wanted = self._by_words(message, understood)
        if isinstance(wanted.action, PunchAction) and any(
            kept.slot and not isinstance(kept.action, PunchAction) for kept in opened
        ):
            return replace(wanted, sure=False)  # it may be half an answer to the ask
        return wanted

    async def keep(self, who: Employee, message: Message, reply: Reply) -> Reply:
        """Store the buttons with an action, and return the reply with their tokens. Raises
        StoreRefused.

        A repeated reply to the same message has the same tokens.
        """
        asked_at = self._services.now
        kept: list[KeptButton] = []

        def keep_as_row(
            action: Action, within: timedelta, *, sure: bool, slot: Slot | None = None
        ) -> str:
            # JSON, not repr(): a message that comes again after a restart must get the same token
            meaning = f"{slot}/{type(action).__name__}/{action.model_dump_json()}"
            button = KeptButton(
                token=token_of(message.message_id, meaning),
                user_id=who.user_id,
                conversation=PRIVATE if reply.private else conversation_of(message),
                reply_id=message.message_id,
                action=action,
                asked_at=asked_at,
                expires_at=max(asked_at, message.at) + within,
                slot=slot,
                sure=sure,
            )
            kept.append(button)
            return button.token

        def with_token(button: Button) -> Button:
            if button.action is None:
                return button
            within = PUNCH_WITHIN if isinstance(button.action, PunchAction) else PRESS_WITHIN
            token = keep_as_row(button.action, within, sure=button.sure)
            return replace(button, says=f"{button.label} #{token}")

        shown_buttons = tuple(map(with_token, reply.buttons))
        if (ask := reply.ask) is not None:
            keep_as_row(ask.action, ANSWER_WITHIN, sure=ask.sure, slot=ask.slot)
        if kept:
            await self._kept.store(kept)
        return replace(reply, buttons=shown_buttons)

    async def _find_pressed(self, who: Employee, message: Message) -> KeptButton | None:
        """Return the button that `message` presses, None for other messages.

        Raises UserError for a button that is unknown, expired or used by another message. Raises
        StoreRefused.
        """
        match = _PRESS.search(message.text)
        if match is None:
            return None
        token = match[1].upper()
        button = await self._kept.find(who.user_id, token)
        if button is None or button.slot is not None:
            raise UserError("button.unknown")
        if button.pressed_by not in (None, message.message_id):
            raise UserError("button.used")
        if message.at >= button.expires_at:
            raise UserError("button.over")
        return button

    def _by_words(self, message: Message, understood: Understood) -> Request:
        """Return the request of a message by its words alone."""
        if not understood.actions:
            return Request()
        first = understood.actions[0]
        if understood.act is Act.CHOOSE:
            choices = (
                keep_time(action, message) if isinstance(action, PunchAction) else action
                for action in understood.actions
            )
            return Request(choices=tuple(choices))
        is_heard = (
            isinstance(first, PunchAction) and message.kind is MessageKind.VOICE
        )  # speech recognition makes mistakes
        return Request(first, sure=understood.act is Act.DO and not is_heard)


def token_of(reply_id: str, button: str) -> str:
    """Return the token of a button. It is no secret: only its person can press it."""
    digest = hashlib.sha256(f"{reply_id}/{button}".encode(errors="replace")).digest()
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in digest[:TOKEN_LENGTH])


def keep_time(punch: PunchAction, message: Message) -> PunchAction:
    """Return a punch that keeps the time of its first message for `time_that_counts`."""
    by_voice = punch.by_voice or message.kind is MessageKind.VOICE
    at, received_at = (
        (message.at, message.received_at) if punch.at is None else (punch.at, punch.received_at)
    )
    return punch.but(at=at, received_at=received_at, by_voice=by_voice)


def about(
    mentioned: Sequence[str | None], understood: Understood, *, is_nudge: bool = False
) -> Action:
    """Return the action about the mentioned person. Nobody punches for somebody else."""
    person = mentioned[0] if len(mentioned) == 1 else None
    action = next(
        (action for action in understood.actions if not isinstance(action, PunchAction)), None
    )
    if person is not None and (is_nudge or "nudge" in understood.intents):
        return Nudge(person=person)
    if person is not None:
        match action:
            case ExcuseAction() | StandIn():
                return action.but(person=person)
            case Summary() | History() | Absent() | Why() | MyDay():
                days = getattr(action, "days", None)
                return Summary(whom=Whom(person=person), days=days)
            case DayRecord() | OnLeave():
                return action.but(whom=Whom(person=person))
    return PunchForOther(person=person)


def _request_of(button: KeptButton) -> Request:
    # An unsure press uses up nothing: a lead may nudge several people one by one.
    press = Press(button.user_id, button.reply_id) if button.sure else None
    return Request(button.action, sure=button.sure, press=press, by_button=True)
