"""What people tell in English, or half in it, beside a punch, and what that must not open."""

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import NoneReason, understand
from bot.understanding.words.vocabulary import table
from tests.understanding.figures import PUNCHES, TODAY


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        # what one punches with else fails
        ("my app is not opening, please clock me in from here", CheckType.ON_DUTY),
        ("scanner keeps rejecting my face, clock me in", CheckType.ON_DUTY),
        ("gloves on, can't touch the scanner, clock me in", CheckType.ON_DUTY),
        ("the clock in machine is broken, clock me in", CheckType.ON_DUTY),
        ("my phone has no signal, clock me out", CheckType.OFF_DUTY),
        ("fingerprint not working today so please clock me in here", CheckType.ON_DUTY),
        ("app not working clock me in pls", CheckType.ON_DUTY),
        ("app hang 了，帮我打卡", None),
        # hands that are not free, and whom one serves
        ("my hands are full, clock me in", CheckType.ON_DUTY),
        ("covered in paint, clock me out", CheckType.OFF_DUTY),
        ("carrying a tray, clock me in", CheckType.ON_DUTY),
        ("on the phone with a customer, clock me in", CheckType.ON_DUTY),
        ("first customer's waiting, clock me in", CheckType.ON_DUTY),
        # what begins within minutes
        ("clock me in quick, meeting in 2 min", CheckType.ON_DUTY),
        ("standup in 5, clock me in", CheckType.ON_DUTY),
        ("my meeting is about to start, clock me in", CheckType.ON_DUTY),
        ("会议马上开始，先帮我打卡", None),
        ("clock me out, train in 10 min", CheckType.OFF_DUTY),
        # how the way was, once one is there
        ("finally made it in, bus was 20 mins late", CheckType.ON_DUTY),
        ("finally at my desk, the train was delayed 15 minutes", CheckType.ON_DUTY),
        ("I'm at my desk, got stuck in traffic for 40 minutes, clock me in", CheckType.ON_DUTY),
        ("I'm in, traffic was hell", CheckType.ON_DUTY),
        ("parking was hell but I'm in now", CheckType.ON_DUTY),
        ("slept through my alarm but I'm at work now, clock me in", CheckType.ON_DUTY),
        # how long one worked, who sent one home, who waits, who took over
        ("finished an hour early, clock me out", CheckType.OFF_DUTY),
        ("2 hours overtime done, clock me out", CheckType.OFF_DUTY),
        ("my boss sent me home, clock me out", CheckType.OFF_DUTY),
        ("my husband is waiting downstairs, clock me out", CheckType.OFF_DUTY),
        ("next shift is here, clock me out", CheckType.OFF_DUTY),
        ("relieved the night guard, clock me in", CheckType.ON_DUTY),
        ("handed over everything to the evening staff, clock me out", CheckType.OFF_DUTY),
        # how one asks
        ("do me a favour and clock me in", CheckType.ON_DUTY),
        ("I'd appreciate it if you could clock me in", CheckType.ON_DUTY),
        ("hurry up, clock me in", CheckType.ON_DUTY),
        ("clock me in before I forget", CheckType.ON_DUTY),
        ("pls help clock in for me now", CheckType.ON_DUTY),
        ("alrighty, let's get this shift started, clock me in", CheckType.ON_DUTY),
        # trades and their shifts
        ("C shift reporting, clock in please", CheckType.ON_DUTY),
        ("Just got to the ward, clocking in", CheckType.ON_DUTY),
        ("reported for duty at ward 5", CheckType.ON_DUTY),
        ("till balanced, clock me out", CheckType.OFF_DUTY),
        ("notes written, clock me out", CheckType.OFF_DUTY),
        ("email 发完了，下班打卡", CheckType.OFF_DUTY),
        ("到shop了，clock in", CheckType.ON_DUTY),
        ("team早，我in了", CheckType.ON_DUTY),
        ("guys, I'm here", CheckType.ON_DUTY),
        ("folks, I'm off now", CheckType.OFF_DUTY),
    ],
)
def test_what_is_told_beside_a_punch_in_english_is_understood(text: str, direction: CheckType | None) -> None:
    said = understand(text, today=TODAY)
    assert (said.name.value in PUNCHES, said.direction) == (True, direction)


