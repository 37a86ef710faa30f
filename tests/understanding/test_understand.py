"""Messages that are done at once, offered, asked about, or left."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import DecideCorrection, Nudge
from bot.domain.corrections import CROCKFORD
from bot.domain.shifts import CheckType
from bot.understanding.router import decide
from bot.understanding.understand import Act, understand
from bot.understanding.vocabulary import NameIndex
from bot.views.i18n import Language, Texts, catalogue
from tests.builders import SHANGHAI
from tests.tables import cases

TODAY = date(2025, 11, 26)
NAMES = NameIndex({"张三": ["u1"], "李娜": ["u2", "u3"]})
VALUES = {
    "name": "u1",
    "reference": "C-7F3K2M",
    "code": "4821",
    "date": "2025-11-27",
    "at": "2025-11-25 09:00",
    "what": CheckType.OFF_DUTY,
}


@cases
def test_each_message_gets_its_act(text: str, act: Act, intent: str) -> None:
    found = understand(text, today=TODAY, names=NAMES)
    assert (found.act, found.actions[0].intent if found.actions else "none") == (act, intent)


@cases
def test_only_a_plain_request_nudges_at_once(text: str) -> None:
    found = understand(text, today=TODAY, names=NAMES)
    assert not (found.act is Act.DO and isinstance(found.actions[0], Nudge))


@cases
def test_likely_actions_become_buttons(
    chances: Mapping[str, float], intents: tuple[str, ...]
) -> None:
    assert decide(chances) == intents


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_of_each_button_are_understood(language: Language) -> None:
    texts = Texts(language, SHANGHAI)
    for key in catalogue(language):
        is_button = key.startswith("button.") and key.endswith("_says")
        if is_button or key in (
            "correction.says_approve",
            "correction.says_refuse",
            "ask.phone_yes_says",
        ):
            found = understand(texts(key, **VALUES), today=TODAY, names=NAMES)
            assert found.act in (Act.DO, Act.OFFER), key


def test_the_language_follows_the_message() -> None:
    assert understand("打卡 @HQ", today=TODAY).language == "zh"
    assert understand("who is in", today=TODAY).language == "en"


@given(code=st.text(CROCKFORD, min_size=6, max_size=6))
def test_a_lead_decides_by_any_reference(code: str) -> None:
    for text in (
        f"批准 C-{code}",
        f"拒绝 C-{code}",
        f"approve C-{code}",
        f"refuse C-{code}, reason: too late",
    ):
        (action,) = understand(text, today=TODAY).actions
        assert isinstance(action, DecideCorrection) and action.references == (f"C-{code}",), text


@given(user_id=st.from_regex("[a-z0-9][a-z0-9_-]{3,15}", fullmatch=True))
def test_a_lead_nudges_anybody_by_user_id_and_by_name(user_id: str) -> None:
    names = NameIndex({"欧阳娜娜": [user_id]})
    for text in (f"催 {user_id}", f"nudge {user_id}", "催 欧阳娜娜"):
        assert understand(text, today=TODAY, names=names).actions == (Nudge(person=user_id),), text
