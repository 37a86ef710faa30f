"""Punching: put the request together, let the domain decide, store it, start it on its way."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain import answers
from bot.domain.datum import Datum
from bot.domain.deciding import decide_among
from bot.domain.messages import Message, MessageKind
from bot.domain.people import Employee
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    MayComplete,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
    PunchWish,
    counting,
    decision_of,
    out_of_time,
    punches_of_day,
    request_note,
)
from bot.domain.questions import ANSWER_IN_TIME, Question, Role, What, of_another_minute, role_of
from bot.domain.shifts import CheckType, DayPlan, lasts
from bot.errors import AskedLater
from bot.services.locating.positions import Positions
from bot.services.organisation.rosters import Rosters
from bot.services.ports import Ledger, Questions, ReceiptAddress, Recorded
from bot.services.punching.couriers import Courier
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.sightings import Sightings

JUST_NOW = timedelta(minutes=10)  # a punch that what is said next may be about
_ANSWERS = frozenset({Role.ANSWER, Role.ANSWER_NOW})


class PunchService:
    """Takes punches, and knows a person's own."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        questions: Questions,
        rosters: Rosters,
        sightings: Sightings,
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
        self._sightings = sightings
        self._courier = courier
        self._desk = desk
        self._policy = policy
        self._zone = zone
        self._clock = clock
        self.positions = positions
        self.datum = datum  # of coordinates that people type

    async def punch(self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress) -> Recorded:
        """Decide and record. An accepted punch is committed when this returns, and on its way to its targets.

        Where `message` answers a question it is completed by what that was about, and has its time or its own (see
        `domain.questions`). A question that comes of it is remembered. Raises StoreRefused, or AskedLater to wait.
        """
        question, taken_back_at = await self._questions.before(who.user_id, message.at)
        if answers.may_complete(question, message, wish, self._zone):
            return Recorded(MayComplete(), None)
        request = await self._request(who, message, wish)
        role = self._role(What.PUNCH, message, wish, question, request)
        back = answers.is_taken_back(message.at, taken_back_at)
        return await self._record_as(
            who, message, wish, address, role=role, question=question, request=request, taken_back=back
        )

    async def ask(self, who: Employee, message: Message, wish: PunchWish, *, by_yes: bool = True) -> None:
        """Remember that the bot asks about a message that may be a punch, so that the answer keeps its time.

        A plain "yes" then punches in the direction of `wish`, if it has one and `by_yes` holds. A question that
        follows another about the same direction adds no time. Raises StoreRefused, and AskedLater where it has to
        wait for another one.
        """
        request = await self._request(who, message, wish)
        if out_of_time(request, self._policy):
            return
        before = await self._stored(who, message)
        again = self._role(What.PUNCH, message, wish, before, request) in _ANSWERS
        kept = before if again and before is not None and before.direction == wish.direction else None
        if kept is not None:
            request = answers.with_time_of(kept, answers.answering(kept, request), self._zone)
        else:
            self._await_turn(before, request, wish.direction)
        await self._keep(message, request, wish, wish.direction, kept, by_yes=by_yes)

    async def take_back(self, who: Employee, message: Message) -> None:
        """Let what was sent before `message` be asked about if late, and its link end. Raises StoreRefused."""
        await self._questions.take_back(who.user_id, answers.takes_back_until(message, self._policy.max_ahead))

    async def settle_question(
        self, who: Employee, message: Message, tried: PunchWish | None = None
    ) -> Question | None:
        """Close the open question that `message` speaks past: a later yes would not be about it any more.

        `tried` is what somebody wished for who may have tried to answer, and failed. Return the question that
        `message` itself led to, if it led to one. Raises StoreRefused.
        """
        question = await self._stored(who, message)
        if question is None or question.message_id == message.message_id:
            return question
        what = What.ELSE if tried is None else What.TRY
        match role_of(answers.said_of(what, message, tried, self._zone), question):
            case Role.CLOSES:
                await self._questions.close(who.user_id)
            case Role.BEFORE:
                await self._questions.take_yes(who.user_id)
        return None

    async def answer_instead_of(self, message_id: str) -> Punch | None:
        """Return the punch that stands by an answer in chat to the question of `message_id`, instead of a tap on
        its link; None while there is none, or once they tapped all the same. Raises StoreRefused.
        """
        punch = await self._ledger.of_message(message_id)
        return None if punch is None or punch.message_id == message_id else punch

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message, or its yes to a tap, led to; None without one. Raises StoreRefused."""
        return await self._ledger.of_message(message_id)

    async def confirm(
        self, who: Employee, message: Message, address: ReceiptAddress, *, now: bool = False
    ) -> Recorded | None:
        """Punch what the person said yes to; None when no question that a yes answers is open.

        A yes that says that it is of `now` is none to a question about another moment. Raises StoreRefused.
        """
        question, back_at = await self._questions.before(who.user_id, message.at)
        wish = PunchWish(None if question is None else question.direction, now=now)
        request = await self._request(who, message, wish)
        role = self._role(What.YES, message, wish, question, request)
        if role is Role.ANSWER and not answers.is_taken_back(message.at, back_at):
            return await self._record_as(
                who, message, wish, address, role=role, question=question, request=request
            )
        # After a refused commit that happened this message's punch is there, and its question answered.
        made = await self._ledger.of_message(message.message_id)
        if made is not None:
            return Recorded(decision_of(made), made, fresh=False)
        return await self._agreed_again(who, question) if role is Role.AGAIN and question is not None else None

    async def asks_place(self, who: Employee, message: Message, *, directed: bool = False) -> bool:
        """Tell whether `message` answers a question for the place, of a known direction if `directed`, by a place.

        Raises StoreRefused.
        """
        question = await self._stored(who, message)
        if question is None or question.by_yes or (directed and question.direction is None):
            return False
        if question.message_id == message.message_id:
            return True  # as it was decided before its reply failed
        said = answers.said_of(What.PUNCH, message, None, self._zone)
        return role_of(replace(said, placed=True), question) in _ANSWERS

    async def answers_by_minute(self, who: Employee, message: Message, wish: PunchWish) -> bool:
        """Tell whether `wish`, which states a minute, answers a question about that one. Raises StoreRefused."""
        question = await self._stored(who, message)
        if question is None or question.message_id == message.message_id:
            return question is not None
        said = answers.said_of(What.PUNCH, message, wish, self._zone)
        return role_of(replace(said, placed=wish.place_name is not None), question) in _ANSWERS

    @property
    def needs_place(self) -> bool:
        """Tell whether the company wants a place with every punch."""
        return self._policy.location_required

    @property
    def asks_at_edge(self) -> bool:
        """Tell whether somebody on the edge of a fence is asked whether they are at the site."""
        return self._policy.ask_at_edge

    async def today(self, who: Employee, message: Message) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the local date of `message`, or that of a night shift which lasts, the person's plan of it, and
        their punches of it and of a shift from the day before that is not over.
        """
        day, a_day = self.local_date(message), timedelta(days=1)
        plans = {plan.work_date: plan for plan in await self._rosters.plans_around(who, day) or ()}
        near = await self._ledger.punches(who.user_id, day - a_day, day + a_day)
        its = day - a_day if lasts(plans.get(day - a_day), plans.get(day), message.at) else day
        return its, plans.get(its), punches_of_day(near, [*plans.values()], message.at, self._zone)

    async def just_punched(self, who: Employee, message: Message) -> Punch | None:
        """Return the person's punch that was recorded last, in the minutes before `message`; None without one.

        Recorded, since that of an answer was received with what was asked about. Raises StoreRefused.
        """
        day = self.local_date(message)
        oldest = day - self._policy.max_age - timedelta(days=1)
        since = message.received_at - JUST_NOW
        return await self._ledger.last_recorded(who.user_id, oldest, day + timedelta(days=1), since=since)

    async def is_asked(self, who: Employee, message: Message) -> bool:
        """Tell whether a question of the bot's about a punch was open before `message`. Raises StoreRefused."""
        question = await self._stored(who, message)
        return question is not None and question.awaits_punch and question.message_id != message.message_id

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._ledger.punches(who.user_id, first, last)

    def local_date(self, message: Message) -> date:
        """Return the calendar date of a message where the company is."""
        return message.at.astimezone(self._zone).date()

    async def question_of(self, who: Employee, message: Message) -> Question | None:
        """Return the open question that `message` led to. Raises StoreRefused."""
        question = await self._stored(who, message)
        return question if question is not None and question.message_id == message.message_id else None

    async def _stored(self, who: Employee, message: Message) -> Question | None:
        """Return the person's question that was not over when `message` was sent, answered ones for seconds."""
        return await self._questions.open_question(who.user_id, message.at)

    def _role(
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
        answered = question if role in _ANSWERS else None
        if answered is not None:
            wish = answers.completed(wish, answered)
            request = answers.answering(answered, await self._request(who, message, wish))
            if role is Role.ANSWER:
                request = answers.with_time_of(answered, request, self._zone)
        elif role is Role.AGAIN and question is not None:
            request = replace(request, repeats=question.asked_about)
        said = replace(request, before_asking=role is Role.BEFORE, taken_back=taken_back)
        again = partial(self._role, What.PUNCH, message, wish, request=request)
        recorded = await self.record(who, said, address, again=lambda tapped: again(question=tapped) is Role.AGAIN)
        if not isinstance(recorded.decision, Accepted):
            await self._remember(message, request, wish, recorded.decision, role=role, question=question)
        return replace(recorded, wish=wish)

    async def _agreed_again(self, who: Employee, question: Question) -> Recorded | None:
        """Return that nothing changes by a second yes, None where what the first punched does not stand."""
        day = question.asked_about.astimezone(self._zone).date()
        near = await self._ledger.punches(who.user_id, day - timedelta(days=1), day + timedelta(days=1))
        made = next((punch for punch in counting(near) if punch.punched_at == question.asked_about), None)
        return None if made is None else Recorded(AlreadyPunched(made), None)

    async def record(
        self,
        who: Employee,
        request: PunchRequest,
        address: ReceiptAddress,
        *,
        again: Callable[[Question], bool] | None = None,
    ) -> Recorded:
        """Decide about a request and record it; asks nothing and remembers no question.

        `again` as in `services.ports.Ledger`. Raises StoreRefused.
        """
        plans = await self._rosters.plans_around(who, request.local_date)
        request = await self._sightings.with_departure(request, plans)

        def decide(earlier: Sequence[Punch]) -> Decision:
            return decide_among(request, plans=plans, earlier=earlier, policy=self._policy)

        around = [request.local_date + timedelta(days=offset) for offset in (-1, 0, 1)]
        term = self._courier.term
        recorded = await self._ledger.record(
            request, decide, work_dates=around, targets=self._courier.targets, address=address, again=again
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
            by_location=wish.by_location,
        )

    async def _remember(
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
        elif role not in _ANSWERS:
            self._await_turn(question, request, direction)
        answered = question if role in _ANSWERS else None
        await self._keep(message, request, wish, direction, answered, by_yes=by_yes)

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
        more time than the first, but one whose asking failed does.
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
                spoken_past=answered is not None and again and answered.spoken_past,
            )
        )

    def _await_turn(self, question: Question | None, request: PunchRequest, direction: CheckType | None) -> None:
        """Raise AskedLater where what is to be asked of `request` waits until `question` is over."""
        if question is not None and answers.waits_for(question, request, direction, self._clock.now()):
            raise AskedLater

    def _asked_at(self, request: PunchRequest) -> datetime:
        """Return when the question goes out, however late we are; never before the message it is about."""
        return max(self._clock.now(), request.at)
