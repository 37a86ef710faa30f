"""What answers "at what time was it?": a time and nothing else."""

from datetime import time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding.wishing.bare_times import ToldTime, bare_time, bare_way, is_lone_number, told_time

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY


@pytest.mark.parametrize(
    ("text", "direction", "told"),
    [
        ("18:40", OFF, time(18, 40)),
        ("18：40", OFF, time(18, 40)),
        ("六点四十", OFF, time(18, 40)),
        ("六点四十", ON, time(6, 40)),
        ("at 6:40pm", OFF, time(18, 40)),
        ("6:40", OFF, time(18, 40)),
        ("left around seven", OFF, time(19, 0)),
        ("I left at half past six", OFF, time(18, 30)),
        ("around seven thirty", OFF, time(19, 30)),
        ("around 7", OFF, time(19, 0)),
        ("7pm", OFF, time(19, 0)),
        ("大概七点半", OFF, time(19, 30)),
        ("下午六点左右", OFF, time(18, 0)),
        ("18:40走的", OFF, time(18, 40)),
        ("came at 8:55", ON, time(8, 55)),
        ("八点五十到的", ON, time(8, 50)),
        ("It was 9:05.", ON, time(9, 5)),
        ("about seven o'clock or so", OFF, time(19, 0)),
        ("left at six forty-five", OFF, time(18, 45)),
        ("我应该是下班时间大概在18:40左右走的吧。", OFF, time(18, 40)),
    ],
)
def test_a_time_alone_is_one(text: str, direction: CheckType, told: time) -> None:
    assert bare_time(text, direction) == told


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("", OFF),
        ("clock out", OFF),
        ("yes", OFF),
        ("18:40 or 18:50", OFF),
        ("18:40 clock out", OFF),
        ("not 18:40", OFF),
        ("came at 8:55", OFF),
        ("18:40走的", ON),
        ("remind me at 18:40", OFF),
        ("昨天18:40", OFF),
        ("25:00", OFF),
        ("7 people", OFF),
        ("39.9088,116.3975", OFF),
        ("18:40提醒我", OFF),
        ("18:40?", OFF),
    ],
)
def test_anything_else_is_none(text: str, direction: CheckType) -> None:
    assert bare_time(text, direction) is None


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("18:40", time(18, 40), ""),
        ("昨天18:40", time(18, 40), ""),
        ("昨天18:40走的", time(18, 40), ""),
        ("昨晚六点四十", time(18, 40), ""),
        ("11月23日18:40", time(18, 40), ""),
        ("yesterday at 6:40pm", time(18, 40), ""),
        ("on Monday at 6:40", time(18, 40), ""),
        ("18:40 yesterday", time(18, 40), ""),
        ("last night 6:40", time(18, 40), ""),
        ("18:40，手机没电", time(18, 40), "手机没电"),
        ("昨天18:40，手机没电", time(18, 40), "手机没电"),
        ("left at 18:40, my Phone was dead", time(18, 40), "my Phone was dead"),
        ("18:40 because my phone was dead", time(18, 40), "my phone was dead"),
        ("2点", time(14, 0), ""),
        ("2 pm", time(14, 0), ""),
    ],
)
def test_a_day_and_a_reason_may_stand_beside_the_time(text: str, at: time, reason: str) -> None:
    assert told_time(text, OFF) == ToldTime(at, reason)


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "昨天2",
        "yesterday 2",
        "18:40, no 18:50",
        "18:40，不对，七点",
        "昨天",
        "2, phone dead",
        "clock out",
        "",
    ],
)
def test_a_lone_number_and_two_times_are_no_time(text: str) -> None:
    assert told_time(text, OFF) is None


@pytest.mark.parametrize("text", ["2", "1", "two", "2.", "1840", "十", "１"])
def test_a_number_by_itself_is_a_lone_one(text: str) -> None:
    assert is_lone_number(text)


@pytest.mark.parametrize("text", ["2点", "2 pm", "2:00", "around 2", "2 people", "half past two", ""])
def test_what_is_more_than_a_number_is_none(text: str) -> None:
    assert not is_lone_number(text)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        *[
            (said, OFF)
            for said in ("下班", "下班卡", "是下班", "下班的", "昨天下班", "昨天的下班卡", "下班那次", "走的时候")
        ],
        *[
            (said, OFF)
            for said in ("clock out", "Clock-out.", "yesterday, clock out", "I left", "for clocking out")
        ],
        *[(said, ON) for said in ("上班打卡", "来的时候", "came", "the clock-in", "in", "11月18日上班")],
        *[
            (said, None)
            for said in ("走了", "我到了", "I'm leaving", "at the office, clock me in", "打卡", "18:40下班")
        ],
        *[(said, None) for said in ("现在下班打卡", "clock out now", "inn", "上班还是下班", "不是下班", "")],
    ],
)
def test_a_direction_alone_is_one(text: str, way: CheckType | None) -> None:
    assert bare_way(text) is way
