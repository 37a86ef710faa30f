"""Interactive cards: how the APIs check them, what people see, and what a press does."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.scripted_bot import ScriptedBot

CARDS = "/v1.0/card/instances"
BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}


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


def seen(sandbox: Sandbox, user_id: str) -> tuple[str, list[str]]:
    """Return text and buttons of a person's newest message."""
    entry = sandbox.transcript(user_id)[-1]
    return entry.words, [button.label for button in entry.buttons]


async def test_a_card_is_shown_and_the_answer_lists_each_person(
    sandbox: Sandbox, caller: Caller
) -> None:
    await sandbox.fault("cards_undelivered", ["user002"])
    spaces = "dtv1.card//im_robot.user001;im_robot.user002;im_robot.nobody"
    _, answer = await send(caller, openSpaceId=spaces)

    results = answer["result"]["deliverResults"]
    assert [(one["spaceId"], one["success"]) for one in results] == [
        ("user001", True),
        ("user002", False),
        ("nobody", False),
    ]
    words = "Reminder\n\n**Clock in** is due at 09:00"
    assert seen(sandbox, "user001") == (
        words,
        ["Clock in", "Not today"],
    ) and not sandbox.transcript("user002")


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


async def test_a_used_out_track_id_and_a_fault_refuse_cards(
    sandbox: Sandbox, caller: Caller
) -> None:
    await send(caller)
    _, again = await send(caller)
    await sandbox.fault("interactive_cards_refused")
    _, refused = await send(caller, outTrackId="card-2")

    assert (again["code"], refused["code"]) == (
        "param.cardAlreadyExist",
        "param.templateUnpublished",
    )


async def test_an_update_changes_the_card_of_one_person_in_place(
    sandbox: Sandbox, caller: Caller
) -> None:
    await send(caller)
    change = {
        "outTrackId": "card-1",
        "privateData": {"user001": data(state="Done in chat", b1="", b2="")},
    }
    async with caller.http.put(
        sandbox.url + CARDS,
        json={**change, "cardUpdateOptions": BY_KEY},
        headers={"x-acs-dingtalk-access-token": await caller.token()},
    ) as answer:
        assert await answer.json() == {"success": True, "result": True}

    words, buttons = seen(sandbox, "user001")
    assert (
        words.endswith("Done in chat") and buttons == [] and len(sandbox.transcript("user001")) == 1
    )
    assert seen(sandbox, "user002")[1] == ["Clock in", "Not today"]


async def test_a_press_calls_the_bot_back_and_the_ack_changes_the_card(
    sandbox: Sandbox, caller: Caller
) -> None:
    done = {"cardUpdateOptions": BY_KEY, "userPrivateData": data(state="✓ 08:50", b1="", b2="")}
    async with ScriptedBot(sandbox.url, to_press={"response": done}) as bot:
        await send(caller)
        body = {"user_id": "user001", "label": "Clock in"}
        status, pressed = await caller.post("/_sandbox/presses", body, token="")
        again, _ = await caller.post("/_sandbox/presses", body, token="")

    (frame,) = bot.frames
    callback = json.loads(frame["data"])
    private = json.loads(callback["content"])["cardPrivateData"]
    assert (status, pressed["message_id"], again) == (200, frame["headers"]["messageId"], 400)
    assert (callback["userId"], callback["outTrackId"]) == ("user001", "card-1")
    assert private["params"] == {"button": "b1"}
    assert seen(sandbox, "user001")[0].endswith("✓ 08:50") and seen(sandbox, "user001")[1] == []
    assert seen(sandbox, "user002")[1] == ["Clock in", "Not today"]


async def test_an_unanswered_press_fails_and_leaves_the_card(
    sandbox: Sandbox, caller: Caller
) -> None:
    async with ScriptedBot(sandbox.url, acknowledges=False):
        await send(caller)
        status, answer = await caller.post(
            "/_sandbox/presses", {"user_id": "user002", "label": "Not today"}, token=""
        )

    assert (status, answer["error"]) == (504, "the bot did not answer within 2 s")
    assert seen(sandbox, "user002")[1] == ["Clock in", "Not today"]


async def test_a_restart_keeps_cards(tmp_path: Path) -> None:
    async with Sandbox(data_dir=tmp_path) as sandbox, aiohttp.ClientSession() as http:
        await send(Caller(sandbox.url, http))
        shown = seen(sandbox, "user001")
    async with (
        Sandbox(data_dir=tmp_path) as sandbox,
        ScriptedBot(sandbox.url, to_press={"response": {}}) as bot,
    ):
        await sandbox.press("user001", "Clock in")

        assert (
            seen(sandbox, "user001") == shown
            and json.loads(bot.frames[-1]["data"])["outTrackId"] == "card-1"
        )
