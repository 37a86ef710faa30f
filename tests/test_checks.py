"""`check` against the sandbox: what it proves, and what it says when something is missing."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.check import Finding, check_all
from bot.cli.demo import write_config
from bot.clock import SystemClock
from bot.sandbox.clock import PretendClock
from bot.sandbox.server import Sandbox
from bot.settings import SIGNED_URL, Settings
from bot.settings.keys import Schedule
from tests.command_line import bot

PERMISSIONS = [
    "qyapi_get_member",
    "qyapi_get_department_list",
    "qyapi_get_department_member",
    "qyapi_base",
    "qyapi_robot_sendmsg",
    "qyapi_get_attendance_data",
    "qyapi_attendance_group_read",
]
PEOPLE = "permission qyapi_get_member"
BOTH = ["signed", "record_upload"]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


def settings(sandbox: Sandbox, folder: Path, **changes: object) -> Settings:
    """Return the demo's settings with both targets; `changes` are laid over part `clock_in` or `dingtalk`."""
    made = write_config(sandbox, folder)
    rules = made.clock_in.model_copy(update={"targets": BOTH, **_of("clock_in__", changes)})
    app = made.dingtalk.model_dump() | _of("dingtalk__", changes)
    return made.model_copy(update={"clock_in": rules, "dingtalk": type(made.dingtalk).model_validate(app)})


def _of(prefix: str, changes: dict[str, object]) -> dict[str, object]:
    return {key.removeprefix(prefix): value for key, value in changes.items() if key.startswith(prefix)}


async def checked(sandbox: Sandbox, folder: Path, **changes: object) -> dict[str, Finding]:
    findings = await check_all(settings(sandbox, folder, **changes), SystemClock())
    return {finding.part: finding for finding in findings}


def failed(findings: dict[str, Finding]) -> list[str]:
    return [part for part, finding in findings.items() if not finding.ok]


@pytest.mark.parametrize(
    ("schedule", "ok", "said"),
    [
        ({}, False, "holidays and make-up days of 2027 are not known"),
        ({"holidays": ["2027-01-01"]}, True, "known"),
    ],
)
async def test_a_year_whose_holidays_are_needed_and_unknown_is_said(
    tmp_path: Path, schedule: dict[str, object], ok: bool, said: str
) -> None:
    shifts = [{"name": "day", "sections": [["09:00", "18:00"]]}]
    wanted = Schedule.model_validate({"source": "config", "shifts": shifts, **schedule})
    november = PretendClock(datetime(2026, 11, 29, 4, tzinfo=UTC))
    async with Sandbox(clock=november) as sandbox:
        made = settings(sandbox, tmp_path).model_copy(update={"schedule": wanted})
        (found,) = [one for one in await check_all(made, november) if one.part == "holidays"]
    assert (found.ok, said in found.text) == (ok, True), found.text


async def test_that_a_pretend_clock_was_moved_is_said_as_what_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.clock.move_to(sandbox.clock.now() + timedelta(hours=1))
    findings = await checked(sandbox, tmp_path)
    assert failed(findings) == []
    assert "the pretend DingTalk, whose clock can be moved" in findings["clock"].text


async def test_a_bot_with_everything_it_needs_is_all_ok_and_nobody_is_spoken_to(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    findings = await checked(sandbox, tmp_path)
    assert failed(findings) == []
    assert [part for part in findings if part.startswith("permission ")] == [
        f"permission {p}" for p in PERMISSIONS
    ]
    assert "target record_upload" in findings
    assert not list(sandbox.records)
    assert not any(sandbox.transcript(person.user_id) for person in sandbox.world)


@pytest.mark.parametrize("scope", PERMISSIONS)
async def test_each_missing_permission_is_named_and_fails_alone(
    sandbox: Sandbox, tmp_path: Path, scope: str
) -> None:
    await sandbox.fault("permission", {"apis": [scope]})
    findings = await checked(sandbox, tmp_path)
    assert failed(findings) == [f"permission {scope}"]
    assert f"Grant the app the permission {scope}" in findings[f"permission {scope}"].text


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/topapi/attendance/getleavestatus", "qyapi_get_attendance_data"),
        ("/topapi/v2/department/get", "qyapi_get_department_list"),
    ],
)
async def test_a_read_of_plans_and_leave_is_proved_too(
    sandbox: Sandbox, tmp_path: Path, path: str, part: str
) -> None:
    await sandbox.fault("permission", {"apis": [path]})
    assert failed(await checked(sandbox, tmp_path)) == [f"permission {part}"]


