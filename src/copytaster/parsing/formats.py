"""Every parser that ships, in the order of preference where scores tie."""

from __future__ import annotations

from copytaster.parsing.html import HtmlParser
from copytaster.parsing.plain import TextParser
from copytaster.parsing.registry import ParserRegistry


def default_parsers() -> ParserRegistry:
    """Return a registry of every parser that ships."""
    return ParserRegistry(
        [
            HtmlParser(),
            TextParser(),
        ]
    )
