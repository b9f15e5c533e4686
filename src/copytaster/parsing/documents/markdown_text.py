"""Markdown as paragraphs of plain words, and the pictures in it; after the rules of CommonMark 0.31, roughly."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from copytaster.model.article import Image
from copytaster.parsing.documents.document_draft import Paragraph
from copytaster.parsing.html.fragments import address, read_fragment

_COMMENT = re.compile(r"<!--.{0,20000}?-->", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{[<%].{0,2000}?[>%]\}\}|\{%.{0,2000}?%\}|\{:.{0,200}?\}", re.DOTALL)
"""Shortcodes of Hugo, tags of Liquid, attribute lists of kramdown."""

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_QUOTED = re.compile(r"^(?: {0,3}>[ \t]?)+")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]+\]:[ \t]*\S.*$")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$")
_IMAGE = re.compile(
    r"!\[([^\]\n]{0,500})\](?:\(\s*<?([^\s)>]{0,2000})>?(?:\s+[\"'(]([^\n]{0,500}?)[\"')])?\s*\)|\[[^\]\n]*\])"
)
_LINK = re.compile(r"\[([^\[\]\n]{0,1000})\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])")
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,60}\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_CODE = re.compile(r"(`+)(.{1,300}?)\1")
_STRONG = re.compile(
    r"(?<![\w\\])(\*{1,3}|_{1,3}|~~)(?=\S)(.{1,300}?)(?<=[^\s\\])\1(?!\w)|(?<!\\)(\*{1,3})(?=\S)([^*\n]{1,300}?)(?<=\S)\3"
)
"""Of emphasis and code up to 300 characters: time would grow with the square of a paragraph's length without an end."""

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAG = re.compile(r"<[a-zA-Z/][^<>\n]{0,2000}>")

_TITLE_LEVEL = 1


def read_markdown(text: str) -> tuple[list[Paragraph], tuple[Image, ...]]:
    """Return paragraphs, with first-level headings marked, and pictures with an absolute address.

    Code blocks, comments, templates' tags and link definitions are left out; a list's items are paragraphs.
    """
    text = _TEMPLATE.sub("", _COMMENT.sub("", text))
    images = tuple(
        Image(url=url, caption=" ".join((title or alt).split()) or None)
        for alt, told, title in _IMAGE.findall(text)
        if (url := address(told))
    )
    blocks = ((_plain(block), heading) for block, heading in _blocks(text.split("\n")))
    return [Paragraph(words, heading) for words, heading in blocks if words], images


def _blocks(lines: list[str]) -> Iterator[tuple[str, bool]]:
    held: list[str] = []
    fence = ""
    for line in (_QUOTED.sub("", each) for each in lines):
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
            continue
        opened, heading = _FENCE.match(line), _HEADING.match(line)
        underlined = _UNDERLINE.match(line) if held else None
        item = _ITEM.match(line)
        if underlined and len(held) == 1:
            yield held.pop(), underlined.group(1)[0] == "="
        elif opened or heading or item or not line.strip() or _RULE.match(line) or _DEFINITION.match(line):
            yield " ".join(held), False
            held = [line[item.end() :]] if item and not _RULE.match(line) else []
            fence = opened.group(1) if opened else ""
            if heading:
                yield heading.group(2) or "", len(heading.group(1)) == _TITLE_LEVEL
        elif not _TABLE_RULE.match(line):
            held.append(line)
    yield " ".join(held), False


def _plain(block: str) -> str:
    """Return a block's words without markup."""
    text = _FOOTNOTE.sub("", _IMAGE.sub("", block))
    text = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", _LINK.sub(r"\1", text)))
    text = _CODE.sub(r"\2", text)
    for _ in range(2):  # bold within italic
        text = _STRONG.sub(lambda found: found.group(2) or found.group(4), text)
    if _TAG.search(text):
        text = read_fragment(text).text
    text = " ".join(html.unescape(_ESCAPED.sub(r"\1", text)).split())
    return " ".join(text.strip("|").replace("|", " ").split()) if text.startswith("|") else text
