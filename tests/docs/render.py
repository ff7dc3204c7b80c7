"""Tables of the documentation that are made from the code: `python -m tests.docs.render`.

A table stands between `<!-- table: name -->` and `<!-- end -->` and is rewritten in place.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import typer
from typer.core import TyperGroup

from openchannels.api.app import OPERATIONS
from openchannels.api.endpoint import OPERATION, Operation
from openchannels.cli.app import DATA, app
from openchannels.cli.app import OPERATION as SERVICE
from openchannels.client import errors as client_exceptions
from openchannels.client.error_codes import BY_CODE
from openchannels.connectors.registry import CONNECTORS, Connector, OAuth
from openchannels.core.availability import (
    ACCOUNT_FIELDS,
    METRIC_FIELDS,
    OPERATION_NAMES,
    WORK_FIELDS,
    CoverageCell,
)
from openchannels.core.errors import CATALOGUE
from openchannels.core.paging import CursorPaging
from openchannels.core.platform_errors import CATEGORY, RETRYABLE
from openchannels.core.platforms import AuthType, Locale, Platform, Text
from openchannels.mcp.registration import AgentTool
from openchannels.mcp.tools import TOOLS
from openchannels.metrics.declared import METRICS
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.conduct import Conducts
from openchannels.sandbox.control import CONTROLS
from openchannels.sandbox.dataset import Dataset
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.id_tokens import IdTokens
from openchannels.sandbox.logins import Logins
from openchannels.sandbox.media_fetcher import MediaFetcher
from openchannels.sandbox.platforms import EMULATORS
from openchannels.sandbox.state import State
from openchannels.sandbox.tallies import Tallies
from openchannels.sandbox.webhooks_out import WebhookSender
from openchannels.service.errors import CODES
from openchannels.tracing.declared import ATTRIBUTES, SPANS
from tests.connectors.judged import ROWS, UNLISTED
from tests.connectors.support import NOW
from tests.connectors.test_lives import LIVES
from tests.soak.record import BLOCK as FIGURES

from . import publish_rules
from .chinese import in_chinese
from .engagement import engagement
from .errors import catalogue, when_in_chinese
from .pages import ROOT, page, pages
from .settings import settings

BLOCK = re.compile(r"(<!-- table: ([\w.-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
HOW = {
    AuthType.OAUTH2: "OAuth",
    AuthType.QRCODE: "QR code",
    AuthType.PLUGIN: "browser plug-in's cookie",
}
CALL_NAMES = {
    "token": "exchange or refresh of tokens",
    "profile": "accounts of a grant",
    "submission": "account of a plug-in",
    "works": "works, figures and values of options",
    "probe": "probe of an unused credential",
    "revoke": "revocation, where an empty answer is a success",
}
FIELDS_HEAD = (
    Text(en="Of", zh="对象"),
    Text(en="Fields", zh="字段"),
    Text(en="Given", zh="提供情况"),
)
ACCOUNT = Text(en="account", zh="账号")
WORK = Text(en="work", zh="作品")
READING = Text(en="operation", zh="操作")
COMMA = Text(en=", ", zh="、")
PUBLISHING = [one.id for one in CONNECTORS.values() if one.publishing.content.modes]
"""Platforms on which something can be published."""
SHORT = re.compile("Count$|TimeSeconds$")
CHINESE = {
    "Platform": "平台",
    "Connect by": "连接方式",
    "Works": "作品列表",
    "Paging (default / maximum)": "分页（默认 / 最大）",
    "Metrics": "数据",
    "browser plug-in's cookie": "浏览器插件提交的 cookie",
    "no public API": "无公开 API",
    "yes": "支持",
    "with `": "需设置 `",
    "cursor, forward, ": "游标，单向，",
    "cursor, both ways, ": "游标，双向，",
    "page number, with total, ": "页码，含总数，",
    "page number, ": "页码，",
}
"""Words of the table of platforms, the longer ones before those that they begin with."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def platforms() -> str:
    """Every platform, in the order of the wire's list."""
    head = ("Platform", "Connect by", "Works", "Paging (default / maximum)", "Metrics")
    return table(head, map(_platform, CONNECTORS))


def platforms_in_chinese() -> str:
    """The same in Chinese, with the pages of platforms that there are in Chinese."""
    words = re.compile("|".join(map(re.escape, CHINESE)))
    text = words.sub(lambda found: CHINESE[found[0]], platforms())
    return re.sub(r"docs/platforms/\w+\.md", lambda found: _twin(found[0]), text)


