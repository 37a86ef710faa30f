"""The configuration: what is read, what is refused, and in which words."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.errors import ConfigError
from bot.settings import load, parse

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
# The example as somebody leaves it who takes the mark away before each key that is commented out.
FILLED_IN = re.sub(r"^( {0,2})# (?=  [- ] |\w+: )", r"\1", EXAMPLE, flags=re.MULTILINE)
LEAST = "dingtalk: {client_id: ding1, client_secret: s3cr3t-value}\n"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "config.yaml")
    return str(caught.value)


def _keys(value: object, prefix: str = "") -> set[str]:
    if not isinstance(value, dict):
        return set()
    return {f"{prefix}{key}" for key in value} | {
        name for key, inner in value.items() for name in _keys(inner, f"{prefix}{key}.")
    }


@pytest.fixture
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_CLIENT_SECRET", "from-the-environment")


@pytest.mark.usefixtures("_secret")
def test_the_example_names_every_key_and_each_may_be_used() -> None:
    settings = parse(FILLED_IN, "filled in")
    assert settings.dingtalk.client_secret.get_secret_value() == "from-the-environment"
    known = _keys(settings.model_dump())
    assert {key for key in known if not key.startswith("roles.leads.")} <= _keys(yaml.safe_load(FILLED_IN))
    assert [site.name for site in settings.sites] == ["HQ"]


@pytest.mark.usefixtures("_secret")
def test_a_copied_example_says_what_to_fill_in_and_holds_nobody_elses_ids() -> None:
    assert refused(EXAMPLE) == (
        "config.yaml: dingtalk.client_id is missing; "
        "fill in the AppKey of your app in DingTalk's developer console"
    )
    filled = parse(EXAMPLE.replace("# client_id: dingxxxx", "client_id: ding1"), "copied")
    least = parse(LEAST, "least")
    assert filled.dingtalk.model_dump(exclude={"client_secret"}) == least.dingtalk.model_dump(
        exclude={"client_secret"}
    )
    parts = ("limits", "clock_in", "sites", "reminders", "summaries", "roles", "corrections", "retention")
    for part in (*parts, "store", "web", "time_zone", "language"):
        assert getattr(filled, part) == getattr(least, part), part
    assert filled.schedule.calendar == least.schedule.calendar == "cn"
    assert filled.schedule.shifts[0].holidays


def test_holidays_and_make_up_days_are_dates_and_none_is_both() -> None:
    read = parse(LEAST + "schedule: {holidays: [2027-01-01, '2027-02-08'], make_up_days: [2027-02-06]}", "days")
    assert read.schedule.holidays == [date(2027, 1, 1), date(2027, 2, 8)]
    assert "schedule.holidays.0" in refused(LEAST + "schedule: {holidays: [new year]}")
    twice = refused(LEAST + "schedule: {holidays: [2027-01-01], make_up_days: [2027-01-01]}")
    assert "2027-01-01 is among the holidays, too" in twice


@pytest.mark.parametrize(
    ("text", "line", "key", "first"),
    [
        ("dingtalk: {client_id: a, client_secret: b, client_id: c}\n", 1, "client_id", 1),
        (LEAST + "sites:\n- name: a\n- name: b\n  name: c\n", 5, "name", 4),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(text: str, line: int, key: str, first: int) -> None:
    assert f"config.yaml: line {line}: {key} stands there twice, first in line {first}" in refused(text)


def test_the_same_key_in_two_groups_and_an_alias_that_stands_twice_are_no_mistake() -> None:
    text = LEAST + "roles: {admins: &people [ann], leads: {ann: [1], bob: [1]}}\n"
    assert parse(text, "text").roles.admins == ["ann"]
    parse(LEAST + "clock_in: {targets: &them [signed]}\nroles: {admins: *them}\n", "text")


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    least = parse(LEAST, "least")
    assert (least.dingtalk.robot, least.clock_in.targets) == ("ding1", ["signed"])
    for key, value in (
        ("DINGTALK__CLIENT_SECRET", "override"),
        ("LIMITS__EACH_API", "40"),
        ("CLOCK_IN__TARGETS", '["record_upload"]'),
        ("REMINDERS__ESCALATE_MINUTES", "45"),
    ):
        monkeypatch.setenv(f"CLOCK_IN_BOT__{key}", value)
    settings = parse("dingtalk: {client_id: ding1, client_secret: '${NOT_SET_ANYWHERE}'}", "least")
    assert settings.dingtalk.client_secret.get_secret_value() == "override"
    assert settings.dingtalk.client_id == "ding1"
    assert settings.limits.each_api == 40
    assert settings.clock_in.targets == ["record_upload"]
    assert settings.reminders.escalate_minutes == 45


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dingtalk: {client_idd: a, client_secret: b}", "did you mean client_id?"),
        (LEAST + "sheduel: {}", "did you mean schedule?"),
        (LEAST + "time_zone: Mars/Olympus", "not a time zone name"),
        (LEAST + "web: {public_url: 'http://x'}", "web.public_url"),
        (LEAST + "store: {url: mysql://x}", "store.url: must be sqlite:///data/clock-in.db"),
        (LEAST + "sites: [{name: A, latitude: .nan, longitude: 0, radius_m: 5}]", "sites.0.latitude"),
        (
            LEAST + "sites: [{name: A, latitude: 39.9, longitude: 116.4, radius_m: 20000000}]",
            "sites.0.radius_m: must be at most 50000 metres: in a wider circle a whole region would count",
        ),
        ("dingtalk:\n\tclient_id: a\n", "line 2 has a tab where YAML takes spaces alone. Put spaces in its place"),
        (
            LEAST + "roles: {admins: [12345]}",
            'roles.admins.0: must be text; write a number, yes or no in quotes: "1',
        ),
        (LEAST + "roles: {leads: {0123: [1]}}", "must be text"),  # YAML reads 83, another person
        (
            LEAST
            + "sites: [{name: A, latitude: 1, longitude: 2, radius_m: 5},"
            + " {name: B, aliases: [a], latitude: 1, longitude: 2, radius_m: 5}]",
            "stands for two places",
        ),
        (LEAST + "schedule: {source: config}", "at least one shift"),
        (
            LEAST + "clock_in: {location: required, trusted_sources: [browser]}",
            "nobody has a way to give one. Set web.public_url",
        ),
        (
            LEAST + "web: {public_url: 'https://x'}\nclock_in: {location: required, trusted_sources: [dingtalk]}",
            "dingtalk.agent_id",
        ),
        (LEAST + "reminders: {before_minutes: [1, 2, 3, 4]}", "reminders.before_minutes"),
        (LEAST + "reminders: {quiet_hours: ['22:00', '22:00']}", "they end when they begin"),
        (
            LEAST + "schedule: {source: config, shifts: [{name: d, sections: [[09:00, 18:00]]}]}",
            'write times in quotes, such as "09:00"',
        ),
        ("dingtalk: {client_id: a, client_secret: '${NOT_SET_ANYWHERE}'}", "NOT_SET_ANYWHERE"),
        ("dingtalk: {client_id: a, client_secret: ''}", "dingtalk.client_secret is empty; fill in the AppSecret"),
        ("dingtalk: [", "not YAML"),
        ("dingtalk: {client_id: a, client_secret: ${SECRET}}", 'put a reference in quotes: "${NAME}"'),
        ("- a\n- b", "list of keys"),
    ],
)
def test_a_mistake_is_named_with_its_mend(text: str, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(
    ("latitude", "longitude", "datum", "words"),
    [
        (116.397, 39.909, "gcj02", "sites.0: latitude must lie between -90 and 90"),
        (39.9, 181, "gcj02", "longitude between -180 and 180"),
        (35.68, 139.76, "gcj02", ""),  # Tokyo, where both datums are the same
        (75.989, 39.468, "wgs84", ""),
    ],
)
def test_a_site_that_lies_nowhere_is_refused(latitude: float, longitude: float, datum: str, words: str) -> None:
    text = LEAST + (
        f"sites: [{{name: A, latitude: {latitude}, longitude: {longitude}, datum: {datum}, radius_m: 50000}}]"
    )
    if words:
        assert words in refused(text)
    else:
        (site,) = parse(text, "least").sites
        assert (site.latitude, site.longitude) == (latitude, longitude)


JSON = "the environment writes lists and groups as JSON"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CLOCK_IN__TARGETS", "record_upload", JSON),
        ("DINGTALK", "{client_id: hunter2", JSON),
        ("ROLES__LEADS__LEAD01", "[", "roles.leads"),
        ("CLOKC", "x", "unknown key clokc; did you mean clock_in?"),
        ("", "x", "unknown key"),
        ("CLOCK_IN__TARGTS", '["signed"]', "did you mean targets?"),
    ],
)
def test_a_mistake_in_the_environment_is_named_with_its_variable_and_mend(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"CLOCK_IN_BOT__{variable}", value)
    said = refused(LEAST)
    assert said.startswith(f"CLOCK_IN_BOT__{variable}: ")
    assert words in said
    assert "hunter2" not in said


def test_a_file_that_cannot_be_read_is_told_apart_from_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("sites: [{name: 总部}]".encode("gbk"))
    for name, words in [
        ("none.yaml", "there is no such file. Copy config.example.yaml there."),
        (".", "Is a directory"),
        ("gbk.yaml", "Save it as UTF-8"),
    ]:
        with pytest.raises(ConfigError, match=words):
            load(tmp_path / name)


@pytest.mark.parametrize(
    "url",
    [
        "https://u:hunter2@h:abc",
        "https://hunter2@h/path",
        "http://h:99999",
        "https://h\u00fc..h",
        "ftp://h",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    for part, key in (("dingtalk", "api_url"), ("dingtalk", "oapi_url"), ("clock_in", "signed_url")):
        raw = yaml.safe_load(LEAST)
        raw.setdefault(part, {})[key] = url
        said = refused(yaml.safe_dump(raw))
        assert said.startswith(f"config.yaml: {part}.{key}: ")
        assert "hunter2" not in said


@pytest.mark.parametrize("url", ["http://[::1]:8080", "http://127.0.0.1:80/a", "https://h-1.example.com/a/b?c=d"])
def test_an_address_of_any_host_is_taken(url: str) -> None:
    assert parse(LEAST + f"clock_in: {{signed_url: '{url}'}}", "least").clock_in.signed_url == url


def test_a_secret_is_never_repeated() -> None:
    assert "hunter2-hunter2" not in refused("dingtalk: {client_id: a, client_secret: [hunter2-hunter2]}")
    assert "s3cr3t-value" not in repr(parse(LEAST, "least"))
