"""Tables of the rules of publishing; `python -m tests.docs.publish_rules` counts them."""

from collections.abc import Iterable, Sequence
from typing import Any

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Locale, Platform, Text
from openchannels.core.publish_rules import Rule
from openchannels.core.rule_texts import filled
from openchannels.service.publishing.rule_table import rules_of

HEAD = (
    Text(en="Rule", zh="规则"),
    Text(en="Code", zh="代码"),
    Text(en="Severity", zh="级别"),
    Text(en="What it says", zh="含义"),
)
COUNT_HEAD = (
    Text(en="Platform", zh="平台"),
    Text(en="Rules", zh="规则数"),
    Text(en="of them warnings", zh="其中警告"),
    Text(en="of them of its own", zh="其中平台自有"),
)
SEVERITIES = {"error": Text(en="error", zh="错误"), "warning": Text(en="warning", zh="警告")}
ELLIPSIS = "…"


class Shown(dict[str, Any]):
    """What fills a rule's text: its limit, and a sign for what only a draft knows."""

    def __missing__(self, name: str) -> str:
        return ELLIPSIS


def rules(platform: Platform, locale: Locale) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """The head and the rows of the table of one platform's rules."""
    rows = (_row(rule, locale) for rule in rules_of(CONNECTORS[platform]))
    return [cell.in_locale(locale) for cell in HEAD], rows


def _row(rule: Rule, locale: Locale) -> Sequence[str]:
    limit = rule.limit.in_locale(locale) if isinstance(rule.limit, Text) else rule.limit
    says = filled(rule.text.in_locale(locale), Shown(limit=limit), locale)
    severity = SEVERITIES[rule.severity].in_locale(locale)
    return f"`{rule.id}`", f"`{rule.code.value}`", severity, says.replace("|", "\\|")


def counts(locale: Locale) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """The head and the rows of the table of how many rules there are."""
    rows = [(f"`{platform}`", *_count([platform])) for platform in CONNECTORS]
    total = Text(en="all", zh="合计").in_locale(locale)
    head = [cell.in_locale(locale) for cell in COUNT_HEAD]
    return head, [*rows, (total, *_count(CONNECTORS))]


def _count(platforms: Iterable[Platform]) -> tuple[str, str, str]:
    named = [CONNECTORS[platform] for platform in platforms]
    found = [rule for connector in named for rule in rules_of(connector)]
    warnings = sum(rule.severity == "warning" for rule in found)
    own = sum(len(connector.publishing.rules) for connector in named)
    return str(len(found)), str(warnings), str(own)


def main() -> None:
    head, rows = counts("en-US")
    for row in (head, *rows):
        print(f"{row[0].strip('`'):18} {row[1]:>6} {row[2]:>16} {row[3]:>18}")


if __name__ == "__main__":
    main()
