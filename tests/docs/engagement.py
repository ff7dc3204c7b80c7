"""The table of what engagement there is on each platform."""

from collections.abc import Iterable, Sequence

from openchannels.connectors.registry import CONNECTORS, Connector, Engagement
from openchannels.core.engagement import FUNCTIONS, InteractionName
from openchannels.core.paging import CursorPaging, Paging
from openchannels.core.platforms import Locale, Text

HEAD = (
    Text(en="Platform", zh="平台"),
    Text(en="Comments (default / maximum)", zh="评论列表（默认 / 最大）"),
    Text(en="Written", zh="可发表"),
    Text(en="Functions", zh="函数"),
    Text(en="Scopes", zh="权限"),
)
BY_CURSOR = Text(en="cursor", zh="游标")
BY_NUMBER = Text(en="page number", zh="页码")
ANSWERS = Text(en="and answers to one", zh="及单条评论的回复")
SWITCHED = Text(en="with `{option}`: {names}", zh="需设置 `{option}`：{names}")
WRITTEN = {
    InteractionName.COMMENT: Text(en="comments", zh="评论"),
    InteractionName.REPLY: Text(en="answers", zh="回复"),
}
NOTHING = Text(en="none", zh="无")
COMMA = Text(en=", ", zh="、")
SEMICOLON = Text(en="; ", zh="；")


def engagement(locale: Locale) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """The head and the rows of the table; platforms that have none are left out."""
    rows = [
        _row(connector, connector.engagement, locale)
        for connector in CONNECTORS.values()
        if connector.engagement is not None
    ]
    return [cell.in_locale(locale) for cell in HEAD], rows


def _row(connector: Connector, offered: Engagement, locale: Locale) -> Sequence[str]:
    comma = COMMA.in_locale(locale)
    written = [text.in_locale(locale) for name, text in WRITTEN.items() if name in offered.rules]
    nothing = NOTHING.in_locale(locale)
    scopes = dict.fromkeys(
        (*offered.list_scopes, *(one for rule in offered.rules.values() for one in rule.scopes))
    )
    return (
        f"`{connector.id}`",
        _listed(offered, offered.paging, locale),
        comma.join(written) or nothing,
        _functions(connector, offered, locale) or nothing,
        comma.join(f"`{scope}`" for scope in scopes),
    )


def _listed(offered: Engagement, paging: Paging | None, locale: Locale) -> str:
    if paging is None:
        return NOTHING.in_locale(locale)
    by = BY_CURSOR if isinstance(paging, CursorPaging) else BY_NUMBER
    sizes = f"{by.in_locale(locale)} {paging.default} / {paging.maximum}"
    answers = [ANSWERS.in_locale(locale)] if offered.lists_answers else []
    return COMMA.in_locale(locale).join([sizes, *answers])


def _functions(connector: Connector, offered: Engagement, locale: Locale) -> str:
    """The functions, those that the operator has to switch on behind their setting."""
    by_option: dict[str | None, list[str]] = {}
    for name in FUNCTIONS:
        if rule := offered.rules.get(name):
            by_option.setdefault(rule.option, []).append(f"`{name}`")
    parts = []
    for option, names in by_option.items():
        joined = COMMA.in_locale(locale).join(names)
        setting = f"platforms.{connector.id}.{option}"
        switched = SWITCHED.in_locale(locale).format(option=setting, names=joined)
        parts.append(joined if option is None else switched)
    return SEMICOLON.in_locale(locale).join(parts)
