"""The consent step of every OAuth platform: a page for people, parameters for programs.

Without the parameter `sandbox_decision` the authorization URL shows a form, which calls the same
URL with it. So a program sends what a person's browser would send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openchannels.sandbox.dataset import DEFAULT_PERSON, PERSONS, is_person_name
from openchannels.sandbox.http import EarlyReply, Reply, Request
from openchannels.sandbox.language import PARAMETER, cookie, links

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)
DECISION = "sandbox_decision"
SANDBOX_PARAM = "sandbox_"
"""Prefix of the parameters that decide the consent step."""
STYLE = (Path(__file__).parent / "templates" / "sandbox.css").read_bytes()

TEXTS = {
    "en": {
        "title": "Connect to {client}",
        "notice": "This is the openchannels sandbox. No real account is involved.",
        "person": "Sign in as",
        "person_hint": "Any name works: letters, digits, - and _.",
        "switch": "Show this person's accounts",
        "accounts": "Accounts to share",
        "no_accounts": "This person has no account to share here.",
        "scopes": "{client} asks for",
        "approve": "Approve",
        "deny": "Deny",
        "problem": "This request cannot be granted",
        "home": "Sandbox",
        "about": "Emulators of social platforms, written from the platforms' documents, for use "
        "offline. A call to https://HOST/path is answered at /HOST/path. All persons are invented.",
        "hosts": "Platforms and hosts",
        "persons": "Persons",
        "others": "and any other name of letters, digits, - and _.",
        "control": "Control API",
    },
    "zh": {
        "title": "授权 {client}",
        "notice": "这里是沙箱：仅为模拟，不涉及任何真实账号。",
        "person": "登录身份",
        "person_hint": "可填任意名字：字母、数字、- 和 _。",
        "switch": "显示此人的账号",
        "accounts": "选择要授权的账号",
        "no_accounts": "此人在这里没有可授权的账号。",
        "scopes": "{client} 申请以下权限",
        "approve": "同意授权",
        "deny": "拒绝",
        "problem": "无法完成授权请求",
        "home": "沙箱",
        "about": "各社交平台的模拟器，依据平台文档编写，可离线使用。"
        "对 https://HOST/path 的调用在 /HOST/path 得到响应。所有人物均为虚构。",
        "hosts": "平台与主机",
        "persons": "人物",
        "others": "以及由字母、数字、- 和 _ 组成的任何其他名字。",
        "control": "控制 API",
    },
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An account that the person may select."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The person's decision. `accounts` is None if nobody selected any."""

    approved: bool
    person: str
    scopes: tuple[str, ...]
    accounts: tuple[str, ...] | None


def render(
    template: str, language: str, request: Request, status: int = 200, **values: object
) -> Reply:
    """A page of the sandbox; the style sheet's URL is relative, so any mount path works."""
    root = "../" * request.path.count("/") if request.host else ""
    # A language is picked without deciding, and without the referrer that WeChat's page wants.
    sent = [*request.query.pairs(), *request.form.pairs()]
    again = [pair for pair in sent if pair[0] not in (PARAMETER, DECISION, "sandbox_shown")]
    if template == "consent.html":
        again.append((DECISION, "show"))
    text = _PAGES.get_template(template).render(
        language=language, languages=links(again), root=root, **values
    )
    reply = Reply.page(text, status)
    reply.headers |= cookie(request.query.get(PARAMETER))
    return reply


def problem(request: Request, platform: str, code: str, message: str) -> Reply:
    """A platform's own error page under HTTP 400, without a redirect."""
    language = request.language()
    return render(
        "problem.html",
        language,
        request,
        400,
        platform=platform,
        title=TEXTS[language]["problem"],
        code=code,
        message=message,
    )


def person_named(request: Request) -> str:
    """The person named in the request, else the default one."""
    return request.parameter("sandbox_person").strip() or DEFAULT_PERSON


def decide(
    request: Request,
    platform: str,
    client_id: str,
    scopes: Sequence[str],
    choices: Sequence[Choice] | None = None,
) -> Decision:
    """The decision in the request.

    Args:
        platform: its display name.
        scopes: what the client asks for; `sandbox_scopes` narrows it.
        choices: accounts the person may select, None where the platform shows none;
            `sandbox_pages` narrows them, all are granted without it.

    Raises:
        EarlyReply: the page that asks for the decision, if the request has none.
    """
    person = person_named(request)
    if not is_person_name(person):
        raise EarlyReply(problem(request, platform, "unknown_person", person))
    answer = request.parameter(DECISION)
    shown = request.parameter("sandbox_shown")
    if answer not in ("approve", "deny") or (answer == "approve" and shown not in ("", person)):
        raise EarlyReply(_page(request, platform, client_id, scopes, choices, person))
    return Decision(
        answer == "approve",
        person,
        _narrowed(request, "sandbox_scopes", scopes),
        None if choices is None else _accounts(request, choices),
    )


def _accounts(request: Request, choices: Sequence[Choice]) -> tuple[str, ...] | None:
    if "sandbox_pages" not in request.query and "sandbox_pages" not in request.form:
        return None
    return _narrowed(request, "sandbox_pages", [choice.id for choice in choices])


def _narrowed(request: Request, name: str, offered: Sequence[str]) -> tuple[str, ...]:
    fields = request.query if name in request.query else request.form
    if name not in fields:
        return tuple(offered)
    selected = set(fields.split_values(name))
    return tuple(one for one in offered if one in selected)


def _page(
    request: Request,
    platform: str,
    client_id: str,
    scopes: Sequence[str],
    choices: Sequence[Choice] | None,
    person: str,
) -> Reply:
    language = request.language()
    texts = {key: text.format(client=client_id) for key, text in TEXTS[language].items()}
    forwarded = request.query.pairs(without=SANDBOX_PARAM) + request.form.pairs(
        without=SANDBOX_PARAM
    )
    return render(
        "consent.html",
        language,
        request,
        t=texts,
        platform=platform,
        person=person,
        persons=PERSONS,
        scopes=scopes,
        choices=choices,
        forwarded=forwarded,
    )
