"""The question that a punch answers, and the link that came with it: read where the punch is decided, and closed
where it is stored, in one transaction.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, or_, select, update

from bot.clock import from_ms, to_ms
from bot.domain.closing import Closing, closing_of, kept_of
from bot.domain.meanwhile import Facts, SaysAgain, looks_at_answered, looks_at_chat
from bot.domain.punches import Punch, PunchRequest
from bot.storage.engine import Row, Tx
from bot.storage.inbox import FINISH
from bot.storage.links import USE, USE_SAID
from bot.storage.punch_rows import punch_of_message
from bot.storage.questions import TAKE_YES, answered_question
from bot.storage.statements import Statement
from bot.storage.tables import links, questions
from bot.storage.tap_questions import EMPTY
from bot.storage.texts import storable

_of_question = select(questions.c.message_id).where(questions.c.user_id == bindparam("who"))
_asked_about = select(questions.c.asked_about_ms).where(questions.c.user_id == bindparam("who"))
# Said in chat instead of by a tap: then the link is used up, and knows the message that punched. By voice it was
# asked once more about the same moment, which the link of the first question has.
_USE_ANSWERED = Statement(
    update(links)
    .values(used_ms=bindparam("now"), yes_id=bindparam("answer"))
    .where(
        links.c.user_id == bindparam("who"),
        links.c.used_ms.is_(None),
        or_(
            links.c.message_id == _of_question.scalar_subquery(),
            links.c.asked_about_ms == _asked_about.scalar_subquery(),
        ),
    )
)
_OF_YES = Statement(select(links.c.message_id).where(links.c.yes_id == bindparam("this")))
_answer_of = select(links.c.yes_id).where(links.c.message_id == bindparam("this"), links.c.yes_id.is_not(None))
_ANSWER_OF = Statement(_answer_of)
_THEIR_ANSWER_OF = Statement(_answer_of.where(links.c.user_id == bindparam("who")))  # by key
_CLOSE = Statement(delete(questions).where(questions.c.user_id == bindparam("who")))
_CLOSE_OTHER = Statement(
    delete(questions).where(questions.c.user_id == bindparam("who"), questions.c.message_id != bindparam("this"))
)
# What was said besides is in the punch; what is left tells that the same answer given again is no other punch.
_ANSWERED = Statement(
    update(questions)
    .values(
        answered_ms=bindparam("answered"),
        expires_ms=bindparam("until"),
        asked_about_ms=bindparam("punched"),
        direction=bindparam("check_type"),
        **dict.fromkeys(("place_name", "reason", "latitude", "longitude", "accuracy_m", "datum")),
    )
    .where(questions.c.user_id == bindparam("who"))
)


def facts(tx: Tx, request: PunchRequest, again: SaysAgain | None, earlier: Sequence[Punch]) -> Facts:
    """Read what the decision goes by, and no more: most punches need nothing but the earlier ones."""
    return Facts(
        earlier,
        in_chat=_answered_in_chat(tx, request) if looks_at_chat(request) else None,
        answered=answered_question(tx, request.user_id) if looks_at_answered(request, again, earlier) else None,
    )


def close_question(tx: Tx, punch: Punch, request: PunchRequest, now_ms: int, steady_ms: int) -> None:
    """Do to the person's question, and to their link, what the domain makes of them by this punch."""
    who, by, now = {"who": punch.user_id}, {"answer": punch.message_id}, {"now": now_ms}
    same = {"check_type": punch.check_type, "punched": to_ms(punch.punched_at)}
    closing = closing_of(punch, request)
    match closing:
        case Closing.YES_TAKEN:
            tx.run(TAKE_YES, who)
        case Closing.ANSWERED_BY_TAP:
            tx.run(_CLOSE_OTHER, {**who, "this": punch.message_id})
        case Closing.ANSWERED_IN_CHAT:
            tx.run(_USE_ANSWERED, {**who, **by, **now})
        case Closing.OVER:
            tx.run(_CLOSE, who)
        case Closing.OVER_WITH_LINK:
            tx.run(_CLOSE, who)
            tx.run(USE_SAID, {**who, **by, **now, **same, "steady": steady_ms})
    kept = kept_of(closing, request, from_ms(now_ms))
    if kept is not None:
        tx.run(_ANSWERED, {**who, **same, "answered": to_ms(kept.answered_at), "until": to_ms(kept.until)})


def led_to(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch that a message led to: its own, that of its yes to a tap, or the answer given in chat."""
    punch = punch_of_message(tx, message_id)
    if punch is not None:
        return punch
    this = {"this": storable(message_id)}
    tapped = tx.one(_OF_YES, this)
    if tapped is not None:
        return punch_of_message(tx, tapped[0])
    return _standing_answer(tx, tx.one(_ANSWER_OF, this))


def _answered_in_chat(tx: Tx, tap: PunchRequest) -> Punch | None:
    """Return what the person punched in chat by answering the question that the tap's link came with."""
    return _standing_answer(tx, tx.one(_THEIR_ANSWER_OF, {"who": tap.user_id, "this": storable(tap.message_id)}))


def _standing_answer(tx: Tx, row: Row | None) -> Punch | None:
    """Return the punch of the answer that `row` names; None for one that no target took, which uses no link up."""
    punch = None if row is None else punch_of_message(tx, row[0])
    return punch if punch is not None and punch.stands else None


def end_tap(tx: Tx, request: PunchRequest, now_ms: int) -> None:
    """Use up the link of a tap on the page, and finish the message that said that the phone is theirs."""
    of, yes_id = {"who": request.user_id, "this": storable(request.message_id)}, request.yes_id
    tx.run(USE, {**of, "now": now_ms, "yes_id": yes_id})
    tx.run(EMPTY, of)
    if yes_id is not None:
        tx.run(FINISH, {"this": storable(yes_id), "now": now_ms})
