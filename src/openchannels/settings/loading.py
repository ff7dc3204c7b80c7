"""Where settings come from, and how their faults are told."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from openchannels.settings.catalogue import (
    LEVELS,
    PREFIX,
    Path,
    Setting,
    by_path,
    catalogue,
    environment_name,
)
from openchannels.settings.checks import is_key_id
from openchannels.settings.models import Settings

CONFIG_FILE = "openchannels.toml"
OPTIONS: dict[str, Path] = {
    "host": ("server", "host"),
    "port": ("server", "port"),
    "data_dir": ("data_dir",),
    "sandbox": ("sandbox", "mounted"),
    "sandbox_url": ("sandbox", "url"),
}
"""Options of the command line that stand for a setting."""

_KEY_IDS: Path = ("vault", "keys")


class SettingsError(Exception):
    """The settings cannot be used. `problems` holds one line per fault, without any value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Invalid settings:\n" + "\n".join(f"  {line}" for line in self.problems))


@dataclass(slots=True)
class Source:
    """What one place gives, as a tree, with a way to name a path as it is written there."""

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[Path, str] = field(default_factory=dict)
    file: FilePath | None = None

    def put(self, path: Path, value: Any, name: str) -> None:
        table = self.values
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = value
        self.names[path] = name

    def holds(self, path: Path) -> bool:
        table: Any = self.values
        for key in path:
            if not isinstance(table, dict) or key not in table:
                return False
            table = table[key]
        return True

    def name(self, path: Path) -> str:
        if self.file is not None:
            return f"{'.'.join(path)} ({self.file})"
        return self.names.get(path) or environment_name(path)


