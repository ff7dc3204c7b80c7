"""Texts that say how to fix an account, one for each reason."""

from openchannels.core.credentials import Reason
from openchannels.core.platforms import Text

HINTS: dict[Reason, Text] = {
    Reason.GRANT_DEAD: Text(
        en="{name} no longer accepts the access you gave, perhaps because it was withdrawn or "
        "the password was changed. Connect the account again.",
        zh="{name}已不再接受之前的授权，可能是授权被取消或密码已修改。请重新连接该账号。",
    ),
    Reason.VERIFICATION_REQUIRED: Text(
        en="{name} has locked this account until its owner passes a security check. Sign in at "
        "{name} and pass the check; the account then works again by itself within a day.",
        zh="{name}要求该账号先完成安全验证。请登录{name}并通过验证，之后该账号会在一天内自动恢复。",
    ),
    Reason.GRANT_ENDED: Text(
        en="The access that {name} granted has run out. Connect the account again.",
        zh="{name}的授权已到期，请重新连接该账号。",
    ),
    Reason.COOKIE_DEAD: Text(
        en="The login at {name} has ended. Log in to {name} again in the browser with the "
        "plug-in, then connect the account again.",
        zh="{name}的登录已失效。请在安装了插件的浏览器中重新登录{name}，再重新连接该账号。",
    ),
    Reason.SCOPE_MISSING: Text(
        en="A permission that is needed was not given. Connect the account again and leave every "
        "permission that {name} shows switched on.",
        zh="缺少必需的权限。请重新连接该账号，并在{name}的授权页面保持所有权限勾选。",
    ),
    Reason.CREDENTIAL_MISSING: Text(
        en="No access to this account is stored. Connect it with {name} again.",
        zh="未保存该账号的授权信息，请重新连接{name}账号。",
    ),
    Reason.REFRESH_LOST: Text(
        en="The connection broke while {name} renewed the access, and what it sent was lost. "
        "This is nobody's mistake: connect the account again.",
        zh="在{name}更新授权时连接中断，新的授权信息未能送达。这不是您的操作问题，请重新连接该账号。",
    ),
    Reason.REVOKED: Text(
        en="The access to {name} was ended on request. Connect the account again if you want to "
        "go on using it.",
        zh="已按要求取消{name}的授权。如需继续使用，请重新连接该账号。",
    ),
    Reason.RECONNECT_ADVISED: Text(
        en="The account still works, but the access that {name} granted ends soon. Connect it "
        "again in time and nothing will stop.",
        zh="该账号目前可正常使用，但{name}的授权即将到期。请尽快重新连接，以免中断。",
    ),
}
"""Texts with the placeholder `{name}` for the platform's name."""

SUSPENDED_HINT = Text(
    en="{name} has suspended this account. Sign in at {name} to see why and to appeal; when the "
    "suspension is lifted, the account works again by itself within a day.",
    zh="{name}已冻结或封禁该账号。请登录{name}查看原因并申诉；解除后该账号会在一天内自动恢复。",
)
"""The text for `verification_required` where the platform has suspended the account."""


def reconnect_hint(reason: Reason, name: Text, *, suspended: bool = False) -> Text:
    """Returns the text for a reason, with the platform's name filled in."""
    text = SUSPENDED_HINT if suspended else HINTS[reason]
    return Text(en=text.en.format(name=name.en), zh=text.zh.format(name=name.zh))
