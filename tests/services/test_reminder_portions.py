"""In which portions reminders are claimed and worked off."""

from collections import Counter
from datetime import timedelta

from bot.domain.reminders import Reminder, ReminderKind
from bot.services.reminding.reminders import (
    CLAIMED_AT_ONCE,
    CLAIMED_FIRST,
    claim_portions,
    fact_portions,
)
from tests.builders import TUESDAY, local


def a_reminder(number: int, check_point: str = "OnDuty/0", moment: str = "08:50") -> Reminder:
    kind, due_at = ReminderKind.BEFORE, local(moment) + timedelta(minutes=10)
    return Reminder(f"user{number:05}", TUESDAY, check_point, "before:10", kind, local(moment), due_at)


def test_what_one_person_is_to_hear_is_claimed_together() -> None:
    people = range(CLAIMED_AT_ONCE * 3 + 1)
    wanted = [a_reminder(number) for number in people] + [a_reminder(number, "OffDuty/0") for number in people]
    portions = list(claim_portions(wanted))
    assert Counter(one for portion in portions for one in portion) == Counter(wanted)
    assert len({one.user_id for portion in portions for one in portion}) == sum(
        len({one.user_id for one in portion}) for portion in portions
    )
    assert len(portions[0]) == CLAIMED_FIRST
    assert max(map(len, portions)) == CLAIMED_AT_ONCE


def test_whoever_is_in_hand_already_is_claimed_first_and_together() -> None:
    wanted = [a_reminder(number) for number in range(CLAIMED_AT_ONCE)]
    in_hand = [f"user{number:05}" for number in (1999, 7, 1200, 99_999)]
    first = next(iter(claim_portions(wanted, in_hand)))
    assert [one.user_id for one in first[:4]] == ["user01999", "user00007", "user01200", "user00000"]


def test_the_earliest_moments_come_first() -> None:
    wanted = [a_reminder(number, moment="08:51") for number in range(600)]
    wanted += [a_reminder(number, moment="08:50") for number in range(600, 1200)]
    portions = list(claim_portions(wanted))
    assert {one.moment for one in portions[0]} == {local("08:50")}
    assert {one.moment for one in next(iter(fact_portions(wanted)))} == {local("08:50")}
