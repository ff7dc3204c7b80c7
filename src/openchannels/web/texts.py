"""All texts of our pages in both languages.

A text may hold named gaps such as ``{platform}``; a test compares keys and gaps of both languages.
"""

from collections.abc import Mapping
from typing import Final

DEFAULT_LOCALE: Final = "en-US"

_ENGLISH: Final[Mapping[str, str]] = {
    "language": "Language",
    "language_name": "English",
    "brand_tagline": "One API over social platforms",
    "continue": "Continue",
    "copy": "Copy",
    "copied": "Copied",
    "yes": "Yes",
    "no": "No",
    "error_code": "Code",
    "request_id": "Request id",
    "quote_these": "If you ask for help, quote these:",
    # Errors outside a connection, and what a person can do about a failed one.
    "notice_title": "This cannot continue",
    "notice_advice": "Close this window, go back to the application and start again.",
    "notice_wait": "Wait a minute, then load this page again.",
    "missing_title": "There is no such page",
    "missing_text": "Nothing is found at this address. It may be mistyped or cut off.",
    "missing_advice": "If an application or a message sent you here, go back to it and start "
    "again.",
    "fault_title": "Something went wrong here",
    "fault_text": "This is a fault of this service, not of what you did.",
    "fault_advice": "Try again. If it happens again, contact the operator of this service.",
    "advice_denied": "Access was not granted. If that was a mistake, start again and approve.",
    "advice_permission": "Start again and leave every permission ticked on the platform's page.",
    "advice_taken": "Another workspace holds this account. It must be released there first.",
    "advice_later": "The platform is busy or down at the moment. Try again in a few minutes.",
    "advice_operator": "Contact the operator of this service and quote the code below.",
    "advice_cancelled": "If you still want to connect, go back to the application and start again.",
    "advice_again": "Go back to the application you came from and start again.",
    "advice_declined": "Nothing was connected, and the access you gave is not kept. "
    "If somebody sent you the link, do not use it again.",
    "notice_browser": "Use the browser in which you first opened the link, or go back to the "
    "application and start again.",
    # The connect page, and the page that leads to the platform.
    "launch_title": "Connect {platform}",
    "launch_text": "You are about to authorize {platform} for workspace {workspace}. "
    "The platform asks you to sign in and to confirm.",
    "launch_warning": "Continue only if you started this yourself, in an application you trust.",
    "leaving_title": "Going to {platform}…",
    "leaving_text": "If nothing happens, use the button.",
    # The result of a connection.
    "result_completed_title": "{platform} is connected",
    "result_completed_text": "Connected to workspace {workspace}",
    "result_completed_text_bare": "The connection is complete.",
    "result_accounts": "Connected accounts",
    "result_failed_title": "{platform} could not be connected",
    "result_cancelled_text": "The application cancelled this connection before it was complete. "
    "Nothing was connected.",
    "result_expired_text": "The time for this connection has run out. Nothing was connected.",
    "result_failed_text": "The connection did not complete.",
    "result_failed_advice": "Go back to the application you came from and start again.",
    "result_pending_title": "Connecting {platform}…",
    "result_pending_text": "This takes a moment. The page reloads by itself until it is done.",
    "result_what_to_do": "What you can do",
    "result_leaving": "Taking you back to the application…",
    "result_close": "You can close this window.",
    # The choice among several accounts.
    "choice_title": "Choose what to connect",
    "choice_text": "Your {platform} login gives access to several accounts. "
    "Pick those that workspace {workspace} may use.",
    "choice_text_bare": "Your {platform} login gives access to several accounts. "
    "Pick those you want to connect.",
    "choice_accounts": "Accounts",
    "choice_filter": "Filter by name",
    "choice_all": "Select all",
    "choice_counter": "{count} of {total} selected",
    "choice_no_match": "No account has this name.",
    "choice_submit": "Connect selected accounts",
    "choice_empty": "There is no account to choose from. Check on the platform that your login "
    "manages at least one, then start again.",
    "choice_minutes": "You have about {minutes} minutes left to choose.",
    "choice_one_minute": "You have about one minute left to choose.",
    # The confirmation of a connection.
    "confirm_title": "Did you start this?",
    "confirm_text": "Workspace {workspace} wants to use your {platform} account. Confirm only if "
    "you started this yourself, in an application you trust.",
    "confirm_text_several": "Workspace {workspace} wants to use accounts of your {platform} "
    "login. Confirm only if you started this yourself, in an application you trust.",
    "confirm_submit": "Yes, connect",
    "confirm_submit_several": "Yes, connect the selected",
    "confirm_decline": "No, I did not start this",
    "confirm_unanswered": "Without an answer nothing is connected, and the access you gave is not "
    "kept.",
    # The start page.
    "home_title": "Service overview",
    "home_lead": "This server connects creators' accounts, watches the connections and lists "
    "their works, over one HTTP API.",
    "home_version": "Version",
    "home_mode": "Mode",
    "home_mode_real": "Real platforms",
    "home_mode_sandbox": "Sandbox",
    "home_mode_sandbox_note": "Platforms are imitated here. No real account is ever reached.",
    "home_database": "Database",
    "home_ready": "Platforms ready",
    "home_start": "Start a connection",
    "home_start_text": "Send this from your back end with your API key, then open the url of the "
    "answer in the person's browser.",
    "home_platforms": "Platforms",
    "home_platform": "Platform",
    "home_connect": "How to connect",
    "home_status": "Status",
    "home_works": "Lists works",
    "home_is_ready": "Ready",
    "home_not_ready": "Not ready",
    "home_missing": "Missing:",
    "home_links": "Links",
    "home_link_reference": "API reference",
    "home_link_reference_text": "Every operation, with examples",
    "home_link_openapi": "OpenAPI document",
    "home_link_openapi_text": "For client generators",
    "home_link_health": "Health",
    "home_link_health_text": "The process is alive",
    "home_link_ready": "Readiness",
    "home_link_ready_text": "The process can serve",
    "home_link_sandbox": "Sandbox",
    "home_link_sandbox_text": "The imitated platforms",
    "connect_oauth": "Authorization page",
    "connect_qr": "QR code",
    "connect_cookie": "Browser plug-in",
    # The API reference.
    "ref_title": "API reference",
    "ref_search": "Search operations",
    "ref_fallback": "The reference needs JavaScript. Without it there is the",
    "ref_operations": "List of operations",
    "ref_operations_text": "Every operation with the scope that an API key needs for it. "
    "Parameters and answers are described in the OpenAPI document.",
    "ref_operation": "Operation",
    "ref_summary": "Purpose",
    "ref_scope": "Scope",
}

