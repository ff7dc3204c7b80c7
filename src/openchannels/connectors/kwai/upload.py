"""KWAI: sending a video's bytes to the host that the platform names for them.

https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
"""

import re
from typing import Any

from openchannels.connectors.base.parse import count, dig
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.kwai.api import SITE, credential_params
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import Later, PublicationRefused
from openchannels.transport.platform_client import PlatformClient

START, UPLOAD = "publish.start", "publish.upload"
PART_SIZE = 4 * 1024 * 1024
TOKEN_SECONDS = 6 * 3600.0
"""How long an upload token is used; the platform does not say how long it lives."""
MOST_FAILURES, MOST_TOKENS = 3, 3
HOSTS = (".gifshow.com", ".kuaishou.com", ".kwai.com", ".yximgs.com")
HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?")
ONLY_HTTP = "The upload host of Kuaishou took the video by plain http only."


async def send_video(
    client: PlatformClient, tokens: Tokens, job: Job, file: MediaFile
) -> Later | None:
    """Sends what the platform does not have yet; returns when to go on, None once it has all.

    After three failures the bytes are sent again under another token, after three tokens it raises.
    """
    if job.state.get("sent"):
        return None
    if job.now - job.state.get("token_at", 0.0) > TOKEN_SECONDS:
        await _begin(client, tokens, job)
    try:
        await _send(client, job, file)
    except PlatformFailure as failure:
        return await _failed(job, failure)
    await job.progress.keep(sent=True)
    return None


async def _begin(client: PlatformClient, tokens: Tokens, job: Job) -> None:
    answer = await client.call(
        "POST",
        f"{SITE}/openapi/photo/start_upload",
        operation=START,
        idempotent=True,
        params=credential_params(client, tokens),
    )
    endpoint = text_at(client, START, answer, "endpoint")
    _check_host(client, endpoint)
    await job.progress.keep(
        token=text_at(client, START, answer, "upload_token"),
        token_at=job.now,
        tokens=job.state.get("tokens", 0) + 1,
        endpoint=endpoint,
        begun=None,
        failures=None,
    )


def _check_host(client: PlatformClient, endpoint: str) -> None:
    """Refuses hosts that are not the platform's: the name came over the network."""
    named = HOST.fullmatch(endpoint)
    allowed: tuple[str, ...] = tuple(client.app.option("upload_hosts", HOSTS))
    if named is None or not any(
        named[1] == host or (host.startswith(".") and named[1].endswith(host)) for host in allowed
    ):
        raise PublicationRefused(
            errors.PLATFORM_RESPONSE_INVALID, "the upload host is none of Kuaishou's"
        )


async def _failed(job: Job, failure: PlatformFailure) -> Later:
    failures = job.state.get("failures", 0) + 1
    if failures < MOST_FAILURES:
        await job.progress.keep(failures=failures)
        return Later(10.0 * failures, "uploading")
    if job.state["tokens"] >= MOST_TOKENS:
        await job.progress.keep(tokens=None, token_at=None)
        raise failure
    await job.progress.keep(token_at=None)
    return Later(10.0, "uploading")


async def _send(client: PlatformClient, job: Job, file: MediaFile) -> None:
    if file.size <= PART_SIZE:
        await _post(client, job, "upload", await file.read(0, file.size))
        return
    number = -(-file.size // PART_SIZE)
    there = await _fragments(client, job) if job.state.get("begun") else frozenset()
    await job.progress.keep(begun=True)
    for fragment in range(number):
        if fragment not in there:
            data = await file.read(fragment * PART_SIZE, PART_SIZE)
            await _post(client, job, "upload/fragment", data, fragment_id=fragment)
    await _post(client, job, "upload/complete", None, fragment_count=number)


async def _fragments(client: PlatformClient, job: Job) -> frozenset[int]:
    """Returns the fragments that have arrived."""
    answer = await _call(client, job, "GET", "upload/resume")
    if dig(answer, "existed") is not True:
        return frozenset()
    listed = dig(answer, "fragment_list")
    ids = map(count, listed) if isinstance(listed, list) else ()
    return frozenset(one for one in ids if one is not None)


async def _post(
    client: PlatformClient, job: Job, path: str, data: bytes | None, **params: Any
) -> None:
    headers = {} if data is None else {"Content-Type": "video/mp4"}
    await _call(client, job, "POST", path, headers=headers, body=data, params=params)


async def _call(
    client: PlatformClient, job: Job, method: str, path: str, *, params: Any = None, **parts: Any
) -> Any:
    """Calls the upload host by https, else by http where the operator allows that."""
    scheme = job.state.get("scheme") or client.app.option("upload_scheme", "auto")
    given = {
        "operation": UPLOAD,
        "idempotent": True,
        "upload": True,
        "params": {"upload_token": job.state["token"], **(params or {})},
        **parts,
    }
    place = f"{job.state['endpoint']}/api/{path}"
    if scheme != "auto":
        return await client.call(method, f"{scheme}://{place}", **given)
    try:
        return await client.call(method, f"https://{place}", **given)
    except PlatformFailure as failure:
        if failure.sent or failure.category != "network":
            raise
    answer = await client.call(method, f"http://{place}", **given)
    await job.progress.keep(scheme="http")
    client.warn_operator(ONLY_HTTP)
    return answer
