"""The two APIs that take punches, and what they are sent."""

from dataclasses import replace

import pytest

from bot.clock import to_ms
from bot.dingtalk.apis import RECORD_UPLOAD
from bot.dingtalk.clock_in import RecordUpload, SignedClockIn, authorization
from bot.dingtalk.limits import LONE
from bot.domain.datum import Datum, convert
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped
from tests.builders import a_punch, local
from tests.dingtalk.rig import CLIENT_ID, CLIENT_SECRET, Rig, Step, cut, ok, sample, say, silence, text, truncated

PATH = "/attendance/v1/clock/single/add"
PUNCH = a_punch(local("08:58"))
HQ = Fix(39.908823, 116.39747, 200.0, Datum.GCJ02, LocationSource.NAMED)
AT_HQ = replace(PUNCH, where=Whereabouts(LocationResult.NORMAL, "总部", 0.0, HQ))


def signed(rig: Rig, *, datum: Datum = Datum.GCJ02, deadline_s: float = 5.0) -> SignedClockIn:
    return SignedClockIn(
        rig.http,
        rig.limits,
        url=rig.server.url + PATH,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        datum=datum,
        clock=rig.time,
        deadline_s=deadline_s,
    )


async def test_a_punch_without_a_location_is_sent_as_texts_under_a_signature(rig: Rig) -> None:
    rig.server.on(PATH, ok())
    await signed(rig).send(PUNCH)
    request = rig.server.asked(PATH)[0]
    assert request.body == {"user_id": "u1", "time": str(to_ms(local("08:58"))), "category": "NORMAL"}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == authorization(
        CLIENT_ID, CLIENT_SECRET, rig.server.url + PATH, to_ms(rig.time.now())
    )


async def test_every_try_carries_the_punchs_own_time_and_a_fresh_signature(rig: Rig) -> None:
    rig.server.on(PATH, say({"errcode": -1}), ok())
    target = signed(rig)
    with pytest.raises(NotSent):
        await target.send(PUNCH)
    rig.time.skip(600)
    await target.send(PUNCH)
    first, second = rig.server.asked(PATH)
    assert first.body == second.body
    assert first.headers["Authorization"] != second.headers["Authorization"]


async def test_a_location_is_sent_with_six_decimals_and_its_accuracy(rig: Rig) -> None:
    rig.server.on(PATH, ok())
    await signed(rig).send(AT_HQ)
    body = rig.server.asked(PATH)[0].body
    assert (body["latitude"], body["longitude"], body["accuracy"]) == ("39.908823", "116.397470", "200")


@pytest.mark.parametrize(
    ("accuracy_m", "sent"), [(41.5, "41.5"), (0.0, "0"), (1234567.0, "1234567"), (None, None)]
)
async def test_an_unknown_accuracy_is_left_out(rig: Rig, accuracy_m: float | None, sent: str | None) -> None:
    rig.server.on(PATH, ok())
    fix = replace(HQ, accuracy_m=accuracy_m)
    await signed(rig).send(replace(PUNCH, where=Whereabouts(LocationResult.UNKNOWN, fix=fix)))
    assert rig.server.asked(PATH)[0].body.get("accuracy") == sent


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
        (say({"errcode": 90018}), NotSent),
        (say({}, 500), NotSent),
        (text("<html>", 502), NotSent),
        (text("<html>", 200), NotSent),
        (text("<html>", 404), ServiceStopped),
        (say({"errcode": 22}), ServiceStopped),
        (say({}, 504), OutcomeUnknown),
        (say({"result": "done"}), OutcomeUnknown),
        (text("OK", 200, "text/plain"), OutcomeUnknown),
        (cut, OutcomeUnknown),
        (truncated, OutcomeUnknown),
        (silence, OutcomeUnknown),
    ],
)
async def test_answers_of_the_signed_service_become_errors(
    rig: Rig, step: object, error: type[Exception] | None
) -> None:
    rig.server.on(PATH, step)  # type: ignore[arg-type]
    target = signed(rig, deadline_s=2.0 if step is silence else 60.0)  # the others answer, however slow we are
    if error is None:
        await target.send(PUNCH)
    else:
        with pytest.raises(error):
            await target.send(PUNCH)
    assert len(rig.server.asked(PATH)) == 1


