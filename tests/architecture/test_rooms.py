"""Who may import whom, as the table of the design has it."""

from tests.architecture.sources import Source, sources

ALL = frozenset({"*"})
WIRE = ("api.request", "api.envelope", "api.bounds", "api.reading", "api.query", "api.conditional")
"""How a request is read, and a refusal written, by pages as by operations."""
ROOMS: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "transport": frozenset({"core"}),
    "connectors": frozenset({"core", "transport"}),
    "store": frozenset({"core"}),
    "service": frozenset({"core", "store", "connectors.registry", "transport"}),
    "jobs": frozenset({"core", "service.tasks", "service.services"}),
    "api": frozenset({"core", "service"}),
    "web": frozenset({"core", "service", *WIRE}),
    "server": frozenset({"core"}),
    "assets": frozenset({"core"}),
    "metrics": frozenset({"core"}),
    "tracing": frozenset({"core"}),
    "sandbox": frozenset(),
    "client": frozenset(),
    "settings": frozenset(),
    "mcp": frozenset({"client"}),
    # The service's names are types of what `app` opens for a command.
    "cli": frozenset({"app", "client", "mcp", "settings", "core", "server", "service"}),
    # The same, and the sandbox, which it serves.
    "testing": frozenset({"app", "client", "settings", "core", "server", "service", "sandbox"}),
    "app": ALL,
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}
"""Rooms, or single modules, that a room may import besides itself."""

FENCED: dict[str, frozenset[str]] = {
    "PIL": frozenset({"assets"}),
    "av": frozenset({"assets"}),
    "obstore": frozenset({"assets"}),
    "aiohttp": frozenset({"transport"}),
    "yarl": frozenset({"transport"}),
    "sqlalchemy": frozenset({"store"}),
    "alembic": frozenset({"store"}),
    "asyncpg": frozenset({"store"}),
    "cryptography": frozenset(
        {
            "store",
            "connectors.wechat.crypto",
            "sandbox.platforms.wechat.crypto",
            "sandbox.id_tokens",
        }
    ),
    "jwt": frozenset({"sandbox.id_tokens"}),
    "litestar": frozenset({"api", "web", "app.bootstrap"}),
    "dbos": frozenset({"jobs"}),
    "httpx2": frozenset({"client", "testing"}),
    "mcp": frozenset({"mcp"}),
    "jinja2": frozenset({"web", "sandbox"}),
    "markupsafe": frozenset({"web", "sandbox"}),
    "pydantic": frozenset({"settings", "mcp"}),
    "pydantic_core": frozenset({"settings"}),
    "pydantic_settings": frozenset({"settings"}),
    "annotated_types": frozenset({"settings"}),
    "typer": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "platformdirs": frozenset({"cli"}),
    "pyarrow": frozenset({"cli"}),
    "segno": frozenset({"cli", "web.hand_over"}),
    "uvicorn": frozenset({"server"}),
    "uvloop": frozenset({"server"}),
    "pytest": frozenset({"testing.plugin"}),
    "prometheus_client": frozenset({"metrics"}),
    "opentelemetry": frozenset({"tracing"}),
    "jsonschema_rs": frozenset({"api"}),
    "msgspec": frozenset(
        {"api", "web", "sandbox", "client", "app", "transport", "store", "assets"}
    ),
    "structlog": frozenset(
        {"api", "service", "jobs", "sandbox", "app", "store", "transport", "assets", "server"}
    ),
}
"""Where each third-party package may be imported: rooms, or single modules.

`app.bootstrap` names Litestar in a type only.
"""

CONNECTOR_PARTS = ("base", "registry")
"""What is no platform in the room of connectors."""

SERVICE_FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"services", "moving"}),
    frozenset({"admin"}),
    frozenset({"tasks", "platform_webhooks"}),
    frozenset({"authorization", "publishing"}),
    frozenset({"accounts", "works", "insights", "engagement", "assets"}),
    frozenset({"credentials", "api_keys", "idempotency", "pagination"}),
    frozenset({"context"}),
    frozenset({"events", "platforms"}),
    frozenset({"errors", "sealing", "shared_clock", "shared_limits", "unwritten", "cursors"}),
)
"""The parts of the service from the top down: a part may import those on the floors below."""


