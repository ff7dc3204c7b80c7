"""The reference of all settings in `docs/settings.md`, made from their fields."""

from collections.abc import Sequence
from itertools import groupby

from openchannels.settings import Setting, catalogue

HEAD = "| Setting | Environment variable | Accepts | Default | Meaning |\n|---|---|---|---|---|\n"


def settings() -> str:
    """A heading and a table for each group, in the order of the catalogue."""
    groups = groupby(catalogue(), key=lambda setting: setting.path[:-1])
    return "\n".join(_group(path, list(found)) for path, found in groups)


def _group(path: Sequence[str], found: Sequence[Setting]) -> str:
    title = f"`{'.'.join(path)}`" if path else "General"
    return f"### {title}\n\n{HEAD}" + "".join(f"{_row(setting)}\n" for setting in found)


def _row(setting: Setting) -> str:
    cells = (
        f"`{setting.toml_path}`",
        f"`{setting.environment_name}`",
        setting.allowed + (" (secret)" if setting.secret else ""),
        _default(setting),
        setting.description,
    )
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _default(setting: Setting) -> str:
    value = setting.default
    if value in (None, {}, ()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"
