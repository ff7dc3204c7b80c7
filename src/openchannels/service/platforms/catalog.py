"""The platforms, and what each can do with the current configuration."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol, TypeVar

from openchannels.connectors.registry import Connector, OAuth, Plugin, WorksReader
from openchannels.core import errors
from openchannels.core.clock import Clock
from openchannels.core.exceptions import NotSupported
from openchannels.core.limit_exchange import LimitExchange, Note
from openchannels.core.metrics import NO_METRICS, UpstreamMetrics
from openchannels.core.platforms import AuthType, Platform, Text
from openchannels.core.purposes import Purpose
from openchannels.core.tracing import NO_TRACING, UpstreamTracing
from openchannels.service.platforms.registered import platform_meant
from openchannels.service.platforms.usage import Usage
from openchannels.transport.admission import PlatformGuard, Protection
from openchannels.transport.app_tokens import SharedState
from openchannels.transport.cache import Cache
from openchannels.transport.client import Send
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient
from openchannels.transport.rate_limits import BucketState, PlatformRateLimits

OPEN = "open"
"""In the name of a note: a circuit breaker, by its host."""
LIST_WORKS = "work.listWorks"
BY_PLUGIN = Text(
    en="A browser plug-in connects this platform: send its login to"
    " POST /api/v2/channels/accounts.",
    zh="该平台通过浏览器插件连接：请将其登录信息提交到 POST /api/v2/channels/accounts。",
)

NO_APP = App("", "", "", ())


class Capability(Protocol):
    """A capability of a platform that some apps lack."""

    def available(self, app: App) -> bool: ...


C = TypeVar("C", bound=Capability)


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A platform for display. `missing` names the settings it lacks."""

    id: Platform
    name: Text
    auth_type: AuthType
    connectable: bool
    missing: tuple[str, ...]
    lists_works: bool
    works_absent: Text | None


