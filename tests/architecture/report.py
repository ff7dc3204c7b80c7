"""One table of the structure of a source tree: `python -m tests.architecture.report`.

`--tree DIR` measures another checkout, `--against DIR` adds a column for an older one to compare
with. Everything is read from files; nothing of a measured tree is imported.
"""

import argparse
import ast
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from math import ceil
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.architecture.sources import NAME, ROOT, Function, Source, count_lines, sources

T = TypeVar("T")
Tree = Sequence[Source]
Graph = Mapping[str, frozenset[str]]
ENTRY_POINTS = ("__init__", "__main__")
PLATFORMS = ("pinterest", "tiktok", "linkedin")
SHARED = ("base", "fields", "form", "registry", "__init__")
OWN_NAMES = ("client", "sandbox", "api.schemas")
"""Where a class may bear the name of another: these describe the same nouns for somebody else."""

NUMBER_WIDTH = 7
CELL_WIDTH = 56


class Figure(NamedTuple):
    number: int
    note: str = ""


Section = dict[str, Figure]
Report = dict[str, Section]


class Definition(NamedTuple):
    """A function or a class, with its dotted name inside its module."""

    module: str
    name: str
    node: Function | ast.ClassDef

    @property
    def lines(self) -> int:
        return (self.node.end_lineno or 0) - self.node.lineno + 1


def report(root: Path) -> Report:
    """The figures of the checkout at `root`, by section and label."""
    tree = sources(root)
    return {
        "Size": size(tree, root),
        "Rooms": rooms(tree),
        "Arrows": {"arrows between rooms": Figure(len(arrows(tree)))},
        "Circles at load time": circle_rows({s.module: s.ours_at_load for s in tree}),
        "Circles counting late and type-only imports": circle_rows(
            {s.module: s.ours for s in tree}
        ),
        "Connectors": connectors([s for s in tree if s.room == "connectors"]),
        "Functions and classes": shape(tree),
        "Public classes of one name in several modules": double_names(tree),
    }


def size(tree: Tree, root: Path) -> Section:
    """Lines that are not blank, in Python files alone."""
    tests = [path.read_text(encoding="utf-8") for path in (root / "tests").rglob("*.py")]
    folders = grouped((str(source.path.parent), source) for source in tree)
    return {
        "package": total(tree),
        "sandbox": total([source for source in tree if source.room == "sandbox"]),
        "tests": Figure(sum(map(count_lines, tests)), f"lines in {plural(len(tests), 'file')}"),
        "longest file": longest(written(tree)),
        "largest folder": greatest(
            Figure(len(files), f"files in {folder}/") for folder, files in folders.items()
        ),
    }


def rooms(tree: Tree) -> Section:
    """Folders, then the modules that lie beside them."""
    folders = grouped((f"{s.room}/", s) for s in tree if len(s.path.parts) > 1)
    modules = {str(s.path): [s] for s in tree if len(s.path.parts) == 1}
    loose = [s for s in tree if len(s.path.parts) == 1 and s.room not in ENTRY_POINTS]
    return {
        "folders": Figure(len(folders)),
        "loose modules": Figure(len(loose), "beside __init__ and __main__"),
        **{f"  {name}": total(files) for name, files in (folders | modules).items()},
    }


def circle_rows(graph: Graph) -> Section:
    found = circles(graph)
    return {"circles": Figure(len(found))} | {
        f"  circle {number}": Figure(len(circle), f"files: {', '.join(circle)}")
        for number, circle in enumerate(found, 1)
    }


def connectors(files: Tree) -> Section:
    lengths = [source.lines for source in files if source.path.stem != "__init__"]
    return {
        "all connectors": total(files),
        "without what all share": total([s for s in files if not is_shared(s)]),
        "median file": Figure(percentile(lengths, 0.5), "lines, __init__ left out"),
        "largest file": longest(files),
        **{f"  {name}": total([s for s in files if is_about(s, name)]) for name in PLATFORMS},
    }


def shape(tree: Tree) -> Section:
    """Sizes of functions, without their decorators, and of classes."""
    found = list(chain.from_iterable(map(definitions, written(tree))))
    functions = [one for one in found if isinstance(one.node, Function)]
    lengths = [function.lines for function in functions]
    return {
        "functions": Figure(len(functions)),
        "longest function": greatest(
            Figure(one.lines, f"lines: {one.module}:{one.name}") for one in functions
        ),
        "median function": Figure(percentile(lengths, 0.5), "lines"),
        "90th percentile": Figure(percentile(lengths, 0.9), "lines"),
        "largest class": greatest(
            Figure(len(members(one.node)), f"members: {one.module}:{one.name}")
            for one in found
            if isinstance(one.node, ast.ClassDef)
        ),
    }


def double_names(tree: Tree) -> Section:
    public = (
        (found.name, found.module)
        for source in tree
        if not has_own_names(source)
        for found in definitions(source)
        if is_public_class(found)
    )
    modules = {name: sorted(set(places)) for name, places in sorted(grouped(public).items())}
    double = {name: places for name, places in modules.items() if len(places) > 1}
    return {"names": Figure(len(double))} | {
        f"  {name}": Figure(len(places), ", ".join(places)) for name, places in double.items()
    }


