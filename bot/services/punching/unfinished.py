"""What somebody asked for that lacks something, kept for two minutes, for the message that adds it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.answers import said_of, source_of
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.questions import ANSWER_IN_TIME, Question, ReminderTime, Request, Role, What, role_of
from bot.domain.shifts import CheckType
from bot.services.ports import Questions

TAPPED_TWICE = timedelta(seconds=5)  # for so long the same command once more may be one tap that was made twice


class Unfinished:
    """Keeps at most one such thing a person, as the question that is open about it."""

    def __init__(self, questions: Questions, clock: Clock, zone: ZoneInfo) -> None:
        self._questions = questions
        self._clock = clock
        self._zone = zone

    async def keep(
        self,
        who: Employee,
        message: Message,
        to_complete: Request | ReminderTime,
        *,
        said_at: datetime,
        direction: CheckType | None = None,
        reason: str | None = None,
        or_now: bool = False,
    ) -> bool:
        """Remember what was said so far, at `said_at`, for the message that adds what it lacks.

        `or_now` where it is asked whether a command punches (see `Question`).
        Not where a question about a punch stays, as one that was asked after `message`, or was answered seconds
        ago and may be answered twice. Tell whether it is remembered. Raises StoreRefused.
        """
        before = await self._questions.open_question(who.user_id, message.at)
        if before is not None and before.to_complete is None and before.message_id != message.message_id:
            said = said_of(What.ELSE, message, None, self._zone)
            if role_of(said, before) is not Role.CLOSES:
                return False
        await self._questions.ask(
            Question(
                user_id=who.user_id,
                message_id=message.message_id,
                asked_about=said_at,
                received_at=message.received_at,
                expires_at=max(self._clock.now(), message.at) + ANSWER_IN_TIME,
                source=source_of(message),
                direction=direction,
                reason=reason,
                by_yes=False,
                conversation_id=message.conversation_id,
                to_complete=to_complete,
                or_now=or_now,
            )
        )
        return True

    async def before(self, who: Employee, message: Message, *, again: bool = False) -> Question | None:
        """Return the question about what `message` may complete, else None.

        With `again` also what it completed itself already, where its answer got lost. Raises StoreRefused.
        """
        question = await self._questions.open_question(who.user_id, message.at)
        if question is None or question.to_complete is None:
            return None
        if question.message_id == message.message_id:
            return question if again else None
        closes = role_of(said_of(What.ELSE, message, None, self._zone), question) is Role.CLOSES
        return question if closes else None

    async def asked_if_now(self, who: Employee, message: Message) -> bool:
        """Tell whether the bot asked before `message`, not just now, if a command punches. Raises StoreRefused."""
        question = await self._questions.open_question(who.user_id, message.at)
        if question is None or not question.or_now or question.message_id == message.message_id:
            return False
        return message.at - question.asked_at >= TAPPED_TWICE
