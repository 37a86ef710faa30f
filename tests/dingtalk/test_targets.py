"""The APIs that take punches: what they are sent, and what their answers mean."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import to_ms
from bot.dingtalk.apis import APPROVE_CHECK, RECORD_UPLOAD, SCHEDULE
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.clock_in import ApproveCheck, RecordUpload, SignedClockIn, authorization
from bot.domain.corrections import NO_PLAN_ID
from bot.domain.datum import Datum, convert
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped
from tests.builders import SHANGHAI, TUESDAY, a_punch, local
from tests.dingtalk.rig import CLIENT_ID, CLIENT_SECRET, Rig, Step, ok, sample, say, silence, text

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
def test_the_golden_vectors_hold(secret: str, ts_ms: int, signature: str) -> None:
    expected = f"myAppKey=dingxxxx,timestamp={ts_ms},signature={signature}"
    assert authorization("dingxxxx", secret, f"https://oapi.dingtalk.com{PATH}", ts_ms) == expected


def signed(rig: Rig, *, datum: Datum = Datum.GCJ02, deadline_s: float = 60.0) -> SignedClockIn:
    return SignedClockIn(
        rig.openapi,
        url=rig.server.url + PATH,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        datum=datum,
        clock=rig.time,
        deadline_s=deadline_s,
    )


async def test_every_try_carries_the_punchs_own_time_and_a_fresh_signature(rig: Rig) -> None:
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


@pytest.mark.parametrize(("accuracy_m", "shown"), [(200.0, "200"), (41.5, "41.5"), (0.0, "0"), (None, None)])
async def test_a_location_is_sent_with_six_decimals_and_its_accuracy_if_known(
    rig: Rig, accuracy_m: float | None, shown: str | None
) -> None:
    rig.server.on(PATH, ok())
    fix = replace(HQ, accuracy_m=accuracy_m)
    await signed(rig).send(replace(PUNCH, where=Whereabouts(LocationResult.UNKNOWN, fix=fix)))
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"], body.get("accuracy")) == ("39.908823", "116.397470", shown)


async def test_a_fix_in_another_datum_is_converted(rig: Rig) -> None:
    rig.server.on(PATH, ok())
    latitude, longitude = convert(39.908823, 116.39747, source=Datum.GCJ02, target=Datum.WGS84)
    browser = Fix(latitude, longitude, None, Datum.WGS84, LocationSource.BROWSER)
    await signed(rig).send(replace(PUNCH, where=Whereabouts(LocationResult.NORMAL, "总部", 0.0, browser)))
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"]) == ("39.908823", "116.397470")
    await signed(rig, datum=Datum.WGS84).send(AT_HQ)
    assert rig.server.asked(PATH)[1].body["latitude"] == f"{latitude:.6f}"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (say({"errcode": "0"}), None),
        (say({"errcode": 40001, "errmsg": "bad signature"}), ServiceStopped),
        (say({"errcode": 7, "errmsg": "no such person"}), Rejected),
        (text("<html>", 502), NotSent),  # it knows repeats, so a page in between is only trouble
        (text("<html>", 404), ServiceStopped),
        (say({"result": "done"}), OutcomeUnknown),
        (silence, OutcomeUnknown),
    ],
)
async def test_answers_of_the_signed_service_become_errors(
    rig: Rig, step: Step, error: type[Exception] | None
) -> None:
    rig.server.on(PATH, step)
    target = signed(rig, deadline_s=2.0 if step is silence else 60.0)  # the others answer, however slow we are
    if error is None:
        await target.send(PUNCH)
    else:
        with pytest.raises(error):
            await target.send(PUNCH)
    assert len(rig.server.asked(PATH)) == 1


# --- DingTalk's upload


async def test_record_upload_carries_the_time_in_milliseconds_and_the_site_as_device(rig: Rig) -> None:
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
    outside = Whereabouts(LocationResult.OUTSIDE, "总部", 4000.0, HQ)  # to name the site would be a lie
    await RecordUpload(rig.openapi).send(replace(PUNCH, where=outside))
    assert rig.server.asked(RECORD_UPLOAD.path)[1].body["device_name"] == "chat"


async def test_a_probe_is_no_punch_and_tells_a_missing_service_from_a_refusal(rig: Rig) -> None:
    refusal = say({"errcode": 400002, "errmsg": "user_id is missing"})
    rig.server.on(PATH, refusal, ok(), text("<html>", 404))
    assert "refuses what is no punch" in await signed(rig).probe()
    assert "is it the right one?" in await signed(rig).probe()
    with pytest.raises(ServiceStopped, match="signed_url"):
        await signed(rig).probe()
    assert [request.body for request in rig.server.asked(PATH)] == [{}] * 3
    rig.server.on(RECORD_UPLOAD.path, say({"errcode": 60011}), refusal)
    with pytest.raises(ServiceStopped, match=r"Pro\.AttendanceRecord\.Write"):
        await RecordUpload(rig.openapi).probe()
    assert await RecordUpload(rig.openapi).probe() == "permitted"
    assert rig.server.asked(RECORD_UPLOAD.path)[0].body["userid"] == ""


# --- the mark of a make-up punch

MADE_UP = replace(
    a_punch(local("18:40"), CheckType.OFF_DUTY, check_point="OffDuty/0"), message_id="correction:C-7F3K2M"
)


def row(check_type: str, at: str, number: int | None, **more: Any) -> dict[str, Any]:
    told = {"userid": "u1", "check_type": check_type, "plan_check_time": f"{TUESDAY} {at}:00", "shift_id": 7}
    return {**told, "work_date": f"{TUESDAY} 00:00:00", "id": number, **more}


DAY = [row("OnDuty", "09:00", 4711), row("OffDuty", "18:00", 4712)]
SPLIT = [*DAY[::-1], row("OffDuty", "12:00", 2), row("OnDuty", "13:00", 3)]


def marks(rig: Rig, rows: object, operator: str = "manager01") -> ApproveCheck:
    rig.server.on(SCHEDULE.path, ok(result=rows))
    rig.server.on(APPROVE_CHECK.path, ok())
    attendance = Attendance(rig.openapi, operator_user_id=operator, zone=SHANGHAI, clock=rig.time)
    return ApproveCheck(rig.openapi, attendance, SHANGHAI)


async def test_the_check_is_named_by_the_schedules_id_and_both_times_are_local(rig: Rig) -> None:
    await marks(rig, DAY).send(MADE_UP)
    (asked,) = rig.server.asked(APPROVE_CHECK.path)
    assert asked.body.pop("jump_url").startswith("https://")
    assert asked.body == {
        "userid": "u1",
        "work_date": "2026-11-24",
        "punch_id": 4712,
        "punch_check_time": "2026-11-24 18:00",
        "user_check_time": "2026-11-24 18:40",
        "approve_id": "C-7F3K2M",
        "tag_name": "补卡",
    }


async def test_a_mark_names_the_work_date_of_a_night_and_the_section_of_its_check_point(
    rig: Rig,
) -> None:
    morning = TUESDAY + timedelta(days=1)
    night = [row("OnDuty", "22:00", 8), row("OffDuty", "22:00", 9, plan_check_time=f"{morning} 06:00:00")]
    await marks(rig, night).send(replace(MADE_UP, punched_at=local("06:10", morning)))
    for section in (0, 1):
        await marks(rig, SPLIT).send(replace(MADE_UP, check_point=f"OffDuty/{section}"))
    asked = [request.body for request in rig.server.asked(APPROVE_CHECK.path)]
    assert (asked[0]["work_date"], asked[0]["user_check_time"]) == ("2026-11-24", "2026-11-25 06:10")
    assert [body["punch_id"] for body in asked] == [9, 2, 4712]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [DAY[0], row("OffDuty", "18:00", None)],
        DAY[1:],  # half a section: which one is not told
        [{**one, "shift_id": 0} for one in DAY],  # a day of rest
    ],
    ids=["none", "no id", "half", "rest"],
)
async def test_without_an_id_for_the_check_nothing_is_sent_and_the_reason_says_so(
    rig: Rig, rows: list[dict[str, Any]]
) -> None:
    with pytest.raises(Rejected) as refused:
        await marks(rig, rows).send(MADE_UP)
    assert refused.value.reason == NO_PLAN_ID
    assert not rig.server.asked(APPROVE_CHECK.path)


async def test_a_schedule_that_cannot_be_read_has_sent_nothing(rig: Rig) -> None:
    with pytest.raises(NotSent):
        await marks(rig, "not a list").send(MADE_UP)
    with pytest.raises(ServiceStopped):
        await marks(rig, DAY, operator="").send(MADE_UP)
    assert not rig.server.asked(APPROVE_CHECK.path)
