"""Finds the elements for controls and navigation that contain a story, and makes boxes of them."""

from __future__ import annotations

from lxml.etree import _Element

from copytaster.parsing.html.boilerplate import LARGEST_SHARE, prose_length

_CONTROLS = ("noscript", "button", "label", "nav", "dialog", "menu", "aside", "footer")
"""Elements whose text is not read. If the end of one is missing, it contains the rest of the page; and pages that load
their text by script have it in ``noscript``."""

_COPY_SHARE = 0.5
"""Share of the characters in the page's paragraphs; a ``noscript`` with less may repeat a story that is visible."""


def open_controls_around_story(tree: _Element) -> None:
    """Make ``div`` elements without attributes of those that contain a large part of the page's paragraphs.

    Costs little: only elements that contain a paragraph are measured.
    """
    suspects = [each for each in tree.iter(*_CONTROLS) if each.find(".//p") is not None]
    total = prose_length(tree) if suspects else 0
    for each in suspects:
        share = _COPY_SHARE if each.tag == "noscript" else LARGEST_SHARE
        if prose_length(each) > share * total:
            each.attrib.clear()
            each.tag = "div"
