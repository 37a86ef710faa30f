"""The commands that set a bot up and look after it: `init`, `check`, `diagnostics`."""

import asyncio
import json
import os
from collections import deque
from pathlib import Path
from typing import IO

import click

from bot.cli.options import DONE, FAILED, FILE, config_file, configured, open_output, quiet_settings
from bot.clock import SystemClock
from bot.errors import ConfigError
from bot.logs import Redactor
from bot.services.checks import Finding, check_all
from bot.services.operating import LOG_LINES, fill_in, journal, write_bundle
from bot.settings import Settings, parse

SECRET = "DINGTALK_CLIENT_SECRET"  # noqa: S105 - the name of a variable
QUESTIONS = {  # key: question and default; the example explains each key
    "dingtalk.client_id": ("Client ID (AppKey) of the app", None),
    "dingtalk.operator_user_id": ("User id of an attendance administrator", None),
    "roles.admins": ("User ids of the people who get alerts, with spaces between", None),
    "clock_in.targets": ("Where punches go: signed or record_upload", "signed"),
    "clock_in.signed_url": ("Address of the service that speaks the signed clock-in API", None),
    "store.url": ("Database", f"sqlite:///{Path('clock-in.db').absolute()}"),
    "time_zone": ("Time zone", "Asia/Shanghai"),
    "language": ("Language until a person writes: zh or en", "zh"),
}
LISTS = ("roles.admins", "clock_in.targets")


@click.command()
@config_file
@click.pass_context
def init(context: click.Context, file: Path) -> int:
    """Ask for what a bot needs, write a commented configuration, and run `check`."""
    if file.exists() or not file.absolute().parent.is_dir():
        raise click.UsageError(f"{file} exists already, or its folder is missing")
    if SECRET not in os.environ:
        os.environ[SECRET] = click.prompt(
            "Client Secret (AppSecret), which is not written", hide_input=True
        )
    answers: dict[str, object] = {}
    for key, (question, default) in QUESTIONS.items():

        def read(text: str, key: str = key) -> object:
            value = text.replace(",", " ").split() if key in LISTS else text
            try:
                parse(fill_in({**answers, key: value}), "your answer")
            except ConfigError as error:
                raise click.UsageError(str(error)) from None  # asks again
            return value

        if key != "clock_in.signed_url" or "signed" in str(answers["clock_in.targets"]):
            answers[key] = click.prompt(question, default=default, value_proc=read)
    file.write_text(fill_in(answers), encoding="utf-8")
    print(f"{file} is written. Keep the Client Secret in the environment, as {SECRET}.")
    settings = quiet_settings(file)
    return int(context.invoke(check, settings=settings, as_json=False, set_up=False))


@click.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.option(
    "--set-up",
    is_flag=True,
    help="Also show the page above the input box of chats with the robot, and send the first "
    "administrator a test message and a test card.",
)
def check(settings: Settings, as_json: bool, set_up: bool) -> int:
    """Try, one line each, whether configuration, database, clock, DingTalk, permissions and targets
    work.

    Each line that fails says what to do. Exit code 1: at least one fails. Only --set-up changes
    anything.
    """

    def show(finding: Finding) -> None:
        if not as_json:
            click.secho(finding.line(), fg="green" if finding.ok else "red")

    findings = asyncio.run(check_all(settings, SystemClock(), show, set_up=set_up))
    if as_json:
        print(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=1))
    return DONE if all(finding.ok for finding in findings) else FAILED


@click.command()
@configured
@click.option("--out", type=FILE, metavar="FILE", default="diagnostics.zip", show_default=True)
@click.option(
    "--log",
    type=click.File(errors="replace"),
    metavar="FILE",
    help="The bot's log; - is the input.",
)
def diagnostics(settings: Settings, out: Path, log: IO[str] | None) -> int:
    """Write one file for somebody who helps you: versions, settings, check, health, metrics, the
    last log lines.

    Without --log the log comes from the journal of the systemd unit clock-in-bot.
    """
    findings = asyncio.run(check_all(settings, SystemClock()))
    lines = journal() if log is None else "".join(deque(log, LOG_LINES))
    with open_output(out) as target:
        write_bundle(target, settings, findings, lines, Redactor(settings.secrets))
    print(f"{out} is written. It holds user ids but no secret. Read it before you send it.")
    return DONE
