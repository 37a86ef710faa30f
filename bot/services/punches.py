"""Punching: put the request together, let the domain decide, store it, start it on its way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain import haste, repeats
from bot.domain.datum import Datum
from bot.domain.deciding import decide_punch
from bot.domain.flagging import flagged
from bot.domain.messages import Message, MessageKind
from bot.domain.people import Employee
from bot.domain.phones import held_back
from bot.domain.punches import (
    Accepted,
    AskConfirm,
    AskDirection,
    AskEdge,
    AskPlace,
    Decision,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
    PunchWish,
    decision_of,
    out_of_time,
    punches_of_day,
    request_note,
)
from bot.domain.shifts import CheckType, DayPlan
from bot.services.couriers import Courier
from bot.services.ports import Ledger, Question, Questions, ReceiptAddress, Recorded
from bot.services.positions import Positions
from bot.services.receipts import ReceiptDesk
from bot.services.rosters import Rosters

ANSWER_IN_TIME = timedelta(minutes=2)  # an answer within it punches with the time of the message asked about
CLOCKS_DIFFER = timedelta(seconds=15)  # an answer is timed by DingTalk's clock, a question by ours


class PunchService:
    """Takes punches, and knows a person's own."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        questions: Questions,
        rosters: Rosters,
        courier: Courier,
        desk: ReceiptDesk,
        positions: Positions,
        policy: PunchPolicy,
        datum: Datum,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._questions = questions
        self._rosters = rosters
        self._courier = courier
        self._desk = desk
        self._policy = policy
        self._zone = zone
        self._clock = clock
        self.positions = positions
        self.datum = datum  # of coordinates that people type

    async def punch(
        self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress, *, by_yes: bool = False
    ) -> Recorded:
        """Decide and record. An accepted punch is committed when this returns, and on its way to its targets.

        A question is remembered, so that its answer within two minutes keeps the time of `message`, but for a
        clock-out that is typed anew, not `by_yes`. Raises StoreRefused.
        """
        question = await self._question(who, message)
        request = await self._request(who, message, wish)
        if question is None or not self._is_about(request, question):
            question = None
        elif question.answered_at is not None:
            request, question = replace(request, repeats=question.asked_about), None
        else:
            is_typed = not by_yes and request.source is not PunchSource.VOICE
            has_own_time = is_typed and wish.direction is CheckType.OFF_DUTY  # the earlier one makes people early
            wish = _completed(wish, question)
            request = _answering(question, await self._request(who, message, wish))
            if not has_own_time:
                request = _with_time_of(question, request, self._zone)
        recorded = await self.record(who, request, address)
        if not isinstance(recorded.decision, Accepted):
            await self._remember(message, request, wish, recorded.decision, question)
        return replace(recorded, wish=wish)

    async def ask(self, who: Employee, message: Message, wish: PunchWish, *, by_yes: bool = True) -> None:
        """Remember that the bot asks about a message that may be a punch, so that the answer keeps its time.

        A plain "yes" then punches in the direction of `wish`, if it has one and `by_yes` holds. A question that
        follows another about the same direction adds no time. Raises StoreRefused.
        """
        request = await self._request(who, message, wish)
        if out_of_time(request, self._policy):
            return
        before = await self.open_question(who, message)
        again = before is not None and before.direction == wish.direction and self._is_about(request, before)
        kept = before if again else None
        if kept is not None:
            request = _with_time_of(kept, _answering(kept, request), self._zone)
        await self._keep(message, request, wish, wish.direction, kept, by_yes=by_yes)

    async def drop_question(self, who: Employee, message: Message, tried: PunchWish | None = None) -> None:
        """Forget the open question that `message` speaks past: a later yes would not be about it any more.

        The question that `message` itself led to stays, and so does one of another conversation, unless what is
        said is said in private. `tried` is what somebody wished for who may have tried to answer, and failed: then
        one stays also that no yes punches, such as for the place, so that the next try keeps its time; not where
        another direction was said. Raises StoreRefused.
        """
        question = await self.open_question(who, message)
        if question is None or question.message_id == message.message_id:
            return
        if tried is None or _punches_by_yes(question) or tried.direction not in (None, question.direction):
            await self._questions.close(who.user_id)

    async def answer_instead_of(self, message_id: str) -> Punch | None:
        """Return what the person punched in chat by answering the question of `message_id` instead of tapping its
        link; None while they did not, or once they tapped all the same. Raises StoreRefused.
        """
        punch = await self._ledger.of_message(message_id)
        return None if punch is None or punch.message_id == message_id else punch

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message, or its yes to a tap, led to; None without one. Raises StoreRefused."""
        return await self._ledger.of_message(message_id)

    async def confirm(self, who: Employee, message: Message, address: ReceiptAddress) -> Recorded | None:
        """Punch what the person said yes to; None when no question that a yes answers is open."""
        question = await self._question(who, message)
        if question is None or question.direction is None or not _may_be_agreed_to(question, message):
            # After a refused commit that happened this message's punch is there, and its question gone.
            punch = await self._ledger.of_message(message.message_id)
            return None if punch is None else Recorded(decision_of(punch), punch, fresh=False)
        return await self.punch(who, message, PunchWish(question.direction), address, by_yes=True)

    @property
    def needs_place(self) -> bool:
        """Tell whether the company wants a place with every punch."""
        return self._policy.location_required

    @property
    def asks_at_edge(self) -> bool:
        """Tell whether somebody on the edge of a fence is asked whether they are at the site."""
        return self._policy.ask_at_edge

    async def today(self, who: Employee, message: Message) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the local date of `message`, the person's plan of it, and their punches of it and of a shift
        from the day before that is not over.
        """
        day = self.local_date(message)
        plans = await self._rosters.plans_around(who, day)
        plan = next((plan for plan in plans or () if plan.work_date == day), None)
        near = await self._ledger.punches(who.user_id, day - timedelta(days=1), day + timedelta(days=1))
        return day, plan, punches_of_day(near, plans or (), message.at, self._zone)

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._ledger.punches(who.user_id, first, last)

    def local_date(self, message: Message) -> date:
        """Return the calendar date of a message where the company is."""
        return message.at.astimezone(self._zone).date()

    async def open_question(self, who: Employee, message: Message) -> Question | None:
        """Return the question that `message` may answer or has just led to. Raises StoreRefused."""
        question = await self._question(who, message)
        return None if question is None or question.answered_at is not None else question

    async def _question(self, who: Employee, message: Message) -> Question | None:
        """Return the question that `message` may be about, also one that was answered seconds ago.

        What is said in a group answers only what was asked in it: elsewhere it is meant for others. In private
        everything is said to the bot, also the answer to a question that was asked in a group.
        """
        question = await self._questions.open_question(who.user_id, message.at)
        if question is None or not _may_be_answered(question, message.at):
            return None
        return None if message.is_group and not _asked_in(question, message) else question

    async def record(self, who: Employee, request: PunchRequest, address: ReceiptAddress) -> Recorded:
        """Decide about a request and record it; asks nothing and remembers no question. Raises StoreRefused."""
        plans = await self._rosters.plans_around(who, request.local_date)

        def decide(earlier: Sequence[Punch]) -> Decision:
            decision = decide_punch(request, plans=plans, earlier=earlier, policy=self._policy)
            decision = repeats.used_up(repeats.told_again(decision, request, earlier), request)
            return held_back(flagged(haste.noted(decision, request, earlier), request, earlier), request)

        around = [request.local_date + timedelta(days=offset) for offset in (-1, 0, 1)]
        term = self._courier.term
        recorded = await self._ledger.record(
            request, decide, work_dates=around, targets=self._courier.targets, address=address
        )
        if isinstance(recorded.decision, Accepted) and recorded.fresh and recorded.punch is not None:
            self._desk.expect(recorded.punch, term)
            self._courier.start(recorded.punch, term)
        return recorded

    async def _request(self, who: Employee, message: Message, wish: PunchWish) -> PunchRequest:
        position = await self.positions.judge(who, wish.fix, wish.place_name, reason=wish.reason)
        source = PunchSource.VOICE if message.kind is MessageKind.VOICE else PunchSource.CHAT
        received = "time of receipt" if message.sent_at is None else ""
        return PunchRequest(
            user_id=who.user_id,
            message_id=message.message_id,
            direction=wish.direction,
            at=message.at,
            local_date=self.local_date(message),
            received_at=message.received_at,
            where=position.where,
            source=source,
            note=request_note(wish.reason, *position.notes, received),
            edge=position.edge,
            unusable=position.unusable,
            flags=position.flags,
        )

    def _is_about(self, request: PunchRequest, question: Question) -> bool:
        """Tell whether a request answers the question, or by voice says again what it is about."""
        if question.message_id == request.message_id or out_of_time(request, self._policy):
            return False
        if request.source is PunchSource.VOICE:
            return _says_again(request, question)
        return question.answered_at is not None or _answers(request, question)

    async def _remember(
        self,
        message: Message,
        request: PunchRequest,
        wish: PunchWish,
        decision: Decision,
        answered: Question | None,
    ) -> None:
        """Keep the question that `decision` asks. One about the place keeps the direction, said or told by
        the shift, and no place: the answer is to name it.
        """
        match decision:
            case AskConfirm(direction):
                await self._keep(message, request, wish, direction, answered)
            case AskDirection():
                await self._keep(message, request, wish, None, answered)
            case AskPlace(direction=direction) | AskEdge(direction=direction):
                unplaced = replace(wish, place_name=None, fix=None)
                await self._keep(message, request, unplaced, direction, answered, by_yes=False)
            case _:
                return

    async def _keep(
        self,
        message: Message,
        request: PunchRequest,
        wish: PunchWish,
        direction: CheckType | None,
        answered: Question | None,
        *,
        by_yes: bool = True,
    ) -> None:
        """Keep a question about `request`, asked where `message` came from; one that follows an answer gets no
        more time than the first.
        """
        await self._questions.ask(
            Question(
                user_id=request.user_id,
                message_id=request.message_id,
                asked_about=request.at,
                received_at=request.received_at,
                expires_at=answered.expires_at if answered else self._asked_at(request) + ANSWER_IN_TIME,
                source=request.source,
                direction=direction,
                by_yes=by_yes,
                conversation_id=message.conversation_id,
                place_name=wish.place_name,
                fix=wish.fix,
                reason=wish.reason,
            )
        )

    def _asked_at(self, request: PunchRequest) -> datetime:
        """Return when the question goes out, however late we are; never before the message it is about."""
        return max(self._clock.now(), request.at)


