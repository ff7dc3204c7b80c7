"""What of a platform's failure a caller is told."""

import json

import pytest

from openchannels.core.errors import PLATFORM_CALL_FAILED
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.core.publications import PublicationRefused
from openchannels.service import errors
from openchannels.service.publishing.failures import refused_data


def told(detail: str | Text | None) -> dict[str, object]:
    reading = Failure(FailureKind.PERMISSION, detail=detail)
    error = errors.to_error(PlatformFailure(Platform("linkedin"), "works.list", reading), 0.0)
    assert error.code.number == 15078
    return error.data


def test_a_detail_in_two_languages_is_told_and_can_be_stored() -> None:
    data = told(Text(en="Connect a page.", zh="请连接主页。"))
    assert data["detail"] == {"en-US": "Connect a page.", "zh-CN": "请连接主页。"}
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("detail", ["a note between connector and itself", None])
def test_any_other_detail_stays_inside(detail: str | None) -> None:
    assert "detail" not in told(detail)


def test_of_a_refusal_the_beginning_of_its_code_and_words_is_told() -> None:
    refused = PublicationRefused(PLATFORM_CALL_FAILED, "w" * 9000, platform_code="c" * 9000)
    data = refused_data("tiktok", refused)
    assert (data["platformCode"], data["platformMessage"]) == ("c" * 256, "w" * 4000)
    data = refused_data("tiktok", PublicationRefused(PLATFORM_CALL_FAILED, "w", platform_code="7"))
    assert (data["platformCode"], data["platformMessage"]) == ("7", "w")
