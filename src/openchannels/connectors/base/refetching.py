"""Platforms that fetch files from this service: another call while an address does not answer."""

from openchannels.connectors.base.publisher import Job
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.platform_client import PlatformClient

NOT_FETCHED = "not_fetched"
"""Code of a failure or refusal because a file could not be fetched: nothing was made."""
FETCH_PAUSES = (30.0, 120.0, 600.0)
"""Seconds from one call to the next: the same address often answers a little later."""


def fetch_tries(job: Job) -> int:
    """Returns how often a file could not be fetched in this attempt."""
    return int(job.state.get("fetch_tries", 0))


async def fetch_again(
    client: PlatformClient,
    operation: str,
    job: Job,
    refused: PublicationRefused,
    most: int = len(FETCH_PAUSES),
) -> PlatformFailure:
    """Returns the failure by which the call is made again; raises the refusal after `most`."""
    tries = fetch_tries(job)
    if tries >= most:
        raise refused
    await job.progress.keep(fetch_tries=tries + 1)
    reading = Failure(FailureKind.UNAVAILABLE, code=NOT_FETCHED, retry_after=FETCH_PAUSES[tries])
    return PlatformFailure(client.platform, operation, reading, http_status=400)