_CHINESE: Final[Mapping[str, str]] = {
    "language": "语言",
    "language_name": "中文",
    "brand_tagline": "一套 API，连接各大社交平台",
    "continue": "继续",
    "copy": "复制",
    "copied": "已复制",
    "yes": "是",
    "no": "否",
    "error_code": "错误码",
    "request_id": "请求编号",
    "quote_these": "寻求帮助时，请提供以下信息：",
    "notice_title": "无法继续",
    "notice_advice": "请关闭此窗口，回到原来的应用重新发起连接。",
    "missing_title": "没有这个页面",
    "missing_text": "此地址下没有内容，地址可能有误或不完整。",
    "missing_advice": "如果是某个应用或消息把您带到这里，请回到那里重新发起。",
    "fault_title": "服务出错了",
    "fault_text": "这是本服务的故障，与您的操作无关。",
    "fault_advice": "请重试。如果再次出现，请联系本服务的运营者。",
    "notice_wait": "请稍等一分钟，然后重新加载此页面。",
    "advice_denied": "您没有同意授权。如果是误操作，请重新发起并点击同意。",
    "advice_permission": "请重新发起，并在平台的授权页面保持所有权限勾选。",
    "advice_taken": "该账号已绑定到其他工作区，需要先在那里解除绑定。",
    "advice_later": "平台暂时繁忙或不可用，请几分钟后再试。",
    "advice_operator": "请联系本服务的运营者，并提供下面的代码。",
    "advice_cancelled": "如果您仍想连接，请回到原来的应用重新发起。",
    "advice_again": "请回到原来的应用，重新发起连接。",
    "advice_declined": "没有连接任何账号，您给出的授权不会被保留。"
    "如果链接是别人发给您的，请不要再使用。",
    "notice_browser": "请使用首次打开链接的浏览器，或回到原来的应用重新发起连接。",
    "launch_title": "连接 {platform}",
    "launch_text": "您将把 {platform} 授权给工作区 {workspace}，平台会请您登录并确认。",
    "launch_warning": "仅当这是您本人在信任的应用中发起时，才继续。",
    "leaving_title": "正在前往 {platform}…",
    "leaving_text": "如果没有反应，请点击按钮。",
    "result_completed_title": "{platform} 已连接",
    "result_completed_text": "已连接到工作区 {workspace}",
    "result_completed_text_bare": "连接已完成。",
    "result_accounts": "已连接的账号",
    "result_failed_title": "{platform} 连接失败",
    "result_cancelled_text": "应用在连接完成之前取消了此次连接，没有连接任何账号。",
    "result_expired_text": "此次连接已超时，没有连接任何账号。",
    "result_failed_text": "连接没有完成。",
    "result_failed_advice": "请回到原来的应用，重新发起连接。",
    "result_pending_title": "正在连接 {platform}…",
    "result_pending_text": "请稍候片刻，完成之前页面会自动刷新。",
    "result_what_to_do": "您可以这样做",
    "result_leaving": "正在返回原来的应用…",
    "result_close": "现在可以关闭此窗口。",
    "choice_title": "选择要连接的账号",
    "choice_text": "您的 {platform} 登录可以管理多个账号，"
    "请选择允许工作区 {workspace} 使用的账号。",
    "choice_text_bare": "您的 {platform} 登录可以管理多个账号，请选择要连接的账号。",
    "choice_accounts": "账号",
    "choice_filter": "按名称筛选",
    "choice_all": "全选",
    "choice_counter": "已选 {count} / {total}",
    "choice_no_match": "没有符合的账号。",
    "choice_submit": "连接所选账号",
    "choice_empty": "没有可选择的账号。请先在平台上确认您至少管理一个账号，然后重新发起连接。",
    "choice_minutes": "请在约 {minutes} 分钟内完成选择。",
    "choice_one_minute": "请在约一分钟内完成选择。",
    "confirm_title": "这是您本人发起的吗？",
    "confirm_text": "工作区 {workspace} 想使用您的 {platform} 账号。"
    "仅当这是您本人在信任的应用中发起时，才确认。",
    "confirm_text_several": "工作区 {workspace} 想使用您 {platform} 登录下的账号。"
    "仅当这是您本人在信任的应用中发起时，才确认。",
    "confirm_submit": "是，连接",
    "confirm_submit_several": "是，连接所选账号",
    "confirm_decline": "不，不是我发起的",
    "confirm_unanswered": "如不确认，将不会连接任何账号，您给出的授权也不会被保留。",
    "home_title": "服务概览",
    "home_lead": "本服务通过一套 HTTP API 连接创作者的账号、跟踪连接状态并列出其作品。",
    "home_version": "版本",
    "home_mode": "模式",
    "home_mode_real": "真实平台",
    "home_mode_sandbox": "沙盒",
    "home_mode_sandbox_note": "这里的平台均为模拟，不会访问任何真实账号。",
    "home_database": "数据库",
    "home_ready": "就绪平台",
    "home_start": "发起一次连接",
    "home_start_text": "在您的后端用 API 密钥发送此请求，然后在用户的浏览器中打开返回的 url。",
    "home_platforms": "平台",
    "home_platform": "平台",
    "home_connect": "连接方式",
    "home_status": "状态",
    "home_works": "作品列表",
    "home_is_ready": "就绪",
    "home_not_ready": "未就绪",
    "home_missing": "缺少：",
    "home_links": "更多入口",
    "home_link_reference": "API 参考",
    "home_link_reference_text": "全部接口与示例",
    "home_link_openapi": "OpenAPI 文档",
    "home_link_openapi_text": "供客户端生成器使用",
    "home_link_health": "存活检查",
    "home_link_health_text": "进程是否存活",
    "home_link_ready": "就绪检查",
    "home_link_ready_text": "进程能否提供服务",
    "home_link_sandbox": "沙盒",
    "home_link_sandbox_text": "模拟的平台",
    "connect_oauth": "授权页",
    "connect_qr": "扫码",
    "connect_cookie": "浏览器插件",
    "ref_title": "API 参考",
    "ref_search": "搜索接口",
    "ref_fallback": "此页面需要 JavaScript。没有它时请使用",
    "ref_operations": "接口列表",
    "ref_operations_text": "全部接口，以及 API 密钥所需的权限范围。参数和返回数据见 OpenAPI 文档。",
    "ref_operation": "接口",
    "ref_summary": "用途",
    "ref_scope": "权限范围",
}

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"zh-CN": _CHINESE, "en-US": _ENGLISH}


def language(locale: str) -> str:
    """Returns the requested locale if we have texts for it, else English."""
    return locale if locale in TEXTS else DEFAULT_LOCALE


def text(locale: str, key: str, /, **gaps: object) -> str:
    """Returns a text of the catalogue with its gaps filled."""
    sentence = TEXTS[language(locale)][key]
    return sentence.format(**gaps) if gaps else sentence
