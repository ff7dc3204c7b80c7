"""The figures of the report, on a made-up tree of a few lines."""

from pathlib import Path

import pytest

from tests.architecture.report import Figure, Section, main, report

MODULES = {
    "__init__": "",
    "main": "from openchannels.service import accounts\n",
    "core/ids": "from openchannels.core.clock import now\n\n\nclass Place:\n    pass\n",
    "core/clock": "from openchannels.core.ids import Place\n\nnow = 1\n",
    "service/__init__": "",
    "service/accounts": """
from typing import TYPE_CHECKING

from openchannels.core import ids
from openchannels.core.clock import now

if TYPE_CHECKING:
    from openchannels.service.works import Works


class Place:
    first = second = 1
    third: int

    class Nested:
        pass

    def fourth(self):
        self.fifth = 5


class _Hidden:
    pass
""",
    "service/works": """
class Works:
    class Nested:
        pass


class _Hidden:
    pass


@decorated
def outer():
    from openchannels.service.accounts import Place

    def inner():
        return 1
""",
    "client/models": "class Place:\n    pass\n\n\nclass Works:\n    pass\n",
    "connectors/linkedin": "one = 1\n",
    "connectors/linkedin_posts": "one = 1\n\ntwo = 2\n",
    "store/migrations/versions/first": "def upgrade():\n" + "    pass\n" * 20,
}


def make(root: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        path = root / "src" / "openchannels" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make(tmp_path / "tree", MODULES)


def circles(section: Section) -> list[str]:
    return [figure.note for label, figure in section.items() if label != "circles"]


def test_the_figures_of_a_tree(tree: Path) -> None:
    found = report(tree)
    at_load = found["Circles at load time"]
    assert circles(at_load) == ["files: core.clock, core.ids"]
    counting_all = found["Circles counting late and type-only imports"]
    assert circles(counting_all) == [
        "files: core.clock, core.ids",
        "files: service.accounts, service.works",
    ]
    assert found["Arrows"] == {"arrows between rooms": Figure(2)}
    assert found["Public classes of one name in several modules"] == {
        "names": Figure(1),
        "  Place": Figure(2, "core.ids, service.accounts"),
    }
    shape = found["Functions and classes"]
    assert shape["longest function"] == Figure(5, "lines: service.works:outer")
    assert shape["median function"].number == 2
    assert shape["largest class"] == Figure(4, "members: service.accounts:Place")
    assert found["Rooms"]["loose modules"].number == 1
    assert found["Rooms"]["  core/"] == Figure(5, "lines in 2 files")
    assert found["Size"]["largest folder"] == Figure(3, "files in service/")


def test_a_platform_is_the_same_as_modules_and_as_a_folder(tree: Path, tmp_path: Path) -> None:
    moved = {
        "connectors/linkedin/connector": MODULES["connectors/linkedin"],
        "connectors/linkedin/posts": MODULES["connectors/linkedin_posts"],
    }
    for root in (tree, make(tmp_path / "moved", moved)):
        assert report(root)["Connectors"]["  linkedin"] == Figure(3, "lines in 2 files")


def test_two_trees_stand_side_by_side(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = make(
        tmp_path / "later", {"app/run": "one = 1\n", "core/ids": "class Place:\n    a = 1"}
    )
    main(["--tree", str(later), "--against", str(tree)])
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == "before after"
    assert "folders 5 2" in rows
    assert "app/ - 1 lines in 1 file" in rows
    assert "main.py 1 lines in 1 file -" in rows
    assert "Place 2 core.ids, service.accounts -" in rows


def test_a_folder_without_sources_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--tree", str(tmp_path)])
    assert "has no src/openchannels" in capsys.readouterr().err
