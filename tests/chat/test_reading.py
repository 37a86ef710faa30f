"""Requests about a mentioned person, and the time and voice of a punch that is asked about."""

from dataclasses import replace
from typing import Any

import pytest

from bot.actions import MyShift, Overtime, PunchAction, PunchForOther
from bot.chat.reading import TOKEN_LENGTH, Reader, about, keep_time, token_of
from bot.domain.messages import MessageKind
from bot.domain.people import Employee
from bot.domain.slots import Action
from bot.understanding.understand import Act, Understood
from bot.views.sentences import Button, Reply
from tests.bases import a_base
from tests.builders import local
from tests.faults.a_store import a_message
from tests.storage.stage import Stage


def understood(intent: str, *actions: Action) -> Understood:
    return Understood(Act.DO, "en", (intent,), actions)


@pytest.mark.parametrize(
    ("mentioned", "said"),
    [
        (["u1", "u2"], understood("nudge")),
        ([None], understood("nudge")),
        (["u1"], understood("punch", PunchAction())),
    ],
)
def test_nobody_acts_for_several_people_strangers_or_in_their_place(
    mentioned: list[str | None], said: Understood
) -> None:
    assert isinstance(about(mentioned, said), PunchForOther)


def test_a_punch_keeps_the_time_and_voice_of_its_first_message() -> None:
    typed = a_message("m1", "u1")
    later = replace(typed, sent_at=local("09:30"), received_at=local("09:31"))
    assert keep_time(PunchAction(), typed) == PunchAction(
        at=typed.at, received_at=typed.received_at
    )
    spoken = keep_time(PunchAction(), replace(typed, kind=MessageKind.VOICE))
    assert spoken.by_voice
    assert keep_time(spoken, later) == spoken == keep_time(PunchAction(by_voice=True), typed)


def test_a_button_with_half_a_character_has_a_token() -> None:
    assert len(token_of("m1", "李\ud83d")) == TOKEN_LENGTH


async def test_buttons_for_actions_with_the_same_slots_have_different_tokens(stage: Stage) -> None:
    base: Any = a_base(await stage.open(), clock=stage.clock)
    offered = (Button("1", action=MyShift()), Button("2", action=Overtime()))
    message = a_message("m1", "u1")
    reply = Reply("", "Which?", buttons=offered)
    shown = await Reader(base).keep(Employee("u1", "Ann"), message, reply)
    first, second = (button.says for button in shown.buttons)
    assert first[1:] != second[1:]
