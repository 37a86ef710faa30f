"""What a clause of known wording tells beside a punch is read past; whatever else it may say is not."""

from datetime import time

import pytest

from bot.understanding import Intent, IntentName, understand
from tests.understanding.figures import PUNCHES, TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "can you clock me in, my hands are full",  # what keeps one from typing
        "carrying boxes, clock me in please",
        "phone 3%, clock me in",
        "clock me in my hands are dirty",  # without a comma
        "clock me in before I forget",
        "clocking in now, bit late sorry",  # how one is, and the day
        "here, soaked",
        "it's boiling in here, clock me in",
        "finally made it in, bus was 20 mins late",  # the way
        "finally made it, couldn't find parking",
        "bus 太慢了，终于到了，check in",
        "standup in 5, clock me in quick",  # the work that begins
        "taking over from night shift, clock me in",
        "laptop 开了，上班打卡",
        "I'm here at the hotel, clock me in",  # where one works
        "on line 3, clock me in",
        "Good morning. I have arrived. Regards, Tom",  # a letter
        "Please mark my attendance. Regards, John from finance",
        "starting my route, clock in",  # one's own work, beside a bare command
        "opening up, clock in",
        "clock in plz, hands full",
        "knee hurts but I made it, clock in",  # before a "but"
        "soaked from the rain but I'm here, clock me in",
        "sorry, running behind, I'm in now",
        "do me a favour and clock me in",
        "in early today, clock in",
        "on nights, clock me in",
        "on the phones, clock me in",
        "3F到岗，打卡",
        "badge坏了，上班打卡",
        "还没喝coffee，上班打卡",
    ],
)
def test_what_is_told_beside_a_clock_in_is_read_past(text: str) -> None:
    assert read(text).name is IntentName.CLOCK_IN


@pytest.mark.parametrize(
    "text",
    [
        "shift finished, feet are killing me",
        "clock me out pls, train in 10 min",
        "clock me out, my wife's outside",
        "clock me out, daycare closes soon",
        "last table paid, clock me out",
        "handed over to the night team, clock me out",
        "email 发完了，下班打卡",
        "Clocking out. Cheers, Dave",
        "finished cleaning level 3, clock out",
        "cashed up, clock out",
        "keys handed in, clock out",
        "handed over to nights, I'm out",
        "my relief is here, clock out",
        "mum's in hospital, clock me out",
        "threw up, clock me out",
        "storm coming, heading home, clock out",
        "manager sent me home, clock me out",
    ],
)
def test_what_is_told_beside_a_clock_out_is_read_past(text: str) -> None:
    assert read(text).name is IntentName.CLOCK_OUT


@pytest.mark.parametrize(
    "text",
    [
        "Bob's hands are full, clock me in",  # others
        "Please clock in. Regards, HR",
        "Dear all, please punch in. Regards, Tom",
        "Bob has arrived. Regards, Tom",
        "clock me in, Sarah",
        "gloves on, clock in",  # may call others
        "last table gone, clock out everyone",
        "train in 10 min, clock me out then",  # later
        "last night report submitted, clock me out",  # another day
        "if my hands are full, clock me in",
        "hands full, clock me in?",
        "hands full,❌ clock me in",
        '"hands full, clock me in"',
        "bus broke down, clock me in",  # there yet?
        "running 10 minutes late, clock me in",
        "at the station, clock me in",
        "here at the hotel, check me in",  # a guest
        "standup in 5, clock me out",  # the other direction
        "last table paid, clock me in",
        "bins emptied, please clock out",  # one's own, or an order
        "shut down the till, clock out",
        "set up the bar, clock in",
        "hands full, clock in",
        "clock in, gloves on",
        "do me a favour and clock in",
        "Bob finished cleaning level 3, clock out",
        "starting your route, clock in",
        "knee hurts but Bob made it, clock in",
        "late but nearly there, clock me in",
        "warming up the car, clock me in",
        "night crew's here, clock out",
        "running behind, clock me in",
        "mum's in hospital, clock me in",
    ],
)
def test_what_may_say_more_is_no_punch(text: str) -> None:
    assert read(text).name.value not in PUNCHES


def test_a_minute_behind_a_command_is_when_it_was_said() -> None:
    intent = read("clock me in, 8:02")
    assert (intent.name, intent.at) == (IntentName.CLOCK_IN, time(8, 2))
    assert read("clock me in, 8:30").name is IntentName.NONE  # which may be the plan


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I have reported for duty", IntentName.CLOCK_IN),
        ("reach already, clock me in thanks", IntentName.CLOCK_IN),
        ("please help punch card for work", IntentName.CLOCK_IN),
        ("help 打卡，thx", IntentName.CLOCK_IN),
        ("夜班 start，打卡", IntentName.CLOCK_IN),
        ("在家 work from home，开始上班", IntentName.CLOCK_IN),
        ("present today, clock me in", IntentName.CLOCK_IN),
        ("my work is done, kindly punch out", IntentName.CLOCK_OUT),
        ("reached office, please clock in", IntentName.CLOCK_IN),
        ("how many on leave today?", IntentName.SUMMARY_TODAY),
        ("have you all clocked in?", IntentName.NONE),
        ("reminder to all staff: punch in before 9am", IntentName.NONE),
        ("are we working on saturday", IntentName.NONE),
        ("not coming in today", IntentName.NONE),
        ("my status tomorrow", IntentName.NONE),
        ("why was Bob missing yesterday", IntentName.STATUS),
    ],
)
def test_words_of_offices_abroad(text: str, name: IntentName) -> None:
    assert read(text).name is name
