"""Every sentence exists in both languages, with the same placeholders, and is used."""

import ast
import re
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from bot.domain.punches import DeliveryState
from bot.domain.shifts import TimeResult
from bot.views.i18n import Texts, catalogue

ROOT = Path(__file__).parent.parent


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_things() -> None:
    chinese, english = catalogue("zh"), catalogue("en")
    assert set(chinese) == set(english)
    assert {key: _placeholders(chinese[key]) for key in chinese} == {
        key: _placeholders(english[key]) for key in english
    }


def test_every_result_and_state_has_words() -> None:
    results = set(TimeResult) - {TimeResult.NOT_SIGNED}  # stands for a missing punch
    wanted = {f"{group}.{result}" for group in ("time", "why") for result in results}
    assert wanted | {f"short.{state}" for state in DeliveryState} <= set(catalogue("zh"))


def test_every_key_in_the_code_exists() -> None:
    keys = set(catalogue("en"))
    groups = "|".join(sorted({key.split(".")[0] for key in keys}))
    code = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
    named = {
        match
        for path in code
        if "sandbox" not in path.parts
        for match in re.findall(rf'"((?:{groups})\.[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= keys


def test_every_sentence_is_said() -> None:
    said, forms = set(), set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else ".*"
                    for part in node.values
                ]
                forms.add("".join(map(str, parts)))
            elif isinstance(node, ast.Constant):
                said.add(node.value)
    computed = re.compile("|".join(form for form in forms if re.match(r"[a-z_]+\\\.", form)))
    unsaid = {key for key in catalogue("en") if key not in said and not computed.fullmatch(key)}
    assert {key for key in unsaid if not key.startswith("page.")} == set()  # the page uses these


@pytest.mark.parametrize(
    ("key", "values", "english", "chinese"),
    [
        ("team.sum_present", {"present": 0, "due": 1}, "0 of 1 day", "1"),
        ("team.sum_present", {"present": 0, "due": 2}, "0 of 2 days", "2"),
        ("time.Early", {"minutes": 59}, "59 min early", "早退 59 分钟"),
        ("time.Early", {"minutes": 60}, "1 h early", "早退 1 小时"),
        ("time.Early", {"minutes": 527}, "8 h 47 min early", "早退 8 小时 47 分钟"),
    ],
)
def test_a_number_chooses_its_word_and_long_minutes_are_hours(
    key: str, values: dict[str, object], english: str, chinese: str
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert english in Texts("en", zone)(key, **values)
    assert chinese in Texts("zh", zone)(key, **values)
