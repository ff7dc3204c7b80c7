"""Builds the platform apps, HTTP clients and call limits from the settings."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network

from openchannels.connectors.registry import CONNECTORS, Connector, OAuth, Plugin
from openchannels.core.platforms import Platform
from openchannels.core.purposes import PURPOSES, Purpose
from openchannels.core.ssrf import LOOPBACK_NETWORKS
from openchannels.settings import Settings
from openchannels.settings.platforms import OAuthPlatformSettings, PlatformSettings
from openchannels.transport.admission import Protection
from openchannels.transport.client import HttpClient
from openchannels.transport.platform_app import App
from openchannels.transport.remote_files import RemoteFileClient
from openchannels.transport.webhook_client import WebhookClient

CALLBACK = "/api/v2/channels/accounts/auth/{platform}/callback"


def build_apps(settings: Settings, public_url: str) -> dict[Platform, App]:
    """Returns the configured apps; over a sandbox also generated ones for the other platforms."""
    apps: dict[Platform, App] = {}
    for platform, connector in CONNECTORS.items():
        own = settings.platforms.by_id()[platform]
        registration = own.registration()
        purposes = _purposes(own, sandbox=settings.sandbox.enabled)
        redirect = public_url + CALLBACK.format(platform=platform)
        if registration is not None:
            app = App(
                client_id=registration.client_id,
                client_secret=registration.client_secret,
                redirect_uri=registration.redirect_uri or redirect,
                scopes=registration.scopes or (),
                options=own.options(),
            )
            apps[platform] = _with_purposes(app, connector, purposes)
        elif isinstance(connector.auth, Plugin):
            apps[platform] = App("", "", "", (), own.options())
        elif settings.sandbox.enabled:
            made_up = f"sandbox-{platform}"
            options = {**connector.sandbox_settings, **own.options()}
            app = App(made_up, f"{made_up}-secret", redirect, (), options)
            apps[platform] = _with_purposes(app, connector, purposes)
    return apps


def _purposes(own: PlatformSettings, *, sandbox: bool) -> Sequence[Purpose]:
    """Returns what accounts may be connected for; over a sandbox, whatever there is."""
    if sandbox or not isinstance(own, OAuthPlatformSettings):
        return PURPOSES
    return own.purposes


def _with_purposes(app: App, connector: Connector, purposes: Sequence[Purpose]) -> App:
    """Returns the app with the scopes that its purposes need, unless it names its own."""
    auth, publisher, engagement = connector.auth, connector.publisher, connector.engagement
    reading = auth.oauth_config(replace(app, scopes=())).scopes if isinstance(auth, OAuth) else ()
    needed: dict[Purpose, Sequence[str]] = {"read": reading}
    if publisher is not None:
        needed["publish"] = publisher.scopes_for(app)
    if engagement is not None and engagement.available(app):
        needed["engage"] = engagement.scopes_for(app)
    wanted = {purpose: tuple(needed[purpose]) for purpose in purposes if purpose in needed}
    every = dict.fromkeys(scope for scopes in wanted.values() for scope in scopes)
    return replace(app, scopes=app.scopes or tuple(every), purposes=wanted)


def daily_snapshots(settings: Settings) -> tuple[Platform, ...]:
    """Returns the platforms of whose accounts snapshots are taken daily."""
    if settings.snapshots.daily is not None:
        return tuple(map(Platform, settings.snapshots.daily))
    return tuple(CONNECTORS) if settings.sandbox.enabled else ()


def build_http_client(settings: Settings, sandbox_url: str | None) -> HttpClient:
    """Returns an HTTP client whose pool has room for the full share of every platform."""
    upstream = settings.upstream
    return HttpClient(
        sandbox=sandbox_url or settings.sandbox.url,
        timeout=upstream.timeout_seconds,
        upload_timeout=upstream.upload_timeout_seconds,
        max_body=upstream.max_body_bytes,
        connections=upstream.in_flight * len(CONNECTORS),
        proxy=upstream.proxy.get_secret_value() if upstream.proxy else None,
    )


def build_protection(settings: Settings) -> Protection:
    """Returns the limits that protect each platform from too many calls."""
    upstream = settings.upstream
    return Protection(
        timeout=upstream.timeout_seconds,
        upload_timeout=upstream.upload_timeout_seconds,
        in_flight=upstream.in_flight,
        queue=upstream.queue_seconds,
        failures=upstream.breaker_failures,
        longest=upstream.breaker_seconds,
    )


def build_webhook_client(settings: Settings, *, sandbox: bool) -> WebhookClient:
    """Returns the client for webhooks; over a sandbox it reaches this machine by default."""
    webhooks = settings.webhooks
    if sandbox and "allowed_networks" not in webhooks.model_fields_set:
        return WebhookClient(LOOPBACK_NETWORKS)
    return WebhookClient(tuple(map(ip_network, webhooks.allowed_networks)))


def build_remote_files(settings: Settings) -> RemoteFileClient:
    """Returns the client for files of publications; as that for webhooks over a sandbox."""
    publishing = settings.publishing
    if settings.sandbox.enabled and "allowed_networks" not in publishing.model_fields_set:
        return RemoteFileClient(LOOPBACK_NETWORKS)
    return RemoteFileClient(tuple(map(ip_network, publishing.allowed_networks)))
