"""Reads the settings from command line, environment and file, and reports all faults."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import AliasPath, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import EnvSettingsSource, InitSettingsSource

from openchannels.settings.catalogue import Path, catalogue, environment_name
from openchannels.settings.checks import is_key_id
from openchannels.settings.models import LEVEL_SEPARATOR, PREFIX, Settings

CONFIG_FILE = "openchannels.toml"
OPTIONS: dict[str, Path] = {
    "host": ("server", "host"),
    "port": ("server", "port"),
    "workers": ("server", "workers"),
    "data_dir": ("data_dir",),
    "sandbox": ("sandbox", "mounted"),
    "sandbox_url": ("sandbox", "url"),
}
"""Command line options and the settings they set."""
CLIENT_VARIABLES = frozenset({"OPENCHANNELS_URL", "OPENCHANNELS_API_KEY"})
"""Variables of the Python SDK and the data commands, which are no settings of a service."""

_KEY_IDS: Path = ("vault", "keys")


class SettingsError(Exception):
    """The settings are invalid. `problems` holds one line per fault, without any value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Invalid settings:\n" + "\n".join(f"  {line}" for line in self.problems))


@dataclass(frozen=True, slots=True)
class Source:
    """The values from one source as a tree, and the name of each setting there."""

    values: dict[str, Any]
    name: Callable[[Path], str]

    def holds(self, path: Path) -> bool:
        return AliasPath(*path).search_dict_for_path(self.values) is not PydanticUndefined


def load_settings(
    *,
    data_dir: FilePath | None = None,
    config: FilePath | None = None,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Reads and validates all settings.

    `overrides` are options of the command line by name: `host`, `port`, `workers`, `data_dir`,
    `sandbox`, `sandbox_url`, `config`; absent, None and False ones are ignored. `data_dir` and
    `config` may be given directly as well. Precedence: options, then `environ`, then the file.

    Raises `SettingsError` with every fault that can be found at once.
    """
    given = [*(overrides or {}).items(), ("data_dir", data_dir), ("config", config)]
    options = {name: value for name, value in given if value is not None and value is not False}
    config = options.pop("config", None)
    problems: list[str] = []
    command_line = _command_line(options)
    environment = _environment(environ, problems)
    default = Settings.model_fields["data_dir"].default
    directory = {**environment.values, **command_line.values}.get("data_dir", default)
    file = _file(config, FilePath(directory).expanduser(), problems)
    return _validated((command_line, environment, file), problems)


def settings_variables(environ: Mapping[str, str]) -> list[str]:
    """Returns the names of variables that are read as settings, known or not."""
    ours = (name for name in environ if name.upper().startswith(PREFIX))
    return sorted(name for name in ours if name not in CLIENT_VARIABLES)


def _command_line(options: Mapping[str, Any]) -> Source:
    if unknown := options.keys() - OPTIONS.keys():
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    for option, value in options.items():
        *tables, key = OPTIONS[option]
        table = values.setdefault(tables[0], {}) if tables else values
        table[key] = value
    names = {OPTIONS[option]: f"--{option.replace('_', '-')}" for option in options}
    return Source(values, lambda path: names.get(path, environment_name(path)))


def _environment(environ: Mapping[str, str], problems: list[str]) -> Source:
    """Reads our environment variables; an empty one counts as absent."""
    ours = settings_variables(environ)
    plain = {setting.environment_name for setting in catalogue() if not setting.keyed}
    keyed = tuple(environment_name(s.path) + LEVEL_SEPARATOR for s in catalogue() if s.keyed)
    # pydantic-settings ignores unknown names, and matches known ones in any case.
    known = [n for n in ours if n in plain or (n.startswith(keyed) and n not in keyed)]
    problems += [_unknown_variable(name) for name in ours if name not in known]
    source = EnvSettingsSource(Settings, case_sensitive=False)
    source.env_vars = {name.lower(): environ[name] for name in known if environ[name].strip()}
    names = {name.upper(): name for name in known}
    return Source(source(), lambda path: names.get(environment_name(path), environment_name(path)))


def _file(config: Any, data_dir: FilePath, problems: list[str]) -> Source:
    """Reads the configuration file; it may be missing unless `config` is given."""
    file = FilePath(config).expanduser() if config else data_dir / CONFIG_FILE
    source = Source({}, lambda path: f"{'.'.join(path)} ({file})")
    try:
        # pydantic-settings would ignore a file that is missing, unreadable or a pipe.
        source.values.update(tomllib.loads(file.read_text(encoding="utf-8")))
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
        problems.append(
            f"{source.name(('data_dir',))}: this file is found by data_dir and cannot set it; "
            f"use {environment_name(('data_dir',))}, or --config for a file elsewhere"
        )
    return source


def _validated(sources: tuple[Source, ...], problems: list[str]) -> Settings:
    settings: Settings | None = None
    trees = tuple(InitSettingsSource(Settings, source.values) for source in sources)
    try:
        # mypy knows only the fields as parameters.
        settings = Settings(_build_sources=(trees, {}))  # type: ignore[call-arg]
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += [_problem(detail, sources) for detail in details]
    # Raised outside the handler, so that no traceback contains the error that holds the values.
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _problem(detail: ErrorDetails, sources: tuple[Source, ...]) -> str:
    path = tuple(part for part in detail["loc"] if isinstance(part, str))
    if path[:2] == _KEY_IDS and not all(map(is_key_id, path[2:])):
        # A key may have been written in place of an id.
        path = _KEY_IDS
    context = detail.get("ctx", {})
    if "setting" in context:
        path += tuple(context["setting"].split("."))
    return f"{_written(path, sources)}: {_expected(detail, path)}"


def _written(path: Path, sources: tuple[Source, ...]) -> str:
    """Returns a setting's name in the source that sets it, or that sets its nearest neighbour."""
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
    known = {setting.path: setting for setting in catalogue()}
    if setting := known.get(path):
        return f"expected {'a table of ids, each with ' if setting.keyed else ''}{setting.allowed}"
    entry = known.get(path[:-1])
    return f"expected {entry.allowed}" if entry and entry.keyed else "expected a table of settings"


def _unknown(path: Path) -> str:
    names = {p: ".".join(p) for p in (*_tables(), *(s.path for s in catalogue()))}
    return "unknown setting" + _suggestion(path, names)


def _unknown_variable(name: str) -> str:
    path = tuple(name[len(PREFIX) :].lower().split(LEVEL_SEPARATOR))
    names = {table: f"{environment_name(table)}{LEVEL_SEPARATOR}<NAME>" for table in _tables()}
    names |= {setting.path: setting.environment_name for setting in catalogue()}
    return f"{name}: unknown setting" + _suggestion(path, names)


def _tables() -> list[Path]:
    """Returns every table of settings once, in the order of the tree."""
    paths = (
        setting.path[:depth] for setting in catalogue() for depth in range(1, len(setting.path))
    )
    return list(dict.fromkeys(paths))


def _suggestion(path: Path, names: Mapping[Path, str]) -> str:
    """Returns a hint at the most similar of `names`, or an empty text if none is similar."""
    from difflib import get_close_matches  # Imported late: it takes a millisecond.

    spelt = {".".join(known).lower(): known for known in names}
    near = [spelt[text] for text in get_close_matches(".".join(path).lower(), spelt, 1, 0.8)]
    same_leaf = [known for known in names if known[-1].lower() == path[-1].lower()]
    if not near and len(same_leaf) == 1:
        near = same_leaf
    return f"; did you mean {names[near[0]]}?" if near else ""
