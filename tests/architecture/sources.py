"""The sources as syntax trees, and what each of them imports."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "openchannels"
NAME = "openchannels"


@dataclass(frozen=True)
class Source:
    """One module. `path` is relative to the package, `room` its first folder or its own name."""

    path: Path
    text: str

    @property
    def room(self) -> str:
        return self.path.parts[0] if len(self.path.parts) > 1 else self.path.stem

    @property
    def module(self) -> str:
        """Dotted name below the package, `core.errors`; of a package without `__init__`."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> frozenset[str]:
        """Full names of everything imported, anywhere in the file, also for types only."""
        return frozenset(imported(self.tree))

    @property
    def ours(self) -> frozenset[str]:
        """Our modules among the imports, below the package: `core.errors`."""
        own = {name.removeprefix(f"{NAME}.") for name in self.imports if name.startswith(NAME)}
        return frozenset(found for name in own if (found := _module_of(name)))

    @property
    def foreign(self) -> frozenset[str]:
        """Top names of third-party packages."""
        tops = {name.partition(".")[0] for name in self.imports}
        return frozenset(tops - sys.stdlib_module_names - {NAME})


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which room they reach into"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import_call(node.func) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _is_import_call(called: ast.expr) -> bool:
    return getattr(called, "id", getattr(called, "attr", "")) in ("__import__", "import_module")


def _module_of(name: str) -> str | None:
    """The module that a dotted name stands for or in; None for the package itself."""
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        path = PACKAGE.joinpath(*parts[:depth])
        if path.with_suffix(".py").exists() or path.is_dir():
            return ".".join(parts[:depth])
    return None


@cache
def sources() -> tuple[Source, ...]:
    return tuple(
        Source(path.relative_to(PACKAGE), path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    )
