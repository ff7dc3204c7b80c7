"""The texts of the wire, copied from operations.md 5.1 and 5.2: a change here breaks clients."""

import html
from typing import Any

import pytest

from openchannels.core.errors import CATALOGUE, SUCCESS_MESSAGE
from tests.contract.conftest import Workspace
from tests.harness.paths import ACCOUNTS, AUTH, WORKS

GOLDEN: dict[int, tuple[str, str | None]] = {
    # code: (zh-CN, en-US where 5.2 gives the literal)
    401: ("Unauthorized", "Unauthorized"),
    500: ("Internal server error", "Internal server error"),
    10002: ("参数验证失败", "Validation failed"),
    12600: ("账号未找到", "Account not found"),
    12601: ("账号分组未找到", "Account group not found"),
    12604: ("账号创建失败", "Account create failed"),
    15001: (
        "账号未授权，请重新授权账号",
        "Account is not authorized. Please re-authorize the account.",
    ),
    15002: ("授权已过期，请重新授权账号", None),
    15003: ("账号信息获取失败", "Failed to get account information"),
    15006: (
        "账号授权凭证不存在，请重新授权账号",
        "Account credential not found. Please re-authorize the account.",
    ),
    15009: ("刷新授权失败，请重新授权账号", None),
    15010: (
        "获取访问令牌失败，请重新授权账号",
        "Failed to get access token. Please re-authorize the account.",
    ),
    15032: ("暂不支持该平台", "This platform is not supported"),
    15039: ("授权会话无效或已过期", "Invalid or expired authorization session"),
    15040: ("授权平台不匹配", "Authorization platform does not match"),
    15070: ("youtube 平台接口请求失败", "youtube platform API request failed"),
    15071: ("youtube 平台接口触发频率限制", None),
    15072: ("youtube 平台接口返回数据无效", "youtube platform API returned an invalid response"),
    15078: ("youtube 账号缺少所需权限", None),
    15079: ("未找到 youtube 作品", None),
    15080: ("youtube 不支持该操作", "youtube does not support this operation"),
    15081: (
        "该平台暂不支持通过此接口创建账号",
        "This platform does not support account creation via this endpoint",
    ),
    15082: (
        "该渠道账号已绑定到其他用户",
        "This channel account is already connected to another user",
    ),
    15083: ("请至少选择一个账号继续", None),
    15084: ("所选账号不属于当前授权会话", None),
    15088: ("youtube 不支持该分页模式", "youtube does not support this pagination mode"),
    15089: ("youtube 分页数量超过上限", "youtube pagination limit exceeds the maximum"),
    15090: ("youtube 分页页大小超过上限", "youtube pagination page size exceeds the maximum"),
    15091: ("youtube 不支持该分页方向", "youtube does not support this pagination direction"),
    15092: ("缺少渠道账号创建必填字段", "Required channel account creation field is missing"),
    15094: ("youtube 平台方服务异常，请稍后再试", None),
}
NAMES = {
    10002: "ValidationFailed",
    12600: "AccountNotFound",
    12601: "AccountGroupNotFound",
    12604: "AccountCreateFailed",
    15001: "ChannelAccountNotAuthorized",
    15032: "PlatformNotSupported",
    15039: "ChannelAuthSessionInvalid",
    15040: "ChannelAuthPlatformMismatch",
    15072: "ChannelPlatformResponseInvalid",
    15080: "ChannelPlatformOperationNotSupported",
    15081: "ChannelAccountCreateNotSupported",
    15082: "ChannelAccountAlreadyConnectedToAnotherUser",
    15092: "ChannelAccountCreateRequiredFieldMissing",
}


@pytest.mark.parametrize("number", GOLDEN)
def test_text(number: int) -> None:
    chinese, english = GOLDEN[number]
    code = CATALOGUE[number]
    assert code.message("zh-CN", {"platform": "youtube"}) == chinese
    if english is not None:
        assert code.message("en-US", {"platform": "youtube"}) == english
    else:
        assert code.message("en-US", {"platform": "youtube"}).isascii()


@pytest.mark.parametrize("number", NAMES)
def test_name(number: int) -> None:
    assert CATALOGUE[number].name == NAMES[number]


def test_success() -> None:
    assert SUCCESS_MESSAGE == "请求成功"


def test_values_are_escaped_and_missing_ones_empty() -> None:
    code = CATALOGUE[15080]
    assert code.message("en-US", {}) == " does not support this operation"
    hostile = code.message("en-US", {"platform": "<b>&\"'"})
    assert not set(hostile) & set("<>\"'")
    assert html.unescape(hostile) == "<b>&\"' does not support this operation"


SCENES: list[tuple[int, str, str, dict[str, Any]]] = [
    (10002, "GET", f"{WORKS}/youtube", {}),
    (12600, "GET", f"{ACCOUNTS}/nobody/auth-status", {}),
    (12601, "GET", f"{AUTH}/youtube?groupId=x", {}),
    (15032, "GET", f"{AUTH}/nonsense", {}),
    (15039, "GET", f"{AUTH}/youtube/status/AAAAAAAAAAAAAAAA", {}),
    (15072, "POST", ACCOUNTS, {"type": "wxSph", "uid": "other"}),
    (15080, "GET", f"{WORKS}/xhs?accountId=x", {}),
    (15081, "POST", ACCOUNTS, {"type": "youtube"}),
    (15083, "POST", f"{AUTH}/selections", {"sessionId": "{choosing}", "accounts": []}),
    (
        15084,
        "POST",
        f"{AUTH}/selections",
        {"sessionId": "{choosing}", "accounts": [{"platformUid": "x"}]},
    ),
    (15088, "GET", f"{WORKS}/youtube?accountId=x&page=1&pageSize=1", {}),
    (15089, "GET", f"{WORKS}/youtube?accountId=x&limit=51", {}),
    (15090, "GET", f"{WORKS}/bilibili?accountId=x&page=1&pageSize=51", {}),
    (15092, "POST", ACCOUNTS, {"type": "xhs"}),
]
SCENE_PLATFORMS = {15072: "wxSph", 15080: "xhs", 15090: "bilibili"}


@pytest.mark.parametrize(("code", "method", "path", "body"), SCENES)
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_on_the_wire(
    workspace: Workspace, language: str, code: int, method: str, path: str, body: dict[str, Any]
) -> None:
    if code == 15072:
        body = workspace.service.plugin_body("wxSph") | body
    if "sessionId" in body:
        body = body | {"sessionId": workspace.choosing.session_id}
    client = workspace.service.client_of(headers={"Accept-Language": language})
    answer = client.request(method, path, **({"json": body} if method == "POST" else {})).json()
    assert answer["code"] == code, answer
    chinese, english = GOLDEN[code]
    expected = chinese if language == "zh-CN" else english
    platform = SCENE_PLATFORMS.get(code, "youtube")
    if expected is not None:
        assert answer["message"] == expected.replace("youtube", platform)
