"""Pictures and files: uploaded and sent to the pretend DingTalk, which checks them with lines of its own."""

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.media import Media, form
from bot.dingtalk.openapi import OpenApi
from bot.domain.messages import MOST_BYTES, Attachment, AttachmentKind
from bot.errors import NotSent, Rejected, ServiceStopped
from bot.sandbox import Sandbox

PICTURE = Attachment(AttachmentKind.IMAGE, "到岗 arrivals.png", b"\x89PNG\r\n\x1a\n--boundary\r\nlike bytes")
SHEET = Attachment(AttachmentKind.FILE, "考勤 2026-11.xlsx", b"PK\x03\x04 sheet")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def media(sandbox: Sandbox) -> AsyncIterator[Media]:
    http, clock = Http(), SystemClock()
    limits = Limits(clock)
    openapi = OpenApi(
        http,
        limits,
        client_id="sandbox",
        client_secret="sandbox",
        api_url=sandbox.url,
        oapi_url=sandbox.url,
        clock=clock,
        rng=random.Random(1),
    )
    yield Media(openapi, robot_code="sandbox")
    await http.close()


@pytest.mark.parametrize("attachment", [PICTURE, SHEET], ids=lambda one: one.kind)
async def test_what_is_sent_arrives_byte_for_byte_under_its_name(
    sandbox: Sandbox, media: Media, attachment: Attachment
) -> None:
    result = await media.send("lead01", attachment, await media.upload(attachment))
    medium = sandbox.transcript("lead01")[-1].medium

    assert not result.invalid and not result.flow_controlled and medium is not None
    assert (medium["kind"], medium["name"]) == (attachment.kind, attachment.name)
    async with aiohttp.ClientSession() as http, http.get(sandbox.url + medium["url"]) as response:
        assert await response.read() == attachment.content


async def test_what_dingtalk_does_not_take_is_refused_before_it_leaves(sandbox: Sandbox, media: Media) -> None:
    too_large = Attachment(AttachmentKind.FILE, "all.zip", b"PK" + bytes(MOST_BYTES))
    for refused in (too_large, Attachment(AttachmentKind.FILE, "days.csv", b"a,b")):
        with pytest.raises(Rejected):
            await media.upload(refused)

    assert not [call for call in sandbox.requests if call.api == "media_upload"]


async def test_errors_are_told_apart(sandbox: Sandbox, media: Media) -> None:
    sandbox.faults.set("permission", {"value": True, "apis": ["media_upload"]})
    with pytest.raises(ServiceStopped):
        await media.upload(PICTURE)
    sandbox.faults.clear()
    sandbox.faults.set("qps", {"value": True, "apis": ["batchSend"]})
    with pytest.raises(NotSent):
        await media.send("lead01", PICTURE, await media.upload(PICTURE))


async def test_a_media_id_of_the_wrong_kind_is_refused(media: Media) -> None:
    with pytest.raises(Rejected):
        await media.send("lead01", SHEET, await media.upload(PICTURE))


def test_a_name_cannot_break_out_of_the_form() -> None:
    _, body = form(Attachment(AttachmentKind.FILE, 'a"\r\nX: y\r\n\r\n.zip', b"PK"), boundary="b")

    assert body.count(b"\r\n\r\n") == 1 and b'filename="a___X: y____.zip"' in body
