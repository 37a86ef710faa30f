"""The tables fit together: no word says what another forbids, and no rule names a kind that nothing has."""

from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pytest
import yaml

from bot.understanding.asking.rules import rules
from bot.understanding.intents import IntentName
from bot.understanding.wishing.wish_words import away_words
from bot.understanding.words.cues import Cue, cue, words_of
from bot.understanding.words.grammar import Grammar, grammar
from bot.understanding.words.normalise import normalise
from bot.understanding.words.tokens import tokenise
from bot.understanding.words.vocabulary import KINDS as KINDS_TABLES
from bot.understanding.words.vocabulary import Names, alternatives, table, vocabulary

LEXICON = Path(str(files("bot.understanding"))) / "lexicon"
TABLES = {
    place.stem: sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    for place in sorted(LEXICON.iterdir())
    if place.is_dir() or place.suffix == ".yaml"
}
WRAPPED = ("told",)
MOST_LINES = 400
MOST_COLUMNS = 120  # of which a Chinese character takes two

# Kinds that no phrase has: signs, numbers, arguments, and what a message shows as a whole.
OBSERVED = {
    "sep", "question_mark", "colon", "at_sign", "slash", "dash", "paren", "code_sign", "number",
    "position", "place", "spot", "reason", "person", "department", "time", "minutes", "dated",
    "several_days", "today", "past_day", "future_day", "unknown", "unknown_many", "quoted",
    "heading", "self_only", "ordered", "claimed", "done_for", "site", "ticked", "reference", "page", "commanded",
    "of_a_thing",
}  # fmt: skip


ENTRIES = {atoms: entry.kinds for atoms, entry in vocabulary().phrases.entries.items()}
KINDS = frozenset().union(*ENTRIES.values())


