"""What answers "at what time was it?": a time and nothing else."""

from datetime import time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding.bare_times import bare_time

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
