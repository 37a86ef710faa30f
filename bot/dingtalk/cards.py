"""Send and change interactive cards, and read presses of their buttons.

Sources: 《创建卡片》, 《更新卡片》 and 《创建并投放卡片》 for calls, 《事件回调》 for presses.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from pydantic import Field, Json, ValidationError

from bot.clock import from_ms
from bot.dingtalk.frames import Camel, Id, UnreadableFrame
from bot.dingtalk.openapi import CamelRow, OpenApi, Result
from bot.errors import Rejected, ServiceStopped, Unclassified
from bot.views.sentences import CARD_BUTTONS, CardValues

log = logging.getLogger(__name__)

MOST_PEOPLE = 35
_MOST_SPACES = 1000  # characters of `openSpaceId`
TEST_CARD = "clock-in-test-"  # of a card that only shows whether a press calls back; in no database
_SPACE_TYPE = re.compile(r"^(dtv1\.card//)?IM_ROBOT\.", re.IGNORECASE)
# else the other variables are lost
_BY_KEY = {
    "updateCardDataByKey": True,
    "updatePrivateDataByKey": True,
}


class CardPress(NamedTuple):
    """A pressed button. DingTalk authenticates `user_id`. `sent_at` is the time of the frame."""

    out_track_id: str
    button: str
    user_id: str
    corp_id: str | None
    sent_at: datetime | None
    received_at: datetime


class CardChange(NamedTuple):
    """New values of some variables, for the presser or for everybody who has the card."""

    values: CardValues
    for_all: bool


class CardResult(NamedTuple):
    """The people that a card did not reach, and those that it may or may not have reached."""

    missed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Delivered(CamelRow):
    """The result of one addressee."""

    space_id: str
    success: bool


class _Delivery(CamelRow):
    deliver_results: list[Delivered] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Cards:
    """Sends and changes cards of one template.

    While `template_id` is None, no method may be called.
    """

    openapi: OpenApi
    template_id: str | None
    robot_code: str

    async def deliver(
        self, out_track_id: str, user_ids: Sequence[str], values: CardValues
    ) -> CardResult:
        """Send a new card to people, one to one.

        A refused card reaches nobody; an operator hears of a stopped template. Raises NotSent,
        OutcomeUnknown.
        """
        body = {
            **self._card(out_track_id, values),
            "openSpaceId": _spaces(user_ids),
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": self.robot_code},
        }
        try:
            answer = await self.openapi.read("card_deliver", body, Result[_Delivery])
        except (Rejected, ServiceStopped, Unclassified) as refusal:
            log.warning("a card was refused, so its text goes as a message: %s", refusal)
            return CardResult(missed=tuple(user_ids))
        result = result_by_person(user_ids, answer.result.deliver_results)
        if result.unknown:
            log.warning(
                "the results of a card name no person, so %d people may get it twice",
                len(result.unknown),
            )
        return result

    async def change(self, out_track_id: str, values: Mapping[str, CardValues]) -> None:
        """Change what single people see, by user id. Raises UpstreamError."""
        private = {user_id: {"cardParamMap": own} for user_id, own in values.items()}
        body = {
            "outTrackId": out_track_id,
            "privateData": private,
            "cardUpdateOptions": _BY_KEY,
            "userIdType": 1,
        }
        await self.openapi.call("card_change", body)

    async def probe(self) -> str:
        """Create a card that nobody gets. Raises UpstreamError."""
        await self.openapi.call("card_create", self._card(new_track_id(), {"title": "check"}))
        return "published; only a card that somebody gets shows how it looks"

    def _card(self, out_track_id: str, values: CardValues) -> dict[str, Any]:
        title = values["title"]
        return {
            "cardTemplateId": self.template_id,
            "outTrackId": out_track_id,
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": values},
            "imRobotOpenSpaceModel": {
                "supportForward": False,
                "lastMessageI18n": {"ZH_CN": title, "EN_US": title},
                "notification": {"alertContent": title, "notificationOff": False},
            },
            "userIdType": 1,
        }


def new_track_id() -> str:
    """Return the id of a new card. With a used id DingTalk keeps the data of the old card."""
    return f"clock-in-{uuid4().hex}"


def fills_card(user_ids: Sequence[str]) -> bool:
    """Return whether a card may lack room for another person."""
    return len(user_ids) >= MOST_PEOPLE or len(_spaces([*user_ids, "x" * 64])) > _MOST_SPACES


def result_by_person(user_ids: Sequence[str], results: Sequence[Delivered]) -> CardResult:
    """Return the people of a card by its results.

    The only sample of 《创建并投放卡片》 names the id of a group. Nobody has seen the id of a single
    chat with the robot: it may be the user id, with or without the type of the space, or another
    id. If no result is lacking and all agree, they hold for everybody. Otherwise the people without
    a result of their own are unknown.
    """
    if len(results) == len(user_ids) and len({result.success for result in results}) == 1:
        return CardResult(() if results[0].success else tuple(user_ids))
    of_person = {_SPACE_TYPE.sub("", result.space_id): result.success for result in results}
    return CardResult(
        missed=tuple(user_id for user_id in user_ids if not of_person.get(user_id, True)),
        unknown=tuple(user_id for user_id in user_ids if user_id not in of_person),
    )


def _spaces(user_ids: Sequence[str]) -> str:
    return "dtv1.card//" + ";".join(f"IM_ROBOT.{user_id}" for user_id in user_ids)


class _Callback(Camel):
    out_track_id: Id
    user_id: Id = Field(min_length=1)
    corp_id: Id | None = None
    content: Json[dict[str, Any]]


def read_press(data: dict[str, Any], sent_ms: int | None, received_at: datetime) -> CardPress:
    """Return the press in the data of a callback; `sent_ms` is the time of its frame.

    DingTalk's pages differ on the place of `params`: in `cardPrivateData`, or beside it. Raises
    UnreadableFrame.
    """
    try:
        callback = _Callback.model_validate(data)
    except ValidationError as error:
        raise UnreadableFrame(f"{error.errors()[0]['loc'][0]} of a press cannot be read") from None
    for holder in (callback.content.get("cardPrivateData"), callback.content):
        params = holder.get("params") if isinstance(holder, dict) else None
        if isinstance(params, dict) and (button := params.get("button")) in CARD_BUTTONS:
            return CardPress(
                out_track_id=callback.out_track_id,
                button=button,
                user_id=callback.user_id,
                corp_id=callback.corp_id,
                sent_at=from_ms(sent_ms) if sent_ms else None,
                received_at=received_at,
            )
    raise UnreadableFrame("a press names no button")


def ack_of(change: CardChange | None) -> str:
    """Return the data of the ACK of a press, as JSON. Without a change the card stays as it is."""
    if change is None:
        return '{"response": {}}'
    part = "cardData" if change.for_all else "userPrivateData"
    return json.dumps(
        {"response": {"cardUpdateOptions": _BY_KEY, part: {"cardParamMap": change.values}}}
    )
