"""ANPA 1312: the American news wires' transmission format, with a coded header and marked lines of text.

After the American Newspaper Publishers Association's bulletin 1312. A file may hold several messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.model.article import Subject
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft, Item, Original
from copytaster.parsing.plain.text_fields import add_byline, add_text
from copytaster.parsing.wire.status_codes import signal_by_slug
from copytaster.parsing.wire.subjects import MEDIA_TOPICS, TOPS
from copytaster.parsing.wire.teletype import Message, daily_id, header_of, items_of

_FIRST = re.compile(r"\s*(?P<service>[A-Za-z])(?P<number>\d{3,4})[ \t]*(?P<selector>[\w-]*)[^\n]*(?=\n|$)")
_SECOND = re.compile(
    r"\s*(?P<priority>[A-Za-z])\s+(?P<category>[A-Za-z])\s+(?P<slug>\S[^\n]*?)\s+\d{1,2}-\d{1,2}(?:\s+(?P<words>\d{1,5}))?\s*$"
)
_CYCLE = re.compile(r"(?:AM|PM|BC|AP)-", re.IGNORECASE)
"""For which editions a story is meant: mornings, evenings, both; it stands before the slug."""

_GROUP = re.compile(
    r"(?P<source>[A-Z]{2,5})-[A-Z]{2,3}-(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)"
    r"(?P<zone>GMT|UTC|[A-Z]{3})"
)
"""The group that closes a message: ``AP-WF-11-13-13 1509GMT``."""

_URGENCY = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 6, "s": 6, "z": 6}
"""Flash, bulletin, urgent, regular, deferred and what may wait, on IPTC's scale from 1."""

_CATEGORIES = {"e": "01000000", "f": "04000000", "p": "11000000", "q": "15000000", "s": "15000000"}
"""Entertainment, financial, political, scores and sports have one Media Topic; the rest are regions and services."""

_NOTE = re.compile(r"\(?(?:Eds?|EDITOR'?S'? NOTE)\b[:_ ]*\s*(.+?)\)?", re.IGNORECASE)
_MEDIA_NUMBERS = re.compile(r"(?:[A-Z]{2,5} )?(?:Photos?|Video|Graphics?)\b.*[A-Z]{2,4}\d{2,}.*", re.IGNORECASE)
_BYLINE = re.compile(r"By [A-Z].*")
_SEPARATOR = re.compile(r"[_*\s.-]*")
_LONGEST_HEADLINE = 150
"""Characters; the wires' computers took some 70 for a headline, summaries begin at about 150."""


class AnpaParser:
    """Reads ANPA 1312: each message an article."""

    format = "anpa"

    def score(self, original: Original) -> float:
        """Return .95 for a message whose two header lines have the fields of the bulletin, .7 for the first alone."""
        header = header_of(original)
        first = _FIRST.match(header) if header is not None else None
        if first is None or header is None:
            return 0.0
        return 0.95 if _SECOND.match(header, first.end()) else 0.7

    def parse(self, original: Original) -> Iterator[Item]:
        """Return the articles. Raises ``RefusedError`` (``no_text``) where a single message has no word."""
        return items_of(original, lambda message: _draft(message, original))


def _draft(message: Message, original: Original) -> Draft:
    builder = DraftBuilder(original.now, prefix=AnpaParser.format)
    _put_time(builder, message)
    _put_header(builder, message)
    marked, paragraphs = _lines(message.text)
    _put_marked(builder, marked)
    add_text(builder, paragraphs, "text")
    return builder.draft(message.decoded, format_=AnpaParser.format, name=original.name)


def _put_time(builder: DraftBuilder, message: Message) -> None:
    group = _GROUP.search(message.trailer) or _GROUP.search(message.text)
    if group is None:
        return
    zone = "Z" if group["zone"] in {"GMT", "UTC"} else ""
    printed = f"20{group['year']}-{group['month']}-{group['day']}T{group['hour']}:{group['minute']}{zone}"
    builder.add_time("published_at", printed, "date-time group")
    builder.add("source", group["source"], "date-time group", 0.8)


def _put_header(builder: DraftBuilder, message: Message) -> None:
    first = _FIRST.match(message.header)
    if first is None:
        return
    builder.add("guid", daily_id(builder, f"anpa:{first['service']}", first["number"]), "header/number", 0.6)
    second = _SECOND.match(message.header, first.end())
    if second is None:
        return
    builder.add("urgency", _URGENCY.get(second["priority"].lower()), "header/priority", 0.9)
    category = second["category"].lower()
    topic = _CATEGORIES.get(category)
    subject = (
        Subject(code=f"{MEDIA_TOPICS}:{topic}", name=TOPS[topic]) if topic else Subject(code=f"category:{category}")
    )
    builder.add_list("subjects", [subject], "header/category")
    slug = " ".join(_CYCLE.sub("", second["slug"], count=1).split())
    builder.add("slugline", slug, "header/keyword")
    builder.add("signal", signal_by_slug(slug), "header/keyword", 0.9)


def _lines(text: str) -> tuple[list[str], list[str]]:
    """Part the lines that a mark shows to stand above the story from the story's paragraphs."""
    marked: list[str] = []
    paragraphs: list[str] = []
    for line in _GROUP.sub("", text).split("\n"):
        words = _typeset(line.lstrip("^").strip(" \t<\r"))
        if not words or _SEPARATOR.fullmatch(words):
            continue
        if line.startswith("^"):
            marked.append(words)
        elif line.startswith(("\t", "   ")) or not paragraphs:
            paragraphs.append(words)
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {words}"
    return marked, paragraphs


def _put_marked(builder: DraftBuilder, marked: list[str]) -> None:
    """Set slug, headline, note, byline and summary from the marked lines, which come in this order."""
    if marked and (marked[0].endswith(tuple("0123456789")) or _CYCLE.match(marked[0])):
        builder.add("signal", signal_by_slug(marked[0]), "text/slug", 0.9)
        marked = marked[1:]
    for line in marked:
        words = line.rstrip("= ")
        if _BYLINE.fullmatch(words):
            add_byline(builder, words, "text/byline")
        elif note := _NOTE.fullmatch(words):
            builder.add("note", note.group(1), "text/note")
        elif line.endswith("=") or _MEDIA_NUMBERS.fullmatch(words):
            continue
        elif len(words) <= _LONGEST_HEADLINE and "title" not in builder:
            builder.add("title", words, "text/headline")
        else:
            builder.add("summary", words, "text/summary", 0.8)


def _typeset(words: str) -> str:
    """Return a line with the quotes and dashes that the wires' character set writes with others."""
    quoted = words.replace("``", "\u201c").replace("''", "\u201d")
    return " ".join(quoted.replace(" _ ", " \u2014 ").split())
