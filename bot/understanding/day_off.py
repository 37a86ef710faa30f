"""The statement that one does not work today, such as 今天休息. By itself it is no leave and no wish."""

import re

from bot.understanding.normalise import normalise

_ZH = r"我?(?:今天|今日)我?(?:休息|不(?:用|去|来)?上班|不来)(?:了|哦|啊|的)?"
_OFF = r"(?:off|off work|not working|not coming in)"
_EN = rf"(?:i am |i'?m )?{_OFF} today|today (?:i am|i'?m) {_OFF}"
_SAYS = re.compile(rf"(?:{_ZH}|{_EN})[.!。！~]*")


def says_day_off(text: str) -> bool:
    """Tell whether a message says this and nothing else."""
    return _SAYS.fullmatch(" ".join(normalise(text).folded.split())) is not None
