"""What became of a request while it was read and waited for its turn: decided among what others wrote. Pure.

A punch is decided in the transaction that stores it, by facts that the ledger reads there. A tap may have punched
meanwhile what is now said in chat, and chat what was asked with the tap's link: one wish, one punch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.punches import AlreadyPunched, Decision, Punch, PunchRequest, PunchSource, Refused
from bot.domain.questions import Question
from bot.domain.repeats import told_again

SaysAgain = Callable[[Question], bool]  # whether a request says again what answered a question
PHONE_OF_ANOTHER = Refused("punch.phone_of_another")  # since it was looked up


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger has of a person right before their punch is stored."""

    earlier: Sequence[Punch]  # of the work dates around the request
    in_chat: Punch | None = None  # that stands by an answer to the question which the link of this tap came with
    answered: Question | None = None  # the person's question, where it was answered moments ago


def looks_at_chat(request: PunchRequest) -> bool:
    """Tell whether an answer in chat, `Facts.in_chat`, matters to the request: it does to a tap on the page."""
    return request.source is PunchSource.PAGE


def looks_at_answered(request: PunchRequest, says_again: SaysAgain | None, earlier: Sequence[Punch]) -> bool:
    """Tell whether a question that was answered moments ago, `Facts.answered`, matters to the request.

    To an answer given in chat it does, and once somebody has tapped to whatever may say again what was tapped.
    """
    if request.answered_at is not None:
        return True
    return says_again is not None and any(punch.source is PunchSource.PAGE for punch in earlier)


def decide_at_last(
    decide: Callable[[Sequence[Punch]], Decision],
    request: PunchRequest,
    facts: Facts,
    says_again: SaysAgain | None,
) -> Decision:
    """Return what `decide` makes of the earlier punches, unless tap or chat has punched the same meanwhile.

    A tap that knew of the answer in chat, `request.outdoes`, has been weighed against it by `decide`.
    """
    in_chat = facts.in_chat
    if in_chat is not None and (request.outdoes is None or request.outdoes.punch_id != in_chat.punch_id):
        return AlreadyPunched(in_chat)
    decision, answered = decide(facts.earlier), facts.answered
    if answered is None or not (request.answered_at is not None or (says_again and says_again(answered))):
        return decision
    return told_again(decision, replace(request, repeats=answered.asked_about), facts.earlier)
