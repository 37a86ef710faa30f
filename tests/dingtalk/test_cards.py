"""Cards: the template that the project ships, and callbacks as DingTalk's pages show them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.dingtalk.cards import CardResult, Delivered, fills_card, read_press, result_by_person
from bot.dingtalk.frames import UnreadableFrame
from bot.views.sentences import CARD_BUTTONS, Button, Reply, card_state, card_values
from tests.builders import local
from tests.tables import cases

TEMPLATE = Path(__file__).parents[2] / "deploy" / "card-template.json"
NOW = local("08:50")
PRESSED = {"params": {"button": "b2"}}


def the_template() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the shipped file, and the data of the card editor in it."""
    file = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    return file, json.loads(file["editorData"])


def conditions(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the variables and operators that all must hold before a part is shown."""
    visible = part["props"]["visible"]
    if visible["valueType"] == "fixed":
        return []
    assert visible["condition"]["op"] == "and"
    return [(one["variable"], one["op"]) for one in visible["condition"]["conditions"]]


def test_the_template_is_a_message_card_with_all_variables() -> None:
    file, editor = the_template()
    (root,) = editor["schema"]["componentsTree"]
    assert (file["type"], file["mode"]) == ("im", "card")
    assert (editor["schemaVersion"], root["componentName"]) == ("3.0.0", "Card")
    used = {root["componentName"], *(part["componentName"] for part in root["children"])}
    assert {part["componentName"] for part in editor["schema"]["componentsMap"]} == used
    names = [variable["name"] for variable in editor["variableList"]]
    reply = Reply("title", "text", (Button("button", "clock in"),))
    assert sorted(names) == sorted(card_values(reply) or {})
    assert [one["name"] for one in editor["variableList"] if one["private"]] == ["state"]


def test_each_button_of_the_template_calls_back_and_hides_by_itself() -> None:
    (root,) = the_template()[1]["schema"]["componentsTree"]
    buttons = [part for part in root["children"] if part["componentName"] == "SingleButton"]
    for name, button in zip(CARD_BUTTONS, buttons, strict=True):
        props = button["props"]
        assert props["text"]["content"] == f"${{{name}}}"
        assert props["actionType"] == "request"
        sent = [(one["type"], one["name"], one["value"]) for one in props["params"]]
        assert sent == [("fixed", "button", name)]
        assert conditions(button) == [("state", "isEmpty"), (name, "isNotEmpty")]


def test_the_template_shows_the_text_and_then_the_state() -> None:
    (root,) = the_template()[1]["schema"]["componentsTree"]
    shown = [
        (part["props"]["content"]["variable"], conditions(part))
        for part in root["children"]
        if part["componentName"] == "Markdown"
    ]
    assert shown == [("text", []), ("state", [("state", "isNotEmpty")])]


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
    assert card_values(Reply("title", "卡" * 342, tuple(labels[:1]))) is None
    assert card_values(Reply("title", "text")) is None


def test_a_reply_with_buttons_or_a_question_is_no_state() -> None:
    assert card_state(Reply("title", "### title\n\n**Noted.**")) == "**Noted.**"
    escaped = "Refused by \\[me\\]\\(http://x\\)"
    assert card_state(Reply("title", escaped)) == escaped, "a card draws its state as markdown"
    assert card_state(Reply("title", "Which one?", (Button("this", "this"),))) == ""


def test_a_card_goes_to_35_people_or_1000_characters() -> None:
    assert not fills_card(["u" * 10] * 34)
    assert fills_card(["u" * 10] * 35)
    assert fills_card(["u" * 64] * 13)


@cases
def test_results_that_name_no_person_count_only_together(
    outcomes: list[tuple[str, bool]], result: CardResult
) -> None:
    results = [Delivered(spaceId=space_id, success=success) for space_id, success in outcomes]
    assert result_by_person(["u1", "u2"], results) == result
