"""Each official sample of an API or event in use, read by the code that reads it in production.

The samples are in `payloads/`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from yarl import URL

from bot.clock import from_ms
from bot.dingtalk.apis import APIS
from bot.dingtalk.cards import CardPress, CardResult, Cards, read_press
from bot.dingtalk.clock_in import ApproveCheck, RecordUpload
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.events import Changed, PeopleChanged, PunchesMade, read_event
from bot.dingtalk.frames import Frame, read_frame, read_message
from bot.dingtalk.gateway import Gateway
from bot.dingtalk.http import Answer
from bot.dingtalk.limits import Priority
from bot.dingtalk.outcomes import body_of
from bot.dingtalk.page_identity import PageIdentity, sign
from bot.dingtalk.report import Report
from bot.dingtalk.robot import Robot, SendResult
from bot.domain.messages import MessageKind
from bot.domain.people import Department, Employee
from bot.domain.shifts import CheckType
from bot.domain.slots import Days
from bot.errors import UpstreamError
from bot.views.sentences import CARD_BUTTONS, Attachment
from tests.builders import ON_TUESDAY, SHANGHAI, a_punch, local, punched_exactly
from tests.dingtalk.rig import PAYLOADS, PLANNED, Rig, ok, sample, say
from tests.tables import cases

JANUARY = date(2021, 1, 14)
NOVEMBER = date(2020, 11, 10)
PAGE = "https://punch.example.com/app"


# --- answers: the API, the call of its adapter, the value that the bot goes on with


class Read(NamedTuple):
    """How production reads the answer of an API. `others` are answers of other APIs."""

    api: str
    by: Callable[[Rig], Awaitable[object]]
    expected: object
    others: Mapping[str, object] = {}


def robot(rig: Rig) -> Robot:
    own = (rig.server.url,)
    return Robot(rig.openapi, robot_code="dingrobot", own=own, cards=True)


def cards(rig: Rig) -> Cards:
    return Cards(rig.openapi, template_id="t1", robot_code="dingrobot")


def page(rig: Rig) -> PageIdentity:
    contacts = Contacts(rig.openapi)
    return PageIdentity(rig.openapi, contacts, rig.time, rig.app, agent_id="4711", corp_id="ding1")


async def records(rig: Rig) -> list[tuple[str, str | None]]:
    found = await rig.attendance().records(["manager4220"], local("00:00"), local("23:59"))
    return [(f"{record.checked_at:%F %T}", record.invalid_reason) for record in found]


async def checks(rig: Rig) -> list[tuple[str | None, CheckType, datetime]]:
    (plan,) = (await rig.attendance().plans(["user456"], Days(JANUARY, JANUARY)))["user456"]
    return [(plan.shift_name, point.check_type, point.due_at) for point in plan.points]


async def minutes_of_exact_punches(rig: Rig) -> int | None:
    (plan,) = (await rig.attendance().plans(["user456"], Days(JANUARY, JANUARY)))["user456"]
    return punched_exactly(plan).worked_minutes


async def absences(rig: Rig) -> list[tuple[str, datetime, datetime]]:
    found = await rig.attendance().leaves(["user123"], local("00:00"), local("23:59"))
    return [(absence.user_id, absence.starts_at, absence.ends_at) for absence in found]


async def is_signed_with_the_ticket(rig: Rig) -> bool:
    signed = await page(rig).signature(PAGE)
    assert signed is not None
    at_ms = signed["timeStamp"]
    assert isinstance(at_ms, int)
    return signed["signature"] == sign("asjdgxxx", str(signed["nonceStr"]), at_ms, PAGE)


async def gateway_ticket(rig: Rig) -> URL:
    return await Gateway(rig.http, rig.app).secret_url()


CHECKS_OF_B = [
    ("B", CheckType.ON_DUTY, local("09:00", JANUARY)),
    ("B", CheckType.OFF_DUTY, local("18:00", JANUARY)),
]
PLANS_OF_B = {"schedule": sample("att.schedule_listbyusers.response")}
OVERTIME_COLUMN = {"id": 129339038, "alias": "overtime_duration"}
ANSWERS: Mapping[str, Read] = {
    "att.approve_check.response": Read(
        "approve_check",
        lambda rig: ApproveCheck(rig.openapi, rig.attendance(), PAGE).send(a_punch(local("08:58"))),
        None,
        {"schedule": {"errcode": 0, "result": [PLANNED]}},
    ),
    "att.getattcolumns.response": Read(  # without the column of overtime
        "report_columns", lambda rig: Report(rig.openapi).overtime("u1", ON_TUESDAY), None
    ),
    "att.getcolumnval.response": Read(
        "report_values",
        lambda rig: Report(rig.openapi).overtime("u1", ON_TUESDAY),
        {date(2020, 9, day): Decimal("1.0") for day in (7, 8, 9)},
        {"report_columns": {"errcode": 0, "result": {"columns": [OVERTIME_COLUMN]}}},
    ),
    "att.getleavestatus.response.invalid": Read(
        "leave",
        absences,
        [("user123", datetime(2020, 9, 6, 6, tzinfo=UTC), datetime(2020, 9, 7, 8, tzinfo=UTC))],
    ),
    "att.getupdatedata.response": Read(
        "day_data", lambda rig: rig.attendance().approvals("user01", JANUARY), []
    ),
    "att.listRecord.response": Read(
        "list_record",
        records,
        [("2020-09-07 01:18:25", None), ("2020-09-07 03:55:09", "需要二次确认")],
    ),
    "att.record_upload.response": Read(
        "record_upload",
        lambda rig: RecordUpload(rig.openapi).send(a_punch(local("08:58"))),
        None,
    ),
    "att.schedule_listbyday.response": Read(
        "day_plan",
        lambda rig: rig.attendance().end_of_day("user123", NOVEMBER),
        local("18:30", NOVEMBER),
    ),
    "att.schedule_listbyusers.response": Read(
        "schedule", checks, CHECKS_OF_B, {"shift": sample("att.shift_query.response")}
    ),
    # 09:00-18:00 with a rest from 12 to 13
    "att.shift_history.response": Read("shift", minutes_of_exact_punches, 480, PLANS_OF_B),
    "att.shift_query.response": Read("shift", checks, CHECKS_OF_B, PLANS_OF_B),
    "auth.oapi_getuserinfo.response": Read(
        "page_user", lambda rig: page(rig).user_id_of("code"), "userid123"
    ),
    "auth.v1_accessToken.response": Read(
        "access_token", lambda rig: rig.openapi.token(), "fw8ef8we8f76e6f7s8dxxxx"
    ),
    "auth.v1_jsapiTickets.response": Read("page_ticket", is_signed_with_the_ticket, True),
    "card.create.response": Read(
        "card_create",
        lambda rig: cards(rig).probe(),
        "published; only a card that somebody gets shows how it looks",
    ),
    "card.createAndDeliver.response": Read(  # of a group: such a result names no person
        "card_deliver",
        lambda rig: cards(rig).deliver("track", ["u1", "u2"], {"title": "t", "text": "t"}),
        CardResult(unknown=("u1", "u2")),
    ),
    "card.update.response": Read(
        "card_change", lambda rig: cards(rig).change("track", {"u1": {"title": "t"}}), None
    ),
    "contact.user_getbyunionid.response": Read(
        "user_by_union_id", lambda rig: Contacts(rig.openapi).user_id_of("union"), "zhangsan"
    ),
    "contact.v2_department_get.response": Read(
        "department",
        lambda rig: Contacts(rig.openapi).department(1),
        Department(1, "测试", None, ("1020302901-431772414",)),
    ),
    "contact.v2_department_listsub.response.invalid": Read(
        "departments", lambda rig: Contacts(rig.openapi).children(1), [37000095, 399000096]
    ),
    "contact.v2_user_get.response": Read(
        "user",
        lambda rig: Contacts(rig.openapi).employee("zhangsan"),
        Employee("zhangsan", "张三", "z21HjQliSzpw0YWxxxxx", (2, 3, 4), (2,), job_number="4"),
    ),
    "contact.v2_user_list.response": Read(
        "members",
        lambda rig: Contacts(rig.openapi).members(2),
        [
            Employee(
                user_id="zhangsan",
                name="张三",
                union_id="z21HjQliSzpw0YWCNxmii6u2Os62cZ62iSZ",
                department_ids=(2, 3, 4),
                leads=(2,),
                job_number="4",
            )
        ],
    ),
    "media.upload.response": Read(
        "media_upload",
        lambda rig: robot(rig).upload(Attachment("a.png", b"png")),
        "$iAEKAqNwbmcDBgTNAk",
    ),
    "robot_out.ding_send.response": Read(
        "ding",
        lambda rig: robot(rig).ding(["manager7675"], "钉钉，让进步发生"),
        [],
    ),
    "robot_out.oToMessages_batchSend.response": Read(
        "batch_send",
        lambda rig: robot(rig).batch_send(["u1"], {}, Priority.REMINDER),
        SendResult(("manage25231",), ("manage25232",)),
    ),
    "stream.open.response": Read(
        "gateway",
        gateway_ticket,
        URL("https://wss-open-connection.dingtalk.com/connect").with_query(
            ticket="7724109a-ea43-4aa2-b803-87d82c5aaee6"
        ),
    ),
}
UNSAMPLED = {  # APIs in use without an official sample of their answer
    "auth_scopes",
    "replies",
    "quick_entries",
    "login_token",
    "login_user",
    "report_leave",
    "signed",  # not DingTalk's
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_the_sample_of_an_answer_is_read(rig: Rig, name: str) -> None:
    api, by, expected, others = ANSWERS[name]
    for other, answer in others.items():
        rig.server.on(other, say(answer))
    # the members' sample announces another page
    rig.server.on(api, say(sample(name)), *([ok(result={})] if api == "members" else []))
    assert await by(rig) == expected
    assert rig.server.asked(api)


# --- refusals, events, messages and frames


@cases
def test_the_sample_of_a_refusal_has_its_class(name: str, status: int, error: str) -> None:
    with pytest.raises(UpstreamError) as raised:
        body_of("batch_send", Answer(status, sample(name)))
    assert type(raised.value).__name__ == error


ROSTERS = Changed.ROSTERS
DEPARTMENTS = Changed.DEPARTMENTS
PUNCHED = PunchesMade([("0126xxxx", from_ms(1570791880000))])


@cases
def test_the_sample_of_an_event_is_read(
    name: str, expected: Changed | PeopleChanged | PunchesMade | None
) -> None:
    body = sample(name)
    event_type = body.get("eventType") or body["EventType"]
    assert read_event(event_type, body.get("data", body), SHANGHAI) == expected


@cases
def test_the_sample_of_a_message_is_read(name: str, kind: MessageKind, text: str) -> None:
    # some samples have only the fields of their kind
    message, _ = read_message({"msgId": "m1", **sample(name)}, local("09:00"))
    assert (message.kind, message.text) == (kind, text)


def test_the_sample_of_a_press_is_read() -> None:
    body = sample("card.callback")
    button = next(iter(CARD_BUTTONS))
    # the names of `params` are the template's own
    body["content"] = body["content"].replace('"action":"accept"', f'"button":"{button}"')
    at = local("09:00")
    assert read_press(body, None, at) == CardPress(
        "XXXXXX", button, "XXXXXX", "dingXXXXXX", None, at
    )


@cases
def test_the_sample_of_a_frame_is_read(
    name: str, kind: str, topic: str, event: str, frame_id: str | None
) -> None:
    frame = read_frame(json.dumps(sample(name)))
    assert isinstance(frame, Frame)
    headers = frame.headers
    assert (frame.kind, headers.topic, headers.event_type) == (kind, topic, event)
    assert headers.frame_id == frame_id


# --- completeness

# What the bot writes; the tests of the adapters compare it.
WRITTEN = (".request", "stream.ack_", "webhook.")


def test_each_sample_has_a_reader() -> None:
    here = {path.name.removesuffix(".json") for path in PAYLOADS.iterdir()}
    tables = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    read = {*ANSWERS, "card.callback", *(name for _, *rows in tables.values() for name, *_ in rows)}
    assert {name for name in here if not any(part in name for part in WRITTEN)} == read


def test_each_api_in_use_has_a_sample_or_none_exists() -> None:
    assert APIS.keys() - {row.api for row in ANSWERS.values()} == UNSAMPLED
