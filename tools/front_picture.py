"""The picture of the front page, in both languages: `python -m tools.front_picture`.

A service and its sandbox run; Chromium shows two of their pages beside terminal pictures, which
`tools.terminal_pictures` recorded before, and takes them together. The pictures are
`docs/images/front-LANGUAGE.png`.
"""

import base64
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.test_person import ARGUMENTS, CHROMIUM
from tests.docs.pages import ROOT
from tests.harness.paths import AUTH
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

IMAGES = ROOT / "docs" / "images"
LANGUAGES = {"en-US": "en", "zh-CN": "zh"}
PAGE = {"width": 440, "height": 770}
SCALE = 1.5
USER = "acme"
LAYOUT = """
<!doctype html>
<style>
  body { margin: 0; padding: 24px; background: #e9edf2; display: flex; gap: 20px; width: 1316px }
  figure { margin: 0 }
  img { display: block; border-radius: 10px; box-shadow: 0 4px 18px #0003 }
  .page img { width: 330px }
  .terminal { flex: 1; min-width: 0; display: flex; flex-direction: column; gap: 12px }
  .terminal img { width: 100%%; box-shadow: none }
</style>
<figure class="page"><img src="%(choice)s"></figure>
<figure class="page"><img src="%(result)s"></figure>
<figure class="terminal"><img src="%(accounts)s"><img src="%(works)s"></figure>
"""


def pages(service: Service, browser: Browser, short: str) -> tuple[bytes, bytes]:
    """The page on which a person chooses accounts, and the one that says what is connected."""
    started = service.client_of(USER).get(f"{AUTH}/facebook").json()["data"]
    with browser.new_context(viewport=PAGE, device_scale_factor=SCALE) as context:
        page = context.new_page()
        page.goto(f"{service.url}/?lang={short}")
        page.goto(f"{started['url']}&sandbox_decision=approve&sandbox_person=mara")
        boxes = page.get_by_role("checkbox")
        boxes.first.wait_for()
        boxes.nth(0).check()
        boxes.nth(1).check()
        choice = page.screenshot()
        page.get_by_role("button").last.click()
        boxes.first.wait_for(state="detached")
        return choice, page.screenshot()


def together(browser: Browser, choice: bytes, result: bytes, language: str) -> bytes:
    """One picture of both pages and the terminal."""
    terminal = {name: IMAGES / f"{name}-{language}.svg" for name in ("accounts", "works")}
    shown = {
        "choice": _embedded(choice, "png"),
        "result": _embedded(result, "png"),
        **{name: _embedded(file.read_bytes(), "svg+xml") for name, file in terminal.items()},
    }
    with browser.new_context(viewport=PAGE, device_scale_factor=SCALE) as context:
        page = context.new_page()
        page.set_content(LAYOUT % shown)
        return page.locator("body").screenshot()


def _embedded(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="openchannels-pictures-") as place,
        running_service(sqlite_store(Path(place) / "oc.db"), Path(place)) as service,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env={**os.environ, "HOME": place}
        ) as browser,
    ):
        for language, short in LANGUAGES.items():
            choice, result = pages(service, browser, short)
            file = IMAGES / f"front-{language}.png"
            file.write_bytes(together(browser, choice, result, language))
            print(f"wrote {file.relative_to(ROOT)}, {file.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
