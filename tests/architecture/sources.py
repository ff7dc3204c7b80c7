"""The sources of a tree as syntax trees, and what each of them imports."""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NAME = "openchannels"
Function = ast.FunctionDef | ast.AsyncFunctionDef
IMPORT_CALLS = frozenset({"__import__", "import_module"})
TYPES_ONLY = frozenset({"TYPE_CHECKING"})


class Import(NamedTuple):
    """One imported name. `at_load` is False inside functions and for types only."""

    name: str
    at_load: bool


@dataclass(frozen=True)
class Source:
    """One module. `path` is relative to the package, `room` its first folder or its own name."""

    package: Path
    path: Path
    text: str

    @property
    def room(self) -> str:
        return self.path.parts[0] if len(self.path.parts) > 1 else self.path.stem

    @property
    def module(self) -> str:
        """Dotted name below the package, `core.errors`; of a package without `__init__`."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        return count_lines(self.text)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> frozenset[Import]:
        """Everything imported, anywhere in the file, also for types only."""
        return frozenset(imported(self.tree))

    @cached_property
    def ours(self) -> frozenset[str]:
        """Our modules among the imports, below the package: `core.errors`."""
        return self._modules(self.imports)

    @cached_property
    def ours_at_load(self) -> frozenset[str]:
        """Our modules that load with this one; the `__init__` of their folders is not counted."""
        return self._modules(found for found in self.imports if found.at_load)

    @property
    def foreign(self) -> frozenset[str]:
        """Top names of third-party packages."""
        tops = {found.name.partition(".")[0] for found in self.imports}
        return frozenset(tops - sys.stdlib_module_names - {NAME})

    def _modules(self, imports: Iterable[Import]) -> frozenset[str]:
        own = (name for name, _ in imports if name.startswith(f"{NAME}."))
        modules = (self._module_of(name.removeprefix(f"{NAME}.")) for name in own)
        return frozenset(module for module in modules if module)

    def _module_of(self, name: str) -> str | None:
        """The module that a dotted name stands for or in; None for the package itself."""
        parts = name.split(".")
        for depth in range(len(parts), 0, -1):
            path = self.package.joinpath(*parts[:depth])
            if path.with_suffix(".py").exists() or path.is_dir():
                return ".".join(parts[:depth])
        return None


def count_lines(text: str) -> int:
    """The number of lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


def imported(tree: ast.AST) -> Iterator[Import]:
    waiting = [(tree, True)]
    while waiting:
        node, at_load = waiting.pop()
        yield from (Import(name, at_load) for name in _names(node))
        late = _late_parts(node)
        waiting.extend((part, at_load and part not in late) for part in ast.iter_child_nodes(node))


def _names(node: ast.AST) -> Iterator[str]:
    """Full names of what this one node imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide which room they reach into"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _names_one_of(node.func, IMPORT_CALLS) and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _late_parts(node: ast.AST) -> Sequence[ast.AST]:
    """The parts of a node that do not run while the module loads."""
    if isinstance(node, Function):
        return node.body
    if isinstance(node, ast.Lambda):
        return [node.body]
    if isinstance(node, ast.If) and _names_one_of(node.test, TYPES_ONLY):
        return node.body
    return []


def _names_one_of(node: ast.expr, names: frozenset[str]) -> bool:
    return getattr(node, "id", getattr(node, "attr", "")) in names


@cache
def sources(root: Path = ROOT) -> tuple[Source, ...]:
    """Every module of the package in the checkout at `root`."""
    package = root / "src" / NAME
    return tuple(
        Source(package, path.relative_to(package), path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    )
