"""What to do about each problem: the section of the operations page, which the wheel contains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

PACKED = Path(__file__).with_name("operations.md")
"""The page in an installed wheel."""

IN_SOURCES = Path(__file__).parents[2] / "docs" / "operations.md"
"""The page in a checkout, which the wheel's copy is made from."""

SECTION = re.compile(r"^## Problems\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^### (\w+)\n", re.MULTILINE)
ANCHOR = re.compile(r'<a id="(\w+)"></a>\n?')
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do about a problem, as HTML without markup of others; ``codes`` are those that it is about."""

    codes: tuple[str, ...]
    html: str


def load_runbooks() -> tuple[Runbook, ...]:
    """Return the runbooks in the order of the page."""
    page = (PACKED if PACKED.exists() else IN_SOURCES).read_text(encoding="utf-8")
    section = SECTION.search(page)
    _, *pieces = HEADING.split(section.group(1) if section else "")
    bodies = dict(zip(pieces[::2], pieces[1::2], strict=True))
    codes = {first: (first, *ANCHOR.findall(body)) for first, body in bodies.items()}
    known = {each for some in codes.values() for each in some}
    markdown = MarkdownIt("commonmark", {"html": False})
    return tuple(Runbook(codes[first], markdown.render(_local(body, known))) for first, body in bodies.items())


def _local(body: str, known: set[str]) -> str:
    """Return the text without its anchors, and with links only to what this page has."""

    def link(found: re.Match[str]) -> str:
        text, target = found.groups()
        return found.group() if target.removeprefix("#") in known else text

    return LINK.sub(link, ANCHOR.sub("", body))
