"""Markdown (CommonMark, with tables and strikethrough) as plain paragraphs, and its pictures; by markdown-it-py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from copytaster.model.article import Image
from copytaster.parsing.documents.document_draft import Paragraph
from copytaster.parsing.html.fragments import address, read_fragment

_COMMENT = re.compile(r"<!--.{0,20000}?-->", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{[<%].{0,2000}?[>%]\}\}|\{%.{0,2000}?%\}|\{:.{0,200}?\}", re.DOTALL)
"""Shortcodes of Hugo, tags of Liquid, attribute lists of kramdown: syntax that CommonMark does not have."""

_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,60}\]")
_FOOTNOTE_TEXT = re.compile(_FOOTNOTE.pattern + ":")
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_CHECKBOX = re.compile(r"\A\s*\[[ xX]\][ \t]+")

_TITLE_TAG = "h1"


def read_markdown(text: str) -> tuple[list[Paragraph], tuple[Image, ...]]:
    """Return paragraphs, with first-level headings marked, and pictures with an absolute address.

    Code blocks, comments, template tags and link definitions are left out. Items of a list and rows of a table are
    paragraphs.
    """
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(_TEMPLATE.sub("", _COMMENT.sub("", text)))
    blocks = ((" ".join(words.split()), is_heading) for words, is_heading in _blocks(tokens))
    return [Paragraph(words, is_heading) for words, is_heading in blocks if words], tuple(_images(tokens))


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[str, bool]]:
    is_heading = False
    row: list[str] | None = None
    for token in tokens:
        if token.type == "heading_open":
            is_heading = token.tag == _TITLE_TAG
        elif token.type == "heading_close":
            is_heading = False
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield " ".join(row or []), False
            row = None
        elif token.type == "html_block":
            yield read_fragment(token.content).text, False
        elif token.type == "inline" and row is not None:
            row.append(_words(token.children or ()))
        elif token.type == "inline" and not _FOOTNOTE_TEXT.match(token.content):
            yield _CHECKBOX.sub("", _words(token.children or ()), count=1), is_heading


def _words(children: Sequence[Token]) -> str:
    """Return the text of inline tokens; pictures, HTML tags and marks of footnotes are left out."""
    pieces = (child.content if child.type in {"text", "code_inline"} else " " * _is_break(child) for child in children)
    return _FOOTNOTE.sub("", "".join(pieces))


def _is_break(token: Token) -> bool:
    return token.type.endswith("break") or (token.type == "html_inline" and _BREAK.match(token.content) is not None)


def _images(tokens: Sequence[Token]) -> Iterator[Image]:
    for token in tokens:
        for child in token.children or ():
            if child.type == "image" and (url := address(str(child.attrGet("src") or ""))):
                caption = str(child.attrGet("title") or child.content)
                yield Image(url=url, caption=" ".join(caption.split()) or None)
            yield from _images([child])
