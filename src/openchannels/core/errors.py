"""The catalogue of codes, and the exceptions that carry them.

    ServiceError                 everything a caller may be told
    ├── RequestRefused           the request itself: no key, invalid, too large
    │   ├── Unauthorized         401
    │   ├── Forbidden            15203, with the scope that is missing
    │   ├── TooManyRequests      429, with the seconds to wait
    │   └── ValidationFailed     10002, with issues
    ├── NotSupported             the platform or its capability: 15032, 15080, 15081, paging
    ├── SessionError             an authorization session: 15012 to 15014, 15039 to 15047, 15083,
    │                            15200 to 15202
    ├── WebhookError             a webhook or an event: 15204, 15205
    ├── AccountError             an account or a group: 12600, 12601, 12604, 15082, 15092
    ├── AuthorizationError       a credential that no longer serves: 15001, 15002, 15006 to 15010
    └── PlatformError            the platform's failure: 15003, 15070 to 15072, 15078, 15079, 15094

Numbers, names and the texts of the original's API are part of the wire; codes of our own
start at 15200.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.core.platforms import Locale

SUCCESS_MESSAGE = "请求成功"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the catalogue. Texts may hold `{{name}}`, filled from the error's data."""

    number: int
    name: str
    en: str
    zh: str
    when: str

    def message(self, locale: Locale, data: Mapping[str, Any]) -> str:
        """Text for a locale; a missing value renders empty and values are HTML-escaped."""
        text = self.zh if locale == "zh-CN" else self.en
        if "{{" not in text:
            return text
        return PLACEHOLDER.sub(lambda m: html.escape(str(data.get(m[1], ""))), text)


