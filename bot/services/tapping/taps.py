"""Taps on the page: each is one person's word, once it is known that the phone is theirs."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.messages import Message, MessageKind, Reached
from bot.domain.notes import request_note
from bot.domain.people import Employee
from bot.domain.positions import Flag, FlagKind, Given, Position
from bot.domain.punches import (
    AlreadyPunched,
    AskPhone,
    Phone,
    Punch,
    PunchRequest,
    PunchSource,
    PunchWish,
    decision_of,
)
from bot.services.places import Positions
from bot.services.punches import OwnPunches, Recorder
from bot.storage.ledger import Recorded
from bot.storage.links import Link, Phones
from bot.storage.outbox import ReceiptAddress
from bot.storage.tap_questions import Asking, TapQuestion, TapQuestions

ANSWER_WITHIN = timedelta(minutes=2)  # after the bot asked about the phone of a tap


@dataclass(frozen=True, slots=True)
class Tapping:
    """What came of a tap, and the question to say in private where `asking` tells so."""

    recorded: Recorded
    question: TapQuestion | None = None
    asking: Asking | None = None


class TapService:
    """Punches by taps. One from a phone that is not known as the person's waits for their word in private chat.

    That word names the code of the question, which nobody else reads: no other yes can be taken for it.
    """

    def __init__(
        self,
        questions: TapQuestions,
        phones: Phones | None,
        *,
        recorder: Recorder,
        own: OwnPunches,
        positions: Positions,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        """Take `phones`, None where a company takes a tap from whatever phone the link was opened on."""
        self._recorder = recorder
        self._own = own
        self._positions = positions
        self._questions = questions
        self._phones = phones
        self._zone = zone
        self._clock = clock

    @property
    def asks_whose_phone(self) -> bool:
        """Tell whether a phone has to be known as its person's."""
        return self._phones is not None

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
    ) -> Tapping:
        """Decide and record a tap; the link is used up in the transaction that stores the punch.

        Its time is that of the link's message while the link says so, later the moment of the tap. The tap is the
        person's own word, so that nothing is left to confirm but whose the `phone` is, given by its digest; None
        where DingTalk has said who is there. Where the person is to be asked the question is remembered, and
        `said` is to be called once it got out, or did not. Raises StoreRefused.
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
            note=request_note(wish.reason, *position.notes),
            confirmed=True,
            unusable=position.unusable,
            flags=position.flags,
            phone=await self._phone(who, phone),
        )
        recorded = await self._recorder.record(who, request, address)
        if isinstance(recorded.decision, AskPhone):
            tapping = await self._asked(
                who, request, replace(wish, fix=position.where.fix), recorded.decision, now
            )
            if tapping.asking is not Asking.PUNCHED:
                return tapping
            recorded = await self._recorder.record(who, request, address)  # confirmed meanwhile: that is returned
        return Tapping(recorded)

    async def said(self, question: TapQuestion, said: Reached) -> None:
        """Note whether the question whose phone it is came. Raises StoreRefused."""
        await self._questions.asked(question, said)

    async def confirm(
        self, who: Employee, message: Message, code: str, address: ReceiptAddress
    ) -> Recorded | None:
        """Punch the tap that was asked about with `code`, as it was made, now that the person says it was theirs.

        From then on the phone is known as theirs. None where no such question can be answered by `message`.
        Raises StoreRefused.
        """
        question = await self._questions.answer(who.user_id, code) if _may_answer(message) else None
        if question is None:
            made = await self._own.of_message(message.message_id)
            return None if made is None else Recorded(decision_of(made), made, fresh=False)
        if message.at >= question.expires_at and await self._own.of_message(question.message_id) is None:
            return None
        phone = await self._phone(who, question.phone)
        position = await self._position(who, question)
        new = (Flag(FlagKind.NEW_PHONE),) if phone and phone.others and not phone.known else ()
        wish = PunchWish(question.check_type, question.place_name, question.fix, question.reason)
        request = PunchRequest(
            user_id=who.user_id,
            message_id=question.message_id,
            direction=wish.direction,
            at=question.asked_about,
            local_date=question.asked_about.astimezone(self._zone).date(),
            received_at=question.received_at,
            where=position.where,
            source=PunchSource.PAGE,
            note=request_note(wish.reason, *position.notes, *(flag.note for flag in new)),
            confirmed=True,
            unusable=position.unusable,
            flags=(*position.flags, *new),
            phone=phone,
            yes_id=message.message_id,
        )
        recorded = await self._recorder.record(who, request, address)
        if recorded.punch is None or recorded.fresh or await self._own.of_message(message.message_id) is not None:
            return replace(recorded, wish=wish)
        return Recorded(AlreadyPunched(recorded.punch), None)  # said once more

    async def deny(self, who: Employee, message: Message, code: str) -> tuple[bool, Punch | None]:
        """Let the tap that was asked about with `code` be none, and end its link.

        Tell whether there was such a question, and return the punch if there is one already.

        Raises StoreRefused.
        """
        question = await self._questions.deny(who.user_id, code) if _may_answer(message) else None
        if question is None:
            return False, None
        made = await self._own.of_message(question.message_id)
        return True, made if made is not None and made.source is PunchSource.PAGE else None

    async def _phone(self, who: Employee, digest: str | None) -> Phone | None:
        if self._phones is None or digest is None:
            return None
        known = await self._phones.holder(digest) == who.user_id
        return Phone(digest, known, await self._phones.others(who.user_id, digest))

    async def _asked(
        self, who: Employee, request: PunchRequest, wish: PunchWish, decision: AskPhone, now: datetime
    ) -> Tapping:
        """Remember the question, unless one was asked just now, or the link has asked enough or is a punch."""
        question = TapQuestion(
            user_id=request.user_id,
            message_id=request.message_id,
            code=f"{1000 + secrets.randbelow(9000)}",
            asked_about=request.at,
            received_at=request.received_at,
            expires_at=now + ANSWER_WITHIN,
            check_type=decision.check_type,
            place_name=wish.place_name,
            fix=wish.fix,
            reason=wish.reason,
            phone=request.phone.digest if request.phone else None,
        )
        kept, asking = await self._questions.ask(question)
        return Tapping(Recorded(await self._question(who, kept), None), kept, asking)

    async def _question(self, who: Employee, kept: TapQuestion) -> AskPhone:
        where = (await self._position(who, kept)).where
        return AskPhone(kept.check_type, kept.asked_about, where, kept.code, kept.expires_at)

    async def _position(self, who: Employee, question: TapQuestion) -> Position:
        """Return the position of the tap in question."""
        return await self._positions.judge(who, Given(question.fix, question.place_name, question.reason))


def _may_answer(message: Message) -> bool:
    """Tell whether a message may say whose phone it is: typed in private, where DingTalk names the sender."""
    return not message.is_group and message.kind is MessageKind.TEXT
