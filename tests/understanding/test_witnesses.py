"""Who is named in a request only because they saw it: a part of the reason, and nobody's day is asked for."""

from datetime import time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import IntentName, understand
from tests.understanding.figures import TODAY

ZH, EN = "昨天忘打下班卡了，18:40走的，", "forgot to clock out yesterday, left at 18:40, "


@pytest.mark.parametrize(
    "told",
    [
        *(
            "王小明可以作证",
            "Tom可以作证",
            "同事王小明能证明",
            "组长知道",
            "王小明看到我了",
            "王小明和李娜可以作证",
        ),
        *("跟王小明一起走的", "我同事可以作证"),
    ],
)
def test_a_witness_is_a_part_of_the_reason(told: str) -> None:
    for before, reason in (("", told), ("手机没电，", f"手机没电，{told}"), ("手机没电 ", told)):
        intent = understand(f"{ZH}{before}{told}。", today=TODAY)
        assert (intent.name, intent.direction, intent.at) == (
            IntentName.CORRECTION,
            CheckType.OFF_DUTY,
            time(18, 40),
        )
        assert intent.person is None
        assert intent.reason is not None and intent.reason.endswith(reason)


@pytest.mark.parametrize(
    "told",
    ["Tom can confirm", "my boss can confirm it", "李娜 can vouch for me", "Li Na saw me leave", "Bob knows"],
)
def test_so_it_is_in_english(told: str) -> None:
    for before in ("", "my phone was dead, "):
        intent = understand(f"{EN}{before}{told}", today=TODAY)
        assert (intent.name, intent.at) == (IntentName.CORRECTION, time(18, 40))
        assert (intent.reason, intent.person, intent.language) == (f"{before}{told}", None, "en")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小明昨天忘打下班卡了，王小明可以作证", IntentName.STATUS),  # whose, is said before
        ("打卡，王小明可以作证", IntentName.NONE),
        ("昨天忘打下班卡，18:40走的，帮王小明补的", IntentName.NONE),
    ],
)
def test_a_witness_makes_no_request_of_anything_else(text: str, name: IntentName) -> None:
    assert understand(text, today=TODAY).name is name


def test_a_time_beside_the_witness_is_not_cut_off() -> None:
    intent = understand("昨天忘打下班卡，18:40走的，不对，18:50王小明看到我走的", today=TODAY)
    assert intent.name is not IntentName.CORRECTION
