"""The evidence of a failed call holds the platform's request id, whatever header carries it."""

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from tests.connectors.support import FakeSend, answer, client_for

HEADERS = {
    Platform("facebook"): "x-fb-trace-id",
    Platform("instagram"): "x-fb-trace-id",
    Platform("threads"): "x-fb-trace-id",
    Platform("tiktok"): "x-tt-logid",
    Platform("douyin"): "x-tt-logid",
    Platform("twitter"): "x-transaction-id",
    Platform("pinterest"): "x-pinterest-rid",
    Platform("linkedin"): "x-li-uuid",
}


async def request_id(platform: Platform, headers: dict[str, str]) -> str | None:
    client = client_for(CONNECTORS[platform], FakeSend().on("/x", answer({}, 404, headers)))
    with pytest.raises(PlatformFailure) as failed:
        await client.get("https://api.example.com/x", operation="works.list")
    return failed.value.request_id


@pytest.mark.parametrize(("platform", "header"), HEADERS.items())
async def test_a_platforms_own_header_is_read(platform: Platform, header: str) -> None:
    assert await request_id(platform, {header: "r" * 200}) == "r" * 128


@pytest.mark.parametrize("platform", CONNECTORS)
async def test_the_common_header_comes_first(platform: Platform) -> None:
    headers = {**dict.fromkeys(HEADERS.values(), "own"), "x-request-id": "common"}
    assert await request_id(platform, headers) == "common"
