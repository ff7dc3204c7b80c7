"""Profiles: addresses and keys of services, kept in the user's configuration directory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.private_files import make_private_folder, read_private, write_private
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.cli.data.output import Screen

FILE = "profiles.json"
DEFAULT_PROFILE = "default"
MENDED = Text(
    "{file} was open to other users of this machine; it is private now.",
    "{file} 曾对本机其他用户开放，现已改为仅自己可读写。",
)
UNREADABLE = Text("{file} cannot be read: {cause}", "无法读取 {file}：{cause}")
UNWRITABLE = Text("{file} cannot be written: {cause}", "无法写入 {file}：{cause}")
NO_PROFILE = Text(
    "There is no profile {name}; openchannels profiles list shows those that are there.",
    "没有名为 {name} 的配置；可用 openchannels profiles list 查看。",
)


@dataclass(frozen=True, slots=True)
class Login:
    """A service's address and the key for it, which no text shows."""

    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles by name, and the name of the active one."""

    known: Mapping[str, Login] = field(default_factory=dict)
    active: str | None = None

    def get(self, name: str) -> Login:
        """Raises CommandFailed if there is none."""
        if name not in self.known:
            raise CommandFailed(ExitCode.NOT_LOGGED_IN, NO_PROFILE, name=name)
        return self.known[name]

    def with_profile(self, name: str, profile: Login) -> "Profiles":
        """Returns the profiles with one more, which is active."""
        return Profiles({**self.known, name: profile}, name)

    def without(self, name: str) -> "Profiles":
        """Returns the profiles without one; none is active if it was."""
        self.get(name)
        left = {other: profile for other, profile in self.known.items() if other != name}
        return Profiles(left, None if self.active == name else self.active)

    def activate(self, name: str) -> "Profiles":
        self.get(name)
        return replace(self, active=name)


def profiles_file() -> Path:
    """Returns where the profiles are kept."""
    from platformdirs import user_config_path

    return user_config_path("openchannels", appauthor=False) / FILE


def load_profiles(screen: "Screen") -> Profiles:
    """Reads the profiles; makes the file private, with a word, if it is not.

    Raises CommandFailed for a file that cannot be used.
    """
    file = profiles_file()
    try:
        text, mended = read_private(file)
        profiles = Profiles() if text is None else _parse(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandFailed(ExitCode.USAGE, UNREADABLE, file=file, cause=error) from None
    if mended:
        screen.note(MENDED, file=file)
    return profiles


def save_profiles(profiles: Profiles) -> None:
    """Writes the profiles. Raises CommandFailed."""
    file = profiles_file()
    known = {name: {"url": one.url, "key": one.key} for name, one in profiles.known.items()}
    content = {"active": profiles.active, "profiles": known}
    try:
        make_private_folder(file.parent)
        write_private(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, UNWRITABLE, file=file, cause=error.strerror) from None


def _parse(content: Any) -> Profiles:
    known = {
        str(name): Login(str(one["url"]), str(one["key"]))
        for name, one in content["profiles"].items()
    }
    active = content.get("active")
    return Profiles(known, active if active in known else None)
