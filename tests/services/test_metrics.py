"""What an operator watches: figures of punches, reminders and quotas, and the rules and panels that
name them.
"""

import re
from pathlib import Path

import aiohttp

from bot.domain.reminders import ReminderKind
from tests.company import TWO_WORDS
from tests.reminders.stage import RemindingCompany, a_reminding_company

DEPLOY = Path(__file__).parents[2] / "deploy"
PREFIX = "clock_in_bot_"


class Hurried(RemindingCompany):
    """A company whose receipts do not wait long for a target."""

    patience = TWO_WORDS


async def scraped(company: RemindingCompany) -> str:
    """Return what Prometheus reads."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{company.app.web.url}/metrics") as answer,
    ):
        return await answer.text()


def figure(text: str, name: str) -> float:
    """Return one figure by its name and labels, 0 without it."""
    found = re.search(rf"^{re.escape(PREFIX + name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_punches_reminders_and_quotas_are_counted(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, dingtalk={"edition": "standard"}) as company:
        await company.go_on("08:50", "08:51")
        await company.ask("user001", "打卡")
        await company.go_on("09:05")
        await company.app.quota.tick()
        text = await scraped(company)
        assert figure(text, 'reminders_total{kind="before",outcome="sent"}') == 9
        assert figure(text, 'reminders_total{kind="after",outcome="sent"}') == 8
        assert figure(text, 'reminders_total{kind="missed",outcome="sent"}') == 9, "of yesterday"
        for outcome in ("recorded", "sent"):
            assert figure(text, f'punches_total{{door="chat",outcome="{outcome}"}}') == 1
        assert figure(text, 'delivery_seconds_count{target="signed"}') == 1
        assert figure(text, "stream_connected") == 1
        assert figure(text, 'quota_limit{quota="messages"}') == 3_000
        assert figure(text, 'quota_used{quota="messages"}') == 2, "the message and its receipt"
        assert figure(text, 'quota_used_by_kind{kind="batch_send",quota="calls"}') == 3


async def test_what_waits_is_shown_with_its_age_and_its_trouble(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, kind=Hurried) as company:
        await company.sandbox.fault("answer", {"apis": ["signed"], "value": {"status": 404}})
        await company.ask("user001", "打卡")
        company.sandbox.clock.advance(600)
        text = await scraped(company)
        assert figure(text, 'waiting_rows{kind="punch",target="signed"}') == 1
        assert figure(text, 'oldest_waiting_seconds{kind="punch",target="signed"}') >= 600
        assert figure(text, 'troubles{subject="signed"}') == 1


async def test_each_metric_of_the_alert_rules_and_the_dashboard_exists(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        text = await scraped(company)
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    # Prometheus sees no increase in a series that begins with its first event.
    assert f'{PREFIX}stream_events_total{{kind="unstored"}} 0.0' in text
    assert len(
        re.findall(r'reminders_total{.*outcome="(?:too late|unknown)"} 0\.0', text)
    ) == 2 * len(ReminderKind)
    known = {name for name, kind in types.items() if kind != "histogram"}
    known |= {f"{name}_bucket" for name, kind in types.items() if kind == "histogram"}
    for file in ("alerts.yaml", "grafana.json"):
        named = set(
            re.findall(rf"\b(?:{PREFIX}|process_)\w+", (DEPLOY / file).read_text(encoding="utf-8"))
        )
        assert named, file
        assert named - {f"{PREFIX}quota_"} <= known, file
