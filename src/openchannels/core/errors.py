"""The catalogue of errors: the one place where their numbers stand.

Each entry is raised and compared by its name: `raise errors.SESSION_NOT_FOUND()`, or with data
for the caller, `raise errors.SCOPE_MISSING({"scope": scope})`. Numbers, wire names and the texts
of the original's API are part of the wire; numbers of our own start at 15200.
"""

from collections.abc import Sequence

from openchannels.core.exceptions import (
    AccountError,
    AssetError,
    AuthorizationError,
    ErrorCode,
    Issue,
    Moving,
    NotSupported,
    PlatformError,
    PublishError,
    RequestRefused,
    ServiceError,
    SessionError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    ValidationFailed,
    WebhookError,
)

SUCCESS_MESSAGE = "请求成功"

# fmt: off
UNAUTHORIZED = ErrorCode(
    401, Unauthorized, "Unauthorized",
    "Unauthorized",
    "Unauthorized",
    "No API key, an unknown, revoked or expired one, or one of another store; `data.reason`.",
)
ROUTE_NOT_FOUND = ErrorCode(
    404, RequestRefused, "NotFound",
    "Cannot {{method}} {{path}}",
    "Cannot {{method}} {{path}}",
    "No such route, or not with this method.",
)
REQUEST_TIMEOUT = ErrorCode(
    408, RequestRefused, "RequestTimeout",
    "The request body came too slowly",
    "请求体发送超时",
    "The body was not there in time; `limits.body_seconds`.",
)
PAYLOAD_TOO_LARGE = ErrorCode(
    413, RequestRefused, "PayloadTooLarge",
    "Request body is too large",
    "请求体过大",
    "The body, or the number of its fields, is larger than what the route reads: at most 1 MiB.",
)
URI_TOO_LONG = ErrorCode(
    414, RequestRefused, "UriTooLong",
    "The address is too long",
    "请求地址过长",
    "The path is longer than 1 KiB, or the query than 128 KiB (8 KiB without an API key).",
)
TOO_MANY_REQUESTS = ErrorCode(
    429, TooManyRequests, "TooManyRequests",
    "Too many requests",
    "请求过于频繁",
    "Over a limit of this server; `data.retryAfter` and Retry-After say the seconds to wait.",
)
HEADERS_TOO_LARGE = ErrorCode(
    431, RequestRefused, "HeadersTooLarge",
    "Request headers are too large",
    "请求头过大",
    "The request's headers are larger than 32 KiB, or on a page its cookies than 24 KiB.",
)
INTERNAL_ERROR = ErrorCode(
    500, RequestRefused, "InternalError",
    "Internal server error",
    "Internal server error",
    "An unhandled fault; its requestId finds the log line.",
)
UNAVAILABLE = ErrorCode(
    503, Unavailable, "ServiceUnavailable",
    "The service is temporarily unavailable, please try again later",
    "服务暂时不可用，请稍后重试",
    "`data.reason` is `store` while the database does not answer or takes no writes, `stopping`"
    " while the process ends, `moving` while the data move to another installation;"
    " `data.retryAfter` and Retry-After say the seconds to wait.",
)
VALIDATION_FAILED = ErrorCode(
    10002, ValidationFailed, "ValidationFailed",
    "Validation failed",
    "参数验证失败",
    "The request does not match the schema; `data.issues` lists path and message.",
)
ACCOUNT_NOT_FOUND = ErrorCode(
    12600, AccountError, "AccountNotFound",
    "Account not found",
    "账号未找到",
    "The account does not exist or belongs to another user.",
)
GROUP_NOT_FOUND = ErrorCode(
    12601, AccountError, "AccountGroupNotFound",
    "Account group not found",
    "账号分组未找到",
    "The group does not exist or belongs to another user.",
)
ACCOUNT_CREATE_FAILED = ErrorCode(
    12604, AccountError, "AccountCreateFailed",
    "Account create failed",
    "账号创建失败",
    "The account could not be stored: its id or name is longer than any known one.",
)
ASSET_NOT_FOUND = ErrorCode(
    12750, AssetError, "AssetNotFound",
    "Asset not found",
    "资源未找到",
    "The asset does not exist or belongs to another user, or its upload address has ended.",
)
ASSET_UPLOAD_FAILED = ErrorCode(
    12751, AssetError, "AssetUploadFailed",
    "Asset upload failed",
    "资源上传失败",
    "No whole file arrived, or not one that is accepted; `data.reason` says which.",
)
ASSET_TOO_LARGE = ErrorCode(
    12752, AssetError, "AssetTooLarge",
    "Asset is too large",
    "资源过大",
    "Larger than signed or allowed, or over the user's quota; `data.limit` in bytes.",
)
PUBLISH_RECORD_NOT_FOUND = ErrorCode(
    15000, PublishError, "PublishRecordNotFound",
    "Publish record not found",
    "发布记录未找到",
    "The record does not exist or belongs to another user.",
)
ACCOUNT_NOT_AUTHORIZED = ErrorCode(
    15001, AuthorizationError, "ChannelAccountNotAuthorized",
    "Account is not authorized. Please re-authorize the account.",
    "账号未授权，请重新授权账号",
    "The account is known not to work: a person must connect it again.",
)
AUTHORIZATION_EXPIRED = ErrorCode(
    15002, AuthorizationError, "ChannelAuthorizationExpired",
    "Authorization has expired. Please re-authorize the account.",
    "授权已过期，请重新授权账号",
    "The platform has just refused the grant for good.",
)
ACCOUNT_INFO_FAILED = ErrorCode(
    15003, PlatformError, "ChannelAccountInfoFailed",
    "Failed to get account information",
    "账号信息获取失败",
    "The profile could not be read, or the cookie was refused.",
)
PUBLISH_TASK_NOT_FOUND = ErrorCode(
    15004, PublishError, "PublishTaskNotFound",
    "Publish task not found",
    "未发现任务",
    "The task does not exist or belongs to another user.",
)
CREDENTIAL_NOT_FOUND = ErrorCode(
    15006, AuthorizationError, "ChannelCredentialNotFound",
    "Account credential not found. Please re-authorize the account.",
    "账号授权凭证不存在，请重新授权账号",
    "No credential is stored for the account.",
)
REFRESH_FAILED = ErrorCode(
    15009, AuthorizationError, "ChannelRefreshTokenFailed",
    "Failed to refresh authorization. Please re-authorize the account.",
    "刷新授权失败，请重新授权账号",
    "The platform refused to refresh the grant, for good.",
)
ACCESS_TOKEN_FAILED = ErrorCode(
    15010, AuthorizationError, "ChannelAccessTokenFailed",
    "Failed to get access token. Please re-authorize the account.",
    "获取访问令牌失败，请重新授权账号",
    "The platform refused the code, or a fresh access token.",
)
AUTHORIZATION_INTERRUPTED = ErrorCode(
    15012, SessionError, "ChannelAuthTaskFailed",
    "The authorization was interrupted. Please start again.",
    "授权过程中断，请重新发起授权",
    "The process ended between the callback and the platform's answer.",
)
AUTHORIZATION_DENIED = ErrorCode(
    15013, SessionError, "ChannelAuthorizationFailed",
    "Authorization was denied or failed.",
    "授权被拒绝或失败",
    "The person declined, or the platform reported an error that is not known.",
)
NO_ACCOUNTS_FOUND = ErrorCode(
    15014, SessionError, "ChannelNoAccountsFound",
    "No account was found behind this authorization.",
    "此次授权下未找到可用账号",
    "The grant works but holds no channel, Page or location; `data` says what to do.",
)
PUBLISH_TASK_STATUS_INVALID = ErrorCode(
    15018, PublishError, "PublishTaskStatusInvalid",
    "The task has been published or is in progress",
    "任务已发布或正在进行中",
    "The record's status does not allow this; `data.status` names it.",
)
PUBLISH_ACCOUNT_NOT_FOUND = ErrorCode(
    15021, PublishError, "ChannelAccountNotFound",
    "Account does not exist",
    "账户不存在",
    "An account of a publication does not exist or belongs to another user.",
)
PUBLISH_TASK_EXISTS = ErrorCode(
    15025, PublishError, "ChannelPublishTaskAlreadyExists",
    "The publish task already exists",
    "发布任务已存在",
    "The flow has a task for this account already, with other content.",
)
PLATFORM_NOT_SUPPORTED = ErrorCode(
    15032, NotSupported, "PlatformNotSupported",
    "This platform is not supported",
    "暂不支持该平台",
    "The platform is unknown, cannot be connected this way, or its app is not configured.",
)
PUBLISH_TASK_INVALID = ErrorCode(
    15035, PublishError, "PublishTaskInvalid",
    "The publish task is invalid",
    "发布任务无效",
    "The record cannot be changed in this way.",
)
INVALID_WORK_LINK = ErrorCode(
    15036, PublishError, "InvalidWorkLink",
    "Invalid work link",
    "作品链接无效",
    "The link does not lead to a work of the platform.",
)
WORK_OF_ANOTHER_ACCOUNT = ErrorCode(
    15037, PublishError, "WorkNotBelongToAccount",
    "The work does not belong to this account",
    "该作品不属于此账号",
    "The platform says that the work is another account's.",
)
PUBLISH_RESOURCE_UNAVAILABLE = ErrorCode(
    15038, PublishError, "PublishResourceUnavailable",
    "Publish resource is not accessible: {{url}} (status: {{status}})",
    "发布资源不可访问：{{url}}（状态：{{status}}）",
    "A file of the content cannot be read; `data.reason` says why.",
)
SESSION_NOT_FOUND = ErrorCode(
    15039, SessionError, "ChannelAuthSessionInvalid",
    "Invalid or expired authorization session",
    "授权会话无效或已过期",
    "The session is unknown, someone else's, or over.",
)
PLATFORM_MISMATCH = ErrorCode(
    15040, SessionError, "ChannelAuthPlatformMismatch",
    "Authorization platform does not match",
    "授权平台不匹配",
    "The account or session belongs to another platform than the path's.",
)
SECURITY_CHECK_FAILED = ErrorCode(
    15042, SessionError, "ChannelAuthCsrfInvalid",
    "The security check of the authorization failed",
    "授权安全校验失败",
    "The issuer, cookie or form token is not the one expected.",
)
NO_SELECTION_OFFERED = ErrorCode(
    15043, SessionError, "ChannelAuthSelectableAccountsNotFound",
    "There are no accounts to select",
    "没有可选择的账号",
    "A choice was sent for a session that offers none.",
)
CODE_MISSING = ErrorCode(
    15045, SessionError, "ChannelAuthCodeMissing",
    "The authorization code is missing",
    "缺少授权码",
    "The callback carried neither a code nor an error; nothing was changed.",
)
PUBLISH_FLOW_NOT_FOUND = ErrorCode(
    15050, PublishError, "PublishFlowNotFound",
    "Publish flow not found",
    "发布流程未找到",
    "The flow does not exist or belongs to another user.",
)
PUBLISH_VALIDATION_FAILED = ErrorCode(
    15051, PublishError, "ChannelPublishValidationFailed",
    "Publish content validation failed",
    "发布内容校验失败",
    "The content breaks a rule of the platform; `data.issues` lists all of them.",
)
PUBLISH_DUPLICATE_ITEM = ErrorCode(
    15052, PublishError, "ChannelPublishDuplicateItem",
    "Duplicate publish item for {{platform}} account {{accountId}}",
    "{{platform}} 账号 {{accountId}} 存在重复发布项",
    "One account is named twice in a flow.",
)
PUBLISH_DEQUEUE_FAILED = ErrorCode(
    15053, PublishError, "ChannelPublishQueueRemoveFailed",
    "Failed to remove the publish task from the queue",
    "发布任务移出队列失败",
    "The task has just begun, and cannot be taken back.",
)
PUBLISH_CANCEL_FAILED = ErrorCode(
    15054, PublishError, "ChannelPublishPlatformCancelFailed",
    "The platform failed to cancel the publish task",
    "平台侧取消发布任务失败",
    "The platform refused to take the work back.",
)
PUBLISH_CANCEL_NOT_SUPPORTED = ErrorCode(
    15055, PublishError, "ChannelPublishCancelNotSupported",
    "This platform does not support cancelling a publish task",
    "该平台不支持取消已预约的发布任务",
    "The platform has no way to take the work back.",
)
PUBLISH_QUEUE_FAILED = ErrorCode(
    15056, PublishError, "ChannelPublishQueueFailed",
    "Failed to queue the publish task",
    "发布任务入队失败",
    "The task could not be queued; try again.",
)
PUBLISH_TIME_FIXED = ErrorCode(
    15057, PublishError, "ChannelPublishTimeUpdateNotAllowed",
    "The publish time cannot be changed in the current state",
    "当前任务状态不允许修改发布时间",
    "The task has begun or ended.",
)
PUBLISH_NOW_NOT_ALLOWED = ErrorCode(
    15058, PublishError, "ChannelPublishNowNotAllowed",
    "The task cannot be published now in the current state",
    "当前任务状态不允许立即发布",
    "The task has begun or ended.",
)
PUBLISH_UPDATE_NOT_ALLOWED = ErrorCode(
    15059, PublishError, "ChannelPublishUpdateNotAllowed",
    "The task cannot be updated in the current state",
    "当前任务状态不允许更新",
    "Only what is published, or failed to be updated, can be.",
)
PUBLISH_WORK_ID_MISSING = ErrorCode(
    15060, PublishError, "ChannelPublishPlatformWorkIdMissing",
    "The platform work id is missing",
    "缺少平台作品 ID",
    "The platform has not named the work, so it cannot be changed.",
)
PUBLISH_UPDATE_NOT_SUPPORTED = ErrorCode(
    15061, PublishError, "ChannelPublishUpdateNotSupported",
    "This platform does not support updating published works",
    "该平台不支持更新已发布作品",
    "The platform has no way to change a published work.",
)
PUBLISH_NOT_SUPPORTED = ErrorCode(
    15062, PublishError, "ChannelPublishPlatformNotSupported",
    "Publishing is not supported for this platform",
    "该平台不支持发布",
    "The platform, or the operator's app there, cannot publish; `data` says why.",
)
PUBLISH_PLATFORM_STATUS_FAILED = ErrorCode(
    15063, PublishError, "ChannelPublishPlatformStatusFailed",
    "The platform failed to publish, status: {{status}}",
    "平台发布失败，状态码：{{status}}",
    "The platform accepted the work and then reported that it failed.",
)
PLATFORM_CALL_FAILED = ErrorCode(
    15070, PlatformError, "ChannelPlatformApiFailed",
    "{{platform}} platform API request failed",
    "{{platform}} 平台接口请求失败",
    "The platform refused the call, or our app there is misconfigured.",
)
PLATFORM_RATE_LIMITED = ErrorCode(
    15071, PlatformError, "ChannelPlatformRateLimited",
    "{{platform}} platform API rate limit reached",
    "{{platform}} 平台接口触发频率限制",
    "The platform's rate limit or quota; `data.retryAfter` and `data.resetAt` say when.",
)
PLATFORM_RESPONSE_INVALID = ErrorCode(
    15072, PlatformError, "ChannelPlatformResponseInvalid",
    "{{platform}} platform API returned an invalid response",
    "{{platform}} 平台接口返回数据无效",
    "The answer could not be read, or contradicts the request.",
)
MEDIA_UNSUPPORTED = ErrorCode(
    15073, PublishError, "ChannelPlatformMediaUnsupported",
    "{{platform}} does not support this media",
    "{{platform}} 不支持该媒体文件",
    "The platform refused a file: its format, size, length or shape.",
)
MEDIA_PROCESSING_FAILED = ErrorCode(
    15074, PublishError, "ChannelPlatformMediaProcessingFailed",
    "{{platform}} failed to process the media",
    "{{platform}} 媒体处理失败",
    "The platform took a file and could not process it.",
)
MEDIA_PROCESSING_TIMEOUT = ErrorCode(
    15075, PublishError, "ChannelPlatformMediaProcessingTimeout",
    "{{platform}} took too long to process the media",
    "{{platform}} 媒体处理超时",
    "The platform did not finish processing a file.",
)
PLATFORM_ACCOUNT_MISSING = ErrorCode(
    15076, PublishError, "ChannelPlatformAccountMissing",
    "{{platform}} account information is missing",
    "缺少 {{platform}} 账号信息",
    "What the platform needs to know of the account is not stored.",
)
PUBLISH_OPTION_MISSING = ErrorCode(
    15077, PublishError, "ChannelPlatformPublishOptionMissing",
    "{{platform}} publish option is missing",
    "缺少 {{platform}} 发布选项",
    "The platform demands an option that is not given.",
)
PERMISSION_MISSING = ErrorCode(
    15078, PlatformError, "ChannelPlatformPermissionMissing",
    "{{platform}} account lacks the required permission",
    "{{platform}} 账号缺少所需权限",
    "A needed scope was not granted, or the platform denied access.",
)
WORK_NOT_FOUND = ErrorCode(
    15079, PlatformError, "ChannelPlatformWorkNotFound",
    "{{platform}} work not found",
    "未找到 {{platform}} 作品",
    "The platform does not know the object asked for.",
)
OPERATION_NOT_SUPPORTED = ErrorCode(
    15080, NotSupported, "ChannelPlatformOperationNotSupported",
    "{{platform}} does not support this operation",
    "{{platform}} 不支持该操作",
    "The platform, or its configuration here, lacks the operation.",
)
ACCOUNT_CREATE_NOT_SUPPORTED = ErrorCode(
    15081, NotSupported, "ChannelAccountCreateNotSupported",
    "This platform does not support account creation via this endpoint",
    "该平台暂不支持通过此接口创建账号",
    "Only plug-in platforms are created this way.",
)
ACCOUNT_OF_ANOTHER_USER = ErrorCode(
    15082, AccountError, "ChannelAccountAlreadyConnectedToAnotherUser",
    "This channel account is already connected to another user",
    "该渠道账号已绑定到其他用户",
    "Another user holds the account; it is never moved silently.",
)
SELECTION_REQUIRED = ErrorCode(
    15083, SessionError, "ChannelAuthSelectionRequired",
    "Select at least one account to continue",
    "请至少选择一个账号继续",
    "An empty choice was sent.",
)
SELECTED_ACCOUNT_UNAVAILABLE = ErrorCode(
    15084, SessionError, "ChannelAuthSelectedAccountUnavailable",
    "A selected account does not belong to this authorization session",
    "所选账号不属于当前授权会话",
    "The choice names an account that was not offered.",
)
PAGINATION_MODE_NOT_SUPPORTED = ErrorCode(
    15088, NotSupported, "ChannelPaginationModeNotSupported",
    "{{platform}} does not support this pagination mode",
    "{{platform}} 不支持该分页模式",
    "Page numbers were sent to a cursor platform, or the other way round.",
)
LIMIT_TOO_LARGE = ErrorCode(
    15089, NotSupported, "ChannelPaginationLimitExceeded",
    "{{platform}} pagination limit exceeds the maximum",
    "{{platform}} 分页数量超过上限",
    "`limit` is above the platform's maximum.",
)
PAGE_SIZE_TOO_LARGE = ErrorCode(
    15090, NotSupported, "ChannelPaginationPageSizeExceeded",
    "{{platform}} pagination page size exceeds the maximum",
    "{{platform}} 分页页大小超过上限",
    "`pageSize` is above the platform's maximum.",
)
DIRECTION_NOT_SUPPORTED = ErrorCode(
    15091, NotSupported, "ChannelPaginationDirectionNotSupported",
    "{{platform}} does not support this pagination direction",
    "{{platform}} 不支持该分页方向",
    "The platform cannot page backwards.",
)
REQUIRED_FIELD_MISSING = ErrorCode(
    15092, AccountError, "ChannelAccountCreateRequiredFieldMissing",
    "Required channel account creation field is missing",
    "缺少渠道账号创建必填字段",
    "`data.fields` names what the platform needs.",
)
PUBLISH_LINK_MISSING = ErrorCode(
    15093, PublishError, "ChannelPublishPermalinkMissing",
    "The link to the published work is missing",
    "缺少已发布作品链接",
    "The platform has not named the address of the work.",
)
PLATFORM_UNAVAILABLE = ErrorCode(
    15094, PlatformError, "ChannelPlatformServiceUnavailable",
    "{{platform}} service is unavailable, please try again later",
    "{{platform}} 平台方服务异常，请稍后再试",
    "The platform is down, too slow or cannot be reached.",
)
PUBLISH_RETRY_NOT_ALLOWED = ErrorCode(
    15095, PublishError, "ChannelPublishRetryNotAllowed",
    "The publish task cannot be retried",
    "当前发布任务不允许重试",
    "The task did not fail, or may be out already; `data.errorData` says what to look at.",
)
OTHER_ACCOUNT = ErrorCode(
    15200, SessionError, "ChannelAuthOtherAccount",
    "Another account was authorized than the one to reconnect. Nothing was changed.",
    "授权的账号与要重新连接的账号不一致，未做任何更改",
    "A reconnect ended in another account of the platform; nothing was stored.",
)
OTHER_BROWSER = ErrorCode(
    15201, SessionError, "ChannelAuthOtherBrowser",
    "This authorization was started in another browser. Nothing was changed.",
    "此授权由另一个浏览器发起，未做任何更改",
    "The session is bound to the browser that opened its connect page.",
)
CONFIRMATION_REQUIRED = ErrorCode(
    15202, SessionError, "ChannelAuthConfirmationRequired",
    "The person must confirm this connection in their browser",
    "需要授权人在浏览器中确认此次连接",
    "A choice was sent by API key for a session whose key asks the person to confirm.",
)
SCOPE_MISSING = ErrorCode(
    15203, RequestRefused, "ApiKeyScopeMissing",
    "The API key lacks the scope {{scope}}",
    "API Key 缺少权限范围 {{scope}}",
    "`data.scope` names the scope that is needed.",
)
WEBHOOK_NOT_FOUND = ErrorCode(
    15204, WebhookError, "WebhookNotFound",
    "Webhook not found",
    "Webhook 未找到",
    "The webhook does not exist or belongs to another user.",
)
EVENT_NOT_FOUND = ErrorCode(
    15205, WebhookError, "EventNotFound",
    "Event not found",
    "事件未找到",
    "The event does not exist, belongs to another user, or was never for this webhook.",
)
REQUEST_IN_PROGRESS = ErrorCode(
    15206, RequestRefused, "IdempotentRequestInProgress",
    "The first request with this Idempotency-Key is still in progress",
    "使用此 Idempotency-Key 的首个请求仍在处理中",
    "A repeat has waited ten seconds for the answer; `data.retryAfter` says when to repeat again.",
)
ASSET_IN_USE = ErrorCode(
    15207, AssetError, "AssetInUse",
    "The asset belongs to a publication that has not ended",
    "该资源属于尚未结束的发布任务",
    "Cancel the publication first, or wait for its end.",
)
ACCOUNT_REQUIRED = ErrorCode(
    16037, NotSupported, "AccountAuthRequired",
    "This platform requires account authorization before submission",
    "该平台需要先授权账号才能提交",
    "`accountId` is missing: the platform is asked with an account.",
)
# fmt: on