async def test_a_wrong_secret_is_said_where_it_matters_and_never_repeated(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    findings = await checked(sandbox, tmp_path, dingtalk__client_secret="hunter2-hunter2")
    assert {"access token", "gateway", "target signed", "permission qyapi_robot_sendmsg"} <= set(failed(findings))
    assert "dingtalk.client_secret" in findings["access token"].text
    assert findings["database"].ok
    assert "hunter2-hunter2" not in "".join(finding.line() for finding in findings.values())


@pytest.mark.parametrize(
    ("key", "roles"),
    [("dingtalk.operator_user_id", ["lead01"]), ("roles.admins", ["lead01", "nobody9"]), ("roles.leads", [])],
)
async def test_an_id_that_nobody_has_is_named_with_its_key(
    sandbox: Sandbox, tmp_path: Path, key: str, roles: list[str]
) -> None:
    made = settings(sandbox, tmp_path)
    operator = "nobody9" if key == "dingtalk.operator_user_id" else "lead01"
    leads = {"nobody9": [101]} if key == "roles.leads" else {}
    parts = {
        "dingtalk": made.dingtalk.model_copy(update={"operator_user_id": operator}),
        "roles": made.roles.model_copy(update={"admins": roles, "leads": leads}),
    }
    findings = {one.part: one for one in await check_all(made.model_copy(update=parts), SystemClock())}

    assert f"nobody has the user id nobody9 ({key})" in findings[PEOPLE].text
    hints = [findings[part].text for part in failed(findings)]
    assert not any("See whether the address is right" in hint for hint in hints)
    if operator == "nobody9":
        plans = findings["permission qyapi_attendance_group_read"].text
        assert "33012" in plans


async def test_no_such_signed_api_names_the_setting(sandbox: Sandbox, tmp_path: Path) -> None:
    findings = await checked(sandbox, tmp_path, clock_in__signed_url=f"{sandbox.url}/nothing/here")
    assert failed(findings) == ["target signed"]
    assert "clock_in.signed_url" in findings["target signed"].text


async def test_the_default_signed_api_that_does_not_answer_is_called_undocumented(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", sandbox.url)  # which is no proxy, so that nothing leaves this machine
    findings = await checked(sandbox, tmp_path, clock_in__signed_url=SIGNED_URL)
    assert failed(findings) == ["target signed"]
    assert "no public documentation" in findings["target signed"].text
    assert "Point clock_in.signed_url" in findings["target signed"].text


@pytest.mark.parametrize(("secret", "code"), [("sandbox", 0), ("wrong-secret", 1)])
async def test_check_prints_a_json_list_and_its_exit_code_tells(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, code: int
) -> None:
    write_config(sandbox, tmp_path)
    monkeypatch.setenv("CLOCK_IN_BOT__DINGTALK__CLIENT_SECRET", secret)
    done = await bot("check", "--config", str(tmp_path / "config.yaml"), "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == code
    assert all(finding["ok"] for finding in findings) is (code == 0)
    assert {tuple(finding) for finding in findings} == {("part", "ok", "text")}


async def test_the_ticket_for_pages_is_fetched_where_the_page_needs_it(sandbox: Sandbox, tmp_path: Path) -> None:
    assert (await checked(sandbox, tmp_path))["page ticket"].text.startswith("granted")
    assert "page ticket" not in await checked(sandbox, tmp_path, dingtalk__agent_id=None)
    await sandbox.fault("permission", {"apis": ["jsapiTickets"]})
    assert failed(await checked(sandbox, tmp_path)) == ["page ticket"]


async def test_the_places_of_attendance_groups_are_read(sandbox: Sandbox, tmp_path: Path) -> None:
    places = {"clock_in__sites_from": "dingtalk"}
    assert "in the attendance group of" in (await checked(sandbox, tmp_path, **places))["sites"].text
    await sandbox.fault("permission", {"apis": ["/topapi/attendance/group/positions/query"]})
    refused = (await checked(sandbox, tmp_path, **places))["sites"]
    assert (refused.ok, "qyapi_attendance_group_read" in refused.text) == (False, True)