class Platforms:
    """The connectors joined with the operator's apps."""

    def __init__(
        self,
        *,
        connectors: Mapping[Platform, Connector],
        apps: Mapping[Platform, App],
        send: Send,
        address: Callable[[str], str],
        clock: Clock,
        usage: Usage,
        shared_state: Callable[[Platform], SharedState],
        protection: Protection,
        metrics: UpstreamMetrics = NO_METRICS,
        tracing: UpstreamTracing = NO_TRACING,
    ) -> None:
        self._connectors = connectors
        self._apps = apps
        self._send = send
        self._address = address
        self._clock = clock
        self._usage = usage
        self._shared_state = shared_state
        self._caches = {platform: Cache(clock) for platform in connectors}
        self.exchange = LimitExchange()
        """What processes tell each other of limits and circuit breakers."""
        self.exchange.adopt = self._adopt
        self._limits = {
            platform: BucketState(clock, partial(self._tell, platform)) for platform in connectors
        }
        self._guards = {
            platform: PlatformGuard(
                clock, protection, metrics, tracing, partial(self._tell_open, platform)
            )
            for platform in connectors
        }

    def oauth(self, name: str) -> tuple[Connector, OAuth]:
        """A connector and how accounts are authorized there. Raises PLATFORM_NOT_SUPPORTED."""
        connector = self.named(name)
        if not isinstance(connector.auth, OAuth):
            data = {"platform": name, "capability": "auth", "reason": "plugin"}
            raise errors.PLATFORM_NOT_SUPPORTED({**data, "detail": BY_PLUGIN})
        if connector.id not in self._apps:
            raise _not_configured(connector)
        return connector, connector.auth

    def plugin(self, platform: Platform) -> tuple[Connector, Plugin]:
        """A connector whose accounts a plug-in submits, and how it checks them.

        Raises ACCOUNT_CREATE_NOT_SUPPORTED.
        """
        connector = self._connectors[platform]
        if not isinstance(connector.auth, Plugin):
            raise errors.ACCOUNT_CREATE_NOT_SUPPORTED()
        return connector, connector.auth

    def lister(self, platform: Platform) -> tuple[Connector, WorksReader]:
        """A connector and its list of works. Raises OPERATION_NOT_SUPPORTED."""
        data = {"platform": platform, "capability": LIST_WORKS}
        connector = self._connectors[platform]
        absent = connector.works_absence(self._apps.get(platform))
        if absent is not None:
            reason, text = absent
            raise errors.OPERATION_NOT_SUPPORTED({**data, "reason": reason, "detail": text})
        assert connector.works is not None
        return connector, connector.works

    def usable(self, platform: Platform, capability: C | None) -> C | None:
        """The capability; None where the platform or the operator's app there lacks it.

        Where no app is configured the capability is returned: a call names what is missing.
        """
        app = self._apps.get(platform)
        if capability is None or (app is not None and not capability.available(app)):
            return None
        return capability

    def connector(self, platform: Platform) -> Connector:
        """The connector of a stored account or session.

        Raises PLATFORM_NOT_SUPPORTED where it is no longer registered.
        """
        connector = self._connectors.get(platform)
        if connector is None:
            raise errors.PLATFORM_NOT_SUPPORTED({"platform": platform})
        return connector

    def named(self, name: str) -> Connector:
        """The connector by the id that a caller wrote. Raises PLATFORM_NOT_SUPPORTED."""
        connector = self.find(name)
        if connector is None:
            raise _unknown(name)
        return connector

    def app(self, platform: Platform) -> App | None:
        """The operator's app at a platform; None where it is not configured."""
        return self._apps.get(platform)

    def find(self, platform: str) -> Connector | None:
        """The connector by its platform's id; None where there is none."""
        return self._connectors.get(Platform(platform))

    def configured(self, name: str) -> tuple[Connector, App] | None:
        """A connector by its wire name, with its app; None unless both exist."""
        platform = Platform(name)
        app = self._apps.get(platform)
        return (self._connectors[platform], app) if app else None

    def required_scopes(self, connector: Connector) -> tuple[str, ...]:
        """The scopes that an account needs with the configured app."""
        return self.all_required_scopes.get(connector.id, ())

    @cached_property
    def all_required_scopes(self) -> Mapping[str, tuple[str, ...]]:
        """The scopes that accounts need, by platform; platforms that need none are left out."""
        return {
            platform: scopes
            for platform, app in self._apps.items()
            if isinstance(auth := self._connectors[platform].auth, OAuth)
            if (scopes := auth.oauth_config(app).required_scopes)
        }

    def client(
        self,
        connector: Connector,
        user_id: str = "",
        account_id: str | None = None,
        *,
        interactive: bool = False,
        sparing: bool = False,
        purposes: Collection[Purpose] = (),
    ) -> PlatformClient:
        """A client for the connector's platform, whose use is counted for a user.

        With an account, no call is made while the account's or the app's bucket is empty. An
        `interactive` client passes an open circuit breaker, a `sparing` one leaves the last fifth
        of a quota alone. With `purposes` the app has only their scopes. Raises
        PLATFORM_NOT_SUPPORTED where the app is not configured.
        """
        app = self._apps.get(connector.id)
        if app is None:
            raise _not_configured(connector)
        return PlatformClient(
            platform=connector.id,
            app=app.narrowed(purposes) if purposes else app,
            send=self._send,
            classify=connector.classify,
            cache=self._caches[connector.id],
            clock=self._clock,
            rate_limits=PlatformRateLimits(
                limits=self._limits[connector.id],
                clock=self._clock,
                record_usage=partial(self._usage.add, user_id, connector.id),
                account=account_id,
                sparing=sparing,
            ),
            request_id_header=connector.request_id_header,
            remaining_quotas=connector.remaining_quotas,
            cost=connector.cost,
            shared_state=self._shared_state(connector.id),
            guard=self._guards[connector.id],
            interactive=interactive,
        )

    def public_client(self, connector: Connector) -> PlatformClient:
        """A client for what a platform shows to everybody: it needs no app and uses no quota."""
        return PlatformClient(
            platform=connector.id,
            app=NO_APP,
            send=self._send,
            classify=connector.classify,
            cache=self._caches[connector.id],
            clock=self._clock,
            request_id_header=connector.request_id_header,
            guard=self._guards[connector.id],
        )

    def open_breakers(self) -> Mapping[Platform, int]:
        """How many circuit breakers are open in this process, by platform."""
        return {platform: guard.open_breakers for platform, guard in self._guards.items()}

    def spent_limits(self) -> Mapping[Platform, int]:
        """How many limits are spent as far as this process knows, by platform."""
        return {platform: limits.spent for platform, limits in self._limits.items()}

    def _tell(self, platform: Platform, name: str, seconds: float, detail: str) -> None:
        self.exchange.tell(f"{platform}/{name}", seconds, detail)

    def _tell_open(self, platform: Platform, host: str, seconds: float, detail: str) -> None:
        self._tell(platform, f"{OPEN}/{host}", seconds, detail)

    def _adopt(self, note: Note) -> None:
        """Takes what another process has learnt of a platform."""
        name, _, what = note.name.partition("/")
        platform = Platform(name)
        if platform not in self._guards:
            return
        kind, _, host = what.partition("/")
        if kind == OPEN:
            self._guards[platform].adopt(host, note.seconds, int(note.detail))
        else:
            self._limits[platform].adopt(what, note.seconds, note.detail)

    def cost_unit(self, platform: Platform) -> str:
        """The unit in which a platform counts its quota."""
        connector = self.find(platform)
        return connector.cost_unit if connector else Connector.cost_unit

    def browser_address(self, url: str) -> str:
        """A platform's address as the person's browser should open it."""
        return self._address(url)

    def name(self, platform: Platform) -> Text:
        """What people call a platform; its id where it is no longer registered."""
        connector = self.find(platform)
        return connector.name if connector else Text(en=platform, zh=platform)

    def views(self) -> list[PlatformView]:
        """Every platform, in the registry's order."""
        return platform_views(self._connectors, self._apps)


def platform_views(
    connectors: Mapping[Platform, Connector], apps: Mapping[Platform, App]
) -> list[PlatformView]:
    """Every platform, in the registry's order."""
    return [_view(connector, apps.get(platform)) for platform, connector in connectors.items()]


def _view(connector: Connector, app: App | None) -> PlatformView:
    absent = connector.works_absence(app)
    wanted = tuple(f"platforms.{connector.id}.{name}" for name in connector.auth.app_settings)
    return PlatformView(
        id=connector.id,
        name=connector.name,
        auth_type=connector.auth.auth_type(app),
        connectable=app is not None,
        missing=() if app else wanted,
        lists_works=absent is None,
        works_absent=absent[1] if absent else None,
    )


def _not_configured(connector: Connector) -> NotSupported:
    data = {"platform": connector.id, "capability": "auth", "reason": "not_configured"}
    return errors.PLATFORM_NOT_SUPPORTED(data)


def _unknown(name: str) -> NotSupported:
    data: dict[str, Any] = {"platform": name}
    meant = platform_meant(name)
    if meant is not None:
        question = Text(en=f"Did you mean {meant}?", zh=f"您是指 {meant} 吗？")
        data |= {"alternative": meant, "detail": question}
    return errors.PLATFORM_NOT_SUPPORTED(data)
