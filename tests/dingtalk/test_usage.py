"""Calls and messages that count for DingTalk's monthly quotas."""

from contextlib import suppress

import pytest

from bot.errors import BotError
from tests.dingtalk.rig import Rig, Step, cut, ok, say
from tests.dingtalk.stream_stage import callback, happened, said, stage

CALL, NOTHING = {"calls batch_send": 1}, dict[str, int]()
USED_UP = say({"code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}, 403)
TOO_FAST = say({"code": "Throttling.QpsLimitForAppkeyAndApi"}, 403)


@pytest.mark.parametrize(
    ("api", "step", "counted"),
    [
        ("batch_send", ok(), CALL),
        ("batch_send", say({"code": "invalidParameter"}, 400), CALL),
        ("batch_send", cut, CALL),
        ("batch_send", TOO_FAST, NOTHING),
        ("batch_send", USED_UP, NOTHING),
        ("list_record", ok(recordresult=[]), {"calls list_record": 1}),
        ("user", ok(result={}), NOTHING),
    ],
)
async def test_each_billable_call_counts_once(
    api: str, step: Step, counted: dict[str, int]
) -> None:
    async with Rig() as rig:
        rig.server.on(api, step)
        with suppress(BotError):
            await rig.openapi.call(api, {})
        assert rig.usage == counted


async def test_all_frames_except_contact_events_count() -> None:
    async with stage() as made:
        connection = await made.gateway.until_connected()
        punch = {
            "topic": "*",
            "messageId": "f5",
            "eventType": "attendance_check_record",
            "eventId": "e5",
        }
        frames = (
            said(),
            said(number=2),
            callback("/v1.0/card/instances/callback", "{}", 3),
            happened(4),
        )
        await connection.push(*frames, happened(headers=punch, data="{}"))
        await made.until_acked(5)
        assert made.usage == {
            "messages robot": 2,
            "messages card": 1,
            "messages attendance_check_record": 1,
        }
