"""Taps on the page: each is one person's word, once it is known that the phone is theirs."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.fences import Fence
from bot.domain.flags import Flag, FlagKind
from bot.domain.messages import Message, MessageKind
from bot.domain.people import Employee
from bot.domain.punches import AskPhone, Phone, PunchRequest, PunchSource, PunchWish
from bot.domain.shifts import CheckType
from bot.services.ports import Link, Phones, Question, Questions, ReceiptAddress, Recorded
from bot.services.positions import Position
from bot.services.punches import ANSWER_IN_TIME, PunchService

EDGE_CONFIRMED = "on the edge, confirmed by the person"
ASKED_AGAIN_AFTER = timedelta(seconds=15)  # another tap meanwhile sends no second question into the chat


class TapService:
    """Punches by taps. One from a phone that is not known as the person's waits for their yes in private chat."""

    def __init__(
        self, punches: PunchService, questions: Questions, phones: Phones | None, *, zone: ZoneInfo, clock: Clock
    ) -> None:
        """Take `phones`, None where a company takes a tap from whatever phone the link was opened on."""
        self._punches = punches
        self._questions = questions
        self._phones = phones
        self._zone = zone
        self._clock = clock

    async def holder(self, digest: str) -> str | None:
        """Return whom a phone is known as the phone of, None for nobody. Raises StoreRefused."""
        return None if self._phones is None else await self._phones.holder(digest)

    async def tap(
        self,
        who: Employee,
        link: Link,
        wish: PunchWish,
        position: Position,
        address: ReceiptAddress,
        *,
        phone: str | None,
    ) -> Recorded:
        """Decide and record a tap; the link is used up in the transaction that stores the punch.

        Its time is that of the link's message while the link says so, later the moment of the tap. The tap is the
        person's own word, so that nothing is left to confirm but what the page shows and whose the `phone` is,
        given by its digest; None where DingTalk has said who is there. The answer AskPhone is `fresh` when the
        person is to be asked: the question is remembered by then. Raises StoreRefused.
        """
        now = self._clock.now()
        in_time = now <= link.keeps_until
        request = PunchRequest(
            user_id=who.user_id,
            message_id=link.message_id,
            direction=wish.direction,
            at=link.asked_about if in_time else now,
            local_date=(link.asked_about if in_time else now).astimezone(self._zone).date(),
            received_at=link.received_at if in_time else now,
            where=position.where,
            source=PunchSource.PAGE,
            note=_note(wish, position),
            confirmed=True,
            edge=position.edge,
            unusable=position.unusable,
            flags=position.flags,
            phone=await self._phone(who, phone),
        )
        recorded = await self._punches.record(who, request, address)
        if isinstance(recorded.decision, AskPhone):
            return await self._asked(who, request, replace(wish, fix=position.where.fix), recorded.decision, now)
        return recorded

    async def confirm(
        self, who: Employee, message: Message, question: Question, address: ReceiptAddress
    ) -> Recorded | None:
        """Punch the tap that `question` is about, as it was made, now that the person says it was theirs.

        From then on the phone is known as theirs. None where `message` is none that confirms: it was spoken, or
        said in a group. Raises StoreRefused.
        """
        if message.is_group or message.kind is not MessageKind.TEXT or question.phone is None:
            return None
        phone = await self._phone(who, question.phone)
        position = await self._position(who, question)
        new = (Flag(FlagKind.NEW_PHONE),) if phone and phone.others and not phone.known else ()
        wish = _wish(question)
        request = PunchRequest(
            user_id=who.user_id,
            message_id=question.message_id,
            direction=wish.direction,
            at=question.asked_about,
            local_date=question.asked_about.astimezone(self._zone).date(),
            received_at=question.received_at,
            where=position.where,
            source=PunchSource.PAGE,
            note=_note(wish, position),
            confirmed=True,
            edge=position.edge,
            unusable=position.unusable,
            flags=(*position.flags, *new),
            phone=phone,
            yes_id=message.message_id,
        )
        return replace(await self._punches.record(who, request, address), wish=wish)

    async def unask(self, user_id: str) -> None:
        """Forget the question whose phone it is, which did not reach the person. Raises StoreRefused."""
        await self._questions.close(user_id)

    async def is_denied_by(self, who: Employee, message: Message) -> bool:
        """Tell whether `message`, which is no yes, answers the question whose phone it is. Raises StoreRefused."""
        question = await self._punches.open_question(who, message)
        return question is not None and question.phone is not None and not message.is_group

    async def _phone(self, who: Employee, digest: str | None) -> Phone | None:
        if self._phones is None or digest is None:
            return None
        known = await self._phones.holder(digest) == who.user_id
        return Phone(digest, known, await self._phones.others(who.user_id, digest))

    async def _asked(
        self, who: Employee, request: PunchRequest, wish: PunchWish, decision: AskPhone, now: datetime
    ) -> Recorded:
        """Remember the question, unless the same is open: then that one stands, with the time and place it has."""
        open_one = await self._questions.open_question(who.user_id, now)
        digest = request.phone.digest if request.phone else None
        if open_one and (open_one.message_id, open_one.phone) == (request.message_id, digest):
            asked_at = open_one.expires_at - ANSWER_IN_TIME
            position = await self._position(who, open_one)
            kept = AskPhone(CheckType(str(open_one.direction)), open_one.asked_about, position.where)
            return Recorded(kept, None, fresh=now - asked_at >= ASKED_AGAIN_AFTER)
        await self._questions.ask(
            Question(
                user_id=request.user_id,
                message_id=request.message_id,
                asked_about=request.at,
                received_at=request.received_at,
                expires_at=now + ANSWER_IN_TIME,
                source=request.source,
                direction=decision.check_type,
                place_name=wish.place_name,
                fix=wish.fix,
                reason=wish.reason,
                phone=digest,
            )
        )
        return Recorded(decision, None)

    async def _position(self, who: Employee, question: Question) -> Position:
        """Return the position of the tap in question, as it was on the page: what was to confirm there, was."""
        judge = self._punches.positions.judge
        position = await judge(who, question.fix, question.place_name, reason=question.reason)
        return at_the_site(position) if self._punches.asks_at_edge else position


def at_the_site(position: Position) -> Position:
    """Return a position on the edge as that of somebody who says that they are at the site; any other as it is."""
    if position.fence is not Fence.EDGE:
        return position
    return replace(position, fence=Fence.INSIDE, notes=(*position.notes[:-1], EDGE_CONFIRMED))


def _wish(question: Question) -> PunchWish:
    return PunchWish(CheckType(str(question.direction)), question.place_name, question.fix, question.reason)


def _note(wish: PunchWish, position: Position) -> str:
    return "; ".join(note for note in (wish.reason or "", *position.notes) if note)
