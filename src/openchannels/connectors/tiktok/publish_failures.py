"""TikTok: what refusals of a publication mean, at a call and in its status."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.core import errors
from openchannels.core.platform_errors import Failure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import Classify, PlatformClient

DAY = 86_400.0
INVALID = Refusal(errors.PUBLISH_VALIDATION_FAILED)
UNSUPPORTED = Refusal(errors.MEDIA_UNSUPPORTED)
BANNED = Refusal(errors.PERMISSION_MISSING)
NOT_AUDITED = Refusal(
    errors.PERMISSION_MISSING,
    hint="Set the account to private, or leave drafts in its inbox.",
)
FULL = Refusal(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=DAY)
UNREACHABLE = Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, final=False)

# https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
REFUSALS = RefusalTable(
    message="error.message",
    codes={
        "spam_risk_too_many_posts": FULL,
        "spam_risk_too_many_pending_share": FULL,
        "reached_active_user_cap": FULL,
        "spam_risk_user_banned_from_posting": BANNED,
        "unaudited_client_can_only_post_to_private_accounts": NOT_AUDITED,
        "privacy_level_option_mismatch": Refusal(errors.PUBLISH_OPTION_MISSING),
        "url_ownership_unverified": INVALID,
        "app_version_check_failed": INVALID,
    },
)
# https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
FAIL_REASONS: Mapping[str, Refusal] = {
    **dict.fromkeys(
        (
            *("file_format_check_failed", "duration_check_failed"),
            *("frame_rate_check_failed", "picture_size_check_failed"),
        ),
        UNSUPPORTED,
    ),
    "internal": Refusal(errors.MEDIA_PROCESSING_FAILED, final=False),
    "video_pull_failed": UNREACHABLE,
    "photo_pull_failed": UNREACHABLE,
    "auth_removed": BANNED,
    "spam_risk_too_many_posts": FULL,
    "spam_risk_user_banned_from_posting": BANNED,
    "spam_risk_text": INVALID,
    "spam_risk": INVALID,
}


def failed(reason: str | None) -> PublicationRefused:
    """Returns what a work that failed means: nothing was posted."""
    refusal = FAIL_REASONS.get(reason or "", Refusal(errors.PUBLISH_PLATFORM_STATUS_FAILED))
    return PublicationRefused(
        refusal.error,
        platform_code=reason,
        final=refusal.final,
        retry_after=refusal.retry_after,
    )


def limits_of_account(client: PlatformClient) -> Classify:
    """Returns how answers are read where TikTok counts the calls of each token by itself."""

    def classify(answer: Answer) -> Failure | None:
        reading = client.classify(answer)
        return None if reading is None else replace(reading, bucket="account")

    return classify
