"""What every use case works with."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from openchannels.core.assets import AssetStore, ContentProbe, ImageAdapter
from openchannels.core.clock import Clock
from openchannels.core.keys import ALL_SCOPES
from openchannels.core.metrics import NO_METRICS, ServiceMetrics
from openchannels.core.platforms import Platform
from openchannels.core.rate_limits import InboundRates
from openchannels.core.remote_files import RemoteFiles
from openchannels.core.sessions import Binding
from openchannels.core.tracing import NO_TRACING, ServiceTracing
from openchannels.core.webhooks import WebhookTransport
from openchannels.service.platforms.catalog import Platforms
from openchannels.service.platforms.usage import Usage
from openchannels.service.unwritten import Unwritten
from openchannels.store.database import Database
from openchannels.store.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class AssetRules:
    """How much may be uploaded, in bytes; `unsized` is the limit of a file of unstated size."""

    quota: int = 10 * 1024**3
    largest: int = 5 * 1024**3
    unsized: int = 100 * 1024**2
    upload_seconds: float = 3600


@dataclass(frozen=True, slots=True)
class PublishingRules:
    """When publications are given up. Times are in seconds.

    One that could not begin within `max_late` of its time is not begun. What a person has to
    finish ends after `held`. `keep_trying` bounds how long one that the platform refuses for now
    is tried again. `reachable` says whether platforms can fetch files from this service.
    """

    max_late: float = 2 * 3600.0
    held: float = 7 * 86_400.0
    keep_trying: float = 24 * 3600.0
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many seconds is kept what nothing needs any more; None is for ever."""

    sessions: float = 24 * 3600
    events: float = 30 * 86_400.0
    snapshots: float | None = None
    audit: float | None = None
    usage: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's choices. Times are in seconds.

    Of accounts on the platforms `daily_snapshots` a snapshot is taken every day.
    """

    public_url: str
    session_seconds: float = 15 * 60
    choice_seconds: float = 60 * 60
    retention: Retention = field(default_factory=Retention)
    daily_snapshots: tuple[Platform, ...] = ()
    takeover: bool = False
    rates: InboundRates = field(default_factory=InboundRates)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    assets: AssetRules = field(default_factory=AssetRules)
    publishing: PublishingRules = field(default_factory=PublishingRules)


@dataclass(frozen=True, slots=True)
class Context:
    db: Database
    vault: Vault
    platforms: Platforms
    usage: Usage
    webhook_client: WebhookTransport
    asset_store: AssetStore
    content_probe: ContentProbe
    image_adapter: ImageAdapter
    remote_files: RemoteFiles
    rules: Rules
    clock: Clock
    unwritten: Unwritten = field(default_factory=Unwritten)
    metrics: ServiceMetrics = NO_METRICS
    tracing: ServiceTracing = NO_TRACING


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: the user (a workspace) and the API key. Empty `origins` allow any."""

    user_id: str
    key_id: str
    key_name: str = ""
    origins: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset(ALL_SCOPES)
    binding: Binding = Binding.DIRECT
