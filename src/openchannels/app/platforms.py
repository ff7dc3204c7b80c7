"""The half of main that leads to the platforms: apps, HTTP client and protection."""

from ipaddress import ip_network

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import AuthType, Platform
from openchannels.settings import Settings
from openchannels.transport.bulkhead import Protection
from openchannels.transport.client import HttpClient
from openchannels.transport.platform_client import App
from openchannels.transport.webhook_client import WebhookClient

CALLBACK = "/api/v2/channels/accounts/auth/{platform}/callback"


def build_apps(settings: Settings, public_url: str) -> dict[Platform, App]:
    """The operator's apps; over a sandbox, made-up ones where none is configured."""
    apps: dict[Platform, App] = {}
    for platform, connector in CONNECTORS.items():
        own = settings.platforms.by_id()[platform]
        registration = own.registration()
        scopes = connector.oauth.scopes if connector.oauth else ()
        redirect = public_url + CALLBACK.format(platform=platform)
        if registration is not None:
            apps[platform] = App(
                client_id=registration.client_id,
                client_secret=registration.client_secret,
                redirect_uri=registration.redirect_uri or redirect,
                scopes=scopes if registration.scopes is None else registration.scopes,
                options=own.options(),
            )
        elif connector.auth_type is AuthType.PLUGIN:
            apps[platform] = App("", "", "", (), own.options())
        elif settings.sandbox.enabled:
            made_up = f"sandbox-{platform}"
            options = {**connector.sandbox_settings, **own.options()}
            apps[platform] = App(made_up, f"{made_up}-secret", redirect, scopes, options)
    return apps


def http_client(settings: Settings, sandbox_url: str | None) -> HttpClient:
    """One pool with room for the full share of every platform."""
    upstream = settings.upstream
    return HttpClient(
        sandbox=sandbox_url or settings.sandbox.url,
        timeout=upstream.timeout_seconds,
        max_body=upstream.max_body_bytes,
        connections=upstream.in_flight * len(CONNECTORS),
        proxy=upstream.proxy.get_secret_value() if upstream.proxy else None,
    )


def protection(settings: Settings) -> Protection:
    """How each platform is guarded."""
    upstream = settings.upstream
    return Protection(
        timeout=upstream.timeout_seconds,
        in_flight=upstream.in_flight,
        queue=upstream.queue_seconds,
        failures=upstream.breaker_failures,
        longest=upstream.breaker_seconds,
    )


def outbound_client(settings: Settings) -> WebhookClient:
    return WebhookClient(tuple(map(ip_network, settings.webhooks.allowed_networks)))