async def test_a_signed_service_that_is_down_was_not_sent(rig: Rig) -> None:
    target = signed(rig)
    await rig.server.close()
    with pytest.raises(NotSent):
        await target.send(PUNCH)


async def test_qps_refusals_slow_the_signed_service() -> None:
    async with Rig(each_api=40) as rig:
        for _ in range(LONE + 1):
            rig.server.on(PATH, say({"errcode": 90018}))
            with pytest.raises(NotSent) as caught:
                await signed(rig).send(PUNCH)
            assert caught.value.retry_after_s == 1
        assert rig.limits.rate("signed") == 20


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


@pytest.mark.parametrize(
    "where",
    [
        Whereabouts(LocationResult.UNKNOWN),
        Whereabouts(LocationResult.OUTSIDE, "总部", 4000.0, HQ),  # near nothing: the site would be a lie
        Whereabouts(LocationResult.UNKNOWN, fix=HQ),
    ],
    ids=["nowhere", "outside", "no sites"],
)
async def test_record_upload_names_no_site_where_the_person_was_not(rig: Rig, where: Whereabouts) -> None:
    rig.server.on(RECORD_UPLOAD.path, ok())
    await RecordUpload(rig.openapi).send(replace(PUNCH, where=where))
    assert rig.server.asked(RECORD_UPLOAD.path)[0].body["device_name"] == "chat"


async def test_record_upload_without_permission_names_the_scope(rig: Rig) -> None:
    rig.server.on(RECORD_UPLOAD.path, say({"errcode": 88, "sub_code": "60011", "sub_msg": "没有权限"}))
    with pytest.raises(ServiceStopped, match=r"Pro\.AttendanceRecord\.Write"):
        await RecordUpload(rig.openapi).send(PUNCH)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (text("<html>", 500), OutcomeUnknown),
        (text("<html>", 502), OutcomeUnknown),
        (text("Bad Gateway", 502, "text/plain"), OutcomeUnknown),
        (text("", 503), OutcomeUnknown),
        (text("", 408), OutcomeUnknown),
        (say({"message": "upstream timed out"}, 502), OutcomeUnknown),
        (say({"errcode": -1}, 500), NotSent),
        (say({"errcode": -1}), NotSent),
        (say({"errcode": 90018}, 503), NotSent),
        (text("<html>", 200), NotSent),
        (text("", 302), NotSent),
    ],
)
async def test_a_page_from_something_in_between_leaves_an_upload_in_doubt(
    rig: Rig, step: Step, error: type[Exception]
) -> None:
    rig.server.on(RECORD_UPLOAD.path, step)
    with pytest.raises(error):
        await RecordUpload(rig.openapi).send(PUNCH)
    assert len(rig.server.asked(RECORD_UPLOAD.path)) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503])
async def test_the_signed_service_knows_repeats_so_a_page_in_between_is_only_trouble(
    rig: Rig, status: int
) -> None:
    rig.server.on(PATH, text("<html>", status))
    with pytest.raises(NotSent):
        await signed(rig).send(PUNCH)


async def test_a_probe_of_the_signed_service_is_no_punch(rig: Rig) -> None:
    rig.server.on(PATH, say({"errcode": 400002, "errmsg": "user_id is missing"}))
    assert "refuses what is no punch" in await signed(rig).probe()
    request = rig.server.asked(PATH)[0]
    assert request.body == {}
    assert request.headers["Authorization"].startswith("myAppKey=dingtest,")
    rig.server.on(PATH, ok())
    assert "is it the right one?" in await signed(rig).probe()


async def test_a_probe_tells_a_missing_service_from_a_refusal(rig: Rig) -> None:
    rig.server.on(PATH, text("<html>", 404))
    with pytest.raises(ServiceStopped, match="signed_url"):
        await signed(rig).probe()
    rig.server.on(RECORD_UPLOAD.path, say({"errcode": 60011}))
    with pytest.raises(ServiceStopped, match=r"Pro\.AttendanceRecord\.Write"):
        await RecordUpload(rig.openapi).probe()
    rig.server.on(RECORD_UPLOAD.path, say({"errcode": 400002}))
    assert await RecordUpload(rig.openapi).probe() == "permitted"
    assert rig.server.asked(RECORD_UPLOAD.path)[0].body["userid"] == ""
