"""Plain text: a headline, then paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, takewhile

from copytaster.errors import RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, How, decode
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.opening_lines import Opening, is_byline, names_in, printed_date, read_opening
from copytaster.parsing.sniffing import BINARY_SHARE, control_share, foreign_format

LONGEST_TITLE = 200
"""Characters; headlines of news agencies end at about 120. A longer first line is a paragraph."""

_WRAPPED_LINE = 120
"""Characters; a line longer than this was not wrapped by hand, so its newline ends a paragraph."""

_UNDECODED_SHARE = 0.01
"""Of characters; cp1252 leaves 2 % of random bytes undefined, and in a letter of a newsroom hardly one."""

_SENTENCE = re.compile(r".+?[.!?…。\uff01\uff1f][\"'”\u2019»)\]]*(?=\s|$)")


@dataclass(frozen=True, slots=True)
class _Layout:
    title: str
    origin: Provenance
    paragraphs: tuple[str, ...]


class TextParser:
    """Reads plain text in any charset; takes what no other parser claims and that is text at all."""

    format = "text"

    def score(self, original: Original) -> float:
        """Return 0 for a known other format or for binary data, else .3, less with control bytes among the text."""
        if foreign_format(original):
            return 0.0
        return 0.3 * (1 - control_share(original.head) / BINARY_SHARE / 2)

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``RefusedError`` (``empty``) when nothing but control codes and spaces is there."""
        decoded = decode(original.content)
        if decoded.how is How.LAST_RESORT and decoded.text.count("\ufffd") > _UNDECODED_SHARE * len(decoded.text):
            raise RefusedError(
                Reason.UNSUPPORTED_FORMAT,
                f"{original.name} is binary data or text in an unknown charset: save it as UTF-8 and drop it again.",
            )
        lines = [" ".join(line.split()) for line in decoded.text.split("\n")]
        if not any(lines):
            raise RefusedError(Reason.EMPTY, f"{original.name} has no visible characters: ask the sender for it again.")
        return [_draft(_lay_out(lines, original.now), decoded, original.now)]


def first_sentence(text: str, limit: int = LONGEST_TITLE) -> str:
    """Return the first sentence of ``text``, or the whole words that fit into ``limit`` characters and an ellipsis."""
    sentence = _SENTENCE.match(text[: limit + 1])
    if sentence and len(sentence.group()) <= limit:
        return sentence.group()
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rsplit(' ', 1)[0]}…"


def _lay_out(lines: Sequence[str], now: datetime) -> _Layout:
    first = next(at for at, line in enumerate(lines) if line)
    title = lines[first]
    if len(title) > LONGEST_TITLE:
        found = Provenance(from_="text:first-sentence", confidence=0.4)
        return _Layout(first_sentence(title), found, paragraphs(lines[first:], now))
    found = Provenance(from_="text:first-line", confidence=0.8)
    return _Layout(title, found, paragraphs(lines[first + 1 :], now, parted="" in _between(lines)))


def _between(lines: Sequence[str]) -> list[str]:
    """Return the lines from the first to the last that has characters."""
    return "\n".join(lines).strip("\n").split("\n")


def paragraphs(lines: Sequence[str], now: datetime, *, parted: bool = True) -> tuple[str, ...]:
    """Return the paragraphs of lines without outer white space: parted at blank ones, else one a line.

    Lines that were wrapped by hand are joined.
    """
    if not parted:
        return tuple(filter(None, lines))
    blocks = (list(block) for there, block in groupby(lines, key=bool) if there)
    return tuple(paragraph for block in blocks for paragraph in _unwrapped(block, now))


def _unwrapped(block: list[str], now: datetime) -> list[str]:
    """Join the lines of a block that was wrapped by hand; byline and date above it keep lines of their own."""
    if any(len(line) > _WRAPPED_LINE for line in block[:-1]):
        return block
    own = list(takewhile(lambda line: is_byline(line) or printed_date(line, now=now) is not None, block))
    rest = " ".join(block[len(own) :])
    return [*own, rest] if rest else own


def _draft(layout: _Layout, decoded: Decoded, now: datetime) -> Draft:
    trimmed = cut_furniture("\n\n".join(layout.paragraphs))
    opening = read_opening(trimmed.text.split("\n\n"), now=now)
    text = "\n\n".join(opening.paragraphs)
    byline = opening.byline or trimmed.reporter_line()
    draft = Draft(
        title=layout.title,
        text=text or layout.title,
        format=TextParser.format,
        charset=decoded.charset,
        byline=byline,
        authors=names_in(byline) if byline else (),
        dateline=opening.dateline,
        published_at=opening.published.at if opening.published else None,
    )
    return replace(draft, provenance=_provenance(draft, layout, decoded, opening))


def _provenance(draft: Draft, layout: _Layout, decoded: Decoded, opening: Opening) -> dict[str, Provenance]:
    body = ("text:body", 0.9) if any(opening.paragraphs) else ("text:title-only", 0.3)
    byline = ("text:byline", 0.8) if opening.byline else ("text:credit", 0.7)
    published = (opening.published_from, opening.published.confidence(0.8) if opening.published else 0.0)
    found = {
        "text": body,
        "byline": byline,
        "authors": byline,
        "dateline": ("text:dateline", 0.9),
        "published_at": published,
    }
    told = {
        name: Provenance(from_=where, confidence=sure) for name, (where, sure) in found.items() if getattr(draft, name)
    }
    return {"charset": decoded.provenance(), "title": layout.origin, **told}