def _completed(wish: PunchWish, question: Question) -> PunchWish:
    """Return an answer with what the message asked about said, where the answer does not say it itself."""
    placed = wish.place_name is not None or wish.fix is not None
    return replace(
        wish,
        direction=wish.direction or question.direction,
        place_name=wish.place_name if placed else question.place_name,
        fix=wish.fix if placed else question.fix,
        reason=wish.reason or question.reason,
    )


def _with_time_of(question: Question, request: PunchRequest, zone: ZoneInfo) -> PunchRequest:
    """Return the request with the time of what `question` was about, so that asking makes nobody late."""
    at = question.asked_about
    return replace(request, at=at, local_date=at.astimezone(zone).date())


def _answering(question: Question, request: PunchRequest) -> PunchRequest:
    """Return the request as the answer to `question`.

    Speech recognition does not confirm speech recognition: what is said by voice is still to be confirmed.
    """
    by_voice = request.source is PunchSource.VOICE
    return replace(
        request,
        source=request.source if by_voice else question.source,
        confirmed=not by_voice,
        answered_at=request.at,
    )


def _may_be_answered(question: Question, at: datetime) -> bool:
    """Tell whether a message sent `at` can be an answer: soon after the message in question, or after we asked.

    Not what was sent in between, while we were away: a "clock out" of the evening is no answer to the morning.
    """
    if question.answered_at is not None:
        # Of two taps the first may come last, and a tap on the page is timed by our clock.
        return question.answered_at - repeats.SAID_TWICE <= at < question.expires_at
    asked_at = question.expires_at - ANSWER_IN_TIME
    soon = at < question.asked_about + ANSWER_IN_TIME
    return question.asked_about <= at < question.expires_at and (soon or at >= asked_at - CLOCKS_DIFFER)


def _asked_in(question: Question, message: Message) -> bool:
    return question.conversation_id is not None and question.conversation_id == message.conversation_id


def _may_be_agreed_to(question: Question, message: Message) -> bool:
    """Tell whether a plain yes in `message` may be about the question: an "ok" elsewhere is not."""
    return question.by_yes and _asked_in(question, message)


def _punches_by_yes(question: Question) -> bool:
    """Tell whether a plain yes to the question would punch."""
    return question.by_yes and question.direction is not None


def _says_again(request: PunchRequest, question: Question) -> bool:
    """Tell whether a voice message says no other direction than the question; another one is a new question."""
    return None in (request.direction, question.direction) or request.direction == question.direction


def _answers(request: PunchRequest, question: Question) -> bool:
    """Tell whether `request` says what was asked: the direction to confirm, a direction, or at least a place."""
    if not question.by_yes and request.direction is None:
        return request.where.fix is not None
    if question.direction is not None:
        return request.direction == question.direction
    return request.direction is not None or request.where.fix is not None
