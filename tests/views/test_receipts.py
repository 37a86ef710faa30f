"""Receipts: true words for each state, and commands in the help."""

import re

import pytest

from bot.actions import History, MyDay, PunchAction, Undo
from bot.domain.punches import DeliveryState
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Site, Whereabouts
from bot.domain.slots import Action
from bot.understanding.understand import understand
from bot.views import receipts
from bot.views.i18n import Texts
from tests.builders import SHANGHAI, TUESDAY, a_punch, local

EN, ZH = Texts("en", SHANGHAI), Texts("zh", SHANGHAI)
FIX = Fix(39.9, 116.4, 20, Datum.GCJ02, LocationSource.TYPED)
HQ = Site("HQ", 39.9, 116.4, 200)
AT_HQ = Whereabouts(LocationResult.NORMAL, "HQ", 41.4, FIX)


@pytest.mark.parametrize(
    ("target", "state", "words"),
    [
        ("signed", DeliveryState.ACCEPTED, "to be passed on"),
        ("signed", DeliveryState.UNKNOWN, "checking whether it was taken"),
        ("signed", DeliveryState.SENT, "Taken by the clock-in service."),
        ("record_upload", DeliveryState.SENT, "Taken by DingTalk."),
        ("signed", DeliveryState.CONFIRMED, "Counted by DingTalk."),
        ("signed", DeliveryState.REJECTED, "Not taken"),
    ],
)
def test_each_delivery_state_has_true_words(target: str, state: DeliveryState, words: str) -> None:
    punch = a_punch(local("08:58"), states={target: state}, reasons={target: "user left"})
    text = receipts.receipt(punch, EN, in_group=False).text
    assert words in text
    assert ("Taken" in text) == (state is DeliveryState.SENT)
    assert ("user left" in text) == (state is DeliveryState.REJECTED)


def test_a_targets_reason_cannot_act_as_markdown() -> None:
    nasty = "[tap](dtmd://dingtalkclient/sendMessage?content=x) @all\n# big"
    punch = a_punch(
        local("08:58"), states={"signed": DeliveryState.REJECTED}, reasons={"signed": nasty}
    )
    text = receipts.receipt(punch, EN, in_group=False).text
    assert "[tap](" not in text
    assert "\n# big" not in text


@pytest.mark.parametrize("texts", [EN, ZH])
@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("help_own.clock_in", PunchAction),
        ("help_own.status", MyDay),
        ("help_own.history", History),
        ("help_own.undo", Undo),
    ],
)
def test_each_command_in_the_help_is_understood(
    topic: str, kind: type[Action], texts: Texts
) -> None:
    commands = re.findall(r"\*\*(.+?)\*\*", texts(topic))
    assert commands
    assert {type(understand(command, today=TUESDAY).actions[0]) for command in commands} == {kind}