@pytest.mark.parametrize(
    "text",
    [
        # the same denied, asked, of another time, of others, or with somebody who is elsewhere
        "app is not opening, how do I clock in",
        "is the app not opening, clock me in",
        "the scanner is broken, can't clock in",
        "the machine was broken this morning, clock me in from 8",
        "app not working, clock Sam in",
        "his badge is not working, clock him in",
        "can't find my badge, still at home, clock me in",
        "no signal on the train, clock me in",
        "not at work, scanner broken, clock me in",
        "machine is down, all staff clock in on the app",
        "the app says clock in failed",
        "log me in, app not loading",
        "hands full, clock in",
        "my hands are full, clock Bob in",
        "don't clock me in, my hands are full",
        "check me in, hands full of bags",
        "meeting starts in 5, clock in",
        "meeting in 10, clock me in then",
        "clock me in 5 minutes before the meeting",
        "meeting in 40 minutes, clock me in",
        "clock me in when the meeting is about to start",
        "call in 5 and clock me in",
        "shift starts in 2 hours, clock me in",
        "会议马上开始，签到",
        "clock me out, dinner at 6",
        "clock me out, dentist appointment in 10 minutes",
        "clock me out, train in 10 min at 6pm",
        "bus is 20 minutes late, clock me in",
        "bus was 20 mins late, clock me in",
        "train was 20 minutes late, still on it, clock me in",
        "stuck in traffic for 20 minutes, clock me in",
        "waiting 20 minutes for the bus, clock me in",
        "slept through my alarm, clock me in",
        "parking was a nightmare, clock me in",
        "the lift took forever, clock me in",
        "finished an hour ago, clock me out",
        "done in an hour, clock me out",
        "2 hours left, clock me out",
        "clock me out 2 hours early",
        "boss said yes, clock in",
        "my boss said I can clock in late",
        "night crew's arrived, clock in",
        "handed over to the night nurse, clock her in",
        "be a dear and clock in",
        "hurry up, clock in",
        "could you do me a favour and clock in",
        "clock in, if you can",
        "in case I forget, clock me out",
        "before I forget to clock out",
        "I'm in, let's get this show started",
        "do me a favour and clock Tom in",
        "if possible clock me in at 9",
        "Bob is sick so clock me in",
        "I'm not there so clock me in",
        "I'm at the office but clock me in at 9",
        "my wife is here so clock me in",
        "I'm at the ward",
        "got to the ward",
        "到 hospital 了",
        "C shift reporting late",
        "in the canteen having lunch",
        "team早，打卡",
        "Tom email 发完了",
        "等email发完了，帮我打卡",
        "快开会了，大家打卡",
    ],
)
def test_what_only_sounds_like_it_is_no_punch(text: str) -> None:
    assert understand(text, today=TODAY).name.value not in PUNCHES


@pytest.mark.parametrize("text", ["I'm here at the hotel, clock me in", "at the restaurant, clock me in please"])
def test_who_may_work_where_others_are_guests_is_asked(text: str) -> None:
    said = understand(text, today=TODAY)
    assert (said.none_reason, said.unsure) == (NoneReason.NOT_ABOUT_US, True)


@pytest.mark.parametrize("text", ["at the restaurant, check me in", "still on the bus to the hotel, clock me in"])
def test_a_guest_is_not_asked(text: str) -> None:
    said = understand(text, today=TODAY)
    assert (said.name.value in PUNCHES, said.unsure) == (False, False)


@pytest.mark.parametrize("frame", table("frames"))
def test_each_word_of_a_frame_is_of_one_list_and_each_list_has_its_letter(frame: str) -> None:
    lists = table("frames")[frame]
    every = [word for words in lists.values() for word in words]
    assert sorted(word for word in set(every) if every.count(word) > 1) == []
    assert len({name[0] for name in lists}) == len(lists)
