"""Punching: put the request together as what it is to the question before it, and have it recorded."""

from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain import answers
from bot.domain.answers import MayComplete
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    PunchPolicy,
    PunchRequest,
    PunchWish,
    decision_of,
    out_of_time,
    request_note,
)
from bot.domain.questions import Question, Role, What
from bot.domain.unpunched import given_by
from bot.services.locating.positions import Positions
from bot.services.ports import ReceiptAddress, Recorded
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.questions import PunchQuestions
from bot.services.punching.recording import Recorder


class PunchService:
    """Takes punches that are said in chat."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        questions: PunchQuestions,
        own: OwnPunches,
        positions: Positions,
        policy: PunchPolicy,
        zone: ZoneInfo,
    ) -> None:
        self._recorder = recorder
        self._questions = questions
        self._own = own
        self._positions = positions
        self._policy = policy
        self._zone = zone

    async def punch(self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress) -> Recorded:
        """Decide and record. An accepted punch is committed when this returns, and on its way to its targets.

        Where `message` answers a question it is completed by what that was about, and has its time or its own (see
        `domain.questions`). A question that comes of it is remembered. Raises StoreRefused, or AskedLater to wait.
        """
        question, taken_back = await self._questions.before(who, message)
        return await self._punch(who, message, wish, address, question=question, taken_back=taken_back)

    async def punch_unless_it_completes(
        self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress
    ) -> Recorded | MayComplete:
        """Punch as `punch` does, but do nothing where `message` may be the answer to something else.

        That is what the bot asked about a make-up request, or a reminder. Raises as `punch` does.
        """
        question, taken_back = await self._questions.before(who, message)
        may_complete = answers.may_complete(question, message, wish, self._zone)
        if may_complete is not None:
            return may_complete
        return await self._punch(who, message, wish, address, question=question, taken_back=taken_back)

    async def ask(
        self,
        who: Employee,
        message: Message,
        wish: PunchWish,
        *,
        by_yes: bool = True,
        is_here: bool = True,
        beside: bool = False,
    ) -> None:
        """Remember that the bot asks about a message that may be a punch, so that the answer keeps its time.

        A plain "yes" then punches in the direction of `wish`, if it has one and `by_yes` holds. A question that
        follows another about the same direction adds no time. One about a punch `beside` a wish, which no yes
        answers, outlives the wish. A position of `wish` counts for later punches as
        one that led to none, if it `is_here`. Raises StoreRefused, and AskedLater where it has to wait for another
        one.
        """
        request = await self._request(who, message, wish)
        if out_of_time(request, self._policy):
            return
        before = await self._questions.stored(who, message)
        again = self._questions.role(What.PUNCH, message, wish, before, request).answers
        kept = before if again and before is not None and before.direction == wish.direction else None
        if kept is not None:
            request = answers.with_time_of(kept, answers.answering(kept, request), self._zone)
        else:
            self._questions.await_turn(before, request, wish.direction)
        left = given_by(request) if is_here else None
        await self._questions.keep(
            message, request, wish, wish.direction, kept, by_yes=by_yes, beside=beside, left=left
        )

    async def confirm(
        self, who: Employee, message: Message, address: ReceiptAddress, *, now: bool = False
    ) -> Recorded | None:
        """Punch what the person said yes to; None when no question that a yes answers is open.

        A yes that says that it is of `now` is none to a question about another moment. Raises StoreRefused.
        """
        question, taken_back = await self._questions.before(who, message)
        wish = PunchWish(None if question is None else question.direction, now=now)
        request = await self._request(who, message, wish)
        role = self._questions.role(What.YES, message, wish, question, request)
        if role is Role.ANSWER and not taken_back:
            return await self._record_as(
                who, message, wish, address, role=role, question=question, request=request
            )
        # After a refused commit that happened this message's punch is there, and its question answered.
        made = await self._own.of_message(message.message_id)
        if made is not None:
            return Recorded(decision_of(made), made, fresh=False)
        if role is Role.AGAIN and question is not None:
            made = await self._own.made_at(who, question.asked_about)
        return None if made is None else Recorded(AlreadyPunched(made), None)

    async def _punch(
        self,
        who: Employee,
        message: Message,
        wish: PunchWish,
        address: ReceiptAddress,
        *,
        question: Question | None,
        taken_back: bool,
    ) -> Recorded:
        """Record what `message` asks for after `question`, whose punch the person may have `taken_back` since."""
        request = await self._request(who, message, wish)
        role = self._questions.role(What.PUNCH, message, wish, question, request)
        return await self._record_as(
            who, message, wish, address, role=role, question=question, request=request, taken_back=taken_back
        )

    async def _record_as(
        self,
        who: Employee,
        message: Message,
        wish: PunchWish,
        address: ReceiptAddress,
        *,
        role: Role,
        question: Question | None,
        request: PunchRequest,
        taken_back: bool = False,
    ) -> Recorded:
        """Record what `message` asks for in its `role` to the question, and remember what is asked then."""
        answered = question if role.answers else None
        if answered is not None:
            wish = answers.completed(wish, answered)
            request = answers.answering(answered, await self._request(who, message, wish))
            if role is Role.ANSWER:
                request = answers.with_time_of(answered, request, self._zone)
        elif role is Role.AGAIN and question is not None:
            request = replace(request, repeats=question.asked_about)
        said = replace(request, before_asking=role is Role.BEFORE, taken_back=taken_back)
        again = partial(self._questions.role, What.PUNCH, message, wish, request=request)
        recorded = await self._recorder.record(
            who, said, address, again=lambda tapped: again(question=tapped) is Role.AGAIN
        )
        if not isinstance(recorded.decision, Accepted):
            await self._questions.remember(message, request, wish, recorded.decision, role=role, question=question)
        return replace(recorded, wish=wish)

    async def _request(self, who: Employee, message: Message, wish: PunchWish) -> PunchRequest:
        position = await self._positions.judge(who, wish.fix, wish.place_name, reason=wish.reason)
        received = "time of receipt" if message.sent_at is None else ""
        return PunchRequest(
            user_id=who.user_id,
            message_id=message.message_id,
            direction=wish.direction,
            at=message.at,
            local_date=self._own.local_date(message),
            received_at=message.received_at,
            where=position.where,
            source=answers.source_of(message),
            note=request_note(wish.reason, *position.notes, received),
            edge=position.edge,
            unusable=position.unusable,
            flags=position.flags,
            by_location=wish.by_location,
        )
