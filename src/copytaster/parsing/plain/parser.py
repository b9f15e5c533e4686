"""Plain text: a headline, then paragraphs, with the control lines of wires and labelled fields."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, takewhile

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, How, clean, decode
from copytaster.parsing.draft_builder import LONGEST_TITLE, DraftBuilder, first_sentence, latest_publication, one_line
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.plain.control_lines import read_control_lines
from copytaster.parsing.plain.datelines import split_dateline
from copytaster.parsing.plain.labelled_fields import add_labelled, read_labelled
from copytaster.parsing.plain.line_breaks import is_table, is_wrapped, split_block, split_wrapped, words_of
from copytaster.parsing.plain.opening_lines import is_byline, read_date_line
from copytaster.parsing.plain.other_text import is_too_short, other_text
from copytaster.parsing.plain.text_fields import add_controlled, add_text
from copytaster.parsing.release_terms.opening import add_heading, is_release_line, take_release_terms
from copytaster.parsing.sniffing import BINARY_SHARE, control_share, foreign_format

_UNDECODED_SHARE = 0.01
"""Share of characters. cp1252 leaves 2 % of random bytes undefined, and hardly one byte of a text from a newsroom."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,24});")
"""A character reference of HTML with its semicolon; without one, ``&copy`` may be anything."""

_MESSAGE = re.compile(r"^ZCZC\b.*$", re.MULTILINE)
"""The first line of each message of a teletype line."""

_SENTENCES = re.compile(r"[^\u3002]+\u3002.*\u3002[\u300d\u300f\u201d)]?")
"""A line of two or more Chinese or Japanese sentences, which is a paragraph; headlines do not end in a full stop."""

_TITLE_LINES = 3
"""Lines of a headline that was wrapped by hand."""


class TextParser:
    """Reads plain text in any charset, if no other parser claims the file and it is text."""

    format = "text"

    def __init__(self, *, any_text: bool = False) -> None:
        """With ``any_text``, text that is no news is read too: programs, settings, logs, a few letters."""
        self._any_text = any_text

    def score(self, original: Original) -> float:
        """Return 0 for another known format or binary data, else .3, less with control bytes among the text."""
        if foreign_format(original):
            return 0.0
        return 0.3 * (1 - control_share(original.head) / BINARY_SHARE / 2)

    def parse(self, original: Original) -> Iterable[Draft | BadItem]:
        """Yield one draft, or one for each message between ``ZCZC`` and ``NNNN``.

        Raises ``RefusedError``: ``empty`` without a visible character, ``unsupported_format`` for binary data and for
        text that is no news, ``no_text`` for a text shorter than any headline.
        """
        decoded = decode(original.content)
        if decoded.how is How.LAST_RESORT and decoded.text.count("\ufffd") > _UNDECODED_SHARE * len(decoded.text):
            raise RefusedError(
                Reason.UNSUPPORTED_FORMAT,
                f"{original.name} is binary data or text in an unknown charset: save it as UTF-8 and drop it again.",
            )
        if not self._any_text:
            _check_is_news(decoded.text, original.name)
        messages = _messages(without_entities(decoded.text))
        for number, message in enumerate(messages, start=1):
            try:
                yield self._draft(message, decoded, original)
            except RefusedError as error:
                if len(messages) == 1:
                    raise
                yield BadItem.of(f"message {number}", error)

    def _draft(self, text: str, decoded: Decoded, original: Original) -> Draft:
        if not text.strip():
            raise RefusedError(Reason.EMPTY, f"{original.name} has no visible characters: ask the sender for it again.")
        builder = DraftBuilder(original.now, prefix="text")
        controlled = read_control_lines([line.rstrip() for line in text.split("\n")])
        add_controlled(builder, controlled)
        # Before the title is chosen. ``add_text`` repeats it on the paragraphs, for instructions over several lines.
        lines: Sequence[str] = take_release_terms(builder, controlled.lines, "body")
        taken = bool(controlled.slug) + len(controlled.lines) - len(lines)
        if labelled := read_labelled(lines, taken=taken):
            add_labelled(builder, labelled)
            lines = labelled.body
        found = paragraphs(lines, builder.now) if "title" in builder else _add_title(builder, lines)
        add_text(builder, found, "body", 0.9)
        return builder.draft(decoded, format_=self.format, name=original.name)


