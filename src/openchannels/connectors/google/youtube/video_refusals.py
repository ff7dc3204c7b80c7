"""YouTube: why a video is refused: its length, its processing, or the channel that it came to."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.publisher import MediaFile
from openchannels.connectors.google.youtube.api import API
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

LONG_SECONDS = 900.0
"""Longer videos need a verified channel."""
TOO_LONG = "The channel is not verified for videos of more than 15 minutes."


async def check_length(client: PlatformClient, tokens: Tokens, file: MediaFile) -> None:
    """Asks before a byte is sent whether the channel may publish a long video.

    Raises PublicationRefused if it is not verified.
    """
    if (file.duration or 0.0) <= LONG_SECONDS:
        return
    try:
        answer = await client.get(
            f"{API}/channels",
            operation="publish.channel",
            params={"part": "status", "mine": "true"},
            headers=bearer(tokens),
        )
    except PlatformFailure as failure:
        if failure.kind is FailureKind.PERMISSION:
            return
        raise
    if dig(answer, "items", 0, "status", "longUploadsStatus") in ("disallowed", "eligible"):
        raise PublicationRefused(errors.MEDIA_UNSUPPORTED, TOO_LONG, platform_code="length")


def refuse_rejected(video: Mapping[str, Any]) -> None:
    """Raises PublicationRefused if the processing has ended with a failure or a rejection."""
    status = dig(video, "status", "uploadStatus")
    if status == "failed":
        reason = text(dig(video, "status", "failureReason")) or status
        raise PublicationRefused(errors.MEDIA_PROCESSING_FAILED, reason, platform_code=reason)
    if status in ("rejected", "deleted"):
        reason = text(dig(video, "status", "rejectionReason")) or status
        said = TOO_LONG if reason == "length" else reason
        raise PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, said, platform_code=reason)


def refuse_other_channel(account: Account, made: Mapping[str, Any]) -> None:
    """Raises PublicationRefused if the video has come to another channel of the same person."""
    channel = made.get("channel")
    if channel is not None and channel != (account.secondary or account.uid):
        raise PublicationRefused(
            errors.PLATFORM_RESPONSE_INVALID,
            f"The video was uploaded to another channel, {channel}.",
            platform_code="another_channel",
        )