def arrows(tree: Tree) -> set[tuple[str, str]]:
    """Pairs of different rooms of which the first imports something of the second."""
    pairs = {(source.room, name.partition(".")[0]) for source in tree for name in source.ours}
    return {(room, other) for room, other in pairs if room != other}


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that all reach one another, the largest first."""
    reached = {module: reachable(graph, module) for module in graph}
    groups = {
        frozenset({module} | {other for other in others if module in reached.get(other, ())})
        for module, others in reached.items()
    }
    found = (sorted(group) for group in groups if len(group) > 1)
    return sorted(found, key=lambda circle: (-len(circle), circle))


def reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), frozenset()) - found
        found |= new
        waiting.extend(new)
    return found


def definitions(source: Source) -> Iterator[Definition]:
    """Every function and class of a module, with those inside others."""
    waiting: list[tuple[ast.AST, str]] = [(source.tree, "")]
    while waiting:
        node, outer = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function | ast.ClassDef):
                yield Definition(source.module, f"{outer}{child.name}", child)
                waiting.append((child, f"{outer}{child.name}."))
            elif not isinstance(child, ast.expr):
                waiting.append((child, outer))


def members(node: ast.ClassDef) -> set[str]:
    """Methods and attributes that the body of a class itself defines."""
    found: set[str] = set()
    for statement in node.body:
        if isinstance(statement, Function):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign):
            found.update(*map(names_in, statement.targets))
        elif isinstance(statement, ast.AnnAssign):
            found |= names_in(statement.target)
    return found


def names_in(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def is_public_class(found: Definition) -> bool:
    return isinstance(found.node, ast.ClassDef) and not ("." in found.name or found.name[0] == "_")


def written(tree: Tree) -> list[Source]:
    """The tree without migrations: each is one list of tables, and none is ever changed."""
    return [source for source in tree if "migrations" not in source.path.parts]


def has_own_names(source: Source) -> bool:
    return any(f"{source.module}.".startswith(f"{place}.") for place in OWN_NAMES)


def is_shared(source: Source) -> bool:
    """True of what belongs to no platform: the kit, the registry and the room's `__init__`."""
    return source.path.with_suffix("").parts[1] in SHARED


def is_about(source: Source, platform: str) -> bool:
    """True in the platform's folder; without folders, of `linkedin.py` and `linkedin_posts.py`."""
    part = source.path.with_suffix("").parts[1]
    return part == platform or part.startswith(f"{platform}_")


def total(files: Tree) -> Figure:
    lines = sum(source.lines for source in files)
    return Figure(lines, f"lines in {plural(len(files), 'file')}")


def longest(files: Tree) -> Figure:
    return greatest(Figure(source.lines, f"lines: {source.path}") for source in files)


def greatest(figures: Iterable[Figure]) -> Figure:
    return max(figures, default=Figure(0))


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest value that is at least as large as this share of the values."""
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)] if values else 0


def grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def table(columns: Mapping[str, Report]) -> str:
    """The reports side by side, in the order of the last; a dash where one has no such row."""
    reports = list(columns.values())
    width = max(len(label) for found in reports for section in found.values() for label in section)
    lines = row("", [[head] for head in columns], width)
    for title in reports[-1]:
        lines += ["", title]
        sections = [found[title] for found in reports]
        for label in dict.fromkeys(chain(*reversed(sections))):
            lines += row(label, [cell(section.get(label)) for section in sections], width)
    return "\n".join(lines).lstrip("\n")


def row(label: str, cells: Sequence[list[str]], width: int) -> list[str]:
    lines = zip_longest([label], *cells, fillvalue="")
    return [
        "  ".join([f"  {first:<{width}}", *(f"{part:<{CELL_WIDTH}}" for part in parts)]).rstrip()
        for first, *parts in lines
    ]


def cell(figure: Figure | None) -> list[str]:
    """The number and its note, which goes on in further lines below itself."""
    if figure is None:
        return [f"{'-':>{NUMBER_WIDTH}}"]
    notes = textwrap.wrap(figure.note, CELL_WIDTH - NUMBER_WIDTH - 1, break_on_hyphens=False)
    numbers = [f"{figure.number:>{NUMBER_WIDTH},}"]
    parts = zip_longest(numbers, notes, fillvalue="")
    return [f"{number:>{NUMBER_WIDTH}} {note}" for number, note in parts]


def checkout(text: str) -> Path:
    root = Path(text).resolve()
    if not (root / "src" / NAME).is_dir():
        raise argparse.ArgumentTypeError(f"{text} has no src/{NAME}")
    return root


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.architecture.report")
    parser.add_argument("--tree", type=checkout, default=ROOT, help="checkout to measure")
    parser.add_argument("--against", type=checkout, help="older checkout to compare with")
    given = parser.parse_args(arguments)
    columns = {"after" if given.against else "": report(given.tree)}
    if given.against:
        columns = {"before": report(given.against)} | columns
    print(table(columns))


if __name__ == "__main__":
    main()
