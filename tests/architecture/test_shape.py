"""Small files, small functions, documented modules, and no branches on a platform's name."""

import ast
from collections.abc import Iterator

import pytest

from openchannels.connectors.registry import CONNECTORS
from tests.architecture.report import circles, double_names
from tests.architecture.sources import Source, sources

MAX_FUNCTION = 60
MAX_FILE = 420
PLATFORM_ROOMS = ("connectors", "sandbox")
"""Only the connectors and the sandbox's platforms may know one platform from another."""
DECLARING = ("settings.platforms",)
CATALOGUE = "core.errors"
"""One table of all error codes, as long as there are codes."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def names_a_platform(node: ast.expr) -> bool:
    """`platform`, `session.platform`, `connector.id`'s like, `str(platform)`."""
    if isinstance(node, ast.Call) and node.args:
        return names_a_platform(node.args[0])
    if isinstance(node, ast.Attribute) and node.attr in ("value", "name", "id"):
        return names_a_platform(node.value) or getattr(node.value, "id", "") == "connector"
    name = getattr(node, "id", getattr(node, "attr", ""))
    return isinstance(name, str) and "platform" in name.lower() and name[0].islower()


def is_one_platform(node: ast.expr) -> bool:
    """`"youtube"`, `Platform("youtube")`, or several of them."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(is_one_platform, node.elts))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Call):
        return is_named_id(node)
    return False


def is_named_id(node: ast.AST) -> bool:
    """`Platform("youtube")`."""
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Platform"
        and any(isinstance(value, ast.Constant) for value in node.args)
    )


def lists_platforms(node: ast.AST) -> bool:
    """A table or list of which at least two entries are named like platforms."""
    if isinstance(node, ast.Dict):
        entries: list[ast.expr | None] = node.keys
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        entries = [*node.elts]
    else:
        return False
    named = [e for e in entries if isinstance(e, ast.Constant) and e.value in CONNECTORS]
    return len(named) > 1


def branches(tree: ast.AST) -> Iterator[int]:
    """Lines that compare something called platform with one of them, or list some of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(names_a_platform, sides)) and any(map(is_one_platform, sides)):
                yield node.lineno
        elif isinstance(node, ast.Match):
            if names_a_platform(node.subject):
                yield node.lineno
        elif isinstance(node, ast.expr) and (is_named_id(node) or lists_platforms(node)):
            yield node.lineno


def test_functions_are_short() -> None:
    long = {
        f"{source.module}:{function.name}": lines
        for source in sources()
        for function in functions(source)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION
        and not _only_declares(source, function)
    }
    assert not long, "functions with too many lines"


def _only_declares(source: Source, function: Function) -> bool:
    """A migration is one long list of tables."""
    return "migrations" in source.path.parts and function.name == "upgrade"


def test_files_are_short() -> None:
    lines = {s.module: len(s.text.splitlines()) for s in sources() if s.module != CATALOGUE}
    long = {module: n for module, n in lines.items() if n > MAX_FILE}
    assert not long, long


def test_modules_say_what_they_are_for() -> None:
    silent = [
        source.module
        for source in sources()
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert not silent, "modules without a docstring"


def test_no_branch_on_a_platform() -> None:
    found = {
        source.module: lines
        for source in sources()
        if source.room not in PLATFORM_ROOMS and source.module not in DECLARING
        if (lines := sorted(set(branches(source.tree))))
    }
    assert not found, "lines that tell platforms apart"


@pytest.mark.parametrize(
    "code",
    [
        'if platform == "youtube": pass',
        'if session.platform == Platform("youtube"): pass',
        'x = 1 if account.platform in ("xhs", "wxSph") else 2',
        'if connector.id == "xhs": pass',
        "match platform:\n    case 'xhs': pass",
        'TABLE = {Platform("xhs"): 1}',
        'TABLE = {"xhs": 1, "youtube": 2}',
        'Name = Literal["xhs", "youtube"]',
        'ok = str(platform) != "xhs"',
    ],
)
def test_the_search_for_branches_finds_them(code: str) -> None:
    assert list(branches(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    ["if session.platform != platform: pass", "if connector.auth_type is AuthType.PLUGIN: 1"],
)
def test_the_search_for_branches_leaves_others_alone(code: str) -> None:
    assert not list(branches(ast.parse(code)))


def test_a_class_name_stands_for_one_thing() -> None:
    """Outside the client, the sandbox and the wire's schemas."""
    double = {label for label, figure in double_names(sources()).items() if label != "names"}
    assert not double


def test_no_file_circles() -> None:
    late = {source.module: source.ours - {source.module} for source in sources()}
    assert circles(late) == []
