"""Buttons of reminders, and notes to leads."""

from collections.abc import Sequence

import pytest

from bot.actions import Absent, Nudge
from bot.dingtalk.http import encode
from bot.dingtalk.robot import markdown
from bot.domain.day import Standing
from bot.domain.people import Employee
from bot.domain.slots import Action
from bot.understanding.understand import understand
from bot.understanding.vocabulary import NameIndex
from bot.views.i18n import Texts
from bot.views.notes import missing_note
from bot.views.sentences import Button, Reply
from tests.builders import SHANGHAI, TUESDAY, local

MOST_OF_A_MESSAGE = 15_000  # bytes of msgParam
EN, ZH = Texts("en", SHANGHAI), Texts("zh", SHANGHAI)


def people(count: int) -> list[Employee]:
    return [Employee(f"u{number}", f"Name{number}") for number in range(count)]


def note(missing: Sequence[Employee], texts: Texts) -> Reply:
    reply = missing_note(
        local("09:00"), {Standing.MISSING: missing}, {}, texts, as_of=local("09:30")
    )
    assert reply is not None
    return reply


def asked_for(button: Button, team: Sequence[Employee] = ()) -> Action:
    """Return the action of a button's plain words."""
    names = NameIndex({person.name: [person.user_id] for person in team})
    (action,) = understand(button.says or "", today=TUESDAY, names=names).actions
    return action


@pytest.mark.parametrize("texts", [EN, ZH])
def test_a_note_has_nudge_buttons_for_twenty_people(texts: Texts) -> None:
    team = people(20)
    small, large = note(team, texts), note(people(200), texts)
    assert [asked_for(button, team) for button in small.buttons] == [
        Nudge(person=person.user_id) for person in team
    ]
    *nudges, rest = large.buttons
    assert nudges == list(small.buttons)
    assert asked_for(rest) == Absent()
    assert "180" in large.text
    assert "Name29" in large.text and "Name30" not in large.text


@pytest.mark.parametrize("name", ["Name", "欧阳" * 20, "*" * 40])
def test_a_note_fits_into_one_message(name: str) -> None:
    missing = [Employee(f"{number:032}", f"{name}{number}") for number in range(200)]
    reply = note(missing, ZH)
    assert len(encode(markdown(reply)).encode()) <= MOST_OF_A_MESSAGE
    assert asked_for(reply.buttons[-1]) == Absent()