def _twin(page: str) -> str:
    """A page's twin in Chinese, or the page itself where there is none."""
    twin = page.removesuffix(".md") + ".zh-CN.md"
    return twin if (ROOT / twin).exists() else page


def _platform(platform: Platform) -> Sequence[str]:
    page = ROOT / "docs" / "platforms" / f"{platform}.md"
    shown = f"`{platform}`"
    name = f"[{shown}](docs/platforms/{page.name})" if page.exists() else shown
    connector = CONNECTORS[platform]
    return (name, HOW[connector.auth.auth_type(None)], _works(connector), _paging(connector),
            _metrics(connector))  # fmt: skip


def _works(connector: Connector) -> str:
    if connector.works is None:
        return "no public API"
    if connector.works.option:
        return f"with `platforms.{connector.id}.{connector.works.option}`"
    return "yes"


def _paging(connector: Connector) -> str:
    if connector.works is None:
        return ""
    paging = connector.works.paging
    sizes = f"{paging.default} / {paging.maximum}"
    if isinstance(paging, CursorPaging):
        return f"cursor, {'both ways' if paging.previous else 'forward'}, {sizes}"
    return f"page number{', with total' if paging.total else ''}, {sizes}"


def _metrics(connector: Connector) -> str:
    """What the connector declares, in short; what needs a scope or setting in brackets."""
    if connector.works is None:
        return ""
    cells = {name: connector.works.coverage.cell(name) for name in METRIC_FIELDS}
    shown = {name: SHORT.sub("", name) for name in METRIC_FIELDS}
    free = [shown[name] for name, cell in cells.items() if cell.state == "given"]
    bound = [shown[name] for name, cell in cells.items() if cell.state == "scope"]
    return ", ".join(filter(None, [", ".join(free), f"({', '.join(bound)})" if bound else ""]))


def fields(platform: Platform, locale: Locale) -> str:
    """What a platform gives on a condition or never, from the availability matrix."""
    connector = CONNECTORS[platform]
    halves = [(ACCOUNT, ACCOUNT_FIELDS, connector.accounts.coverage)]
    if connector.works:
        halves.append((WORK, WORK_FIELDS, connector.works.coverage))
    halves.append((READING, OPERATION_NAMES, connector.operations_coverage()))
    grouped: dict[tuple[Text, Text], list[str]] = {}
    for half, names, given in halves:
        for name in names:
            cell = given.cell(name)
            if cell.state != "given":
                grouped.setdefault((half, _absence(cell)), []).append(f"`{name}`")
    comma = COMMA.in_locale(locale)
    rows = (
        (half.in_locale(locale), comma.join(names), why.in_locale(locale))
        for (half, why), names in grouped.items()
    )
    return table([one.in_locale(locale) for one in FIELDS_HEAD], rows)


def _absence(cell: CoverageCell) -> Text:
    if cell.state == "scope":
        return Text(en=f"with `{cell.scope}`", zh=f"需要 `{cell.scope}`")
    if cell.reason is None:
        return Text(en="never", zh="无")
    return Text(en=f"never: {cell.reason.en}", zh=f"无：{cell.reason.zh}")


def rules(platform: Platform, locale: Locale) -> str:
    """The rules that content must keep on a platform."""
    return table(*publish_rules.rules(platform, locale))


def operations() -> str:
    rows = (_operation(route.opt[OPERATION]) for route in OPERATIONS)
    return table(("Operation", "What for", "Scope"), rows)


def _operation(operation: Operation) -> Sequence[str]:
    scope = f"`{operation.scope.value}`" if operation.scope else "no key"
    return (f"`{operation.method.value} {camel(operation.path)}`", operation.summary, scope)


def camel(path: str) -> str:
    """A path with its parameters as the wire names them."""
    return re.sub(
        r"\{(\w+):\w+\}",
        lambda found: "{" + re.sub(r"_(\w)", lambda part: part[1].upper(), found[1]) + "}",
        path,
    )


def codes() -> str:
    rows = ((str(c.number), c.name, c.en, c.when) for c in CATALOGUE.values())
    return table(("Code", "Name", "English message", "When"), rows)


def codes_in_chinese() -> str:
    rows = ((str(c.number), c.name, c.zh, when_in_chinese(c)) for c in CATALOGUE.values())
    return table(("错误码", "名称", "中文消息", "何时出现"), rows)


def failures() -> str:
    """What each class of platform failure becomes on a call for works."""
    rows = (
        (
            f"`{kind.value}`",
            str(code.number),
            f"`{CATEGORY[kind]}`",
            "yes" if kind in RETRYABLE else "no",
        )
        for kind, code in CODES.items()
    )
    return table(("Class", "Code", "`category`", "`retryable`"), rows)


