"""Whatever people or machines send: no exception, the same answer twice, a bounded amount of work."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import Intent, IntentName, NoneReason, understand
from bot.understanding.explain import as_dict
from bot.understanding.words.atoms import atoms_of
from bot.understanding.words.normalise import LIMIT, normalise
from bot.understanding.words.tokens import tokenise
from tests.understanding.figures import PUNCHES, TODAY, rows

WORDS = sorted({word for row in rows("positives.jsonl")[:400] for word in row["text"].split()})
MIXTURES = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(list("，。？！\n @/:“”()~±°")), st.text(max_size=3)),
    max_size=25,
).map("".join)

HOSTILE = [
    "9" * 10_000,
    "9" * LIMIT,
    "(" * 1000 + ")" * 1000,
    "!" * 1_000_000,
    "“" * 1000 + "打卡" + "”" * 998,
    "1.1," * 500,
    "39°" * 600,
    "ﷺ" * LIMIT,
    "a" + "\u0301\u0323" * 999,
    "\ud800打卡",
    "打卡" * 1000,
    "我" * LIMIT,
    "@" * LIMIT,
    "第2页" * 666,
    "İ" * LIMIT,
    "\x00\u200b\u202e打卡",
    "1-" * 999 + "号",
    "补卡" + "大家的" * 660,
]


@given(st.one_of(st.text(max_size=400), MIXTURES))
def test_any_text_has_an_answer_and_the_same_one_twice(text: str) -> None:
    assert understand(text, today=TODAY) == understand(text, today=TODAY)


@given(MIXTURES)
def test_a_punch_with_seven_words_behind_it_that_nobody_taught_us_is_a_punch_no_longer(text: str) -> None:
    before = understand(text, today=TODAY)
    after = understand(f"{text} zqxj zqxk zqxl zqxm zqxn zqxp zqxr", today=TODAY)
    assert before.name.value not in PUNCHES or after.name.value not in PUNCHES


@given(st.text(max_size=300))
def test_there_are_never_more_tokens_than_characters(text: str) -> None:
    folded = normalise(text).folded
    assert len(tokenise(folded)) <= 2 * len(atoms_of(folded)) <= 2 * len(folded)


@given(st.text(max_size=300))
def test_the_shown_and_the_folded_text_stay_equally_long(text: str) -> None:
    shown, folded = normalise(text)
    assert len(shown) == len(folded)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_has_an_answer_and_a_bounded_number_of_tokens(text: str) -> None:
    understand(text, today=TODAY)
    assert len(tokenise(normalise(text[:LIMIT]).folded)) <= 4 * LIMIT


def test_text_past_the_limit_is_not_read_and_the_answer_says_so() -> None:
    assert understand("打卡" + " " * (LIMIT - 2), today=TODAY).name is IntentName.CLOCK_IN
    longer = understand("打卡" + " " * (LIMIT - 1), today=TODAY)
    assert (longer.name, longer.none_reason) == (IntentName.NONE, NoneReason.TOO_LONG)


@given(MIXTURES)
def test_an_intent_explains_itself_as_json(text: str) -> None:
    said = as_dict(understand(text, today=TODAY))
    assert json.loads(json.dumps(said)) == said


def test_the_explanation_leaves_out_nothing_that_was_understood() -> None:
    published = {"name": "intent", "check_type": "direction"}  # what it calls by another name
    said = as_dict(understand("clock in", today=TODAY))
    assert {published.get(name, name) for name in Intent._fields} <= said.keys()