CATALOGUE: dict[int, ErrorCode[ServiceError]] = {
    entry.number: entry for entry in vars().copy().values() if isinstance(entry, ErrorCode)
}
"""Every entry by its number, in order."""


RETRY_SECONDS = 5
"""Seconds after which a client repeats a request that could not be served for the moment."""


def unavailable(reason: str) -> Unavailable:
    """The error for a request that this process cannot serve now: `store` or `stopping`."""
    return UNAVAILABLE({"reason": reason, "retryable": True, "retryAfter": RETRY_SECONDS})


MOVING_RETRY_SECONDS = 30
"""The same for a request that met a store that is moving, which takes minutes."""


def moving() -> Moving:
    """The error for what cannot be done while the store is moving to another installation."""
    data = {"reason": "moving", "retryable": True, "retryAfter": MOVING_RETRY_SECONDS}
    return Moving(UNAVAILABLE, data)


def request_in_progress() -> RequestRefused:
    """The error for a repeat of a request that still runs."""
    return REQUEST_IN_PROGRESS({"retryable": True, "retryAfter": RETRY_SECONDS})


def validation_failed(issues: Sequence[Issue]) -> ValidationFailed:
    """The error for a request whose fields are not as the schema has them."""
    listed = [{"path": issue.path, "message": issue.message} for issue in issues]
    return VALIDATION_FAILED({"issues": listed})
