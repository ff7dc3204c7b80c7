"""Fields and insights of works, as Threads and Instagram share them."""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.platforms.meta.graph import Field, GraphError, project, read_list


def select_fields(node: Mapping[str, Any], fields: list[Field], known: set[str]) -> dict[str, Any]:
    """The requested fields; absent ones are left out. Raises GraphError for unknown ones."""
    for one in fields:
        if one.name not in known:
            message = f"(#100) Tried accessing nonexisting field ({one.name})"
            raise GraphError(100, message)
    values = {
        one.name: project(node[one.name], one.fields)
        for one in fields
        if node.get(one.name) is not None
    }
    return {**values, "id": node["id"]}


def insights(identifier: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Lifetime values, one row for each metric."""
    return {
        "data": [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": count}],
                "title": name.replace("_", " ").title(),
                "description": "",
                "id": f"{identifier}/insights/{name}/lifetime",
            }
            for name, count in counts.items()
        ]
    }


def metrics_of(text: str, known: set[str]) -> list[str]:
    """The requested metrics. Raises GraphError 100 for unknown ones."""
    metrics = read_list(text)
    if not metrics or any(name not in known for name in metrics):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return metrics
