"""Whose phone a tap on the page comes from. Outside DingTalk's client nothing else tells a colleague who was given
the link from its person.
"""

from bot.domain.punches import Accepted, AskPhone, Decision, PunchRequest


def held_back(decision: Decision, request: PunchRequest) -> Decision:
    """Return a punch from a phone not known as the person's as a question, until they say that it was they."""
    if not isinstance(decision, Accepted) or request.phone is None:
        return decision
    if request.phone.known or request.yes_id is not None:
        return decision
    return AskPhone(decision.check_type, request.at, request.where)
