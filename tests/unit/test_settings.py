"""Settings: sources and their order, refusals that name every fault and no value, the documents."""

import base64
import os
import re
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from openchannels.app.platforms import daily_snapshots
from openchannels.connectors.registry import CONNECTORS
from openchannels.settings import Setting, Settings, SettingsError, catalogue, load_settings

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "settings.md"
KEY = base64.b64encode(bytes(range(32))).decode()
KEY_2 = base64.b64encode(bytes(range(32, 64))).decode()
CANARY = "canary-5up3r"

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load from a file's text, overrides and variables, the data directory being empty else."""

    def loader(toml: str = "", overrides: dict[str, Any] | None = None, **environ: str) -> Settings:
        (tmp_path / "openchannels.toml").write_text(toml, encoding="utf-8")
        variables = {f"OPENCHANNELS_{name}": value for name, value in environ.items()}
        return load_settings(data_dir=tmp_path, overrides=overrides, environ=variables)

    return loader


def problems(load: Load, *args: Any, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(*args, **environ)
    assert caught.value.__context__ is None
    assert all(line in str(caught.value) for line in caught.value.problems)
    return "\n".join(caught.value.problems)


# Sources


def test_defaults_need_no_source() -> None:
    settings = load_settings(environ={})
    assert settings.data_dir == Path("data")
    assert settings.database_url == "sqlite:///data/openchannels.db"
    assert settings.server.base_url() == "http://127.0.0.1:8080"
    assert settings.keyring_path == Path("data/keyring.json")
    assert not settings.uses_postgresql
    assert not settings.sandbox.enabled


def test_option_beats_environment_beats_file(load: Load) -> None:
    toml = '[server]\nhost = "file"\nport = 1\nlog_level = "error"'
    settings = load(toml, {"host": "option"}, SERVER__HOST="variable", SERVER__PORT="2")
    assert settings.server.host == "option"
    assert settings.server.port == 2
    assert settings.server.log_level == "error"


def test_one_table_may_come_from_two_sources(load: Load) -> None:
    settings = load(
        '[platforms.youtube]\nclient_id = "id"', PLATFORMS__YOUTUBE__CLIENT_SECRET="secret"
    )
    assert settings.platforms.youtube.registration() == ("id", "secret", None, None)


def test_platform_names_stand_in_capitals_in_the_environment(load: Load) -> None:
    settings = load(
        PLATFORMS__WXSPH__LIST_WORKS="true",
        PLATFORMS__KWAI__CLIENT_ID="ks1",
        PLATFORMS__KWAI__CLIENT_SECRET="s",
        PLATFORMS__GOOGLE_BUSINESS__SCOPES="one two",
    )
    assert settings.platforms.wxSph.list_works
    assert settings.platforms.KWAI.configured
    assert settings.platforms.google_business.scopes == ("one", "two")


@pytest.mark.parametrize("text", ["a b", "a,b", " a ,  b "])
def test_a_list_may_be_text(load: Load, text: str) -> None:
    assert load(PLATFORMS__TIKTOK__SCOPES=text).platforms.tiktok.scopes == ("a", "b")
    assert load('platforms.tiktok.scopes = ["a", "b"]').platforms.tiktok.scopes == ("a", "b")


def test_a_variable_is_text_and_not_json(load: Load) -> None:
    settings = load(PLATFORMS__TIKTOK__SCOPES='["a"]', PLATFORMS__THREADS__SCOPES="12")
    assert settings.platforms.tiktok.scopes == ('["a"]',)
    assert settings.platforms.threads.scopes == ("12",)


def test_the_id_of_a_key_may_hold_the_separator_of_levels(load: Load) -> None:
    assert set(load(VAULT__KEYS__A__B=KEY).vault.keys) == {"a__b"}
    assert "OPENCHANNELS_VAULT__KEYS__a__B: " in problems(load, VAULT__KEYS__a__B="short")


def test_an_empty_variable_is_an_absent_one(load: Load) -> None:
    settings = load(PLATFORMS__TWITTER__CLIENT_ID="", PLATFORMS__TWITTER__CLIENT_SECRET="  ")
    assert not settings.platforms.twitter.configured


def test_blanks_around_a_secret_are_dropped(load: Load) -> None:
    settings = load(PLATFORMS__TWITTER__CLIENT_ID="x", PLATFORMS__TWITTER__CLIENT_SECRET="s\n")
    registration = settings.platforms.twitter.registration()
    assert registration is not None
    assert registration.client_secret == "s"
    assert "'s'" not in repr(registration)


def test_variables_of_others_are_left_alone() -> None:
    assert load_settings(environ={"PATH": "/bin", "OPENCHANNEL": "x", "HTTP_PROXY": "http://p"})


def test_config_replaces_the_file_of_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text("server.port = 1")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('server.host = "here"')
    for given_as in ({"config": elsewhere}, {"overrides": {"config": str(elsewhere)}}):
        settings = load_settings(data_dir=tmp_path, environ={}, **given_as)  # type: ignore[arg-type]
        assert (settings.server.host, settings.server.port) == ("here", 8080)


def test_data_dir_of_the_environment_is_where_the_file_is_looked_up(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text("server.port = 1")
    settings = load_settings(environ={"OPENCHANNELS_DATA_DIR": str(tmp_path)})
    assert settings.server.port == 1
    assert settings.database_url == f"sqlite:///{tmp_path}/openchannels.db"


def test_data_dir_stands_only_in_a_file_that_is_named(load: Load, tmp_path: Path) -> None:
    assert "data_dir" in problems(load, 'data_dir = "/elsewhere"')
    config = tmp_path / "named.toml"
    config.write_text('data_dir = "/elsewhere"')
    assert load_settings(config=config, environ={}).data_dir == Path("/elsewhere")


def test_sandbox_options(load: Load) -> None:
    assert load("", {"sandbox": True}).sandbox.mounted
    assert load("sandbox.mounted = true", {"sandbox": False}).sandbox.enabled
    assert load("", {"sandbox_url": "http://s/"}).sandbox.url == "http://s"


def test_snapshots_are_taken_daily_where_that_is_asked_for_or_costs_nothing(load: Load) -> None:
    assert daily_snapshots(load()) == ()
    assert daily_snapshots(load(SANDBOX__MOUNTED="true")) == tuple(CONNECTORS)
    assert daily_snapshots(load("snapshots.daily = []", SANDBOX__MOUNTED="true")) == ()
    assert daily_snapshots(load(SNAPSHOTS__DAILY="KWAI youtube")) == (
        "KWAI",
        "youtube",
    )


def test_an_option_that_does_not_exist_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="colour"):
        load_settings(overrides={"colour": "red"}, environ={})


def test_settings_cannot_be_changed(load: Load) -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.server.port = 1
    with pytest.raises(ValidationError):
        settings.server = settings.server


def test_the_class_itself_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", '{"port": 1}')
    assert Settings().server.port == 8080


# Refusals


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[sever]", "sever .*unknown setting; did you mean server?"),
        ("[Server]", "Server .*unknown setting; did you mean server?"),
        ("_env_file = 'x'", "_env_file .*unknown setting"),
        ("port = 1", "port .*did you mean server.port?"),
        ("[platforms.wxsph]", "platforms.wxsph .*did you mean platforms.wxSph?"),
        ("[platforms.kwai]", "platforms.kwai .*did you mean platforms.KWAI?"),
        ("[platforms.xhs]\nclient_id = 'x'", "platforms.xhs.client_id .*unknown setting"),
        ("server = 5", "server .*expected a table of settings"),
        ("vault.keys = 'x'", "vault.keys .*expected a table of ids"),
        ("vault.keys.k1 = 5", "vault.keys.k1 .*expected base64 of 32 bytes"),
        ("server.port = true", "server.port .*expected a number"),
        ("server.port = 65536", "server.port .*expected whole number from 0 to 65535"),
        ("server.log_level = 'loud'", 'server.log_level .*"debug" or "info"'),
        ("sessions.minutes = 61", "sessions.minutes .*from 1 to 60"),
        ("upstream.timeout_seconds = 0", "upstream.timeout_seconds .*above 0 up to 600"),
        ("platforms.linkedin.version = '202613'", "linkedin.version .*year and month"),
        ("platforms.facebook.graph_version = '26'", "graph_version .*v26.0"),
        ("snapshots.daily = ['youtub']", "snapshots.daily .*expected ids of platforms"),
        ("platforms.youtube.scopes = []", "youtube.scopes .*expected list"),
        ("server.port = ", "expected TOML"),
    ],
)
def test_a_fault_of_the_file_is_named_with_its_file(load: Load, toml: str, expected: str) -> None:
    told = problems(load, toml)
    assert re.search(expected.replace("?", r"\?"), told)
    assert "openchannels.toml" in told


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("OPENCHANNELS_PORT", "OPENCHANNELS_SERVER__PORT"),
        ("OPENCHANNELS_SERVER_PUBLIC_URL", "OPENCHANNELS_SERVER__PUBLIC_URL"),
        ("openchannels_server__port", "OPENCHANNELS_SERVER__PORT"),
        ("OPENCHANNELS_PLATFORMS__WXSPH__LISTWORKS", "OPENCHANNELS_PLATFORMS__WXSPH__LIST_WORKS"),
        ("OPENCHANNELS_VAULT__KEYS", "OPENCHANNELS_VAULT__KEYS__<ID>"),
        ("OPENCHANNELS_SERVER", "OPENCHANNELS_SERVER__<NAME>"),
    ],
)
def test_an_unknown_variable_is_refused_with_a_suggestion(name: str, suggestion: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={name: "1"})
    assert caught.value.problems == (f"{name}: unknown setting; did you mean {suggestion}?",)


