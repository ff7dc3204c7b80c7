"""The tree of settings. Every leaf has a default or is optional, and has a description."""

import base64
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from openchannels.settings.assets import ASSETS_FOLDER, AssetsSettings
from openchannels.settings.checks import (
    BaseUrl,
    DatabaseUrl,
    Folder,
    KeyId,
    MasterKey,
    Networks,
    ProxyUrl,
    PublicUrl,
    Seconds,
    Text,
    Whole,
    invalid,
)
from openchannels.settings.limits import LimitsSettings
from openchannels.settings.mcp import McpSettings
from openchannels.settings.platforms import PlatformNames, PlatformsSettings, SettingsGroup
from openchannels.settings.tracing import TracingSettings

KeepDays = Annotated[Whole, Field(ge=1, le=3660)] | None
"""For how many days something is kept; None is for ever."""
PREFIX = "OPENCHANNELS_"
"""Prefix of our environment variables."""
LEVEL_SEPARATOR = "__"
"""Separator of two levels in the name of a variable."""
DATABASE_FILE = "openchannels.db"
JOBS_FILE = "jobs.db"
KEYRING_FILE = "keyring.json"
_WILDCARD_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class ServerSettings(SettingsGroup):
    """The HTTP server and its log."""

    host: Text = Field(default="127.0.0.1", description="Address to listen on.")
    port: Whole = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    workers: Whole = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that serve on the one socket; about one for each processor core.",
    )
    public_url: PublicUrl | None = Field(
        default=None,
        description="URL under which browsers and platforms reach this server; "
        "absent: the listening address.",
    )
    trusted_proxies: Networks = Field(
        default=(),
        description="Proxies whose X-Forwarded-For is trusted; for all others the address of "
        "the connection counts.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Minimum level that is logged."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Format of log lines: console for people, json for machines."
    )
    shutdown_seconds: Seconds = Field(
        default=20, description="Time for requests in progress to finish at shutdown."
    )

    def base_url(self, bound_port: int | None = None) -> str:
        """Returns the URL of this server for others, without a trailing slash.

        `bound_port` is the actual port when the configured port is 0.
        """
        if self.public_url is not None:
            return self.public_url
        host = _WILDCARD_HOSTS.get(self.host, self.host)
        bracketed = f"[{host}]" if ":" in host else host
        return f"http://{bracketed}:{self.port if bound_port is None else bound_port}"


class DatabaseSettings(SettingsGroup):
    """The database."""

    url: DatabaseUrl | None = Field(
        default=None,
        description=f"Database; absent: the SQLite file {DATABASE_FILE} in data_dir.",
    )
    pool_size: Whole = Field(
        default=10, ge=1, le=1000, description="Connections kept open to PostgreSQL."
    )
    pooler: Literal["transaction"] | None = Field(
        default=None,
        description="Pooler before PostgreSQL that gives a server connection for one transaction, "
        "such as PgBouncer with pool_mode=transaction; absent: none, or one that keeps a session.",
    )


class VaultSettings(SettingsGroup):
    """The master keys that seal tokens and cookies."""

    keys: dict[KeyId, MasterKey] = Field(
        default_factory=dict,
        description="Master key under its id; required with PostgreSQL unless "
        "vault.keyring_file is given.",
    )
    active: KeyId | None = Field(
        default=None,
        description="Id of the key that seals new records; required with more than one key.",
    )
    keyring_file: Folder | None = Field(
        default=None,
        description="File of master keys, used when vault.keys is empty; absent: "
        f"{KEYRING_FILE} in data_dir, created at first use with SQLite.",
    )

    @model_validator(mode="after")
    def _active_exists(self) -> Self:
        if self.active is not None and self.active not in self.keys:
            raise invalid("expected one of the ids under vault.keys", "active")
        if self.active is None and len(self.keys) > 1:
            raise invalid("expected, because vault.keys holds more than one key", "active")
        return self

    @property
    def active_id(self) -> str | None:
        """Id of the sealing key: the named one, else the only one; None without keys."""
        return self.active or next(iter(self.keys), None)

    def master_keys(self) -> dict[str, bytes]:
        """Returns every master key, 32 bytes each, by its id."""
        return {
            key_id: base64.b64decode(key.get_secret_value()) for key_id, key in self.keys.items()
        }


