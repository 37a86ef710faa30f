"""18.40 and 18h40 are times, and 11.23 may be a day, where a punch is put right; elsewhere they are numbers."""

from datetime import date, time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import IntentName, understand
from bot.understanding.intents import DateRange
from bot.understanding.wishing.bare_times import told_time
from tests.understanding.figures import TODAY

OFF = CheckType.OFF_DUTY


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *(
            (f"昨天忘打下班卡了，{told}走的，手机没电", time(18, 40))
            for told in ("18.40", "18h40", "6.40", "18H40")
        ),
        *(
            (f"forgot to clock out yesterday, left {told}", time(18, 40))
            for told in ("at 18.40", "18h40", "at 18h40")
        ),
        ("forgot to clock out yesterday at 18.40, phone dead", time(18, 40)),
        ("昨天忘打上班卡，9.30到的", time(9, 30)),
        ("补卡 11月23日 18.40，手机没电", time(18, 40)),
        ("昨天忘打下班卡，18.40走的，不对，18.50走的", time(18, 50)),
        ("昨天忘打下班卡，18.40才开完会，19.10走的", time(19, 10)),
        ("昨天忘打下班卡，18:40走的，车费12.50", time(18, 40)),
    ],
)
def test_it_is_when_somebody_came_or_left(text: str, at: time) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.at, intent.minutes) == (IntentName.CORRECTION, at, None)
    assert intent.dates is not None and not intent.days_apart


@pytest.mark.parametrize(
    "text",
    [
        "forgot to clock out yesterday, taxi was 18.40 euro",
        "forgot to clock out yesterday, left 12.50 on the table",
        "补卡 昨天 9.30 上班",  # or the thirtieth of September
        "昨天忘打下班卡，加班2.5",
        "昨天忘打下班卡，18.60走的",
        "昨天忘打下班卡，车费18.40元",
    ],
)
def test_what_may_be_anything_else_is_no_time(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.at) == (IntentName.CORRECTION, None)


@pytest.mark.parametrize(
    "text",
    ["补卡 11.23 18:40 下班", "补卡 11.23 18.40 下班", "忘打11.23的下班卡了，18:40走的", "忘打卡 11.23 上班 8:50"],
)
def test_what_may_be_a_day_is_asked_about_and_not_taken_for_today(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.dates, intent.days_apart) == (IntentName.CORRECTION, None, True)


@pytest.mark.parametrize(("told", "day"), [("11.23号", date(2025, 11, 23)), ("9.3日", date(2025, 9, 3))])
def test_with_its_word_it_is_that_day(told: str, day: date) -> None:
    assert understand(f"{told}忘打下班卡，18:40走的", today=TODAY).dates == DateRange(day, day)
    assert understand(f"{told}考勤", today=TODAY).dates == DateRange(day, day)


@pytest.mark.parametrize("text", ["下班 18.40", "clock out 18h40", "worked 8h30 today", "每天提前1h30提醒我"])
def test_elsewhere_it_is_read_as_before(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert intent.name is not IntentName.CORRECTION
    assert not intent.days_apart


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *((text, time(18, 40)) for text in ("18.40", "18h40", "left at 18.40", "18.40走的", "昨天18.40", "6.40")),
        *((text, None) for text in ("18.400", "2.5", "18.40元", "18h", "39.90", "24.10")),
    ],
)
def test_a_time_alone_may_be_written_so(text: str, at: time | None) -> None:
    told = told_time(text, OFF)
    assert (told and told.at) == at
