"""`init` and `diagnostics` as an operator uses them, against the pretend DingTalk."""

import asyncio
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.cli.demo import write_config
from bot.cli.options import BAD_USAGE, DONE, FAILED
from bot.settings import load
from tests.command_line import Outcome, bot, outcome_of
from tests.company import a_company
from tests.pretend_dingtalk import Sandbox

SECRET = "DINGTALK_CLIENT_SECRET"


async def asked(sandbox: Sandbox, file: Path, *answers: str) -> Outcome:
    """Answer the questions of `init`, one line each."""
    addresses = {f"CLOCK_IN_BOT__DINGTALK__{name}": sandbox.url for name in ("API_URL", "OAPI_URL")}
    return await asyncio.to_thread(
        outcome_of,
        *("init", "--config", str(file)),
        stdin="\n".join(answers) + "\n",
        changes={SECRET: "sandbox", **addresses},
    )


async def test_init_asks_writes_a_commented_configuration_and_checks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, database = tmp_path / "config.yaml", f"sqlite:///{tmp_path / 'clock-in.db'}"
    async with Sandbox() as sandbox:
        admin = sandbox.world.admin.user_id
        signed_url = f"{sandbox.url}/attendance/v1/clock/single/add"
        wrong_then_right = ("Mars/Olympus", "Europe/Berlin")
        done = await asked(
            *(sandbox, file, "sandbox", admin, f"{admin} user001", "signed", signed_url, database),
            *(*wrong_then_right, "en"),
        )
    assert done.returncode == DONE, done
    assert "time_zone: invalid timezone" in done.stdout + done.stderr
    assert "ok   access token: granted" in done.stdout
    written = file.read_text(encoding="utf-8")
    assert "# AppKey of the app" in written, "the comments stay"
    monkeypatch.setenv(SECRET, "hunter2-hunter2")
    settings = load(file)
    assert (settings.roles.admins, settings.clock_in.signed_url) == ([admin, "user001"], signed_url)
    assert (settings.zone.key, settings.language, settings.store.url) == (
        "Europe/Berlin",
        "en",
        database,
    )


async def test_init_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("mine")
    done = await bot("init", "--config", str(file))
    assert (done.returncode, file.read_text()) == (BAD_USAGE, "mine")


async def test_init_that_gets_no_answer_says_so_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    async with Sandbox() as sandbox:
        done = await asked(sandbox, file)
    assert (done.returncode, done.stderr.strip(), file.exists()) == (FAILED, "Interrupted.", False)


async def test_diagnostics_help_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, database_secret = "hunter2-hunter2", "correct horse"
    monkeypatch.setenv("PGPASSWORD", database_secret)
    log, out = tmp_path / "bot.log", tmp_path / "help.zip"
    log.write_text(
        f"the first line\nclient_secret={secret}\n{database_secret} is wrong\n", encoding="utf-8"
    )
    async with a_company(
        tmp_path, client_secret=secret, dingtalk={"client_secret": secret}
    ) as company:
        await company.ask("user001", "clock in")
        write_config(company.sandbox, tmp_path)
        text = (tmp_path / "config.yaml").read_text(encoding="utf-8")
        port = company.app.web.url.rpartition(":")[2]
        config = tmp_path / "diagnosed.yaml"
        config.write_text(
            text.replace("client_secret: sandbox", f"client_secret: {secret}").replace(
                "port: 0", f"port: {port}"
            )
        )
        done = await bot(
            "diagnostics", "--config", str(config), "--out", str(out), "--log", str(log)
        )
    assert done.returncode == DONE, done
    assert out.stat().st_mode & 0o777 == 0o600
    with ZipFile(out) as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert "aiohttp" in parts["versions.txt"]
    assert company.sandbox.url in parts["settings.json"]
    assert "ok   access token" in parts["check.txt"]
    assert '"stream": "connected"' in parts["ready.json"]
    assert "clock_in_bot_stream_connected 1.0" in parts["metrics.txt"]
    assert "the first line" in parts["log.txt"]
    assert not [name for name, part in parts.items() if secret in part or database_secret in part]
