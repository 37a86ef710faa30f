"""A lead's yes or no to a request that has a condition beside it."""

import pytest

from bot.understanding import understand
from bot.understanding.intents import Intent
from tests.understanding.figures import TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *[(text, "approve") for text in (
            "yes approve C-7F3K2M if ok", "Yes, approve C-7F3K2M if he was there", "如果没问题就确认批准 C-7F3K2M",
            "确认批准 C-7F3K2M，要是他来了的话", "yes approve C-7F3K2M unless late",
            "approve C-7F3K2M if he brings proof", "yes approve C-7F3K2M as long as ok",
            "前提是属实，确认批准 C-7F3K2M", "yes approve C-7F3K2M later", "yes, I'd approve C-7F3K2M but",
            "I'd approve C-7F3K2M but", "yes approve C-7F3K2M but", "确认批准 C-7F3K2M 但是",
        )],
        *[(text, "refuse") for text in ("yes refuse C-7F3K2M if late", "如果没来，确认拒绝 C-7F3K2M",
                                     "yes, I'd refuse C-7F3K2M")],
    ],
)  # fmt: skip
def test_a_decision_with_a_condition_confirms_nothing(text: str, name: str) -> None:
    intent = read(text)
    assert (intent.name, intent.reference, intent.confirmed) == (name, "C-7F3K2M", False)


def test_a_condition_in_the_reason_of_a_refusal_is_none_of_the_decision() -> None:
    intent = read("yes refuse C-7F3K2M: come back if you have proof")
    assert (intent.name, intent.reason, intent.confirmed) == ("refuse", "come back if you have proof", True)


@pytest.mark.parametrize(
    "text",
    [
        *("refuse C-7F3K2M or approve", "approve C-7F3K2M or refuse", "approve or refuse C-7F3K2M"),
        *("yes refuse or approve C-7F3K2M", "确认拒绝 C-7F3K2M 或者批准", "拒绝 C-7F3K2M 还是批准"),
        *("拒绝 C-7F3K2M 或是批准", "拒绝 C-7F3K2M 抑或批准"),
    ],
)
def test_where_both_are_named_nothing_is_decided(text: str) -> None:
    assert read(text).name == "none"


def test_a_choice_in_the_reason_of_a_refusal_leaves_nothing_open() -> None:
    intent = read("yes refuse C-7F3K2M: bring proof or approve it yourself")
    assert (intent.name, intent.confirmed) == ("refuse", True)


@pytest.mark.parametrize(
    "text",
    [
        "withdraw C-7F3K2M if he has not approved yet",
        "refuse C-7F3K2M if not approved",
        "refuse C-7F3K2M, if nobody has approved it",
        "如果还没批就撤回 C-7F3K2M",
        "没批的话就撤回C-7F3K2M",
        "要是主管不同意就撤回 C-7F3K2M",
    ],
)
def test_a_withdrawal_with_a_condition_is_an_unsure_one(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.reference, intent.confirmed, intent.unsure) == ("refuse", "C-7F3K2M", False, True)


@pytest.mark.parametrize("text", ["withdraw C-7F3K2M", "撤回 C-7F3K2M", "refuse C-7F3K2M", "拒绝 C-7F3K2M"])
def test_a_plain_withdrawal_is_sure(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.unsure) == ("refuse", False)