class SandboxSettings(SettingsGroup):
    """The sandbox: imitated platforms in place of the real ones."""

    url: BaseUrl | None = Field(default=None, description="Base URL of a separate sandbox server.")
    mounted: bool = Field(
        default=False,
        description="Mount the sandbox in this server; same as serve --sandbox.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.mounted and self.url is not None:
            raise invalid("expected only one of sandbox.mounted and sandbox.url", "mounted")
        return self

    @property
    def enabled(self) -> bool:
        """True if platforms are imitated, by this or another server."""
        return self.mounted or self.url is not None


class AccountsSettings(SettingsGroup):
    """Rules on connected accounts."""

    takeover: bool = Field(
        default=False,
        description="Let a user take over an account that another user has connected.",
    )


class SessionsSettings(SettingsGroup):
    """Lifetimes of authorization sessions."""

    minutes: Whole = Field(
        default=15, ge=1, le=60, description="Minutes to complete a started connection."
    )
    choice_minutes: Whole = Field(
        default=60, ge=1, le=1440, description="Minutes to choose among several accounts."
    )
    retention_hours: Whole = Field(
        default=24, ge=1, le=720, description="Hours for which an ended session can be read."
    )


class SnapshotsSettings(SettingsGroup):
    """Figures of accounts and works that are kept."""

    keep_days: KeepDays = Field(
        default=None, description="Days after which a snapshot is deleted; absent: never."
    )
    daily: PlatformNames | None = Field(
        default=None,
        description="Platforms on which a snapshot of each account is taken every day; absent: "
        "none, over a sandbox all.",
    )


class PublishingSettings(SettingsGroup):
    """Publications: when they are given up."""

    max_late_minutes: Whole = Field(
        default=120,
        ge=1,
        le=10_080,
        description="Minutes after its time within which a publication still begins; later nothing "
        "is posted and it fails.",
    )
    held_days: Whole = Field(
        default=7,
        ge=1,
        le=90,
        description="Days for which a publication waits for the person who has to finish it.",
    )
    keep_trying_hours: Whole = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours for which a publication waits for the limits of a platform.",
    )
    allowed_networks: Networks = Field(
        default=(),
        description="Private networks from which files of publications may be read; of all others "
        "only public addresses. Unless it is set, a sandbox allows the loopback addresses.",
    )


class EventsSettings(SettingsGroup):
    """Events, and the log of their deliveries."""

    keep_days: Whole = Field(
        default=30,
        ge=4,
        le=3660,
        description="Days after which an event is deleted, unless it is still being sent: for"
        " longer than an event is sent again, which is three days.",
    )


class AuditSettings(SettingsGroup):
    """The audit log."""

    keep_days: KeepDays = Field(
        default=None, description="Days after which an audit entry is deleted; absent: never."
    )


class UsageSettings(SettingsGroup):
    """Counts of the calls to the platforms."""

    keep_days: KeepDays = Field(
        default=None, description="Days after which a day's counts are deleted; absent: never."
    )