def read_in_python(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def columns(line: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line)


def test_no_phrase_that_punches_also_forbids_it() -> None:
    vetoes = frozenset().union(*(kinds for _, kinds in grammar().vetoes))
    both = {
        words: kinds & vetoes
        for words, kinds in ENTRIES.items()
        if kinds & grammar().every_core and kinds & vetoes
    }
    assert both == {}


def test_every_kind_that_a_rule_names_exists() -> None:
    named = set()
    for rule in rules():
        named |= (
            set().union(*rule.needs) | rule.unless | (rule.only or set()) | set(rule.near[:2] if rule.near else ())
        )
    assert named - KINDS - OBSERVED == set()


def test_every_kind_that_the_grammar_names_exists() -> None:
    table_of = grammar()
    named = set().union(
        *table_of.allowed.values(), *(kinds for _, kinds in table_of.vetoes), *table_of.cores.values()
    )
    named |= table_of.done | table_of.over | table_of.telling | table_of.foreign | table_of.about_us | table_of.on
    assert (named | table_of.off) - KINDS - OBSERVED == set()


@pytest.mark.parametrize(("name", "holder"), [("grammar", grammar()), ("people", vocabulary().names)])
def test_a_list_of_a_table_is_held_under_its_name(name: str, holder: Grammar | Names) -> None:
    listed = {key: frozenset(row) for key, row in table(name).items() if isinstance(row, list) and key != "vetoes"}
    held = {key: frozenset(getattr(holder, key)) for key in listed if hasattr(holder, key)}
    read_otherwise = {"departments_en", "common_departments", "generic_departments"}
    assert {key: words for key, words in listed.items() if key not in read_otherwise} == held


def test_every_intent_of_the_contract_can_be_reached() -> None:
    by_code = {IntentName.CLOCK_IN, IntentName.CLOCK_OUT, IntentName.NONE, IntentName.NUDGE, IntentName.SOMEBODY}
    by_code |= {IntentName.APPROVE, IntentName.REFUSE, IntentName.EXCUSE, IntentName.UNEXCUSE}
    by_code |= {IntentName.TAP_MINE, IntentName.TAP_NOT_MINE, IntentName.REQUESTS, IntentName.NO_POSITION}
    assert {rule.intent for rule in rules()} | by_code == set(IntentName)


def test_alternatives_are_written_out() -> None:
    assert set(alternatives("打(个|)(上班|下班)卡")) == {"打个上班卡", "打个下班卡", "打上班卡", "打下班卡"}


def test_alternatives_are_not_nested() -> None:
    phrases = [
        phrase
        for name in KINDS_TABLES
        for languages in table(name).values()
        for listed in languages.values()
        for phrase in listed
    ]
    assert [phrase for phrase in phrases for form in alternatives(phrase) if set(form) & set("()|")] == []


def test_a_character_has_one_simplified_form() -> None:
    characters = table("characters")
    traditional = "".join(characters["traditional"])
    assert len(set(traditional)) == len(traditional)
    assert len(traditional) == len("".join(characters["simplified"]))


def test_a_slip_is_as_long_as_what_was_meant() -> None:
    assert all(len(slip) == len(meant) for slip, meant in vocabulary().slips.items())


def test_no_phrase_is_empty() -> None:
    assert () not in ENTRIES


@pytest.mark.parametrize("name", list(table("cues")))
def test_a_cue_is_written_as_texts_are_folded(name: str) -> None:
    assert {word for word in words_of(name) if not word or normalise(word).folded != word} == set()


def test_what_leaves_open_which_is_meant_stands_in_one_list() -> None:
    either = {words for languages in table("words")["either_or"].values() for words in languages}
    assert either & (words_of("joins_days") | words_of("between_days") | words_of("joins_labels")) == set()
    assert either & set(table("places")["joins"]) == set()
    assert {word for word in either if away_words().perhaps.within(word)} == set()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_the_same_with_and_without_libyaml(name: str) -> None:
    first, *others = map(read_in_python, TABLES[name])
    for other in others:
        first |= other
    assert first == table(name)


@pytest.mark.parametrize("name", [name for name, parts in TABLES.items() if len(parts) > 1])
def test_what_stands_in_one_file_of_a_table_stands_in_no_other(name: str) -> None:
    keys = [key for file in TABLES[name] for key in read_in_python(file)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("file", [file for name in WRAPPED for file in TABLES[name]], ids=lambda file: file.stem)
def test_a_file_of_a_long_table_can_be_read_on_a_screen(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert max(map(columns, lines)) <= MOST_COLUMNS
    assert len(lines) <= MOST_LINES


def test_shapes_are_made_of_cues() -> None:
    lines = [line for lines in table("shapes").values() for line in lines]
    parts = {kind for line in lines for part in line for kind in part.rstrip("?*+").split("|")}
    assert parts - set(table("cues")) == {"reference", "number", "name"}


@pytest.mark.parametrize("text", ["did", "i did it", "did's", "did-it", "(did)", "did2", "我did了", "未批"])
def test_a_cue_stands_where_no_letter_of_its_script_goes_on(text: str) -> None:
    said = Cue(["did", "未"])
    assert said.within(text)
    assert said.within(f"好{text}吧")


@pytest.mark.parametrize("text", ["", "didn't", "candid", "candidate", "édid", "批"])
def test_a_cue_does_not_stand_inside_of_an_english_word(text: str) -> None:
    said = Cue(["did", "未"])
    assert not said.within(text)
    assert not said.opens(text)
    assert not said.ends(text)
    assert not Cue([]).within(text)


def test_of_the_words_of_a_cue_that_begin_alike_the_longest_whole_one_counts() -> None:
    said = Cue(["not", "not yet", "yet"])
    assert (said.search("why not yeti"), said.search("why not yet")) == ((4, 7), (4, 11))
    assert (said.ending("why not yet"), said.ending("knot yet")) == (4, 5)


def test_a_cue_fits_a_token_of_its_kinds_or_that_holds_its_words() -> None:
    said = Cue(["off"], ["leave"])
    leave, off, office = tokenise("annual leave, day off, office")[::2]
    assert (said.fits(leave), said.fits(off), said.fits(office)) == (True, True, False)
    assert ("off" in said, "day off" in said) == (True, False)


def test_an_english_cue_is_a_whole_word_and_a_chinese_one_stands_anywhere() -> None:
    withdrawal = cue("withdrawal")
    assert (withdrawal.opening("undo it"), withdrawal.opening("undone")) == (4, None)
    assert (withdrawal.ending("please undo"), withdrawal.ending("pseudoundo")) == (7, None)
    assert (withdrawal.opening("撤回一下吧"), withdrawal.ending("都撤回")) == (4, 1)
    assert withdrawal.search("he undoes what I cancel") == (17, 23)
