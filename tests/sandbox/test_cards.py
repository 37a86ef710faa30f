"""Interactive cards: how the APIs check them, what people see, and what a press does."""

from typing import Any

import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller

CARDS = "/v1.0/card/instances"


def data(**variables: str) -> dict[str, Any]:
    return {"cardParamMap": variables}


def a_card(**changes: Any) -> dict[str, Any]:
    """Return the body that creates a card and delivers it to two people."""
    return {
        "cardTemplateId": "sandbox-card.schema",
        "outTrackId": "card-1",
        "callbackType": "STREAM",
        "cardData": data(
            title="Reminder", text="**Clock in** is due at 09:00", b1="Clock in", b2="Not today"
        ),
        "imRobotOpenSpaceModel": {"supportForward": False},
        "openSpaceId": "dtv1.card//IM_ROBOT.user001;IM_ROBOT.user002",
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"},
        "userIdType": 1,
    } | changes


async def send(caller: Caller, **changes: Any) -> tuple[int, Any]:
    return await caller.post(f"{CARDS}/createAndDeliver", a_card(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cardTemplateId": "other.schema"}, "param.templateNotExist"),
        ({"outTrackId": "x" * 101}, "invalidParameter"),
        ({"cardData": {"cardParamMap": {"text": 7}}}, "invalidParameter"),
        ({"cardData": data(text="钉" * 342)}, "invalidParameter"),
        ({"openSpaceId": "dtv1.card//" + ";".join(["IM_ROBOT.user001"] * 60)}, "invalidParameter"),
        ({"imRobotOpenDeliverModel": {}}, "param.openSpaceModelInvalid"),
    ],
)
async def test_a_card_body_against_the_documentation_is_refused(
    sandbox: Sandbox, caller: Caller, changes: dict[str, Any], code: str
) -> None:
    status, answer = await send(caller, **changes)

    assert (status, answer["code"]) == (400, code) and not sandbox.transcript("user001")
