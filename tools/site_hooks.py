"""What MkDocs does beyond its own for the documentation site: front page, navigation, links."""

import logging
import re
from pathlib import Path
from typing import Any

import jieba
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from site_links import (
    DOCS,
    FRONT,
    ROOT,
    TWIN,
    Links,
    heading_id,
    in_language,
    is_front,
    joined,
    pages_of,
    with_english_anchors,
)

BY_NAME = "names:"
CHINESE = "zh-CN"
ONLY_ENGLISH = """
!!! note "本页只有英文版"

    供贡献者和编程智能体阅读的页面不翻译成中文。
"""

CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
NAME = re.compile(r"(?<=<code>)[^<]{20,}(?=</code>)|(?<=<td>)[A-Z][A-Za-z]{19,}(?=</td>)")
PART = re.compile(r"(?<=[_./:])(?=[A-Za-z{])|(?<=[a-z])(?=[A-Z])")

# It says on standard error which dictionary it loads.
jieba.setLogLevel(logging.WARNING)


def on_startup(command: str, dirty: bool) -> None:
    """Keeps a build from saying more than its warnings."""
    if command == "build":
        logging.getLogger("mkdocs").setLevel(logging.WARNING)


def on_config(config: MkDocsConfig) -> None:
    """Replaces patterns of the navigation by their pages, and names headings as forges do."""
    config.nav = [found for entry in config.nav or [] if (found := _expanded(entry))]
    config.mdx_configs["toc"]["slugify"] = heading_id


def _expanded(entry: Any) -> Any:
    """An entry of the navigation without patterns; None if there is no page for it."""
    if not isinstance(entry, dict):
        return entry
    ((title, target),) = entry.items()
    if isinstance(target, list):
        return {title: [found for one in target if (found := _expanded(one))]}
    if not isinstance(target, str) or "*" not in target:
        return entry
    pages = pages_of(target.removeprefix(BY_NAME))
    by_name = target.startswith(BY_NAME)
    return {title: [{Path(one).stem: one} if by_name else one for one in pages]} if pages else None


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the repository's README, in each language that has one, as if it lay in `docs/`."""
    for name in (FRONT, in_language(FRONT, TWIN)):
        if (ROOT / name).exists():
            files.append(File(name, config.docs_dir, config.site_dir, config.use_directory_urls))
    return files


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Reads the front page from where it lies."""
    return _source(page.file.src_uri) if is_front(page.file.src_uri) else None


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leads a page's links to where they lead from the site."""
    path = page.file.src_uri
    if path.endswith(TWIN):
        markdown = with_english_anchors(joined(markdown), _source(in_language(path, ".md")))
    elif page.file.locale_alternate_of == CHINESE:
        title, _, text = markdown.partition("\n")
        markdown = f"{title}\n{ONLY_ENGLISH}\n{text}"
    return Links(page.file, config.extra["source"]).rewritten(markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lets long names in tables break between their parts: a setting, a metric, a path, a code."""
    return CELL.sub(lambda cell: NAME.sub(lambda name: PART.sub("<wbr>", name[0]), cell[0]), html)


def on_page_context(context: Any, page: Page, config: MkDocsConfig, nav: Any) -> None:
    """Switches languages by relative addresses on front pages too, wherever the site is served."""
    for language in config.extra.alternate:
        language["link"] = page.file.alternates[language["lang"]].url


def _source(path: str) -> str:
    folder = ROOT if is_front(path) else ROOT / DOCS
    return (folder / path).read_text(encoding="utf-8")
