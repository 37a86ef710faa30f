"""A request that tap or chat has answered while it was read, and what its punch makes of the question."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.closing import Closing, Kept, closing_of, kept_of
from bot.domain.meanwhile import Facts, decide_at_last, looks_at_answered, looks_at_chat
from bot.domain.punches import Accepted, AlreadyPunched, Decision, Punch, PunchRequest, PunchSource
from bot.domain.questions import Question
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from tests.builders import TUESDAY, a_punch, a_request, local

ACCEPTED = Accepted(TUESDAY, CheckType.OFF_DUTY, "OffDuty/0", TimeResult.NORMAL, 0, "")
LEFT = a_punch(local("18:05"), CheckType.OFF_DUTY, check_point="OffDuty/0")
SAID = a_request(local("18:05"), CheckType.OFF_DUTY)
TAP = replace(SAID, source=PunchSource.PAGE)
ANSWERED = Question(
    *("u1", "m0", local("18:05"), local("18:05"), local("18:06")),
    source=PunchSource.CHAT,
    direction=CheckType.OFF_DUTY,
    answered_at=local("18:05:10"),
)


def accept(earlier: Sequence[Punch]) -> Decision:
    return ACCEPTED


def test_a_tap_whose_question_was_answered_in_chat_changes_nothing() -> None:
    facts = Facts([LEFT], in_chat=LEFT)
    assert decide_at_last(accept, TAP, facts, None) == AlreadyPunched(LEFT)


def test_a_tap_that_knew_of_the_answer_in_chat_is_weighed_by_the_decision() -> None:
    facts = Facts([LEFT], in_chat=LEFT)
    assert decide_at_last(accept, replace(TAP, outdoes=LEFT), facts, None) == ACCEPTED


def test_what_says_again_what_was_tapped_meanwhile_changes_nothing() -> None:
    facts = Facts([LEFT], answered=ANSWERED)
    assert decide_at_last(accept, SAID, facts, lambda question: True) == AlreadyPunched(LEFT)
    assert decide_at_last(accept, SAID, facts, lambda question: False) == ACCEPTED


def test_an_answer_is_held_against_the_one_given_meanwhile_whatever_it_says() -> None:
    answer = replace(SAID, answered_at=local("18:05:12"))
    assert decide_at_last(accept, answer, Facts([LEFT], answered=ANSWERED), None) == AlreadyPunched(LEFT)


def test_only_what_matters_is_looked_at() -> None:
    tapped = replace(LEFT, source=PunchSource.PAGE)
    assert looks_at_chat(TAP)
    assert not looks_at_chat(SAID)
    assert not looks_at_answered(SAID, lambda question: True, [LEFT])
    assert looks_at_answered(SAID, lambda question: True, [tapped])
    assert not looks_at_answered(TAP, None, [tapped])
    assert looks_at_answered(replace(SAID, answered_at=SAID.at), None, [])


@pytest.mark.parametrize(
    ("punch", "request_", "closing"),
    [
        (LEFT, replace(SAID, before_asking=True), Closing.YES_TAKEN),
        (replace(LEFT, source=PunchSource.PAGE), TAP, Closing.ANSWERED_BY_TAP),
        (LEFT, replace(SAID, answered_at=SAID.at), Closing.ANSWERED_IN_CHAT),
        (LEFT, SAID, Closing.OVER_WITH_LINK),
        (a_punch(local("08:55")), a_request(local("08:55"), CheckType.ON_DUTY), Closing.OVER),
    ],
)
def test_what_a_punch_makes_of_the_question(punch: Punch, request_: PunchRequest, closing: Closing) -> None:
    assert closing_of(punch, request_) is closing


def test_an_answered_question_is_kept_for_whoever_answers_twice() -> None:
    recorded_at, half_a_minute = local("18:05:20"), timedelta(seconds=30)
    answer = replace(SAID, answered_at=local("18:05:10"))
    assert kept_of(Closing.ANSWERED_BY_TAP, TAP, recorded_at) == Kept(recorded_at, recorded_at + half_a_minute)
    assert kept_of(Closing.ANSWERED_IN_CHAT, answer, recorded_at) == Kept(
        local("18:05:10"), recorded_at + half_a_minute
    )
    assert kept_of(Closing.OVER, SAID, recorded_at) is None
