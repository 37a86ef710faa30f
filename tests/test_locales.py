"""Every sentence exists in both languages, with the same placeholders, and is used."""

import ast
import re
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import yaml

from bot.domain.day import Standing
from bot.domain.shifts import TimeResult
from bot.domain.sites import Unusable
from bot.views.i18n import Texts, catalogue
from bot.views.keys import POSITIONS_ASKED_FOR_AGAIN, POSITIONS_NOT_TAKEN, STANDINGS, VERDICTS
from tests.tables import cases

ROOT = Path(__file__).parent.parent


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_things() -> None:
    chinese, english = catalogue("zh"), catalogue("en")
    assert set(chinese) == set(english)
    assert {key: _placeholders(chinese[key]) for key in chinese} == {
        key: _placeholders(english[key]) for key in english
    }


def test_each_sentence_stands_in_one_file() -> None:
    files = (ROOT / "bot/locales/en").iterdir()
    groups = [group for file in files for group in yaml.safe_load(file.read_text()).values()]
    assert sum(map(len, groups)) == len(catalogue("en"))


def _strings_in_code() -> set[str]:
    """Return all strings in the code of the bot, without those of the sandbox."""
    code = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
    return {
        node.value
        for path in code
        if "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_result_state_and_standing_has_words() -> None:
    results = set(TimeResult) - {TimeResult.NOT_SIGNED}  # stands for a missing punch
    assert set(VERDICTS) == results
    assert set(STANDINGS) == set(Standing)
    assert set(POSITIONS_ASKED_FOR_AGAIN) == set(POSITIONS_NOT_TAKEN) == set(Unusable)


def test_every_key_in_the_code_exists() -> None:
    keys = set(catalogue("en"))
    groups = "|".join(sorted({key.split(".")[0] for key in keys}))
    named = {text for text in _strings_in_code() if re.fullmatch(rf"(?:{groups})\.\w+", text)}
    assert named
    assert named <= keys


def test_every_sentence_stands_in_the_code_with_its_whole_key() -> None:
    unsaid = set(catalogue("en")) - _strings_in_code()
    others = ("page.", "help_own.", "help_leads.")  # the page, and the help, use whole groups
    assert {key for key in unsaid if not key.startswith(others)} == set()


@cases
def test_a_number_chooses_its_word_and_long_minutes_are_hours(
    key: str, values: dict[str, object], english: str, chinese: str
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert english in Texts("en", zone)(key, **values)
    assert chinese in Texts("zh", zone)(key, **values)
