"""The questions that come of punching: what a message is to the one that is open, and which are kept."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain import answers
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Decision, PunchPolicy, PunchRequest, PunchWish, out_of_time
from bot.domain.questions import ANSWER_IN_TIME, Question, Role, What, of_another_minute, role_of
from bot.domain.shifts import CheckType
from bot.domain.unpunched import Unpunched
from bot.errors import AskedLater
from bot.services.ports import Questions


class PunchQuestions:
    """Knows the one question a person is asked about a punch, by the rules of `domain.questions`."""

    def __init__(self, questions: Questions, policy: PunchPolicy, zone: ZoneInfo, clock: Clock) -> None:
        self._questions = questions
        self._policy = policy
        self._zone = zone
        self._clock = clock

    async def settle_question(
        self, who: Employee, message: Message, what: What = What.ELSE, tried: PunchWish | None = None
    ) -> Question | None:
        """Close the open question that `message` speaks past: a later yes would not be about it any more.

        `what` it is decides; `tried` is what somebody wished for who may have tried to answer, and failed. Return
        the question that `message` itself led to, if it led to one. Raises StoreRefused.
        """
        question = await self.stored(who, message)
        if question is None or question.message_id == message.message_id:
            return question
        match role_of(answers.said_of(what, message, tried, self._zone), question):
            case Role.CLOSES:
                await self._questions.close(who.user_id)
            case Role.BEFORE:
                await self._questions.take_yes(who.user_id)
        return None

    async def take_back(self, who: Employee, message: Message) -> None:
        """Let what was sent before `message` be asked about if late, and its link end. Raises StoreRefused."""
        await self._questions.take_back(who.user_id, answers.takes_back_until(message, self._policy.max_ahead))

    async def is_asked(self, who: Employee, message: Message) -> bool:
        """Tell whether a question of the bot's about a punch was open before `message`. Raises StoreRefused."""
        question = await self.stored(who, message)
        return question is not None and question.awaits_punch and question.message_id != message.message_id

    async def question_of(self, who: Employee, message: Message) -> Question | None:
        """Return the open question that `message` led to. Raises StoreRefused."""
        question = await self.stored(who, message)
        return question if question is not None and question.message_id == message.message_id else None

    async def asks_place(self, who: Employee, message: Message, *, directed: bool = False) -> bool:
        """Tell whether `message` answers a question for the place, of a known direction if `directed`, by a place.

        Raises StoreRefused.
        """
        question = await self.stored(who, message)
        if question is None or question.by_yes or (directed and question.direction is None):
            return False
        if question.message_id == message.message_id:
            return True  # as it was decided before its reply failed
        said = answers.said_of(What.PUNCH, message, None, self._zone)
        return role_of(replace(said, placed=True), question).answers

    async def answers_by_minute(self, who: Employee, message: Message, wish: PunchWish) -> bool:
        """Tell whether `wish`, which states a minute, answers a question about that one. Raises StoreRefused."""
        question = await self.stored(who, message)
        if question is None or question.message_id == message.message_id:
            return question is not None
        said = answers.said_of(What.PUNCH, message, wish, self._zone)
        return role_of(replace(said, placed=wish.place_name is not None), question).answers

    async def before(self, who: Employee, message: Message) -> tuple[Question | None, bool]:
        """Return the question before `message`, and whether that was taken back since. Raises StoreRefused."""
        question, taken_back_at = await self._questions.before(who.user_id, message.at)
        return question, answers.is_taken_back(message.at, taken_back_at)

    async def stored(self, who: Employee, message: Message) -> Question | None:
        """Return the person's question that was not over when `message` was sent, answered ones for seconds."""
        return await self._questions.open_question(who.user_id, message.at)

    def role(
        self, what: What, message: Message, wish: PunchWish, question: Question | None, request: PunchRequest
    ) -> Role:
        """Return what a punch, or a yes, is to the question; apart where its own time cannot be trusted.

        One that led to the question itself, and is answered anew since its reply did not get out, keeps the time
        that the question has.
        """
        if question is None or out_of_time(request, self._policy):
            return Role.APART
        if question.message_id == message.message_id:
            return Role.ANSWER if question.answered_at is None else Role.AGAIN
        placed = request.where.fix is not None or request.unusable is not None
        return role_of(replace(answers.said_of(what, message, wish, self._zone), placed=placed), question)

    async def remember(
        self,
        message: Message,
        request: PunchRequest,
        wish: PunchWish,
        decision: Decision,
        *,
        role: Role,
        question: Question | None,
    ) -> None:
        """Keep the question that `decision` asks, if it asks one."""
        asked = answers.left_open(decision, wish)
        if asked is None:
            return
        direction, wish, by_yes = asked
        if question is not None and role is Role.BEFORE and answers.said_again(direction, question, request.at):
            said = answers.said_of(What.PUNCH, message, wish, self._zone)
            if not of_another_minute(said, question):
                request = answers.with_time_of(question, request, self._zone)
        elif not role.answers:
            self.await_turn(question, request, direction)
        answered = question if role.answers else None
        await self.keep(message, request, wish, direction, answered, by_yes=by_yes)

    async def keep(
        self,
        message: Message,
        request: PunchRequest,
        wish: PunchWish,
        direction: CheckType | None,
        answered: Question | None,
        *,
        by_yes: bool = True,
        beside: bool = False,
        left: Unpunched | None = None,
    ) -> None:
        """Keep a question about `request`, asked where `message` came from; one that follows an answer gets no
        more time than the first, but one whose asking failed does. `left` is a position to be kept with it, and
        `beside` tells that a wish was offered beside the punch.
        """
        again = answered is not None and answered.message_id == message.message_id
        until = answered.expires_at if answered and not again else self._asked_at(request) + ANSWER_IN_TIME
        await self._questions.ask(
            Question(
                user_id=request.user_id,
                message_id=request.message_id,
                asked_about=request.at,
                received_at=request.received_at,
                expires_at=until,
                source=request.source,
                direction=direction,
                by_yes=by_yes,
                conversation_id=message.conversation_id,
                place_name=wish.place_name,
                fix=wish.fix,
                reason=wish.reason,
                beside=beside,
                spoken_past=answered is not None and again and answered.spoken_past,
            ),
            left,
        )

    def await_turn(self, question: Question | None, request: PunchRequest, direction: CheckType | None) -> None:
        """Raise AskedLater where what is to be asked of `request` waits until `question` is over."""
        if question is not None and answers.waits_for(question, request, direction, self._clock.now()):
            raise AskedLater

    def _asked_at(self, request: PunchRequest) -> datetime:
        """Return when the question goes out, however late we are; never before the message it is about."""
        return max(self._clock.now(), request.at)
