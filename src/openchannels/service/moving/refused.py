"""Why data cannot be moved."""


class MoveRefused(Exception):
    """An export or import that changes nothing, or nothing more; the text says why."""
