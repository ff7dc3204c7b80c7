"""Names on the wire."""


def camel(name: str) -> str:
    """Returns a name as the wire spells it: `groupId` of `group_id`."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