def _check_is_news(text: str, name: str) -> None:
    if kind := other_text(text, name):
        raise RefusedError(
            Reason.UNSUPPORTED_FORMAT,
            f"{name} is {kind}, not an article. Remove it; if such files are articles, set COPYTASTER_ACCEPT_ANY_TEXT.",
        )
    if text.strip() and is_too_short(text):
        raise RefusedError(
            Reason.NO_TEXT,
            f"{name} has less than two words, which is no article. Request the whole text from its sender; if such "
            "texts are articles, set COPYTASTER_ACCEPT_ANY_TEXT.",
        )


def without_entities(text: str) -> str:
    """Return ``text`` with the character references of HTML resolved once."""
    return clean(_ENTITY.sub(lambda found: html.unescape(found.group()), text)) if "&" in text else text


def _messages(text: str) -> list[str]:
    """Return the messages of a text; the whole text if it is not split by teletype lines."""
    starts = [match.start() for match in _MESSAGE.finditer(text)]
    if len(starts) < 2:  # noqa: PLR2004 - one message
        return [text]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _add_title(builder: DraftBuilder, lines: Sequence[str]) -> tuple[str, ...]:
    """Add the first line as title, unless it is a paragraph or the head of a table, and return the paragraphs."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    if not filled:
        return ()
    first = filled[0]
    block = list(takewhile(str.strip, lines[first:]))
    title, after = one_line(lines[first]), first + 1
    if len(title) > LONGEST_TITLE or _SENTENCES.fullmatch(title):
        builder.add("title", first_sentence(title), "first-sentence", 0.4)
        return paragraphs(lines[first:], builder.now)
    if is_table(block):
        found = paragraphs(lines[first:], builder.now)
        prose = next((each for each in found[len(block) :] if first_sentence(each) != each or each.endswith(".")), "")
        builder.add("title", first_sentence(prose), "first-sentence", 0.3)
        return found
    if (is_byline(title) and len(filled) > 1) or split_dateline(title, "\n".join(lines)):
        return paragraphs(lines[first:], builder.now)
    if len(block) in range(2, _TITLE_LINES + 1) and len(filled) > len(block) and _is_wrapped_title(block):
        title, after = one_line(" ".join(block)), first + len(block)
    add_heading(builder, title, "first-line", 0.8)
    return paragraphs(lines[after:], builder.now)


def _is_wrapped_title(block: Sequence[str]) -> bool:
    """Say whether the lines above a blank line are one headline: they continue in lower case without a full stop."""
    whole = one_line(" ".join(block))
    continues = all(line.strip()[:1].islower() for line in block[1:])
    return continues and len(whole) <= LONGEST_TITLE and not whole.endswith(".")


def paragraphs(lines: Sequence[str], now: datetime, *, blank_lines: bool | None = None) -> tuple[str, ...]:
    """Return the paragraphs of lines, which may have their indents and columns.

    Blank lines separate paragraphs, unless ``blank_lines`` is false or there is none. Then each line is a paragraph,
    but wrapped lines are joined. Within paragraphs, the lines of tables, lists and dialogue remain.
    """
    blocks = [list(block) for has_text, block in groupby(lines, key=lambda line: bool(line.strip())) if has_text]
    vocabulary = words_of("\n".join(lines))
    if blank_lines is False or len(blocks) == 1:
        block = [line for each in blocks for line in each]
        if not is_wrapped(block):
            return tuple(map(one_line, block))
        opening = _opening(block, now)
        return (*map(one_line, opening), *split_wrapped(block[len(opening) :], vocabulary))
    return tuple(paragraph for block in blocks for paragraph in _unwrapped(block, now, vocabulary))


def _unwrapped(block: list[str], now: datetime, vocabulary: frozenset[str]) -> list[str]:
    """Join the lines of a block that was wrapped by hand, except byline, date line and release terms at its top."""
    opening = _opening(block, now)
    return [*map(one_line, opening), *split_block(block[len(opening) :], vocabulary)]


def _opening(block: Sequence[str], now: datetime) -> list[str]:
    return list(takewhile(lambda line: _stands_alone(one_line(line), now), block))


def _stands_alone(line: str, now: datetime) -> bool:
    """Say whether a line is not joined with the next one: a byline, a date line or release terms."""
    if is_byline(line) or is_release_line(line, now=now):
        return True
    return read_date_line(line, latest=latest_publication(now)) is not None
