"""Who may import whom, as the table of the design has it."""

import pytest

from tests.architecture.sources import Source, sources

ALL = frozenset({"*"})
ROOMS: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "transport": frozenset({"core"}),
    "connectors": frozenset({"core", "transport"}),
    "store": frozenset({"core"}),
    "service": frozenset({"core", "store", "connectors.registry", "transport"}),
    "jobs": frozenset({"core", "service"}),
    "api": frozenset({"core", "service"}),
    # The browser's callback of a mini-app answers in the API's envelope and language.
    "web": frozenset({"core", "service", "api.guard", "api.envelope"}),
    "sandbox": frozenset(),
    "client": frozenset(),
    "settings": frozenset(),
    "logs": frozenset({"core.redaction", "core.clock"}),
    "cli": frozenset({"client", "main", "settings", "logs"}),
    "opening": frozenset({"core", "settings", "store", "service"}),
    "reaching": frozenset({"connectors", "core", "settings", "transport"}),
    "listening": frozenset({"opening", "slow_clients", "http_protocol"}),
    "slow_clients": frozenset(),
    "http_protocol": frozenset(),
    "mounting": frozenset(),
    "background": frozenset({"core", "service", "jobs", "settings"}),
    "runtime": frozenset(
        {"api.edge", "background", "jobs", "service", "settings", "store", "transport"}
    ),
    "erasing": frozenset({"background", "core", "jobs", "service", "settings", "store"}),
    "main": ALL,
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}
"""Rooms, or single modules, that a room may import besides itself."""

FENCED: dict[str, frozenset[str]] = {
    "aiohttp": frozenset({"transport"}),
    "yarl": frozenset({"transport"}),
    "sqlalchemy": frozenset({"store"}),
    "alembic": frozenset({"store"}),
    "asyncpg": frozenset({"store"}),
    "cryptography": frozenset(
        {"store", "connectors.wechat_crypto", "sandbox.platforms.wxgzh_crypto"}
    ),
    "litestar": frozenset({"api", "web", "sandbox", "main"}),
    "dbos": frozenset({"jobs"}),
    "httpx2": frozenset({"client"}),
    "jinja2": frozenset({"web", "sandbox"}),
    "markupsafe": frozenset({"web", "sandbox"}),
    "pydantic": frozenset({"settings"}),
    "pydantic_core": frozenset({"settings"}),
    "pydantic_settings": frozenset({"settings"}),
    "annotated_types": frozenset({"settings"}),
    "typer": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "uvicorn": frozenset({"listening", "http_protocol"}),
    "uvloop": frozenset({"listening"}),
    "prometheus_client": frozenset({"api"}),
    "msgspec": frozenset({"api", "web", "sandbox", "client", "logs", "transport", "store"}),
    "structlog": frozenset(
        {
            *("api", "service", "jobs", "sandbox", "logs", "main", "opening", "background"),
            *("store", "transport"),
        }
    ),
}
"""Where each third-party package may be imported: rooms, or single modules.

`main` names Litestar in a type only.
"""

SHARED_FORMS = frozenset(
    {
        "form",
        "fields",
        "meta",
        "meta_insights",
        "meta_login",
        "google",
        "instagram_media",
        "linkedin_posts",
        "linkedin_token",
        "douyin_api",
        "douyin_miniapp",
        "wechat_component",
        "wechat_crypto",
        "wechat_statistics",
    }
)
"""What connectors may take from their own room: the form, helpers, and what a family shares."""


def allowed(room: str, module: str) -> bool:
    may = ROOMS[room]
    own = module == room or module.startswith(f"{room}.")
    return own or may == ALL or module in may or module.partition(".")[0] in may


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.module)
def test_imports_keep_to_the_table(source: Source) -> None:
    assert source.room in ROOMS, f"the room {source.room} is not in the design"
    strangers = sorted(name for name in source.ours if not allowed(source.room, name))
    assert not strangers, f"{source.module} may not import {strangers}"


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.module)
def test_third_party_packages_stay_behind_their_fence(source: Source) -> None:
    unknown = sorted(source.foreign - FENCED.keys())
    assert not unknown, f"{source.module} imports {unknown}: name the room for it here"
    named = {source.room, source.module}
    outside = sorted(name for name in source.foreign if not named & FENCED[name])
    assert not outside, f"{source.module} may not import {outside}"


def test_core_needs_nothing_but_the_standard_library() -> None:
    assert {s.module for s in sources() if s.room == "core" and s.foreign} == set()


def test_main_names_litestar_for_types_only() -> None:
    (main,) = (source for source in sources() if source.module == "main")
    lines = [line for line in main.text.splitlines() if "import Litestar" in line]
    assert all(line.startswith("    ") for line in lines)
    assert "if TYPE_CHECKING:" in main.text


def test_connectors_take_nothing_from_each_other() -> None:
    for source in sources():
        if source.room != "connectors" or source.path.stem in ("registry", "__init__"):
            continue
        taken = {name.partition(".")[2] for name in source.ours if name.startswith("connectors.")}
        assert taken <= SHARED_FORMS, f"{source.module} takes from {sorted(taken - SHARED_FORMS)}"


def test_sandbox_and_connectors_never_meet() -> None:
    for source in sources():
        seen = {name.partition(".")[0] for name in source.ours}
        assert not (source.room == "sandbox" and seen - {"sandbox"}), source.module
        assert not (source.room == "connectors" and "sandbox" in seen), source.module


def test_settings_are_read_at_the_root_only() -> None:
    """All of these but `cli` are parts of main."""
    parts = {"main", "opening", "reaching", "background", "erasing", "runtime"}
    readers = {s.room for s in sources() if any(n.startswith("settings") for n in s.ours)}
    assert readers <= parts | {"settings", "cli"}


def test_the_walk_sees_the_sources() -> None:
    """The tests above would pass over an empty tree."""
    rooms = {source.room for source in sources()}
    assert len(sources()) > 80
    assert rooms >= {"core", "transport", "connectors", "store", "service", "api", "web", "main"}
    (pool,) = (source for source in sources() if source.module == "transport.pool")
    assert pool.foreign >= {"aiohttp", "yarl"}
    assert not allowed("core", "store.tables")
    assert not allowed("api", "store")
    assert not allowed("service", "connectors.youtube")
    assert allowed("service", "connectors.registry")