def load_settings(
    *,
    data_dir: FilePath | None = None,
    config: FilePath | None = None,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read and check all settings.

    `overrides` are options of the command line by name: `host`, `port`, `data_dir`, `sandbox`,
    `sandbox_url`, `config`; absent, None and False ones say nothing. `data_dir` and `config` may
    be given directly as well. Strongest first: options, `environ`, the file.

    Raises `SettingsError` with every fault that can be told at once.
    """
    options = {**(overrides or {})}
    options |= {
        name: value for name, value in (("data_dir", data_dir), ("config", config)) if value
    }
    config = options.pop("config", None)
    problems: list[str] = []
    command_line = _command_line(options)
    environment = _environment(environ, problems)
    directory = FilePath(_data_dir(command_line, environment)).expanduser()
    file = _file(config, directory, problems)
    return _validated((command_line, environment, file), problems)


def _command_line(options: Mapping[str, Any]) -> Source:
    if unknown := options.keys() - OPTIONS.keys():
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    source = Source()
    for option, value in options.items():
        if value is not None and value is not False:
            source.put(OPTIONS[option], value, f"--{option.replace('_', '-')}")
    return source


def _environment(environ: Mapping[str, str], problems: list[str]) -> Source:
    """Read our variables; an empty one is the same as an absent one."""
    known = {setting.environment_name: setting for setting in catalogue() if not setting.keyed}
    keyed = [setting for setting in catalogue() if setting.keyed]
    source = Source()
    for name, value in sorted(environ.items()):
        if not name.upper().startswith(PREFIX):
            continue
        path = known[name].path if name in known else _keyed_path(name, keyed)
        if path is None:
            problems.append(_unknown_variable(name))
        elif value.strip():
            source.put(path, value, name)
    return source


def _keyed_path(name: str, keyed: Iterable[Setting]) -> Path | None:
    for setting in keyed:
        prefix = environment_name(setting.path) + LEVELS
        if name.startswith(prefix) and len(name) > len(prefix):
            return (*setting.path, name.removeprefix(prefix).lower())
    return None


def _file(config: Any, data_dir: FilePath, problems: list[str]) -> Source:
    """Read the configuration file; without `config` it may be missing."""
    file = FilePath(config).expanduser() if config else data_dir / CONFIG_FILE
    source = Source(file=file)
    try:
        source.values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if config:
            problems.append(f"--config: there is no file {file}")
    except OSError as error:
        problems.append(f"{file}: cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        problems.append(f"{file}: expected UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at .*\)", str(error))
        problems.append(f"{file}: expected TOML {where[0] if where else ''}".rstrip())
    if not config and "data_dir" in source.values:
        del source.values["data_dir"]
        problems.append(
            f"{source.name(('data_dir',))}: this file is found by data_dir and cannot set it; "
            f"use {environment_name(('data_dir',))}, or --config for a file elsewhere"
        )
    return source


def _data_dir(*sources: Source) -> Any:
    """The data directory as given, or its default: the file is looked up there."""
    default = Settings.model_fields["data_dir"].default
    return next((s.values["data_dir"] for s in sources if "data_dir" in s.values), default)


def _merged(sources: Iterable[Source]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        _fill(merged, source.values)
    return merged


def _fill(stronger: dict[str, Any], weaker: Mapping[str, Any]) -> None:
    """Add to `stronger` what only `weaker` has."""
    for key, value in weaker.items():
        if key not in stronger:
            stronger[key] = {**value} if isinstance(value, dict) else value
        elif isinstance(stronger[key], dict) and isinstance(value, dict):
            stronger[key] = {**stronger[key]}
            _fill(stronger[key], value)


def _validated(sources: tuple[Source, ...], problems: list[str]) -> Settings:
    settings: Settings | None = None
    merged = _merged(sources)
    # Taken out by hand: BaseSettings has parameters of its own, such as `_env_file`.
    for name in merged.keys() - Settings.model_fields.keys():
        del merged[name]
        problems.append(f"{_written((name,), sources)}: {_unknown((name,))}")
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += [_problem(detail, sources) for detail in details]
    # Raised outside the handler, so that no traceback carries the error that knows the values.
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _problem(detail: ErrorDetails, sources: tuple[Source, ...]) -> str:
    path = tuple(str(part) for part in detail["loc"] if isinstance(part, str))
    if path[:2] == _KEY_IDS and not all(map(is_key_id, path[2:])):
        # What stands in the place of an id may be a key.
        path = _KEY_IDS
    context = detail.get("ctx", {})
    if "setting" in context:
        path += tuple(context["setting"].split("."))
    return f"{_written(path, sources)}: {_expected(detail, path)}"


def _written(path: Path, sources: tuple[Source, ...]) -> str:
    """The name of a setting in the place that gives it, or that gives its nearest neighbour."""
    for depth in range(len(path), 0, -1):
        for source in sources:
            if source.holds(path[:depth]):
                return source.name(path)
    return ".".join(path)


def _expected(detail: ErrorDetails, path: Path) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(path)
    if detail["type"] == "refused":
        return detail["msg"]
    setting = by_path().get(path)
    if setting is None:
        entry = by_path().get(path[:-1])
        setting = entry if entry and entry.keyed else None
    elif setting.keyed:
        return f"expected a table of ids, each with {setting.allowed}"
    return f"expected {setting.allowed}" if setting else "expected a table of settings"


def _unknown(path: Path) -> str:
    return "unknown setting" + _suggestion(_nearest(path))


def _unknown_variable(name: str) -> str:
    path = tuple(name[len(PREFIX) :].lower().split(LEVELS))
    nearest = _nearest(path)
    if nearest and nearest in {setting.path for setting in catalogue() if setting.keyed}:
        return f"{name}: unknown setting; did you mean {environment_name(nearest)}{LEVELS}<ID>?"
    return f"{name}: unknown setting" + _suggestion(nearest, variable=True)


def _suggestion(path: Path | None, *, variable: bool = False) -> str:
    if path is None:
        return ""
    return f"; did you mean {environment_name(path) if variable else '.'.join(path)}?"


def _nearest(path: Path) -> Path | None:
    """The setting or table that a wrong name most likely means."""
    paths = {
        setting.path[:depth]: None
        for setting in catalogue()
        for depth in range(1, len(setting.path) + 1)
    }
    spelt = {".".join(known).lower(): known for known in paths}
    written = ".".join(path).lower()
    if close := get_close_matches(written, spelt, n=1, cutoff=0.8):
        return spelt[close[0]]
    same_leaf = [known for known in paths if known[-1].lower() == path[-1].lower()]
    return same_leaf[0] if len(same_leaf) == 1 else None
