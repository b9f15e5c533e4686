"""Programs that find an article's text on a page: this one, and rivals as far as they are installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from benchmarks.extraction.corpus import Page
from copytaster.errors import PermanentError
from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft

Extractor = Callable[[Page], str]


def copytaster(page: Page) -> str:
    """Return the text extracted by the HTML parser, which also detects the charset and reads all metadata."""
    draft = read_draft(page)
    return draft.text if draft else ""


def read_draft(page: Page) -> Draft | None:
    """Return the HTML parser's draft of a page, None if it refuses the page."""
    try:
        [item] = HtmlParser().parse(Original(name=page.name, content=page.content, now=datetime.now(UTC)))
    except PermanentError:
        return None
    return item


def rivals() -> tuple[dict[str, Extractor], dict[str, str]]:
    """Return the rivals that can be imported, and for the others the reason why they cannot."""
    trafilatura = importlib.import_module("trafilatura")
    found: dict[str, Extractor] = {
        "trafilatura": partial(_trafilatura, trafilatura),
        "trafilatura-recall": partial(_trafilatura, trafilatura, favor_recall=True),
        "trafilatura-fast": partial(_trafilatura, trafilatura, fast=True),
        "trafilatura-precision": partial(_trafilatura, trafilatura, favor_precision=True),
    }
    skipped = {}
    for name, (module, extract) in _OPTIONAL.items():
        try:
            found[name] = partial(extract, importlib.import_module(module))
        except ImportError as error:
            skipped[name] = f"not installed ({error}): pip install 'copytaster[peers]'"
    return found, skipped


def _trafilatura(module: Any, page: Page, **mode: bool) -> str:
    return module.extract(page.html, **mode) or ""


def _readability(module: Any, page: Page) -> str:
    summary = module.Document(page.html).summary(html_partial=True)
    return str(importlib.import_module("lxml.html").fromstring(summary).text_content())


def _newspaper(module: Any, page: Page) -> str:
    return str(newspaper_article(module, page).text)


def newspaper_article(module: Any, page: Page) -> Any:
    """Return newspaper4k's article of a page, parsed without network access."""
    domains: Any = importlib.import_module("tldextract.tldextract")
    if domains.TLD_EXTRACTOR.suffix_list_urls:  # it would try to download the list of suffixes for every page
        domains.TLD_EXTRACTOR = domains.TLDExtract(suffix_list_urls=())
    article = module.Article("https://example.org/", fetch_images=False)
    article.download(input_html=page.html)
    article.parse()
    return article


def _resiliparse(module: Any, page: Page) -> str:
    return str(module.extract_plain_text(page.html, main_content=True))


_OPTIONAL: dict[str, tuple[str, Callable[[Any, Page], str]]] = {
    "readability-lxml": ("readability", _readability),
    "newspaper4k": ("newspaper", _newspaper),
    "resiliparse": ("resiliparse.extract.html2text", _resiliparse),
}