def unlisted() -> str:
    """What an error in a platform's own form means whose code is not listed."""
    rows = ((str(status), f"`{kind.value}`") for status, kind in UNLISTED.items())
    return table(("Status", "Kind"), rows)


def answers() -> str:
    """What an answer is to the caller that is not in the platform's own form."""
    rows = (
        (status, CALL_NAMES[call], str(code), f"`{category}`", "yes" if retryable else "no")
        for (status, call), (code, category, retryable) in ROWS.items()
    )
    return table(("Status", "Call", "Code", "`category`", "`retryable`"), rows)


def agent_tools() -> str:
    """The tools of the MCP server, with the first sentence that a model reads of each."""
    return table(("Tool", "What for", "Changes", "Scope"), map(_agent_tool, TOOLS))


def _agent_tool(tool: AgentTool) -> Sequence[str]:
    changes = "cannot be undone" if tool.destroys else "" if tool.reads_only else "yes"
    what = " ".join(tool.description.partition("\n\n")[0].split())
    return (f"`{tool.name}`", what, changes, f"`{tool.scope}`" if tool.scope else "any")


def metrics() -> str:
    """Every metric, in the order of `/metrics`."""
    rows = (
        (f"`{m.name}`", m.kind, ", ".join(f"`{label}`" for label in m.labels), m.help)
        for m in METRICS
    )
    return table(("Metric", "Kind", "Labels", "Meaning"), rows)


SPANS_HEAD = (
    Text(en="Span", zh="Span"),
    Text(en="Name", zh="名称"),
    Text(en="Kind", zh="类型"),
    Text(en="Meaning", zh="含义"),
)
ATTRIBUTES_HEAD = (
    Text(en="Attribute", zh="属性"),
    Text(en="Of", zh="所属"),
    Text(en="Meaning", zh="含义"),
)


def spans(locale: Locale) -> str:
    """Every kind of span that is exported."""
    rows = (
        (
            one.called.in_locale(locale),
            one.name.in_locale(locale),
            one.kind,
            one.help.in_locale(locale),
        )
        for one in SPANS
    )
    return table([one.in_locale(locale) for one in SPANS_HEAD], rows)


def span_attributes(locale: Locale) -> str:
    """Every attribute of a span."""
    comma = COMMA.in_locale(locale)
    rows = (
        (
            f"`{one.name}`",
            comma.join(span.called.in_locale(locale) for span in one.spans),
            one.help.in_locale(locale),
        )
        for one in ATTRIBUTES
    )
    return table([one.in_locale(locale) for one in ATTRIBUTES_HEAD], rows)


def sandbox_hosts() -> str:
    state = State()
    clock = Clock(lambda: 0.0, state)
    context = Context(
        dataset=Dataset(state, clock, 1),
        grants=Grants(state, clock),
        id_tokens=IdTokens(state),
        clock=clock,
        webhooks=WebhookSender(None),
        logins=Logins(state),
        documents=Documents(state),
        tallies=Tallies(state),
        media=MediaFetcher(Documents(state), WebhookSender(None)),
        conducts=Conducts(Documents(state)),
        quota=None,
    )
    rows = [
        (f"`{one.name}`", ", ".join(f"`{h}`" for h in sorted({r.host for r in one.routes()})))
        for one in (emulator(context) for emulator in EMULATORS)
    ]
    state.close()
    return table(("Platform", "Hosts"), rows)


def sandbox_controls() -> str:
    rows = (
        (", ".join(f"`{part}`" for part in call.split(", ")), means) for call, means in CONTROLS
    )
    return table(("Call", "Meaning"), rows)


def lives() -> str:
    """How long each platform's credentials live, computed from the facts that it documents."""
    head = ("Platform", "Token model", "Access token", "Refreshed if unused", "Grant", "Probed")
    return table(head, map(_life, CONNECTORS.values()))


def _life(connector: Connector) -> Sequence[str]:
    tokens, _ = LIVES[connector.id]
    due, end = connector.auth.next_refresh_at(tokens, NOW), connector.auth.grant_end(tokens)
    model = (
        f"`{connector.auth.config.token_model}`" if isinstance(connector.auth, OAuth) else "cookie"
    )
    every = connector.auth.probe_every
    return (
        f"`{connector.id}`",
        model,
        _span(tokens.expires_at and tokens.expires_at - NOW, "no expiry"),
        f"after {_span(due - NOW, '')}" if due else "no",
        f"ends after {_span(end - NOW, '')}" if end else "no fixed end",
        f"every {_span(every, '')}" if every else "no",
    )


