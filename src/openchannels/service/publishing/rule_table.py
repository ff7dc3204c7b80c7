"""The rules of each platform: those that follow from its limits, and those of its own."""

from collections.abc import Sequence
from functools import lru_cache

from openchannels.connectors.registry import Connector
from openchannels.core.derived_rules import ContentRules
from openchannels.core.option_rules import OptionRules
from openchannels.core.platforms import Platform, Text
from openchannels.core.publish_rules import Rule
from openchannels.core.publishing import JsonSchema, PublishRules
from openchannels.service.publishing.jobs import BY_PLATFORM

HELD = {
    "type": "boolean",
    "title": Text(en="Hold it on the platform until its time", zh="由平台保存并在指定时间发布"),
}


def rules_of(connector: Connector) -> Sequence[Rule]:
    """Returns the rules of a platform, in the order in which their issues are told.

    There are none where nothing can be published.
    """
    return _rules(connector.id, connector.name, connector.publishing, _schedules(connector))


def options_of(connector: Connector) -> JsonSchema:
    """Returns the schema of a platform's options, with ours where the platform can do it."""
    return _schema(connector.publishing.options, _schedules(connector))


def _schedules(connector: Connector) -> bool:
    return connector.publisher is not None and connector.publisher.schedules


@lru_cache(maxsize=64)
def _rules(
    platform: Platform, name: Text, publishing: PublishRules, schedules: bool
) -> Sequence[Rule]:
    if not publishing.content.modes:
        return ()
    content = ContentRules(platform, name, publishing).all()
    options = OptionRules(platform, name, _schema(publishing.options, schedules)).all()
    own = {rule.id: rule for rule in publishing.rules}
    derived = [own.pop(rule.id, rule) for rule in (*content, *options)]
    return (*derived, *own.values())


def _schema(schema: JsonSchema, schedules: bool) -> JsonSchema:
    """The schema of a platform's options with that of ours, where the platform can do it."""
    known = schema["properties"]
    if not schedules or BY_PLATFORM in known:
        return schema
    return {**schema, "properties": {**known, BY_PLATFORM: HELD}}
