"""What `make test-docs` finds in a built site."""

from pathlib import Path

from tools.check_site import faults


def site(place: Path, **pages: str) -> list[str]:
    for name, text in pages.items():
        folder = place / name
        folder.mkdir()
        (folder / "index.html").write_text(text, encoding="utf-8")
    return [fault.removeprefix(f"{place}/") for fault in faults(place)]


def test_links_within_the_site_hold(tmp_path: Path) -> None:
    first = (
        '<p id="here"><a href="#here">1</a><a href="../second/#起点">2</a><a href="/second/">3</a>'
        '<a href="https://elsewhere.example/">4</a><img src="data:image/png;base64,AA==">'
        '<a href="../second/#gone">5</a><a href="../third/">6</a>'
    )
    found = site(tmp_path, first=first, second='<h2 id="起点">')
    assert found == ["first/index.html: ../second/#gone", "first/index.html: ../third/"]


def test_nothing_is_loaded_from_another_host(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { background: url(//fonts.example/a.png) }")
    page = '<script src="https://cdn.example/a.js"></script><link href="//fonts.example/a.css">'
    assert site(tmp_path, first=page) == [
        "first/index.html: loads //fonts.example/a.css",
        "first/index.html: loads https://cdn.example/a.js",
        "a.css: loads from another host",
    ]


def test_an_empty_site_is_a_fault(tmp_path: Path) -> None:
    assert site(tmp_path) != []
