"""The clock-in targets: their requests, and the meaning of answers."""

from dataclasses import replace

import pytest

from bot.clock import to_ms
from bot.dingtalk.apis import RECORD_UPLOAD
from bot.dingtalk.clock_in import RecordUpload, SignedClockIn, authorization
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Whereabouts, convert
from bot.errors import NotSent, OutcomeUnknown, ServiceStopped
from tests.builders import a_punch, local
from tests.dingtalk.rig import CLIENT_ID, CLIENT_SECRET, Rig, ok, sample, say, silence, text

PATH = "/attendance/v1/clock/single/add"
PUNCH = a_punch(local("08:58"))
HQ = Fix(39.908823, 116.39747, 200.0, Datum.GCJ02, LocationSource.NAMED)
AT_HQ = replace(PUNCH, where=Whereabouts(LocationResult.NORMAL, "总部", 0.0, HQ))

# --- the signed API


@pytest.mark.parametrize(
    ("secret", "ts_ms", "signature"),
    [
        ("s3cr3t", 1700000000000, "0U84DFP8VImu6KghKqBh36pGtli0dDg0hQ6XwdtMhQ0="),
        ("密钥-ünï", 1764000000123, "3IWHot4Le96bOv16lDQyBuRGWGFdc_wUJxMfj2TvYTo="),
    ],
)
def test_the_signature_matches_the_golden_vectors(secret: str, ts_ms: int, signature: str) -> None:
    expected = f"myAppKey=dingxxxx,timestamp={ts_ms},signature={signature}"
    assert authorization("dingxxxx", secret, f"https://oapi.dingtalk.com{PATH}", ts_ms) == expected


def signed(rig: Rig, *, datum: Datum = Datum.GCJ02, deadline_s: float = 60.0) -> SignedClockIn:
    return SignedClockIn(
        rig.openapi,
        rig.app,
        url=rig.server.url + PATH,
        datum=datum,
        clock=rig.time,
        deadline_s=deadline_s,
    )


async def test_each_try_has_the_punchs_time_and_a_new_signature(rig: Rig) -> None:
    rig.server.on(PATH, say({"errcode": -1}), ok())
    target, began = signed(rig), rig.time.now()
    with pytest.raises(NotSent):
        await target.send(PUNCH)
    rig.time.skip(600)
    await target.send(PUNCH)
    first, second = rig.server.asked(PATH)
    assert first.body == {"user_id": "u1", "time": str(to_ms(local("08:58"))), "category": "NORMAL"}
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Authorization"] == authorization(
        CLIENT_ID, CLIENT_SECRET, rig.server.url + PATH, to_ms(began)
    )
    assert first.body == second.body
    assert first.headers["Authorization"] != second.headers["Authorization"]


@pytest.mark.parametrize(
    ("accuracy_m", "shown"), [(200.0, "200"), (41.5, "41.5"), (0.0, "0"), (None, None)]
)
async def test_a_location_has_six_decimals_and_its_accuracy(
    rig: Rig, accuracy_m: float | None, shown: str | None
) -> None:
    rig.server.on(PATH, ok())
    fix = replace(HQ, accuracy_m=accuracy_m)
    await signed(rig).send(replace(PUNCH, where=Whereabouts(LocationResult.UNKNOWN, fix=fix)))
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"], body.get("accuracy")) == (
        "39.908823",
        "116.397470",
        shown,
    )


async def test_a_fix_in_another_datum_is_converted(rig: Rig) -> None:
    rig.server.on(PATH, ok())
    latitude, longitude = convert(39.908823, 116.39747, source=Datum.GCJ02, target=Datum.WGS84)
    browser = Fix(latitude, longitude, None, Datum.WGS84, LocationSource.BROWSER)
    await signed(rig).send(
        replace(PUNCH, where=Whereabouts(LocationResult.NORMAL, "总部", 0.0, browser))
    )
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"]) == ("39.908823", "116.397470")
    await signed(rig, datum=Datum.WGS84).send(AT_HQ)
    assert rig.server.asked(PATH)[1].body["latitude"] == f"{latitude:.6f}"


async def test_a_signed_call_without_an_answer_is_unknown(rig: Rig) -> None:
    rig.server.on(PATH, silence)
    with pytest.raises(OutcomeUnknown):
        await signed(rig, deadline_s=2.0).send(PUNCH)
    assert len(rig.server.asked(PATH)) == 1


# --- DingTalk's upload


async def test_record_upload_sends_time_and_site(rig: Rig) -> None:
    rig.server.on(RECORD_UPLOAD.path, say(sample("att.record_upload.response")))
    await RecordUpload(rig.openapi).send(AT_HQ)
    request = rig.server.asked(RECORD_UPLOAD.path)[0]
    assert request.body == {
        "userid": "u1",
        "device_name": "chat · 总部",
        "device_id": "clock-in-bot",
        "user_check_time": 1795481880000,
    }
    assert request.query == {"access_token": "token-1"}
    # the person was not at the site
    outside = Whereabouts(LocationResult.OUTSIDE, "总部", 4000.0, HQ)
    await RecordUpload(rig.openapi).send(replace(PUNCH, where=outside))
    assert rig.server.asked(RECORD_UPLOAD.path)[1].body["device_name"] == "chat"


async def test_a_probe_finds_a_missing_service_without_a_punch(rig: Rig) -> None:
    refusal = say({"errcode": 400002, "errmsg": "user_id is missing"})
    rig.server.on(PATH, refusal, ok(), text("<html>", 404))
    assert "refuses what is no punch" in await signed(rig).probe()
    assert "is it the right service?" in await signed(rig).probe()
    with pytest.raises(ServiceStopped, match="signed_url"):
        await signed(rig).probe()
    assert [request.body for request in rig.server.asked(PATH)] == [{}] * 3
    rig.server.on(RECORD_UPLOAD.path, say({"errcode": 60011}), refusal)
    with pytest.raises(ServiceStopped, match=r"Pro\.AttendanceRecord\.Write"):
        await RecordUpload(rig.openapi).probe()
    assert await RecordUpload(rig.openapi).probe() == "permitted"
    assert rig.server.asked(RECORD_UPLOAD.path)[0].body["userid"] == ""