CATALOGUE: dict[int, Code] = {
    row[0]: Code(*row)
    for row in (
        (401, "Unauthorized", "Unauthorized", "Unauthorized",
         "No API key, an unknown, revoked or expired one."),
        (404, "NotFound", "Cannot {{method}} {{path}}", "Cannot {{method}} {{path}}",
         "No such route, or not with this method."),
        (408, "RequestTimeout", "The request body came too slowly", "请求体发送超时",
         "The body was not there in time; `limits.body_seconds`."),
        (413, "PayloadTooLarge", "Request body is too large", "请求体过大",
         "The body is larger than 1 MiB."),
        (429, "TooManyRequests", "Too many requests", "请求过于频繁",
         "Over a limit of this server; `data.retryAfter` and Retry-After say the seconds to wait."),
        (431, "HeadersTooLarge", "Request headers are too large", "请求头过大",
         "The request's headers are larger than 32 KiB."),
        (500, "InternalError", "Internal server error", "Internal server error",
         "An unhandled fault; its requestId finds the log line."),
        (503, "Draining", "The server is shutting down", "服务正在关闭",
         "The process is draining before it stops."),
        (10002, "ValidationFailed", "Validation failed", "参数验证失败",
         "The request does not match the schema; `data.issues` lists path and message."),
        (12600, "AccountNotFound", "Account not found", "账号未找到",
         "The account does not exist or belongs to another user."),
        (12601, "AccountGroupNotFound", "Account group not found", "账号分组未找到",
         "The group does not exist or belongs to another user."),
        (12604, "AccountCreateFailed", "Account create failed", "账号创建失败",
         "The account could not be stored: its id or name is longer than any known one."),
        (15001, "ChannelAccountNotAuthorized",
         "Account is not authorized. Please re-authorize the account.",
         "账号未授权，请重新授权账号",
         "The account is known not to work: a person must connect it again."),
        (15002, "ChannelAuthorizationExpired",
         "Authorization has expired. Please re-authorize the account.",
         "授权已过期，请重新授权账号",
         "The platform has just refused the grant for good."),
        (15003, "ChannelAccountInfoFailed", "Failed to get account information",
         "账号信息获取失败", "The profile could not be read, or the cookie was refused."),
        (15006, "ChannelCredentialNotFound",
         "Account credential not found. Please re-authorize the account.",
         "账号授权凭证不存在，请重新授权账号", "No credential is stored for the account."),
        (15009, "ChannelRefreshTokenFailed",
         "Failed to refresh authorization. Please re-authorize the account.",
         "刷新授权失败，请重新授权账号", "The platform refused to refresh the grant, for good."),
        (15010, "ChannelAccessTokenFailed",
         "Failed to get access token. Please re-authorize the account.",
         "获取访问令牌失败，请重新授权账号",
         "The platform refused the code, or a fresh access token."),
        (15012, "ChannelAuthTaskFailed", "The authorization was interrupted. Please start again.",
         "授权过程中断，请重新发起授权",
         "The process ended between the callback and the platform's answer."),
        (15013, "ChannelAuthorizationFailed", "Authorization was denied or failed.",
         "授权被拒绝或失败", "The person declined, or the platform reported an error."),
        (15014, "ChannelNoAccountsFound", "No account was found behind this authorization.",
         "此次授权下未找到可用账号",
         "The grant works but holds no channel, Page or location; `data` says what to do."),
        (15032, "PlatformNotSupported", "This platform is not supported", "暂不支持该平台",
         "The platform is unknown, cannot be connected this way, or its app is not configured."),
        (15039, "ChannelAuthSessionInvalid", "Invalid or expired authorization session",
         "授权会话无效或已过期", "The session is unknown, someone else's, or over."),
        (15040, "ChannelAuthPlatformMismatch", "Authorization platform does not match",
         "授权平台不匹配", "The account or session belongs to another platform than the path's."),
        (15042, "ChannelAuthCsrfInvalid", "The security check of the authorization failed",
         "授权安全校验失败", "The issuer, cookie or form token is not the one expected."),
        (15043, "ChannelAuthSelectableAccountsNotFound", "There are no accounts to select",
         "没有可选择的账号", "A choice was sent for a session that offers none."),
        (15045, "ChannelAuthCodeMissing", "The authorization code is missing", "缺少授权码",
         "The callback carried neither a code nor an error; nothing was changed."),
        (15070, "ChannelPlatformApiFailed", "{{platform}} platform API request failed",
         "{{platform}} 平台接口请求失败",
         "The platform refused the call, or our app there is misconfigured."),
        (15071, "ChannelPlatformRateLimited", "{{platform}} platform API rate limit reached",
         "{{platform}} 平台接口触发频率限制",
         "The platform's rate limit or quota; `data.retryAfter` and `data.resetAt` say when."),
        (15072, "ChannelPlatformResponseInvalid",
         "{{platform}} platform API returned an invalid response",
         "{{platform}} 平台接口返回数据无效",
         "The answer could not be read, or contradicts the request."),
        (15078, "ChannelPlatformPermissionMissing",
         "{{platform}} account lacks the required permission", "{{platform}} 账号缺少所需权限",
         "A needed scope was not granted, or the platform denied access."),
        (15079, "ChannelPlatformWorkNotFound", "{{platform}} work not found",
         "未找到 {{platform}} 作品", "The platform does not know the object asked for."),
        (15080, "ChannelPlatformOperationNotSupported",
         "{{platform}} does not support this operation", "{{platform}} 不支持该操作",
         "The platform, or its configuration here, lacks the operation."),
        (15081, "ChannelAccountCreateNotSupported",
         "This platform does not support account creation via this endpoint",
         "该平台暂不支持通过此接口创建账号", "Only plug-in platforms are created this way."),
        (15082, "ChannelAccountAlreadyConnectedToAnotherUser",
         "This channel account is already connected to another user",
         "该渠道账号已绑定到其他用户",
         "Another user holds the account; it is never moved silently."),
        (15083, "ChannelAuthSelectionRequired", "Select at least one account to continue",
         "请至少选择一个账号继续", "An empty choice was sent."),
        (15084, "ChannelAuthSelectedAccountUnavailable",
         "A selected account does not belong to this authorization session",
         "所选账号不属于当前授权会话", "The choice names an account that was not offered."),
        (15088, "ChannelPaginationModeNotSupported",
         "{{platform}} does not support this pagination mode", "{{platform}} 不支持该分页模式",
         "Page numbers were sent to a cursor platform, or the other way round."),
        (15089, "ChannelPaginationLimitExceeded",
         "{{platform}} pagination limit exceeds the maximum", "{{platform}} 分页数量超过上限",
         "`limit` is above the platform's maximum."),
        (15090, "ChannelPaginationPageSizeExceeded",
         "{{platform}} pagination page size exceeds the maximum",
         "{{platform}} 分页页大小超过上限", "`pageSize` is above the platform's maximum."),
        (15091, "ChannelPaginationDirectionNotSupported",
         "{{platform}} does not support this pagination direction",
         "{{platform}} 不支持该分页方向", "The platform cannot page backwards."),
        (15092, "ChannelAccountCreateRequiredFieldMissing",
         "Required channel account creation field is missing", "缺少渠道账号创建必填字段",
         "`data.fields` names what the platform needs."),
        (15094, "ChannelPlatformServiceUnavailable",
         "{{platform}} service is unavailable, please try again later",
         "{{platform}} 平台方服务异常，请稍后再试",
         "The platform is down, too slow or cannot be reached."),
        (15200, "ChannelAuthOtherAccount",
         "Another account was authorized than the one to reconnect. Nothing was changed.",
         "授权的账号与要重新连接的账号不一致，未做任何更改",
         "A reconnect ended in another account of the platform; nothing was stored."),
        (15201, "ChannelAuthOtherBrowser",
         "This authorization was started in another browser. Nothing was changed.",
         "此授权由另一个浏览器发起，未做任何更改",
         "The session is bound to the browser that opened its connect page."),
        (15202, "ChannelAuthConfirmationRequired",
         "The person must confirm this connection in their browser",
         "需要授权人在浏览器中确认此次连接",
         "A choice was sent by API key for a session whose key asks the person to confirm."),
        (15203, "ApiKeyScopeMissing", "The API key lacks the scope {{scope}}",
         "API Key 缺少权限范围 {{scope}}", "`data.scope` names the scope that is needed."),
        (15204, "WebhookNotFound", "Webhook not found", "Webhook 未找到",
         "The webhook does not exist or belongs to another user."),
        (15205, "EventNotFound", "Event not found", "事件未找到",
         "The event does not exist, belongs to another user, or was never for this webhook."),
    )
}  # fmt: skip


