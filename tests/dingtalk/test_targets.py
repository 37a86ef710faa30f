"""The clock-in targets: their requests, and the meaning of answers."""

from dataclasses import replace

import pytest

from bot.clock import to_ms
from bot.dingtalk.clock_in import ApproveCheck, RecordUpload, SignedClockIn, authorization
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Whereabouts
from bot.errors import NotSent, Rejected, ServiceStopped
from tests.builders import TUESDAY, a_punch, local
from tests.dingtalk.rig import CLIENT_ID, CLIENT_SECRET, PLANNED, Rig, ok, sample, say, text

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
    return SignedClockIn(rig.openapi, url=rig.server.url + PATH, datum=datum, deadline_s=deadline_s)


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
    mapped = Fix(39.908823, 116.39747, None, Datum.GCJ02, LocationSource.BROWSER)
    browser = mapped.in_datum(Datum.WGS84)
    await signed(rig).send(
        replace(PUNCH, where=Whereabouts(LocationResult.NORMAL, "总部", 0.0, browser))
    )
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"]) == ("39.908823", "116.397470")
    await signed(rig, datum=Datum.WGS84).send(AT_HQ)
    assert rig.server.asked(PATH)[1].body["latitude"] == f"{browser.latitude:.6f}"


# --- DingTalk's upload


async def test_record_upload_sends_time_and_site(rig: Rig) -> None:
    rig.server.on("record_upload", say(sample("att.record_upload.response")))
    await RecordUpload(rig.openapi).send(AT_HQ)
    request = rig.server.asked("record_upload")[0]
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
    assert rig.server.asked("record_upload")[1].body["device_name"] == "chat"


async def test_a_probe_finds_a_missing_service_without_a_punch(rig: Rig) -> None:
    refusal = say({"errcode": 400002, "errmsg": "user_id is missing"})
    rig.server.on(PATH, refusal, ok(), text("<html>", 404))
    assert "refuses what is no punch" in await signed(rig).probe()
    assert "is it the right service?" in await signed(rig).probe()
    with pytest.raises(ServiceStopped, match="signed_url"):
        await signed(rig).probe()
    assert [request.body for request in rig.server.asked(PATH)] == [{}] * 3
    rig.server.on("record_upload", say({"errcode": 60011}), refusal)
    with pytest.raises(ServiceStopped, match=r"Pro\.AttendanceRecord\.Write"):
        await RecordUpload(rig.openapi).probe()
    assert await RecordUpload(rig.openapi).probe() == "permitted"
    assert rig.server.asked("record_upload")[0].body["userid"] == ""


# --- DingTalk's make-up punches

MADE_UP = replace(PUNCH, note="make-up punch C-7F3K2M approved by Chen Jing (lead01): forgot")


def approve_check(rig: Rig) -> ApproveCheck:
    return ApproveCheck(rig.openapi, rig.attendance(), "https://clock-in.example.com/app")


async def test_a_make_up_punch_names_its_check_in_the_plan_and_its_request(rig: Rig) -> None:
    other = {**PLANNED, "id": 2, "check_type": "OffDuty", "plan_check_time": f"{TUESDAY} 18:00:00"}
    rig.server.on("schedule", ok(result=[other, PLANNED]))
    rig.server.on("approve_check", say(sample("att.approve_check.response")))
    await approve_check(rig).send(MADE_UP)
    assert rig.server.asked("approve_check")[0].body == {
        "userid": "u1",
        "work_date": "2026-11-24",
        "punch_id": 56676915454,
        "punch_check_time": "2026-11-24 09:00",
        "user_check_time": "2026-11-24 08:58",
        "approve_id": "C-7F3K2M",
        "jump_url": "https://clock-in.example.com/app",
        "tag_name": "补卡",
    }


async def test_without_a_readable_plan_no_make_up_punch_is_sent(rig: Rig) -> None:
    rig.server.on("schedule", say({"errcode": 0, "result": "?"}), ok(result=[]))
    with pytest.raises(NotSent):
        await approve_check(rig).send(MADE_UP)
    with pytest.raises(Rejected, match="no such check"):
        await approve_check(rig).send(MADE_UP)
    assert rig.server.asked("approve_check") == []


async def test_a_probe_of_make_up_punches_names_nobody(rig: Rig) -> None:
    refusal = say({"errcode": 33012, "errmsg": "userid is not valid"})
    rig.server.on("approve_check", say({"errcode": 60011}), refusal)
    with pytest.raises(ServiceStopped, match="qyapi_attendance_group_manage"):
        await approve_check(rig).probe()
    assert await approve_check(rig).probe() == "permitted"
    assert rig.server.asked("approve_check")[0].body["userid"] == ""
