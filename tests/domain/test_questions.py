"""What a message is to the question that was asked before it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.answers import waits_for
from bot.domain.punches import PunchRequest, PunchSource
from bot.domain.questions import ANSWER_IN_TIME, Question, Request, Role, Said, What, role_of
from bot.domain.shifts import CheckType
from bot.domain.sites import NOWHERE
from tests.builders import local

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
GROUP = "2"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ABOUT = local("18:05")


def a_question(
    direction: CheckType | None = OFF, *, asked_after: timedelta = SECOND, by_yes: bool = True
) -> Question:
    expires_at = ABOUT + asked_after + ANSWER_IN_TIME
    said = ("u1", "m0", ABOUT, ABOUT, expires_at, PunchSource.VOICE, direction)
    return Question(*said, by_yes=by_yes, conversation_id="1")


def said(
    what: What,
    after: timedelta,
    direction: CheckType | None = None,
    *,
    received_after: timedelta | None = None,
    conversation: str = "1",
    placed: bool = False,
    by_voice: bool = False,
) -> Said:
    """Return a message of so long after the one asked about."""
    return Said(
        what,
        ABOUT + after,
        ABOUT + (after if received_after is None else received_after),
        conversation,
        is_group=conversation == GROUP,
        direction=direction,
        placed=placed,
        by_voice=by_voice,
    )


AT_ONCE, LATE = SECOND, 60 * MINUTE
IN_TIME, SOON, BETWEEN, AFTER = 90 * SECOND, 30 * SECOND, 30 * MINUTE, 61 * MINUTE


@pytest.mark.parametrize(
    ("what", "direction", "asked_after", "after", "role"),
    [
        # asked at once, answered within two minutes
        (What.YES, None, AT_ONCE, IN_TIME, Role.ANSWER),
        (What.PUNCH, OFF, AT_ONCE, IN_TIME, Role.ANSWER_NOW),
        (What.PUNCH, ON, AT_ONCE, IN_TIME, Role.CLOSES),
        (What.TRY, OFF, AT_ONCE, IN_TIME, Role.CLOSES),
        (What.ELSE, None, AT_ONCE, IN_TIME, Role.CLOSES),
        # asked an hour later, when an outage was over
        (What.YES, None, LATE, AFTER, Role.ANSWER),
        (What.PUNCH, OFF, LATE, AFTER, Role.ANSWER),
        (What.PUNCH, ON, LATE, AFTER, Role.CLOSES),
        (What.ELSE, None, LATE, AFTER, Role.CLOSES),
        # sent before the bot asked, within two minutes of the message
        (What.YES, None, LATE, SOON, Role.BEFORE),
        (What.PUNCH, OFF, LATE, SOON, Role.ANSWER_NOW),
        (What.PUNCH, ON, LATE, SOON, Role.BEFORE),
        (What.ELSE, None, LATE, SOON, Role.BEFORE),
        # sent before the bot asked, later than that
        (What.YES, None, LATE, BETWEEN, Role.BEFORE),
        (What.PUNCH, OFF, LATE, BETWEEN, Role.BEFORE),
        (What.TRY, OFF, LATE, BETWEEN, Role.BEFORE),
        # too late, and older than the message
        (What.YES, None, AT_ONCE, SECOND + ANSWER_IN_TIME, Role.APART),
        (What.PUNCH, OFF, LATE, LATE + ANSWER_IN_TIME, Role.APART),
        (What.ELSE, None, AT_ONCE, -SECOND, Role.APART),
    ],
)
def test_what_a_message_is_to_the_question_for_a_clock_out(
    what: What, direction: CheckType | None, asked_after: timedelta, after: timedelta, role: Role
) -> None:
    assert role_of(said(what, after, direction), a_question(asked_after=asked_after)) is role


@pytest.mark.parametrize("asked_after", [AT_ONCE, LATE])
def test_a_clock_in_has_the_time_of_the_message_asked_about(asked_after: timedelta) -> None:
    question = a_question(ON, asked_after=asked_after)
    assert role_of(said(What.PUNCH, asked_after + SECOND, ON), question) is Role.ANSWER
    assert role_of(said(What.PUNCH, SOON, ON), question) is Role.ANSWER


@pytest.mark.parametrize(
    ("direction", "placed", "expected"),
    [
        (None, True, Role.ANSWER),
        (None, False, Role.CLOSES),
        (OFF, False, Role.ANSWER_NOW),
        (ON, True, Role.CLOSES),
    ],
)
def test_a_question_for_the_place_is_answered_by_a_place_or_the_direction(
    direction: CheckType | None, placed: bool, expected: Role
) -> None:
    place = said(What.PUNCH, IN_TIME, direction, placed=placed)
    assert role_of(place, a_question(by_yes=False)) is expected


def test_a_question_that_no_yes_answers_outlives_a_try_that_failed_but_in_another_direction() -> None:
    question = a_question(by_yes=False)
    assert role_of(said(What.TRY, IN_TIME), question) is Role.APART
    assert role_of(said(What.TRY, IN_TIME, OFF), question) is Role.APART
    assert role_of(said(What.TRY, IN_TIME, ON), question) is Role.CLOSES
    assert role_of(said(What.ELSE, IN_TIME), question) is Role.CLOSES


def test_after_something_else_that_was_said_before_the_bot_asked_no_yes_answers_but_words_do() -> None:
    question = replace(a_question(asked_after=LATE), spoken_past=True)
    assert role_of(said(What.YES, AFTER), question) is Role.CLOSES
    assert role_of(said(What.PUNCH, AFTER, OFF), question) is Role.ANSWER


@pytest.mark.parametrize(
    ("after", "received_after", "role"),
    [
        (10 * SECOND, 12 * SECOND, Role.BEFORE),  # by both clocks
        (10 * SECOND, 25 * SECOND, Role.ANSWER),  # DingTalk's may be behind
        (4 * SECOND, 25 * SECOND, Role.BEFORE),  # not by so much
        (21 * SECOND, 19 * SECOND, Role.ANSWER),  # another process's may be behind
    ],
)
def test_a_yes_that_was_sent_before_the_bot_asked_is_none(
    after: timedelta, received_after: timedelta, role: Role
) -> None:
    question = a_question(asked_after=20 * SECOND)
    assert role_of(said(What.YES, after, received_after=received_after), question) is role


def test_by_voice_it_is_said_again_and_keeps_the_earlier_time() -> None:
    assert role_of(said(What.PUNCH, IN_TIME, OFF, by_voice=True), a_question()) is Role.ANSWER
    assert role_of(said(What.PUNCH, IN_TIME, by_voice=True), a_question()) is Role.ANSWER
    assert role_of(said(What.PUNCH, IN_TIME, ON, by_voice=True), a_question()) is Role.CLOSES


@pytest.mark.parametrize("what", list(What))
def test_what_is_said_in_another_group_is_for_others(what: What) -> None:
    assert role_of(said(what, IN_TIME, OFF, conversation=GROUP), a_question()) is Role.APART


def test_in_private_words_answer_what_a_group_was_asked_and_a_yes_closes_it() -> None:
    question = replace(a_question(ON), conversation_id=GROUP)
    assert role_of(said(What.PUNCH, IN_TIME, ON), question) is Role.ANSWER
    assert role_of(said(What.YES, IN_TIME), question) is Role.CLOSES
    assert role_of(said(What.YES, IN_TIME, conversation=GROUP), question) is Role.ANSWER


@pytest.mark.parametrize(
    ("what", "seconds", "role"),
    [
        (What.YES, 20, Role.AGAIN),
        (What.PUNCH, 20, Role.AGAIN),
        (What.PUNCH, -20, Role.AGAIN),
        (What.PUNCH, -31, Role.APART),
        (What.PUNCH, 30, Role.APART),
        (What.TRY, 20, Role.APART),
        (What.ELSE, 20, Role.APART),  # "thanks" makes no second tap a punch of its own
    ],
)
def test_what_is_said_around_an_answer(what: What, seconds: int, role: Role) -> None:
    answered_at: datetime = ABOUT + MINUTE
    question = replace(a_question(), answered_at=answered_at, expires_at=answered_at + timedelta(seconds=30))
    assert role_of(said(what, MINUTE + timedelta(seconds=seconds), OFF), question) is role


SAME, OTHER = ABOUT, ABOUT + 55 * MINUTE


@pytest.mark.parametrize(
    ("what", "direction", "minute", "role"),
    [
        (What.PUNCH, OFF, SAME, Role.ANSWER),  # that is what it says, so not its own time
        (What.PUNCH, ON, SAME, Role.ANSWER),
        (What.PUNCH, OFF, OTHER, Role.CLOSES),
        (What.PUNCH, ON, OTHER, Role.CLOSES),
        (What.TRY, ON, SAME, Role.APART),
        (What.TRY, ON, OTHER, Role.CLOSES),
    ],
)
@pytest.mark.parametrize("asked_after", [AT_ONCE, LATE])
def test_what_states_another_minute_than_the_one_asked_about_is_a_message_of_its_own(
    what: What, direction: CheckType, minute: datetime, role: Role, asked_after: timedelta
) -> None:
    question = a_question(direction, asked_after=asked_after, by_yes=False)
    answer = replace(said(what, asked_after + MINUTE, direction), minutes=(minute,))
    assert role_of(answer, question) is role
    seconds_later = replace(question, asked_about=ABOUT + 20 * SECOND)
    assert role_of(answer, seconds_later) is role


@pytest.mark.parametrize("by_voice", [True, False])
def test_now_is_the_moment_asked_about_for_two_minutes(by_voice: bool) -> None:
    late = a_question(ON, asked_after=LATE)
    assert role_of(replace(said(What.PUNCH, AFTER, ON, by_voice=by_voice), now=True), late) is Role.CLOSES
    assert role_of(replace(said(What.YES, AFTER), now=True), late) is Role.CLOSES
    at_once = replace(said(What.PUNCH, IN_TIME, ON, by_voice=by_voice), now=True)
    assert role_of(at_once, a_question(ON)) is Role.ANSWER


def test_what_states_another_minute_before_the_bot_asked_takes_only_the_yes() -> None:
    early = replace(said(What.PUNCH, SOON, ON), minutes=(OTHER,))
    assert role_of(early, a_question(ON, asked_after=LATE)) is Role.BEFORE


@pytest.mark.parametrize(("minute", "role"), [(ABOUT, Role.AGAIN), (OTHER, Role.APART)])
def test_what_states_another_minute_than_the_answer_is_no_repetition_of_it(minute: datetime, role: Role) -> None:
    answered_at = ABOUT + 60 * MINUTE
    question = replace(a_question(), answered_at=answered_at, expires_at=answered_at + timedelta(seconds=30))
    assert role_of(replace(said(What.PUNCH, 60 * MINUTE + SECOND, OFF), minutes=(minute,)), question) is role


@pytest.mark.parametrize(
    ("asked_after", "answered", "sent", "now", "waits"),
    [
        (LATE, None, BETWEEN, AFTER, True),
        (LATE, None, AFTER, AFTER, False),  # sent once it was asked: closes it, or answers it
        (LATE, None, BETWEEN, AFTER + 2 * MINUTE, False),  # over
        (AT_ONCE, None, SECOND / 2, SOON, False),  # no time was promised
        (LATE, AFTER, BETWEEN, AFTER + 20 * SECOND, True),  # a second tap may still come
        (LATE, AFTER, AFTER, AFTER + 20 * SECOND, False),
        (LATE, AFTER, BETWEEN, AFTER + 59 * SECOND, True),  # or stands in line behind this
        (LATE, AFTER, BETWEEN, AFTER + 60 * SECOND, False),
    ],
)
def test_what_is_to_be_asked_about_an_earlier_message_waits_for_a_question_asked_late(
    asked_after: timedelta, answered: timedelta | None, sent: timedelta, now: timedelta, waits: bool
) -> None:
    question = a_question(asked_after=asked_after)
    if answered is not None:
        over = ABOUT + answered + timedelta(seconds=30)
        question = replace(question, answered_at=ABOUT + answered, expires_at=over)
    at = ABOUT + sent
    request = PunchRequest("u1", "m1", None, at, at.date(), at, NOWHERE, PunchSource.CHAT)
    assert waits_for(question, request, ON, ABOUT + now) is waits
    assert not waits_for(replace(question, message_id="m1"), request, ON, ABOUT + now)
    assert waits_for(question, request, OFF, ABOUT + now) is (waits and answered is not None)


def test_an_hour_that_may_be_of_either_half_of_the_day_is_the_one_asked_about() -> None:
    answer = replace(said(What.PUNCH, 61 * MINUTE, ON), minutes=(ABOUT - timedelta(hours=12), ABOUT))
    assert role_of(answer, a_question(ON, asked_after=60 * MINUTE)) is Role.ANSWER


@pytest.mark.parametrize(
    ("what", "question", "role"),
    [
        (What.WISH, replace(a_question(by_yes=False), beside=True), Role.APART),
        (What.ELSE, replace(a_question(by_yes=False), beside=True), Role.CLOSES),
        (What.WISH, a_question(by_yes=False), Role.CLOSES),
        (What.UNCLEAR, replace(a_question(), to_complete=Request(None)), Role.APART),
        (What.UNCLEAR, replace(a_question(), to_complete=Request(None, (18, 40))), Role.CLOSES),
        (What.UNCLEAR, replace(a_question(None), to_complete=Request(None, (18, 40))), Role.APART),
        (What.UNCLEAR, a_question(), Role.CLOSES),
        (What.ELSE, replace(a_question(), to_complete=Request(None)), Role.CLOSES),
    ],
)
def test_what_leaves_a_question_open_though_it_answers_nothing(what: What, question: Question, role: Role) -> None:
    assert role_of(said(what, SOON), question) is role
