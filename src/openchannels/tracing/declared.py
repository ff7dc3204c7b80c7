"""Every span and attribute that is exported. `docs/tracing.md` is made from this.

Names follow OpenTelemetry's semantic conventions where these have one. No attribute holds an
address, a query, a header, a body, or the text of an error: those may hold secrets.
"""

from dataclasses import dataclass
from typing import Literal

from openchannels.core.platforms import Text


@dataclass(frozen=True, slots=True)
class DeclaredSpan:
    """One kind of span: what we call it, how it is named, and OpenTelemetry's word for it."""

    called: Text
    name: Text
    kind: Literal["server", "client", "internal"]
    help: Text


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, and the spans on which it stands."""

    name: str
    spans: tuple[DeclaredSpan, ...]
    help: Text


REQUEST = DeclaredSpan(
    Text(en="request", zh="请求"),
    Text(en="the operation, or the route of a page", zh="操作 ID，或页面的路由名"),
    "server",
    Text(
        en="A request, from its headers to the end of its answer. Without a route its name is its"
        " method.",
        zh="一次请求，从收到请求头到应答结束。没有对应路由时以请求方法为名。",
    ),
)
CALL = DeclaredSpan(
    Text(en="call", zh="平台调用"),
    Text(en="`{platform} {operation}`", zh="`{platform} {operation}`"),
    "client",
    Text(
        en="One attempt of a call to a platform, without the wait for a slot.",
        zh="对平台的一次调用尝试，不含等待空位的时间。",
    ),
)
DELIVERY = DeclaredSpan(
    Text(en="delivery", zh="投递"),
    Text(en="`webhook`", zh="`webhook`"),
    "client",
    Text(en="One attempt to deliver an event.", zh="对一个事件的一次投递尝试。"),
)
BATCH = DeclaredSpan(
    Text(en="batch", zh="批次"),
    Text(en="`task {task}`", zh="`task {task}`"),
    "internal",
    Text(en="A batch of background work.", zh="一批后台任务。"),
)
PUBLISHING = DeclaredSpan(
    Text(en="publication", zh="发布"),
    Text(en="`publish {platform}`", zh="`publish {platform}`"),
    "internal",
    Text(
        en="What is done of a publication at one time, up to where it waits or has ended.",
        zh="对一项发布的一次处理，直到它需要等待或已结束。",
    ),
)
SPANS = (REQUEST, CALL, DELIVERY, PUBLISHING, BATCH)

WITHHELD_CALL = "platform call withheld"
"""The event on a span whose work made a call that was not sent."""

METHOD = Attribute(
    "http.request.method",
    (REQUEST, CALL),
    Text(en="The method, or `_OTHER`.", zh="方法，或 `_OTHER`。"),
)
STATUS = Attribute(
    "http.response.status_code",
    (REQUEST, CALL, DELIVERY),
    Text(en="The HTTP status, if there was an answer.", zh="HTTP 状态码，有应答时才有。"),
)
RESENT = Attribute(
    "http.request.resend_count",
    (CALL,),
    Text(en="1 on the one repetition of a call.", zh="调用的唯一一次重试为 1。"),
)
HOST = Attribute("server.address", (CALL,), Text(en="The platform's host.", zh="平台的主机名。"))
ERROR = Attribute(
    "error.type",
    SPANS,
    Text(
        en="The outcome or code, on spans that are errors.", zh="结果或错误码，仅出错的 span 才有。"
    ),
)
CODE = Attribute(
    "openchannels.code",
    (REQUEST,),
    Text(en="The code of the envelope, 0 for success.", zh="响应信封中的错误码，成功为 0。"),
)
REQUEST_ID = Attribute(
    "openchannels.request_id",
    (REQUEST,),
    Text(en="The `X-Request-Id`, as in the log.", zh="`X-Request-Id`，与日志相同。"),
)
USER = Attribute(
    "openchannels.user",
    (REQUEST, DELIVERY, PUBLISHING),
    Text(
        en="The user of the API key, of the event or of the publication.",
        zh="API 密钥、事件或发布所属的用户。",
    ),
)
KEY_ID = Attribute(
    "openchannels.key_id",
    (REQUEST,),
    Text(en="The id of the API key, never the key.", zh="API 密钥的 ID，绝非密钥本身。"),
)
PLATFORM = Attribute(
    "openchannels.platform",
    (REQUEST, CALL, DELIVERY, PUBLISHING),
    Text(
        en="The platform; of a request the one that it names.",
        zh="平台；对请求而言是其指定的平台。",
    ),
)
ACCOUNT = Attribute(
    "openchannels.account",
    (REQUEST, DELIVERY, PUBLISHING),
    Text(en="The id of the account.", zh="账号的 ID。"),
)
OPERATION = Attribute(
    "openchannels.operation",
    (CALL,),
    Text(en="What the platform was asked for.", zh="向平台请求的操作。"),
)
OUTCOME = Attribute(
    "openchannels.outcome",
    (CALL, DELIVERY, PUBLISHING, BATCH),
    Text(
        en="As in the metrics: `success` or `delivered`, else the class of the failure, of a"
        " publication why it failed; `abandoned` for work that was cut off.",
        zh="与监控指标相同：`success` 或 `delivered`，否则为失败类别，发布则为失败原因；"
        "中途被取消的为 `abandoned`。",
    ),
)
WEBHOOK = Attribute(
    "openchannels.webhook", (DELIVERY,), Text(en="The id of the webhook.", zh="webhook 的 ID。")
)
EVENT = Attribute(
    "openchannels.event",
    (DELIVERY,),
    Text(en="The id of the event, which is the `webhook-id`.", zh="事件的 ID，即 `webhook-id`。"),
)
EVENT_TYPE = Attribute(
    "openchannels.event_type",
    (DELIVERY,),
    Text(
        en="The type of the event, such as `account.connected`.",
        zh="事件类型，例如 `account.connected`。",
    ),
)
PUBLICATION = Attribute(
    "openchannels.publication",
    (PUBLISHING,),
    Text(en="The id of the task, which is that of its record.", zh="任务的 ID，与其记录相同。"),
)
TASK = Attribute("openchannels.task", (BATCH,), Text(en="The name of the task.", zh="任务的名称。"))
SIZE = Attribute(
    "openchannels.size", (BATCH,), Text(en="How many rows it holds.", zh="批次包含的行数。")
)

ATTRIBUTES = (
    *(METHOD, STATUS, RESENT, HOST, ERROR, CODE, REQUEST_ID, USER, KEY_ID, PLATFORM, ACCOUNT),
    *(OPERATION, OUTCOME, WEBHOOK, EVENT, EVENT_TYPE, PUBLICATION, TASK, SIZE),
)
