"""The operator's app at a platform."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from openchannels.core.purposes import Purpose


@dataclass(frozen=True, slots=True)
class App:
    """The operator's registration at a platform, and the platform's options from the settings."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    purposes: Mapping[Purpose, tuple[str, ...]] = field(default_factory=dict)
    """The purposes that accounts may be connected for, each with the scopes that it needs."""

    def option(self, name: str, default: Any = None) -> Any:
        value = self.options.get(name)
        return default if value is None else value

    def narrowed(self, purposes: Collection[Purpose]) -> Self:
        """Returns the app with the scopes of these purposes, and those that no purpose needs."""
        others = {
            scope
            for purpose, scopes in self.purposes.items()
            if purpose not in purposes
            for scope in scopes
        }
        wanted = {scope for purpose in purposes for scope in self.purposes.get(purpose, ())}
        kept = tuple(scope for scope in self.scopes if scope in wanted or scope not in others)
        return replace(self, scopes=kept)
