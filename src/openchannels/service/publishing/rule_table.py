"""The rules of each platform: those that follow from its limits, and those of its own."""

from collections.abc import Sequence
from functools import lru_cache

from openchannels.connectors.registry import Connector
from openchannels.core.publish_rules import Rule


@lru_cache(maxsize=64)
def rules_of(connector: Connector) -> Sequence[Rule]:
    """Returns the rules of a platform, in the order in which their issues are told."""
    return connector.publish_rules
