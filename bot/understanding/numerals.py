"""Number words as digits, in front of counted nouns: "三天" and "three days" as "3天" and "3 days"."""

import re

_SIGNS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_WORDS = ["a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_VALUES = dict(zip(_WORDS, [1, *range(1, 13)], strict=True)) | {
    "an": 1, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50,
}  # fmt: skip
_CHINESE = "[零〇一二两三四五六七八九十]+"
_COUNTED = re.compile(
    rf"(?<![周期拜零〇一二两三四五六七八九十]){_CHINESE}(?=个?[年月日号天周点时刻分小钟季星礼]|$|[^\u4e00-\u9fff])"
    rf"|(?<=[点月年差过提前去]){_CHINESE}"
)
_ENGLISH = "|".join(sorted(_VALUES, key=len, reverse=True))
_UNIT = r"(?= (?:more )?(?:days?|weeks?|months?|minutes?|mins?|hours?|o'clock|past|to)\b)"
_SPELLED = re.compile(
    rf"(?<!half )(?<!of )\b(?:{_ENGLISH})\b{_UNIT}|(?:(?<=past )|(?<=quarter to )|(?<=at ))(?:{_ENGLISH})\b"
)


def with_digits(folded: str) -> str:
    """Return a folded text with the numbers of days and times as digits."""
    said = folded.replace("个半小时", ".5小时").replace("点半", "点30分")
    said = _COUNTED.sub(lambda found: str(_read(found[0])), said)
    return _SPELLED.sub(lambda found: str(_VALUES[found[0]]), said)


def _read(numeral: str) -> int:
    if "十" not in numeral:
        return int("".join(str(_SIGNS[sign]) for sign in numeral))
    tens, _, ones = numeral.partition("十")
    return (_SIGNS.get(tens, 1) * 10) + _SIGNS.get(ones, 0)
