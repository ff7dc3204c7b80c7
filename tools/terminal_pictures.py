"""Pictures of the data commands in both languages: `python -m tools.terminal_pictures [NAME...]`.

Each command runs on a terminal, over a service and its sandbox; what it wrote becomes
`docs/images/NAME-LANGUAGE.svg`. Without names all pictures are taken.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.drawing import drawn
from tests.docs.pages import ROOT
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store
from tests.harness.terminal import Terminal

COLUMNS = 80
PROMPT = "\x1b[2m$\x1b[0m openchannels {words}\n"
LANGUAGES = {"en-US": "en_US.UTF-8", "zh-CN": "zh_CN.UTF-8"}
CHANNELS = {"en-US": "youtube", "zh-CN": "bilibili"}
"""Where titles are in the picture's language."""
USER = "pictures"
BY_HAND = {"uid": "5f3c00000000000001008a2d", "nickname": "川西骑行志", "type": "xhs"}


class Stage:
    """A service with accounts, and commands on a terminal that is logged in."""

    def __init__(self, service: Service, home: Path) -> None:
        self.service = service
        self._environ = {
            "XDG_CONFIG_HOME": str(home),
            "OPENCHANNELS_URL": service.url,
            "OPENCHANNELS_API_KEY": service.key_of(USER).key,
            "LC_ALL": "",
            "COLORTERM": "truecolor",
            # A browser that does nothing: the tool decides in its place.
            "BROWSER": "true %s",
        }
        self.channels = {
            language: service.connect(platform, user=USER).account_id
            for language, platform in CHANNELS.items()
        }
        service.client_of(USER).post("/api/v2/channels/accounts", json=BY_HAND)
        self._lose("tiktok")

    def terminal(self, language: str, *words: str) -> Terminal:
        return Terminal(*words, columns=COLUMNS, LANG=LANGUAGES[language], **self._environ)

    def _lose(self, platform: str) -> None:
        """An account that its person has taken back at the platform."""
        account = self.service.connect(platform, user=USER).account_id
        self.service.sandbox.post("/_grants/revoke", json={"platform": platform, "person": "ida"})
        self.service.client_of(USER).get(f"/api/v2/channels/accounts/{account}/analytics")


def connect(stage: Stage, language: str) -> str:
    """Opens a browser, waits for the person, and lets them choose Pages."""
    words = ("connect", "facebook")
    with stage.terminal(language, *words) as terminal:
        url = terminal.wait_for(r"(http\S+auth_type=\w+)\n")[1]
        stage.service.browser().get(f"{url}&sandbox_decision=approve&sandbox_person=mara")
        terminal.wait_for(r"3  Second Gear[^\n]*\n.*all: ?")
        terminal.enter("1,3\n")
        # A person sees the platform's own address in place of the sandbox's.
        return _shown(terminal, words).replace(f"{stage.service.sandbox_url}/", "https://")


def accounts(stage: Stage, language: str) -> str:
    words = ("accounts", "list")
    with stage.terminal(language, *words) as terminal:
        return _shown(terminal, words)


def works(stage: Stage, language: str) -> str:
    words = ("works", "list", stage.channels[language], "--limit", "8")
    with stage.terminal(language, *words) as terminal:
        return _shown(terminal, words)


PICTURES: Mapping[str, Callable[[Stage, str], str]] = {
    "connect": connect,
    "accounts": accounts,
    "works": works,
}


def _shown(terminal: Terminal, words: tuple[str, ...]) -> str:
    """The command line and what the command wrote."""
    if terminal.end() != 0:
        raise SystemExit(terminal.text)
    return PROMPT.format(words=" ".join(words)) + terminal.settled.rstrip() + "\n"


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="openchannels-pictures-") as place:
        folder = Path(place)
        with running_service(sqlite_store(folder / "oc.db"), folder, works=48) as service:
            stage = Stage(service, folder)
            for name in names or PICTURES:
                for language in LANGUAGES:
                    text = PICTURES[name](stage, language)
                    picture = drawn(text, title="openchannels", unique_id=name, columns=COLUMNS)
                    file = ROOT / "docs" / "images" / f"{name}-{language}.svg"
                    file.write_text(picture, encoding="utf-8")
                    print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
