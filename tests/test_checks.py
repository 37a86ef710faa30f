"""`check` against the sandbox: what it proves, and what it says about a missing part."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.demo import write_config
from bot.clock import Clock, SystemClock
from bot.sandbox.clock import PretendClock
from bot.services.checks import Finding, check_all
from bot.settings import SIGNED_URL, parse
from tests.command_line import bot
from tests.pretend_dingtalk import Sandbox

PERMISSIONS = [
    "qyapi_get_member",
    "qyapi_get_department_list",
    "qyapi_get_department_member",
    "qyapi_base",
    "qyapi_robot_sendmsg",
    "qyapi_get_attendance_data",
    "qyapi_attendance_group_read",
]

CARDS = {"card_template_id": "sandbox-card.schema"}


class Checks:
    """A sandbox, and what `check` finds with the demo's configuration and both targets."""

    def __init__(self, sandbox: Sandbox, folder: Path, clock: Clock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        write_config(sandbox, folder)
        self.file = folder / "config.yaml"

    async def findings(
        self,
        *,
        set_up: bool = False,
        **changes: dict[str, Any],
    ) -> dict[str, Finding]:
        """Check with `changes` of parts of the configuration."""
        raw = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        raw["clock_in"] |= {"targets": ["signed", "record_upload"]}
        for part, change in changes.items():
            raw[part] = raw.get(part, {}) | change
        settings = parse(yaml.safe_dump(raw), "test")
        found = await check_all(settings, self.clock, set_up=set_up)
        return {finding.part: finding for finding in found}


@pytest.fixture
async def checks(tmp_path: Path) -> AsyncIterator[Checks]:
    async with Sandbox() as sandbox:
        yield Checks(sandbox, tmp_path, SystemClock())


async def test_check_passes_without_a_message_to_anybody(checks: Checks) -> None:
    checks.sandbox.clock.move_to(checks.sandbox.clock.now() + timedelta(hours=1))
    findings = await checks.findings()
    assert all(finding.ok for finding in findings.values()), findings
    granted = [
        part.removeprefix("permission ") for part in findings if part.startswith("permission ")
    ]
    assert granted == PERMISSIONS
    assert {"target record_upload", "page ticket"} <= findings.keys()
    assert "the pretend DingTalk; its clock can be moved" in findings["clock"].text
    assert not list(checks.sandbox.records)
    assert not any(checks.sandbox.transcript(person.user_id) for person in checks.sandbox.world)


async def test_only_on_request_the_page_gets_its_quick_entry(checks: Checks) -> None:
    page = {"public_url": "https://clock.example.com"}
    await checks.findings(web=page)
    assert checks.sandbox.quick_entries == []
    nowhere = await checks.findings(set_up=True, web={"public_url": None})
    assert "Set web.public_url" in nowhere["quick entry"].text
    assert (await checks.findings(set_up=True, web=page))["quick entry"].ok
    (entry,) = checks.sandbox.quick_entries
    assert json.loads(entry["name"]) == {"zh_CN": "考勤打卡", "en_US": "Attendance"}
    assert entry["mobile_url"] == "https://clock.example.com/app"
    assert entry["pc_url"].startswith(
        "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fclock.example.com%2Fapp&"
    )


async def test_only_on_request_an_administrator_gets_a_test_message_and_a_card(
    checks: Checks,
) -> None:
    admin = checks.sandbox.world.admin.user_id
    await checks.findings(dingtalk=CARDS)
    assert not checks.sandbox.transcript(admin)
    findings = await checks.findings(set_up=True, dingtalk=CARDS)
    message, card = checks.sandbox.transcript(admin)
    assert [button.says for button in message.buttons] == ["帮助", "我今天的考勤"]
    assert [button.label for button in card.buttons] == ["点我"]
    assert f"sent to {admin}. Look: it has two buttons" in findings["test message"].text
    assert f"sent to {admin}. Look: it has one button" in findings["test card"].text
    assert f"Paste {checks.sandbox.url}/app as quick entry" in findings["group entry"].text
    assert not any(
        checks.sandbox.transcript(person.user_id)
        for person in checks.sandbox.world
        if person.user_id != admin
    )


async def test_without_administrators_nobody_gets_a_test(checks: Checks) -> None:
    findings = await checks.findings(set_up=True, roles={"admins": []}, dingtalk=CARDS)
    for part in ("test message", "test card"):
        assert "Set roles.admins" in findings[part].text
    assert not any(checks.sandbox.transcript(person.user_id) for person in checks.sandbox.world)


async def test_a_test_that_reached_nobody_says_so(checks: Checks) -> None:
    await checks.sandbox.fault("filtered", True)
    await checks.sandbox.fault("cards_undelivered", True)
    findings = await checks.findings(set_up=True, dingtalk=CARDS)
    for part in ("test message", "test card"):
        assert not findings[part].ok
        assert "its visible scope holds this person" in findings[part].text


@pytest.mark.parametrize("scope", PERMISSIONS)
async def test_each_missing_permission_is_named_and_fails_alone(checks: Checks, scope: str) -> None:
    await checks.sandbox.fault("permission", {"apis": [scope]})
    findings = await checks.findings()
    assert [part for part, finding in findings.items() if not finding.ok] == [f"permission {scope}"]
    assert f"Grant the app the permission {scope}" in findings[f"permission {scope}"].text


@pytest.mark.parametrize(
    ("api", "part"),
    [
        ("/topapi/attendance/getleavestatus", "permission qyapi_get_attendance_data"),
        ("/topapi/v2/department/get", "permission qyapi_get_department_list"),
        ("jsapiTickets", "page ticket"),
    ],
)
async def test_check_tries_each_read(checks: Checks, api: str, part: str) -> None:
    await checks.sandbox.fault("permission", {"apis": [api]})
    assert [name for name, finding in (await checks.findings()).items() if not finding.ok] == [part]
    assert part.startswith("permission") or part not in await checks.findings(
        dingtalk={"agent_id": None}
    )


async def test_an_unpublished_card_template_is_named(checks: Checks) -> None:
    findings = await checks.findings(dingtalk={"card_template_id": "old.schema"})
    assert [name for name, finding in findings.items() if not finding.ok] == ["card template"]
    assert "Publish deploy/card-template.json" in findings["card template"].text


async def test_check_names_a_year_without_known_holidays(tmp_path: Path) -> None:
    shifts = [{"name": "day", "sections": [["09:00", "18:00"]]}]
    november = PretendClock(datetime(2026, 11, 29, 4, tzinfo=UTC))
    async with Sandbox(clock=november) as sandbox:
        checks = Checks(sandbox, tmp_path, november)
        found = await checks.findings(schedule={"source": "config", "shifts": shifts})
        assert "holidays and make-up days of 2027 are not known" in found["holidays"].text
        known = {"source": "config", "shifts": shifts, "holidays": ["2027-01-01"]}
        assert (await checks.findings(schedule=known))["holidays"].ok


async def test_a_wrong_secret_fails_and_is_never_printed(checks: Checks) -> None:
    findings = await checks.findings(dingtalk={"client_secret": "hunter2-hunter2"})
    for part in ("access token", "gateway", "target signed", "permission qyapi_robot_sendmsg"):
        assert not findings[part].ok
    assert "dingtalk.client_secret" in findings["access token"].text
    assert findings["database"].ok
    assert "hunter2-hunter2" not in "".join(finding.line() for finding in findings.values())


@pytest.mark.parametrize(
    ("part", "change", "key"),
    [
        ("dingtalk", {"operator_user_id": "nobody9"}, "dingtalk.operator_user_id"),
        ("roles", {"admins": ["lead01", "nobody9"]}, "roles.admins"),
        ("roles", {"leads": {"nobody9": [101]}}, "roles.leads"),
    ],
)
async def test_an_unknown_user_id_is_named_with_its_key(
    checks: Checks, part: str, change: dict[str, Any], key: str
) -> None:
    findings = await checks.findings(**{part: change})
    assert f"nobody has the user id nobody9 ({key})" in findings["permission qyapi_get_member"].text
    assert not any(
        "See whether the address is right" in finding.text for finding in findings.values()
    )


async def test_plans_without_an_operator_name_the_missing_key(checks: Checks) -> None:
    findings = await checks.findings(dingtalk={"operator_user_id": None})
    assert (
        "Set dingtalk.operator_user_id" in findings["permission qyapi_attendance_group_read"].text
    )


async def test_a_missing_signed_api_names_its_setting(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = await checks.findings(clock_in={"signed_url": f"{checks.sandbox.url}/nothing/here"})
    assert "clock_in.signed_url" in nowhere["target signed"].text
    monkeypatch.setenv("https_proxy", checks.sandbox.url)  # no proxy: nothing leaves this machine
    findings = await checks.findings(clock_in={"signed_url": SIGNED_URL})
    assert [part for part, finding in findings.items() if not finding.ok] == ["target signed"]
    assert "no public documentation" in findings["target signed"].text
    assert "Point clock_in.signed_url" in findings["target signed"].text


@pytest.mark.parametrize(("secret", "code"), [("sandbox", 0), ("wrong-secret", 1)])
async def test_check_prints_json_and_exits_1_on_a_failure(
    checks: Checks, monkeypatch: pytest.MonkeyPatch, secret: str, code: int
) -> None:
    monkeypatch.setenv("CLOCK_IN_BOT__DINGTALK__CLIENT_SECRET", secret)
    done = await bot("check", "--config", str(checks.file), "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == code
    assert all(finding["ok"] for finding in findings) is (code == 0)
    assert {tuple(finding) for finding in findings} == {("part", "ok", "text")}
