"""What is said where nothing is done: why, what was counted, and what may have been meant."""

import pytest

from bot.i18n import LANGUAGES, Texts
from bot.understanding import understand
from bot.understanding.intents import IntentName
from bot.understanding.punching.day_off import says_day_off
from bot.views.nearest import LONGEST, nearest, phrases
from bot.views.reply import Language
from tests.builders import SHANGHAI, TUESDAY
from tests.handlers.a_desk import Desk
from tests.languages import theirs

REFUSED = [
    ("明天8点帮我打卡", "future"),
    ("clock Bob in please", "proxy"),
    ("clock me in automatically", "automatic"),
    ("如果我忘了就打卡", "conditional"),
    ("帮我打卡，我还在路上", "absent"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
async def test_a_refusal_is_explained_in_a_sentence_and_counted_by_its_reason(text: str, reason: str) -> None:
    desk = Desk()
    context = desk.context(text, understand(text, today=TUESDAY).language)
    assert await desk.say(text) == context.texts(f"none.{reason}")
    assert desk.refused == [reason]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("明天帮我打下班卡", "future_off"),
        ("今晚帮我打下班卡", "future_off"),
        ("clock me out tomorrow", "future_off"),
        ("clock me in tomorrow", "future_on"),
        ("明天打上班卡", "future_on"),
        ("if I forget, clock me out", "conditional_off"),
        ("如果我忘了就打上班卡", "conditional_on"),
    ],
)
async def test_a_punch_that_is_not_due_yet_is_named_by_its_own_command(text: str, key: str) -> None:
    desk = Desk()
    context = desk.context(text, understand(text, today=TUESDAY).language)
    assert await desk.say(text) == context.texts(f"none.{key}")


async def test_what_was_refused_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await Desk().say("帮张三打卡")
    assert "proxy" in caplog.text
    assert "张三" not in caplog.text


async def test_small_talk_is_no_refusal_and_short_before_others() -> None:
    desk = Desk()
    said = await desk.say("good morning", in_group=True)
    assert len(said) < 60
    assert "\n" not in said
    assert desk.refused == []


async def test_what_was_not_understood_before_others_gets_one_line() -> None:
    assert "\n" not in await Desk().say("cluck out", in_group=True)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("cluck out", "clock out"), ("undoo", "undo"), ("我今天考", "我今天的考勤")],
)
async def test_what_was_not_understood_gets_the_nearest_phrase(text: str, phrase: str) -> None:
    assert f"“{phrase}”" in await Desk().say(text)


@pytest.mark.parametrize("text", ["the lights", "今天吃什么", "网红打卡地"])
async def test_what_is_like_nothing_gets_no_phrase(text: str) -> None:
    said = await Desk().say(text)
    assert "Did you mean" not in said
    assert "是想说" not in said


def test_of_a_long_text_nothing_is_guessed() -> None:
    assert nearest("clock in " * LONGEST, ["clock in"]) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_that_may_be_offered_is_understood(language: Language) -> None:
    offered = phrases(Desk().context("").help_topics, Texts(language, SHANGHAI))
    assert len(offered) > 10
    assert IntentName.NONE not in {understand(phrase, today=TUESDAY).name for phrase in offered}


@pytest.mark.parametrize(
    "text", ["last week", "last week please", "9月1日到9月15日", "上个月", "yesterday", "today", "今天", "9月"]
)
async def test_days_without_another_word_are_asked_about(text: str) -> None:
    desk = Desk()
    days = understand(text, today=TUESDAY).dates
    await desk.say(text)
    own, team = (understand(tap, today=TUESDAY) for tap in desk.taps)
    assert own.name is IntentName.HISTORY
    assert team.name in (IntentName.SUMMARY_RANGE, IntentName.SUMMARY_TODAY)
    assert own.dates == team.dates == days
    assert desk.refused == []


async def test_days_in_a_group_are_nobodys_question() -> None:
    assert "\n" not in await Desk().say("last week", in_group=True)


@pytest.mark.parametrize(
    "text", ["今天休息", "我今天不上班", "今天不用上班了", "今天不来了", "I'm off today", "not working today."]
)
async def test_who_says_that_they_do_not_work_today_is_offered_quiet_and_punches_nothing(text: str) -> None:
    desk = Desk()
    assert understand(text, today=TUESDAY).name is IntentName.NONE
    said = await desk.say(text)
    assert theirs(text, en="recorded nothing", zh="没有记录") in said
    tap = "今天别提醒我" if "没有" in said else "no reminders today"
    assert understand(tap, today=TUESDAY).name is IntentName.REMIND_OFF
    assert desk.book.writes == 0
    assert "别提醒" not in await desk.say(text, in_group=True)


@pytest.mark.parametrize("text", ["今天不休息", "张三今天休息", "明天不上班", "今天休息吗", "is Bob off today"])
async def test_who_says_something_else_of_days_off_is_offered_nothing(text: str) -> None:
    assert not says_day_off(text)
