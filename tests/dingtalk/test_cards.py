"""Cards: the template that the project ships, and callbacks as DingTalk's pages show them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.dingtalk.cards import fills_card, read_press
from bot.dingtalk.frames import UnreadableFrame
from bot.views.reply import CARD_BUTTONS, Button, Reply
from bot.views.sentences import card_state, card_values
from tests.builders import local

TEMPLATE = Path(__file__).parents[2] / "deploy" / "card-template.json"
NOW = local("08:50")
PRESSED = {"params": {"button": "b2"}}


def test_the_template_has_all_variables_and_buttons() -> None:
    editor = json.loads(json.loads(TEMPLATE.read_text(encoding="utf-8"))["editorData"])
    names = [variable["name"] for variable in editor["variableList"]]
    assert sorted(names) == sorted(card_values(Reply("title", "text")) or {})
    (card,) = editor["schema"]["componentsTree"]
    buttons = card["children"][-1]["props"]["buttons"]
    assert [[(one["name"], one["value"]) for one in button["params"]] for button in buttons] == [
        [("button", name)] for name in CARD_BUTTONS
    ]


@pytest.mark.parametrize("content", [{"cardPrivateData": {"actionIds": ["1"], **PRESSED}}, PRESSED])
def test_the_button_is_read_from_both_documented_places(content: dict[str, Any]) -> None:
    data = {
        "type": "actionCallback",
        "outTrackId": "t1",
        "userId": "u1",
        "content": json.dumps(content),
    }
    press = read_press(data, 1_764_000_000_123, NOW)
    assert (press.out_track_id, press.user_id, press.button) == ("t1", "u1", "b2")
    assert press.sent_at is not None
    assert press.sent_at.timestamp() == 1_764_000_000.123


@pytest.mark.parametrize(
    "content", ["no JSON", "[]", "{}", '{"params": {"button": "b9"}}', '{"params": "b1"}']
)
def test_an_unreadable_press_is_refused(content: str) -> None:
    with pytest.raises(UnreadableFrame):
        read_press({"outTrackId": "t1", "userId": "u1", "content": content}, None, NOW)


def test_a_reply_that_does_not_fit_is_no_card() -> None:
    labels = [Button(f"button {number}", "clock in") for number in range(5)]
    assert card_values(Reply("title", "text", tuple(labels[:4]))) is not None
    assert card_values(Reply("title", "text", tuple(labels))) is None
    assert card_values(Reply("title", "卡" * 342)) is None


def test_a_reply_with_buttons_or_a_question_is_no_state() -> None:
    assert card_state(Reply("title", "### title\n\n**Noted.**")) == "**Noted.**"
    escaped = "Refused by \\[me\\]\\(http://x\\)"
    assert card_state(Reply("title", escaped)) == escaped, "a card draws its state as markdown"
    assert card_state(Reply("title", "Which one?", (Button("this", "this"),))) == ""


def test_a_card_goes_to_35_people_or_1000_characters() -> None:
    assert not fills_card(["u" * 10] * 34)
    assert fills_card(["u" * 10] * 35)
    assert fills_card(["u" * 64] * 13)
