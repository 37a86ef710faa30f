"""The configuration: reading, refusing, and error messages."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.errors import ConfigError
from bot.settings import load, parse
from tests.tables import cases

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
# The example without the comment signs before keys.
FILLED_IN = re.sub(r"^( {0,2})# (?=  [- ] |\w+: )", r"\1", EXAMPLE, flags=re.MULTILINE)
LEAST = "dingtalk: {client_id: ding1, client_secret: s3cr3t-value}\n"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "config.yaml")
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def _keys(value: object, prefix: str = "") -> set[str]:
    if not isinstance(value, dict):
        return set()
    return {f"{prefix}{key}" for key in value} | {
        name for key, inner in value.items() for name in _keys(inner, f"{prefix}{key}.")
    }


def test_the_example_names_every_key_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_CLIENT_SECRET", "${from}-$the-environment")
    settings = parse(FILLED_IN, "filled in")
    assert settings.dingtalk.client_secret.get_secret_value() == "${from}-$the-environment"
    known = {
        key
        for key in _keys(settings.model_dump(by_alias=True))
        if not key.startswith("roles.leads.")
    }
    assert known <= _keys(yaml.safe_load(FILLED_IN))

    assert refused(EXAMPLE).startswith("config.yaml: dingtalk.client_id is missing")
    copied = parse(
        EXAMPLE.replace("# client_id: dingxxxx", "client_id: ding1"), "copied"
    ).model_dump()
    least = parse(LEAST, "least").model_dump()
    del copied["schedule"]["shifts"], least["schedule"]["shifts"]
    del copied["dingtalk"]["client_secret"], least["dingtalk"]["client_secret"]
    assert copied == least


def test_holidays_and_make_up_days_are_dates() -> None:
    read = parse(
        LEAST + "schedule: {holidays: [2027-01-01, '2027-02-08'], make_up_days: [2027-02-06]}",
        "days",
    )
    assert read.schedule.holidays == [date(2027, 1, 1), date(2027, 2, 8)]
    assert "schedule.holidays.0" in refused(LEAST + "schedule: {holidays: [new year]}")


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    least = parse(LEAST, "least")
    assert least.clock_in.targets == ["signed"]
    for key, value in (
        ("DINGTALK__CLIENT_SECRET", "over${ride}"),
        ("LIMITS__EACH_API", "40"),
        ("CLOCK_IN__TARGETS", '["record_upload"]'),
        ("STORE__URL", "postgresql://bot:pa[ss%20word@host/db"),
    ):
        monkeypatch.setenv(f"CLOCK_IN_BOT__{key}", value)
    settings = parse("dingtalk: {client_id: ding1, client_secret: '${NOT_SET_ANYWHERE}'}", "least")
    assert settings.dingtalk.client_secret.get_secret_value() == "over${ride}"
    assert settings.dingtalk.client_id == "ding1"
    assert settings.limits.each_api == 40
    assert settings.clock_in.targets == ["record_upload"]
    assert {"over${ride}", "pa[ss word"} <= set(settings.secrets)

    monkeypatch.setenv("CLOCK_IN_BOT__CLOKC", "hunter2")
    said = refused(LEAST)
    assert "CLOCK_IN_BOT__CLOKC" in said and "unknown key clokc; did you mean clock_in?" in said
    assert "hunter2" not in said


DAY, NIGHT = (
    "sections: [['09:00', '18:00']], breaks: [{}]",
    "sections: [['22:00', '06:00']], breaks: [{}]",
)
SITE = "name: A, latitude: 39.9, longitude: 116.4, radius_m: 200"


@cases
def test_a_mistake_is_named_with_its_correction(text: str, words: str) -> None:
    assert words in refused(text if text.startswith(("dingtalk", "-")) else LEAST + text)


@pytest.mark.parametrize(
    ("name", "words"), [("none.yaml", "bot init"), (".", "Is a"), ("gbk.yaml", "UTF-8")]
)
def test_an_unreadable_file_differs_from_a_missing_one(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "gbk.yaml").write_bytes("sites: [{name: 总部}]".encode("gbk"))
    with pytest.raises(ConfigError, match=words):
        load(tmp_path / name)


def with_dingtalk(key: str, url: str) -> str:
    return LEAST.replace("}", f", {key}: '{url}'}}")


@cases
def test_a_bad_address_is_refused_without_its_password(url: str) -> None:
    for part, key in (
        ("dingtalk", "api_url"),
        ("dingtalk", "oapi_url"),
        ("clock_in", "signed_url"),
    ):
        said = refused(
            f"{LEAST}{part}: {{{key}: '{url}'}}" if part == "clock_in" else with_dingtalk(key, url)
        )
        assert said.startswith(f"config.yaml: {part}.{key}: ")
        assert "hunter2" not in said


@pytest.mark.parametrize(
    "url", ["http://[::1]:8080", "http://127.0.0.1:80/a", "https://h-1.example.com/a/b?c=d"]
)
def test_an_address_of_any_host_is_taken(url: str) -> None:
    assert parse(f"{LEAST}clock_in: {{signed_url: '{url}'}}", "least").clock_in.signed_url == url


def test_a_secret_is_never_repeated() -> None:
    assert "hunter2-hunter2" not in refused(
        "dingtalk: {client_id: a, client_secret: [hunter2-hunter2]}"
    )
    assert "s3cr3t-value" not in repr(parse(LEAST, "least"))
