"""The operator's choices, read from the settings."""

from ipaddress import ip_network

from openchannels.app.platforms import daily_snapshots
from openchannels.core.rate_limits import InboundRates
from openchannels.core.ssrf import check_url
from openchannels.service.context import AssetRules, PublishingRules, Retention, Rules
from openchannels.settings import Settings

DAY_SECONDS = 86_400.0


def build_rules(settings: Settings, public_url: str) -> Rules:
    return Rules(
        public_url=public_url,
        session_seconds=settings.sessions.minutes * 60,
        choice_seconds=settings.sessions.choice_minutes * 60,
        retention=_retention(settings),
        daily_snapshots=daily_snapshots(settings),
        takeover=settings.accounts.takeover,
        rates=InboundRates(
            start=settings.limits.start_per_minute,
            change=settings.limits.change_per_minute,
            works=settings.limits.works_per_minute,
            mcp=settings.limits.mcp_per_minute,
            callback=settings.limits.callback_per_minute,
            choice=settings.limits.choice_per_minute,
            page=settings.limits.page_per_minute,
            probe=settings.limits.probe_per_minute,
            platform_webhook=settings.limits.platform_webhook_per_minute,
            media=settings.limits.media_per_minute,
            upload=settings.limits.upload_per_minute,
            refused_keys=settings.limits.refused_keys_per_minute,
        ),
        trusted_proxies=tuple(map(ip_network, settings.server.trusted_proxies)),
        assets=_asset_rules(settings),
        publishing=_publishing_rules(settings, public_url),
    )


def _publishing_rules(settings: Settings, public_url: str) -> PublishingRules:
    publishing = settings.publishing
    return PublishingRules(
        max_late=publishing.max_late_minutes * 60,
        held=publishing.held_days * 86_400,
        keep_trying=publishing.keep_trying_hours * 3600,
        reachable=settings.sandbox.enabled or check_url(public_url) is None,
    )


def _retention(settings: Settings) -> Retention:
    return Retention(
        sessions=settings.sessions.retention_hours * 3600.0,
        events=settings.events.keep_days * DAY_SECONDS,
        snapshots=_seconds(settings.snapshots.keep_days),
        audit=_seconds(settings.audit.keep_days),
        usage=_seconds(settings.usage.keep_days),
    )


def _seconds(days: int | None) -> float | None:
    return None if days is None else days * DAY_SECONDS


def _asset_rules(settings: Settings) -> AssetRules:
    assets = settings.assets
    return AssetRules(
        quota=assets.quota_bytes,
        largest=assets.max_bytes,
        unsized=assets.unsized_bytes,
        upload_seconds=assets.upload_minutes * 60,
    )
