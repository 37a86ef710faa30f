"""Interactive cards. A bot creates, delivers and changes them; a press calls the bot back."""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bot.sandbox.api import Json, Refused, State, Text, api, at_most_bytes
from bot.sandbox.talk import Card

TEMPLATE_ID = "sandbox-card.schema"  # the only template that this company has published
CARD_TOPIC = "/v1.0/card/instances/callback"
_INSTANCES = "/v1.0/card/instances"
_SCOPE = "Card.Instance.Write"
_ANSWER_S = 2.0
# DingTalk's pages on cards list the codes of all refusals in this file.
_BAD_MODEL = Refused(-1, "错误的场域属性模型", "param.openSpaceModelInvalid")


class NotAnswered(Exception):
    """The bot's ACK came late, or does not fit the card."""

    status = 504


_Variables = dict[Annotated[str, at_most_bytes(100)], Annotated[str, at_most_bytes(1024)]]


class _Data(BaseModel):
    variables: _Variables = Field(alias="cardParamMap")


_PrivateData = dict[str, _Data]  # by user id
# Without these options DingTalk replaces all data of a card.
_ByKey = dict[Literal["updateCardDataByKey", "updatePrivateDataByKey"], Literal[True]]
_SPACE_OF = "IM_ROBOT."
_SPACE = f"dtv1.card//{_SPACE_OF}"
_Spaces = Annotated[str, Field(max_length=1000, pattern=f"^{_SPACE}")]


@api("card_create", _INSTANCES, _SCOPE)
def create(
    state: State,
    *,
    card_template_id: str,
    out_track_id: Annotated[Text, Field(max_length=100)],
    callback_type: Literal["STREAM"],
    card_data: _Data,
    im_robot_open_space_model: Json,
    private_data: _PrivateData | None = None,
    user_id_type: Literal[1] = 1,
) -> Json:
    """Create a card that nobody sees yet."""
    if card_template_id != TEMPLATE_ID:
        raise Refused(-1, "模板不存在", "param.templateNotExist")
    if "supportForward" not in im_robot_open_space_model:
        raise _BAD_MODEL
    if out_track_id in state.cards:
        raise Refused(-1, "卡片已经存在", "param.cardAlreadyExist")
    private = {user_id: data.variables for user_id, data in (private_data or {}).items()}
    card = state.cards[out_track_id] = Card(out_track_id, card_data.variables, private)
    state.feed.publish("card", card)
    return {"success": True, "result": out_track_id}


@api("card_create_and_deliver", f"{_INSTANCES}/createAndDeliver", _SCOPE)
def create_and_deliver(
    state: State,
    fields: Json,
    out_track_id: str,
    open_space_id: _Spaces,
    im_robot_open_deliver_model: Json,
) -> Json:
    """Create a card and show it in single chats. The answer has a result for each chat (场域)."""
    create.answer(fields, state=state)  # checks the fields, as for a call of the bot
    card = state.cards[out_track_id]
    user_ids = open_space_id.removeprefix(_SPACE).split(f";{_SPACE_OF}")
    unreached = state.faults.take_people("cards_undelivered", user_ids)
    if im_robot_open_deliver_model.get("spaceType") != "IM_ROBOT":
        raise _BAD_MODEL
    for user_id in user_ids:
        if (person := state.world.get(user_id)) and user_id not in unreached:
            card.shown[user_id] = state.tell(person, card.content_for(user_id))
    state.feed.publish("card", card)
    # DingTalk's pages leave open what names a single chat
    space_id = "cidSingle{}==" if state.faults.take("cards_name_chats") else "{}"
    results = [
        {
            "spaceType": "IM_ROBOT",
            "spaceId": space_id.format(user_id),
            "success": user_id in card.shown,
        }
        for user_id in user_ids
    ]
    result = {"outTrackId": out_track_id, "deliverResults": results}
    return {"success": True, "result": result}


@api("card_update", _INSTANCES, _SCOPE, method="PUT")
def update(
    state: State,
    *,
    out_track_id: str,
    card_update_options: Annotated[_ByKey, Field(min_length=2)],
    card_data: _Data | None = None,
    private_data: Annotated[_PrivateData, Field(max_length=50)] | None = None,
    user_id_type: Literal[1] = 1,
) -> Json:
    """Change variables of a card for everybody who was shown it, or for single people."""
    card = state.cards.get(out_track_id)
    if card is None:
        raise Refused(-1, "卡片不存在", "param.cardNotExist")
    if card_data:
        card.public |= card_data.variables
    for user_id, data in (private_data or {}).items():
        card.private.setdefault(user_id, {}).update(data.variables)
    for user_id, number in card.shown.items():
        state.talk.change(user_id, number, card.content_for(user_id))
    state.feed.publish("card", card)
    return {"success": True, "result": True}


async def press(state: State, user_id: str, out_track_id: str, button: str) -> str:
    """Let a person press a button, and change the card by the bot's answer.

    Return the id of the message that brought the press to the bot. Raises NoBotConnected, NotAnswered, WorldError.
    """
    pressed = {"cardPrivateData": {"actionIds": [button], "params": {"button": button}}}
    data = {
        "type": "actionCallback",
        "outTrackId": out_track_id,
        "corpId": state.world.corp_id,
        "userId": state.world.person(user_id).user_id,
        "content": json.dumps(pressed),
    }
    frames = await state.gateway.call_back(CARD_TOPIC, data, user_id)
    try:
        acks = await state.feed.wait_for(
            lambda: [frame.ack_data for frame in frames if frame.ack_data], _ANSWER_S
        )
        if change := json.loads(acks[0])["response"]:
            private = change.pop("userPrivateData", None)
            fields = {
                **change,
                "outTrackId": out_track_id,
                "privateData": {user_id: private} if private else {},
            }
            update.answer(fields, state=state)
    except TimeoutError:
        raise NotAnswered(f"the bot did not answer within {_ANSWER_S:g} s") from None
    except (ValueError, KeyError, TypeError, Refused) as wrong:
        raise NotAnswered(f"the bot's answer does not fit the card: {wrong}") from None
    return frames[0].msg_id
