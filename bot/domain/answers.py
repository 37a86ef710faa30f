"""What a message asks for as the answer to a question: completed by it, and with its time or its own. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.messages import Message, MessageKind
from bot.domain.punches import (
    AskConfirm,
    AskDirection,
    AskEdge,
    AskPlace,
    Decision,
    PunchRequest,
    PunchSource,
    PunchWish,
)
from bot.domain.questions import CLOCKS_DIFFER, Question, Role, Said, What, role_of
from bot.domain.repeats import SAID_TWICE
from bot.domain.shifts import CheckType, last_such

MEANT_AGAIN = timedelta(hours=1)  # for so long after it, a message may say an unanswered one once more
HELD_UP = timedelta(seconds=30)  # for so long an answer in time may wait behind the message that waits for it


def one_counts(direction: CheckType | None, question: Question, at: datetime) -> bool:
    """Tell whether a message of `at` says once more what an earlier one said: hours later it is another punch."""
    return direction is question.direction and at - question.asked_about < MEANT_AGAIN


def said_again(direction: CheckType | None, question: Question, at: datetime) -> bool:
    """Tell whether the bot, late, asks once more what it asked about an earlier message: that one's time counts.

    Of two clock-outs the later one does, which makes nobody early.
    """
    return one_counts(direction, question, at) and direction is not CheckType.OFF_DUTY


def takes_back_until(message: Message, max_ahead: timedelta) -> datetime:
    """Return up to when what was sent is taken back by `message`: when that was sent, but not hours ahead.

    By a wrong stamp, which one further ahead than `max_ahead` is, each later punch would be one that is taken
    back, and be asked about until then.
    """
    is_wrong = message.at > message.received_at + max_ahead
    return message.received_at + CLOCKS_DIFFER if is_wrong else message.at


def is_taken_back(sent_at: datetime, taken_back_at: datetime | None) -> bool:
    """Tell whether a message was sent before the person said that there is to be no punch, and came after it.

    As when DingTalk delivers it once more. Both by DingTalk's clock.
    """
    return taken_back_at is not None and sent_at < taken_back_at


def waits_for(question: Question, request: PunchRequest, direction: CheckType | None, now: datetime) -> bool:
    """Tell whether what is to be asked of `request` waits at `now` for a question about another message.

    Asked about the same direction it does not: then one of both times counts.
    """
    if (
        question.to_complete is not None
        or question.message_id == request.message_id
        or now >= question.expires_at + HELD_UP
    ):
        return False
    if question.answered_at is not None:
        before_the_answer = request.at < question.answered_at - SAID_TWICE  # a second tap is still known for one
        return before_the_answer and now < question.expires_at + HELD_UP  # behind this, too
    if request.at >= question.asked_at - CLOCKS_DIFFER:
        return False
    earlier = request.at < question.asked_about  # what was said since goes first: it was asked in time
    return earlier or (question.asked_late and not one_counts(direction, question, request.at))


def completed(wish: PunchWish, question: Question) -> PunchWish:
    """Return an answer with what the message asked about said, where the answer does not say it itself."""
    placed = wish.place_name is not None or wish.fix is not None
    return replace(
        wish,
        direction=wish.direction or question.direction,
        place_name=wish.place_name if placed else question.place_name,
        fix=wish.fix if placed else question.fix,
        reason=wish.reason or question.reason,
    )


def with_time_of(question: Question, request: PunchRequest, zone: ZoneInfo) -> PunchRequest:
    """Return the request with the time of the message asked about, so that asking makes nobody late."""
    at = question.asked_about
    return replace(request, at=at, local_date=at.astimezone(zone).date(), received_at=question.received_at)


def answering(question: Question, request: PunchRequest) -> PunchRequest:
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


def said_of(what: What, message: Message, wish: PunchWish | None, zone: ZoneInfo) -> Said:
    """Return a message as the rules of answering look at it, with what it says of a punch, if anything."""
    wish = wish or PunchWish(None)
    return Said(
        what,
        message.at,
        message.received_at,
        message.conversation_id,
        is_group=message.is_group,
        direction=wish.direction,
        by_voice=message.kind is MessageKind.VOICE,
        minutes=tuple(last_such(at, message.at, zone) for at in wish.at),
        now=wish.now,
    )


@dataclass(frozen=True, slots=True)
class MayComplete:
    """A punch may be the answer to what the bot asked about a make-up request, or a reminder.

    With `only_commands` it is a punch unless it is a command, which may be one of now as well.
    """

    only_commands: bool = False


def source_of(message: Message) -> PunchSource:
    """Return how a message of the chat told us."""
    return PunchSource.VOICE if message.kind is MessageKind.VOICE else PunchSource.CHAT


def may_complete(
    question: Question | None, message: Message, wish: PunchWish, zone: ZoneInfo
) -> MayComplete | None:
    """Tell whether a punch may be the answer to what the bot asked about a make-up request, or a reminder.

    That is a direction where one was asked for, a time where that lacks, and what comes twice; where a time was
    asked for also a command alone, of the same direction: the other is no answer to that. What says that it is of
    now or by one's location is none, nor is what does not say the direction.
    """
    if question is None or question.to_complete is None or message.is_group or wish.direction is None:
        return None
    if wish.now or wish.by_location:
        return None
    if question.message_id == message.message_id:
        return MayComplete()  # it is answered anew, since its reply did not get out
    if role_of(said_of(What.PUNCH, message, wish, zone), question) is not Role.CLOSES:
        return None
    lacks_time, soon = question.lacks_time, message.at - question.asked_at < SAID_TWICE
    same = question.direction == wish.direction
    if question.direction is None or (same and ((lacks_time and wish.at) or soon)):
        return MayComplete()
    return MayComplete(only_commands=True) if same and lacks_time and not wish.at else None


def left_open(decision: Decision, wish: PunchWish) -> tuple[CheckType | None, PunchWish, bool] | None:
    """Return direction and wish of the question that `decision` asks, and whether a plain yes answers it.

    One about the place keeps the direction, said or told by the shift, and no place: the answer is to name it.
    None for a decision that asks nothing.
    """
    match decision:
        case AskConfirm(direction):
            return direction, wish, True
        case AskDirection():
            return None, wish, True
        case AskPlace(direction=direction) | AskEdge(direction=direction):
            return direction, replace(wish, place_name=None, fix=None), False
        case _:
            return None