class ServiceError(Exception):
    """A failure that the caller is told by its code.

    `data` goes to the caller as it is: it must hold no secret and no platform address.
    `told` fills placeholders of the message without being sent beside it.
    """

    def __init__(
        self,
        number: int,
        data: Mapping[str, Any] | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = CATALOGUE[number]
        self.data: dict[str, Any] = dict(data or {})
        self.told: dict[str, Any] = {**self.data, **(told or {})}
        super().__init__(f"{number} {self.code.name}")

    def message(self, locale: Locale) -> str:
        return self.code.message(locale, self.told)


class RequestRefused(ServiceError):
    """The request cannot be served as it was sent."""


class Unauthorized(RequestRefused):
    """No key, or one that opens nothing."""

    def __init__(self) -> None:
        super().__init__(401)


class Forbidden(RequestRefused):
    """A key that may not do this."""

    def __init__(self, scope: str) -> None:
        super().__init__(15203, {"scope": scope})


class TooManyRequests(RequestRefused):
    """Over one of our own limits; a token will be there after `retry_after` whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(429, {"retryAfter": retry_after})


@dataclass(frozen=True, slots=True)
class Issue:
    """One offending field: a dotted path and what was expected there."""

    path: str
    message: str


class ValidationFailed(RequestRefused):
    """The request does not match its schema."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(
            10002, {"issues": [{"path": i.path, "message": i.message} for i in issues]}
        )


class NotSupported(ServiceError):
    """The platform or a capability is not to be had."""


class SessionError(ServiceError):
    """An authorization session cannot go on."""


class WebhookError(ServiceError):
    """A webhook or an event is not there."""


class AccountError(ServiceError):
    """An account or a group cannot be used or stored."""


class AuthorizationError(ServiceError):
    """A stored credential no longer serves; a person must act."""


class PlatformError(ServiceError):
    """The platform failed the call; `data` holds platform, category and retryable."""


class StartRefused(Exception):
    """The service cannot start with these settings and this data; the text says why."""