def _span(seconds: float | None, otherwise: str) -> str:
    if seconds is None:
        return otherwise
    hours = round(seconds / 3600)
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def commands(panel: str) -> str:
    """The commands of one panel of the help, with what each does as its help says it."""
    group = typer.main.get_command(app)
    found = _commands(group, (), panel)  # type: ignore[arg-type]
    return table(("Command", "What it does"), found)


def _commands(group: TyperGroup, words: tuple[str, ...], panel: str) -> Iterable[Sequence[str]]:
    for name, command in group.commands.items():
        path = (*words, name)
        if not words and getattr(command, "rich_help_panel", None) != panel:
            continue
        if isinstance(command, TyperGroup):
            yield from _commands(command, path, panel)
        else:
            arguments = [one.metavar or "" for one in command.params if one.opts[0][0] != "-"]
            shown = " ".join(("openchannels", *path, *arguments))
            yield f"`{shown}`", " ".join((command.help or "").split("\n\n")[0].split())


def client_errors() -> str:
    """The exceptions of the Python client, with the codes of this service that each stands for."""
    known = [one for one in vars(client_exceptions).values() if _is_client_error(one)]
    return table(("Exception", "Meaning", "Codes"), map(_client_error, known))


def _is_client_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, client_exceptions.ClientError)


def _client_error(kind: type) -> Sequence[str]:
    codes = (str(code) for code in CATALOGUE if BY_CODE.get(code) is kind)
    base = kind.__bases__[0].__name__
    meaning = (kind.__doc__ or "").partition("\n")[0]
    is_leaf = base in ("ApiError", "ClientError")
    return (f"`{kind.__name__}`" + (f", of `{base}`" if is_leaf else ""), meaning, ", ".join(codes))


def figures_in_chinese() -> str:
    """What the soak programs have written, with their promises in Chinese."""
    found = FIGURES.search(page("docs/reliability.md").text)
    assert found is not None
    return in_chinese(found[2])


def _in_chinese(made: Callable[[], str]) -> str:
    return in_chinese(made())


BY_CELL: dict[str, Callable[[], str]] = {
    "operations": operations,
    "client-errors": client_errors,
    "failures": failures,
    "agent-tools": agent_tools,
    "metrics": metrics,
    "sandbox-hosts": sandbox_hosts,
    "sandbox-controls": sandbox_controls,
    "settings": settings,
    "commands": partial(commands, DATA),
    "service-commands": partial(commands, SERVICE),
}
"""Tables whose Chinese is made of theirs, cell by cell."""

TABLES: dict[str, Callable[[], str]] = {
    "platforms": platforms,
    "platforms.zh-CN": platforms_in_chinese,
    "codes": codes,
    "codes.zh-CN": codes_in_chinese,
    "errors": partial(catalogue, "en"),
    "errors.zh-CN": partial(catalogue, "zh"),
    "figures.zh-CN": figures_in_chinese,
    "spans": partial(spans, "en-US"),
    "spans.zh-CN": partial(spans, "zh-CN"),
    "span-attributes": partial(span_attributes, "en-US"),
    "span-attributes.zh-CN": partial(span_attributes, "zh-CN"),
    "unlisted": unlisted,
    "answers": answers,
    "lives": lives,
    **BY_CELL,
    **{f"{name}.zh-CN": partial(_in_chinese, made) for name, made in BY_CELL.items()},
    "engagement": lambda: table(*engagement("en-US")),
    "engagement.zh-CN": lambda: table(*engagement("zh-CN")),
    "rule-counts": lambda: table(*publish_rules.counts("en-US")),
    "rule-counts.zh-CN": lambda: table(*publish_rules.counts("zh-CN")),
    **{f"rules-{one}": partial(rules, one, "en-US") for one in PUBLISHING},
    **{f"rules-{one}.zh-CN": partial(rules, one, "zh-CN") for one in PUBLISHING},
    **{f"fields-{one}": partial(fields, one, "en-US") for one in CONNECTORS},
    **{f"fields-{one}.zh-CN": partial(fields, one, "zh-CN") for one in CONNECTORS},
}


def rendered(text: str) -> str:
    """A page's text with all its tables regenerated."""
    return BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + found[4], text)


def main() -> None:
    for one in pages():
        fresh = rendered(one.text)
        if fresh != one.text:
            Path(one.path).write_text(fresh, encoding="utf-8")
            print(f"wrote {one.name}")


if __name__ == "__main__":
    main()
