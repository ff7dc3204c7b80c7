"""`docs/errors.md` and its Chinese twin, from the code and `errors.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from openchannels.client.error_codes import BY_CODE
from openchannels.core.errors import CATALOGUE
from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.web.docs.localised import chinese

WORDS = {
    "en": ("Why", "What to do", "In the Python client", ": "),
    "zh": ("原因", "处理", "在 Python 客户端中", "："),
}


@cache
def advice() -> Mapping[int, Mapping[str, str]]:
    """What is written by hand of each code, by its number."""
    text = Path(__file__).with_name("errors.toml").read_text(encoding="utf-8")
    return {int(number): entry for number, entry in tomllib.loads(text).items()}


def catalogue(language: str) -> str:
    """A heading for each code with its message, why it comes and what to do."""
    written = advice()
    return "\n".join(_entry(code, written[code.number], language) for code in CATALOGUE.values())


def when_in_chinese(code: ErrorCode[ServiceError]) -> str:
    return chinese().get(code.when) or advice()[code.number]["when_zh"]


def _entry(code: ErrorCode[ServiceError], written: Mapping[str, str], language: str) -> str:
    why, what, client, colon = WORDS[language]
    message = code.en if language == "en" else code.zh
    when = code.when if language == "en" else when_in_chinese(code)
    return (
        f"## {code.number} {code.name}\n\n"
        f"> {message}\n\n"
        f"- **{why}**{colon}{when}\n"
        f"- **{what}**{colon}{written[language]}\n"
        f"- **{client}**{colon}`{BY_CODE[code.number].__name__}`\n"
    )