class UpstreamSettings(SettingsGroup):
    """Calls to the platforms."""

    timeout_seconds: Seconds = Field(
        default=20,
        description="Maximum time of one call to a platform, including waits and the retry.",
    )
    upload_timeout_seconds: Seconds = Field(
        default=300,
        description="Maximum time of a call that carries a part of a file to a platform.",
    )
    max_body_bytes: Whole = Field(
        default=4 * 1024 * 1024,
        ge=64 * 1024,
        le=256 * 1024 * 1024,
        description="Maximum size of a platform's answer.",
    )
    proxy: ProxyUrl | None = Field(
        default=None,
        description="HTTP proxy for calls to platforms; HTTP_PROXY and the like are ignored.",
    )
    in_flight: Whole = Field(
        default=64, ge=1, le=1000, description="Concurrent calls to one platform in one process."
    )
    queue_seconds: Seconds = Field(default=2, description="Maximum wait for a free call slot.")
    breaker_failures: Whole = Field(
        default=10,
        ge=0,
        le=1000,
        description="Failures in a row that open a host's circuit breaker; 0 for never.",
    )
    breaker_seconds: Seconds = Field(
        default=30, description="Maximum time for which a circuit breaker stays open."
    )


class JobsSettings(SettingsGroup):
    """Background work."""

    embedded: bool = Field(
        default=True,
        description="Run background work in this server; if false, run openchannels worker.",
    )
    dead_seconds: Seconds = Field(
        default=15,
        description="Time without heartbeat after which others take over a process's work.",
    )
    health_port: Whole | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port at which openchannels worker answers /health, /ready and /metrics; "
        "0 takes a free one, absent: none.",
    )


class WebhooksSettings(SettingsGroup):
    """Calls to URLs that users configure."""

    allowed_networks: Networks = Field(
        default=(),
        description="Private networks that may be called, also by http; of all "
        "others only public addresses, by https. Unless it is set, a sandbox allows the "
        "loopback addresses.",
    )


class Settings(BaseSettings):
    """All settings, validated and immutable; built by `load_settings`.

    Calling the class itself reads no environment or file: it takes its arguments only.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        case_sensitive=True,
        env_prefix=PREFIX,
        env_nested_delimiter=LEVEL_SEPARATOR,
        env_nested_max_split=2,  # The id of a key may hold two underscores.
        enable_decoding=False,  # A list in a variable is separated by blanks, not JSON.
    )

    data_dir: Folder = Field(
        default=Path("./data"),
        description="Directory of the database, the keyring and openchannels.toml.",
    )
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    vault: VaultSettings = VaultSettings()
    sandbox: SandboxSettings = SandboxSettings()
    accounts: AccountsSettings = AccountsSettings()
    sessions: SessionsSettings = SessionsSettings()
    snapshots: SnapshotsSettings = SnapshotsSettings()
    publishing: PublishingSettings = PublishingSettings()
    events: EventsSettings = EventsSettings()
    audit: AuditSettings = AuditSettings()
    usage: UsageSettings = UsageSettings()
    limits: LimitsSettings = LimitsSettings()
    assets: AssetsSettings = AssetsSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    jobs: JobsSettings = JobsSettings()
    mcp: McpSettings = McpSettings()
    tracing: TracingSettings = TracingSettings()
    platforms: PlatformsSettings = PlatformsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @model_validator(mode="after")
    def _fits_the_database(self) -> Self:
        vault = self.vault
        if self.uses_postgresql and not vault.keys and vault.keyring_file is None:
            raise invalid("expected a master key, because the database is PostgreSQL", "vault.keys")
        if self.database.pooler is not None and not self.uses_postgresql:
            raise invalid("expected only where the database is PostgreSQL", "database.pooler")
        return self

    @property
    def database_url(self) -> str:
        """The database URL with its password; the SQLite file if none is configured."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.data_dir / DATABASE_FILE}"

    @property
    def uses_postgresql(self) -> bool:
        return self.database_url.startswith("postgresql://")

    @property
    def jobs_path(self) -> Path:
        """The SQLite job store, beside the database if that is a SQLite file."""
        return Path(self.database_url.removeprefix("sqlite:///")).with_name(JOBS_FILE)

    @property
    def assets_path(self) -> Path:
        """The directory of the assets, used without a bucket."""
        return self.assets.directory or self.data_dir / ASSETS_FOLDER

    @property
    def keyring_path(self) -> Path:
        """The keyring file, used when `vault.keys` is empty."""
        return self.vault.keyring_file or self.data_dir / KEYRING_FILE