def test_every_fault_is_told_at_once_by_the_name_in_its_source(load: Load) -> None:
    told = problems(
        load,
        "server.host = 5\n[nonsense]",
        {"port": "many"},
        SERVER__PUBLIC_URL="ftp://x",
        SHOE_SIZE="43",
    ).splitlines()
    names = {line.split(": ")[0].split(" ")[0] for line in told}
    assert names == {
        "server.host",
        "nonsense",
        "--port",
        "OPENCHANNELS_SERVER__PUBLIC_URL",
        "OPENCHANNELS_SHOE_SIZE",
    }


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--config: there is no file"):
        load_settings(config=tmp_path / "none.toml", environ={})


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(config=config, environ={})
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(config=tmp_path, environ={})


def test_the_file_of_the_data_directory_must_be_readable(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(data_dir=tmp_path, environ={})


def test_a_pipe_may_stand_for_the_file(tmp_path: Path) -> None:
    """As in `--config <(decrypt openchannels.toml)`."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("server.port = 1",), daemon=True)
    writer.start()
    assert load_settings(config=pipe, environ={}).server.port == 1
    writer.join()


@pytest.mark.parametrize(
    "environ",
    [
        {"PLATFORMS__YOUTUBE__CLIENT_ID": "id"},
        {"PLATFORMS__YOUTUBE__CLIENT_SECRET": CANARY},
        {"PLATFORMS__WXGZH__COMPONENT_APP_ID": "id", "PLATFORMS__WXGZH__COMPONENT_TOKEN": CANARY},
    ],
)
def test_an_app_is_given_whole(load: Load, environ: dict[str, str]) -> None:
    assert "expected together with" in problems(load, **environ)


def test_postgresql_needs_a_master_key(load: Load) -> None:
    url = "postgresql://user:pass@host/db"
    assert "vault.keys" in problems(load, DATABASE__URL=url)
    assert load(DATABASE__URL=url, VAULT__KEYS__K1=KEY).database_url == url
    assert load(DATABASE__URL=url, VAULT__KEYRING_FILE="/run/keys").uses_postgresql


def test_a_pooler_stands_before_postgresql_only(load: Load) -> None:
    assert "expected only where the database is PostgreSQL" in problems(
        load, DATABASE__POOLER="transaction"
    )
    url = {"DATABASE__URL": "postgresql://user:pass@host/db", "VAULT__KEYS__K1": KEY}
    assert load(**url, DATABASE__POOLER="transaction").database.pooler == "transaction"
    assert 'expected "transaction"' in problems(load, **url, DATABASE__POOLER="session")


def test_only_one_sandbox(load: Load) -> None:
    told = problems(load, 'sandbox.url = "http://s"', {"sandbox": True})
    assert told.startswith("--sandbox: expected only one")


# Values


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://a.example/", "https://a.example"),
        ("http://a.example:8443", "http://a.example:8443"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_public_url(load: Load, given_url: str, kept: str) -> None:
    assert load(SERVER__PUBLIC_URL=given_url).server.base_url() == kept


@pytest.mark.parametrize(
    "url",
    [
        *(
            "a.example",
            "ftp://a",
            "http://",
            "//a",
            "http://a/b",
            "http://a?",
            "http://a#",
            "http:a",
        ),
        *(
            "http://u@a",
            "http://u:p@a",
            "http://a:99999",
            "http://a:x",
            "http://a b",
            "http://a\\b",
        ),
        *("http://[::1", "http://a\tb", "javascript:alert(1)"),
    ],
)
def test_a_public_url_that_is_none(load: Load, url: str) -> None:
    assert "OPENCHANNELS_SERVER__PUBLIC_URL: expected" in problems(load, SERVER__PUBLIC_URL=url)


@pytest.mark.parametrize(
    ("host", "port", "bound", "url"),
    [
        ("0.0.0.0", "8080", None, "http://127.0.0.1:8080"),
        ("::", "0", 5, "http://[::1]:5"),
        ("box", "0", 5, "http://box:5"),
    ],
)
def test_the_listening_address(load: Load, host: str, port: str, bound: int, url: str) -> None:
    assert load(SERVER__HOST=host, SERVER__PORT=port).server.base_url(bound) == url


@pytest.mark.parametrize(
    "url", ["mysql://h/d", "postgres://h/d", "postgresql+asyncpg://h/d", "sqlite://", "sqlite:///",
            "sqlite:///:memory:", "postgresql://", "openchannels.db"]
)  # fmt: skip
def test_other_databases_are_refused(load: Load, url: str) -> None:
    assert "OPENCHANNELS_DATABASE__URL: expected" in problems(load, DATABASE__URL=url)


def test_master_keys(load: Load) -> None:
    one = load(VAULT__KEYS__K1=KEY).vault
    assert one.active_id == "k1"
    assert one.master_keys() == {"k1": bytes(range(32))}
    two = load(f'[vault]\nactive = "k2"\nkeys.k1 = "{KEY}"', VAULT__KEYS__K2=KEY_2).vault
    assert two.active_id == "k2"
    assert set(two.master_keys()) == {"k1", "k2"}
    assert load().vault.active_id is None


def test_the_active_key_is_named_and_known(load: Load) -> None:
    two = {"VAULT__KEYS__K1": KEY, "VAULT__KEYS__K2": KEY_2}
    assert "vault.active" in problems(load, **two).lower().replace("__", ".")
    assert "one of the ids" in problems(load, **two, VAULT__ACTIVE="k3")


@pytest.mark.parametrize("key", ["", "short", KEY[:-4], KEY + "AAAA", KEY.replace("A", "*")])
def test_a_master_key_is_32_bytes(load: Load, key: str) -> None:
    assert "vault.keys.k1" in problems(load, f'vault.keys.k1 = "{key}"')


def test_a_key_in_the_place_of_its_id_is_not_told(load: Load) -> None:
    told = problems(load, f'[vault.keys]\n"{KEY}" = "k1"')
    assert KEY not in told
    assert "vault.keys" in told


def test_options_of_a_platform_are_plain_values(load: Load) -> None:
    aes_key = "a" * 43
    settings = load(
        f'[platforms.wxGzh]\ncomponent_app_id = "wx1"\ncomponent_app_secret = "s"\n'
        f'component_token = "t"\ncomponent_aes_key = "{aes_key}"'
    )
    table = settings.platforms.by_id()["wxGzh"]
    assert table.registration() == ("wx1", "s", None, None)
    own = {"component_token": "t", "component_aes_key": aes_key, "publish": "submit"}
    assert table.options() == own
    youtube = settings.platforms.by_id()["youtube"].options()
    off = dict.fromkeys(("analytics", "audited", "rate_and_subscribe"), False)
    assert youtube == {**off, "uploads_per_day": 100}
    assert settings.platforms.by_id()["xhs"].registration() is None
    assert settings.platforms.by_id()["xhs"].configured


def test_the_fifteen_platforms(load: Load) -> None:
    assert list(load().platforms.by_id()) == list(CONNECTORS)


# Secrets


def _variable(setting: Setting) -> str:
    return setting.environment_name.replace("<ID>", "K1").removeprefix("OPENCHANNELS_")


@pytest.mark.parametrize("setting", catalogue(), ids=lambda setting: setting.toml_path)
def test_no_refusal_repeats_a_value(load: Load, setting: Setting) -> None:
    try:
        told = repr(load(**{_variable(setting): CANARY}))
        assert not setting.secret
    except SettingsError as refused:
        told = f"{refused} {refused.__context__!r}"
    assert told.count(CANARY) == (told.startswith("Settings(") and setting.path != ("data_dir",))


def test_a_secret_is_not_shown_by_the_settings(load: Load) -> None:
    settings = load(
        PLATFORMS__TWITTER__CLIENT_ID="id",
        PLATFORMS__TWITTER__CLIENT_SECRET=CANARY,
        DATABASE__URL=f"postgresql://user:{CANARY}@host/db",
        UPSTREAM__PROXY=f"http://user:{CANARY}@proxy:3128",
        VAULT__KEYS__K1=KEY,
    )
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert CANARY not in text
        assert KEY not in text
    assert isinstance(settings.upstream.proxy, SecretStr)
    assert CANARY in settings.upstream.proxy.get_secret_value()


def test_every_setting_named_like_a_secret_is_one() -> None:
    shown = [
        setting.toml_path
        for setting in catalogue()
        if re.search(r"secret|token|aes_key|keys(?!_per_minute)", setting.toml_path)
        and not setting.secret
    ]
    assert shown == []


@given(st.text(min_size=1, max_size=20), st.text(max_size=12))
def test_no_environment_breaks_the_loading(tail: str, value: str) -> None:
    with pytest.raises(SettingsError, match="unknown setting"):
        load_settings(environ={f"OPENCHANNELS_NO_{tail}": value})


# Documents


def test_every_setting_is_described() -> None:
    assert [s.toml_path for s in catalogue() if not s.description.endswith(".")] == []
    assert [s.toml_path for s in catalogue() if "|" in s.description + s.allowed] == []


def test_environment_names_are_distinct() -> None:
    names = [setting.environment_name for setting in catalogue()]
    assert len(names) == len(set(names))


def test_the_examples_of_the_reference_load(load: Load) -> None:
    (toml,) = re.findall(r"```toml\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    (shell,) = re.findall(r"```sh\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    variables = dict(re.findall(r"export OPENCHANNELS_(\w+)='?([^'\n]*)'?", shell))
    settings = load(toml, **variables)
    assert settings.server.public_url == "https://channels.example.com"
    assert settings.platforms.youtube.configured


def test_the_example_file_loads_with_the_defaults() -> None:
    example = ROOT / "openchannels.example.toml"
    assert load_settings(config=example, environ={}) == load_settings(environ={})


def test_the_comments_of_the_example_file_are_settings(load: Load) -> None:
    text = (ROOT / "openchannels.example.toml").read_text("utf-8")
    opened = re.sub(r"^# (?=\[|[a-z_0-9]+ = )", "", text, flags=re.MULTILINE)
    opened = opened.replace('k1 = "..."', f'k1 = "{KEY}"')
    opened = opened.replace('component_aes_key = "..."', f'component_aes_key = "{"a" * 43}"')
    assert len(tomllib.loads(opened)["platforms"]) == 7
    settings = load(opened)
    assert settings.uses_postgresql
    assert settings.platforms.KWAI.configured
