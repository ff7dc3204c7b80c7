"""The progress that `make demo` shows while it installs."""

from tools.install import steps

WRITTEN = """\
Looking in links: /wheels
Ignoring colorama: markers 'sys_platform == "win32"' don't match your environment
Collecting aiohttp==3.14.5 (from -r requirements/runtime.txt (line 7))
  Downloading aiohttp-3.14.5-cp311-cp311-linux.whl (1.9 MB)
Processing /wheels/attrs-26.1.0-py3-none-any.whl (from -r requirements/runtime.txt (line 277))
Requirement already satisfied: rich in /venv (from -r requirements/runtime.txt (line 9)) (15)
Collecting aiohttp==3.14.5 (from -r requirements/runtime.txt (line 7))
Installing collected packages: attrs, aiohttp
Successfully installed attrs-26.1.0 aiohttp-3.14.5
"""


def test_each_package_counts_once_and_those_of_other_systems_do_not() -> None:
    assert list(steps(iter(WRITTEN.splitlines(keepends=True)), 4)) == [
        "  1 of 3 packages fetched",
        "  2 of 3 packages fetched",
        "  3 of 3 packages fetched",
        "  3 of 3 packages fetched",
        "  putting 3 packages in place",
    ]