def allowed(room: str, module: str) -> bool:
    may = ROOMS[room]
    own = module == room or module.startswith(f"{room}.")
    return own or may == ALL or any(module == one or module.startswith(f"{one}.") for one in may)


def test_imports_keep_to_the_table() -> None:
    unknown = {source.room for source in sources()} - ROOMS.keys()
    assert not unknown, f"rooms that are not in the design: {sorted(unknown)}"
    strangers = {
        source.module: found
        for source in sources()
        if (found := sorted(name for name in source.ours if not allowed(source.room, name)))
    }
    assert not strangers, "modules that import what they may not"


def test_third_party_packages_stay_behind_their_fence() -> None:
    unknown = {
        source.module: sorted(found)
        for source in sources()
        if (found := source.foreign - FENCED.keys())
    }
    assert not unknown, "packages without a room: name it here"
    outside = {
        source.module: found
        for source in sources()
        if (found := sorted(name for name in source.foreign if not may_use(source, name)))
    }
    assert not outside, "modules that import what they may not"


def test_core_needs_nothing_but_the_standard_library() -> None:
    assert {s.module for s in sources() if s.room == "core" and s.foreign} == set()


def test_bootstrap_names_litestar_for_types_only() -> None:
    (bootstrap,) = (source for source in sources() if source.module == "app.bootstrap")
    lines = [line for line in bootstrap.text.splitlines() if "import Litestar" in line]
    assert all(line.startswith("    ") for line in lines)
    assert "if TYPE_CHECKING:" in bootstrap.text


def test_no_module_lies_loose_at_the_root() -> None:
    loose = {s.module for s in sources() if len(s.path.parts) == 1}
    assert loose <= {"", "__init__", "__main__"}


def may_use(source: Source, package: str) -> bool:
    return bool({source.room, source.module} & FENCED[package])


def part_of(module: str, room: str) -> str:
    """The folder or module directly below a room that a module belongs to."""
    return module.removeprefix(f"{room}.").partition(".")[0]


def test_platforms_take_nothing_from_each_other() -> None:
    for source in sources():
        own = part_of(source.module, "connectors")
        if source.room != "connectors" or own == "registry":
            continue
        taken = {
            part_of(name, "connectors") for name in source.ours if name.startswith("connectors.")
        }
        strangers = taken - {own, "base"}
        assert not strangers, f"{source.module} takes from {sorted(strangers)}"


def test_the_service_imports_downwards_only() -> None:
    floor_of = {part: n for n, floor in enumerate(SERVICE_FLOORS) for part in floor}
    for source in sources():
        own = part_of(source.module, "service")
        if source.room != "service" or source.module == "service":
            continue
        assert own in floor_of, f"{source.module}: name the floor of {own}"
        taken = {part_of(name, "service") for name in source.ours if name.startswith("service.")}
        climbs = {part for part in taken - {own} if floor_of[part] <= floor_of[own]}
        assert not climbs, f"{source.module} climbs to {sorted(climbs)}"


def test_sandbox_and_connectors_never_meet() -> None:
    for source in sources():
        seen = {name.partition(".")[0] for name in source.ours}
        assert not (source.room == "sandbox" and seen - {"sandbox"}), source.module
        assert not (source.room == "connectors" and "sandbox" in seen), source.module


def test_settings_are_read_at_the_root_only() -> None:
    readers = {s.room for s in sources() if any(n.startswith("settings") for n in s.ours)}
    assert readers <= {"app", "settings", "cli", "testing"}


def test_the_walk_sees_the_sources() -> None:
    """The tests above would pass over an empty tree."""
    rooms = {source.room for source in sources()}
    assert len(sources()) > 80
    assert rooms >= {"core", "transport", "connectors", "store", "service", "api", "web", "app"}
    (client,) = (source for source in sources() if source.module == "transport.client")
    assert client.foreign >= {"aiohttp", "yarl"}
    assert not allowed("core", "store.tables")
    assert not allowed("api", "store")
    assert not allowed("service", "connectors.google.youtube")
    assert allowed("service", "connectors.registry")
