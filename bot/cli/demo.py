"""The commands on the pretend DingTalk: `demo` and `sandbox`."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

import click
import yaml

from bot import logs
from bot.app import App, run_app
from bot.cli.options import DONE, FILE
from bot.clock import SystemClock, local_date
from bot.domain.months import FIGURES
from bot.domain.slots import A_DAY
from bot.sandbox.api import AGENT_ID
from bot.sandbox.cards import TEMPLATE_ID
from bot.sandbox.clock import PretendClock
from bot.sandbox.people import invent_past
from bot.sandbox.server import Sandbox, run_sandbox
from bot.sandbox.world import SITES, World
from bot.settings import Settings, load

PORT = click.IntRange(0, 65535)
EMPLOYEES = click.option(
    "--employees", type=click.IntRange(2, 100_000), default=12, show_default=True
)
PAYROLL = [{name: name} for name in ("job_number", "name", "department", *FIGURES, "adjusted")]


@click.command()
@click.option("--port", type=PORT, default=8080, show_default=True, help="Port of the chat page.")
@EMPLOYEES
@click.option("--data", type=FILE, default=".demo", show_default=True, help="Folder for its data.")
def demo(port: int, employees: int, data: Path) -> int:
    """Try the whole bot against a pretend DingTalk, with a chat page in the browser; no credentials
    needed.

    Both share one clock. It starts at 08:50 of a workday, and the page can move it.
    """
    data.mkdir(parents=True, exist_ok=True)
    logs.set_up(level=logging.WARNING)
    asyncio.run(_play(port, employees, data))
    return DONE


@click.command()
@click.option(
    "--port",
    type=PORT,
    default=8080,
    show_default=True,
    help="Port of gateway, APIs and chat page.",
)
@EMPLOYEES
def sandbox(port: int, employees: int) -> int:
    """Run the pretend DingTalk alone, with its chat page and control API, until it is interrupted."""
    with suppress(KeyboardInterrupt):
        asyncio.run(run_sandbox(port, employees))
    return DONE


async def _play(port: int, employees: int, data: Path) -> None:
    day = local_date(SystemClock(), World.zone)
    while day.weekday() > 4:
        day -= A_DAY
    clock = PretendClock(datetime.combine(day, time(8, 50), World.zone).astimezone(UTC))
    sandbox = Sandbox(world=World(employees), clock=clock, data_dir=data, port=port)
    try:
        await sandbox.start()
        invent_past(sandbox)
        more = {"months": {"enabled": True}, "exports": {"payroll": {"columns": PAYROLL}}}
        settings = write_config(sandbox, data, card_template_id=TEMPLATE_ID, **more)
        app = App(settings, clock=clock)
        await run_app(app, ready=partial(_announce, sandbox, app))
    finally:
        await sandbox.stop()


def write_config(
    sandbox: Sandbox, data: Path, *, card_template_id: str | None = None, **more: object
) -> Settings:
    """Write the configuration that points a bot at `sandbox`, so that `export` finds it too, and
    load it. `more` are other keys.
    """
    raw = {
        "dingtalk": {
            "client_id": "sandbox",
            "client_secret": "sandbox",
            "corp_id": sandbox.world.corp_id,
            "agent_id": AGENT_ID,
            "api_url": sandbox.url,
            "oapi_url": sandbox.url,
            "operator_user_id": sandbox.world.admin.user_id,
            "card_template_id": card_template_id,
        },
        "clock_in": {"signed_url": f"{sandbox.url}/attendance/v1/clock/single/add"},
        "sites": [
            asdict(site)
            | {"name": site.name.split()[0], "aliases": site.name.split()[1:]}  # of `HQ 总部`
            for site in SITES
        ],
        "roles": {"admins": [sandbox.world.admin.user_id]},
        "store": {"url": f"sqlite:///{data.absolute() / 'clock-in.db'}"},
        "time_zone": World.zone.key,
        "web": {"port": 0, "public_url": sandbox.url},
        **more,
    }
    path = data / "config.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(path)


def _announce(sandbox: Sandbox, app: App) -> None:
    """Show the page under the sandbox's address, and say where to begin."""
    sandbox.page.origin = app.web.url
    now = f"{sandbox.clock.now().astimezone(World.zone):%Y-%m-%d %H:%M}"
    print(f"Open {sandbox.url}/ (Ctrl-C ends the demo)")
    print(f"It is {now} there, for the bot too, and you can move it.", flush=True)
