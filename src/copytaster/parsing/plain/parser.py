"""Plain text: a headline, then paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, takewhile

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import How, decode
from copytaster.parsing.draft_builder import LONGEST_TITLE, DraftBuilder, first_sentence, latest_publication, one_line
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.opening_lines import is_byline, read_date_line
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.sniffing import BINARY_SHARE, control_share, foreign_format

_WRAPPED_LINE = 120
"""Characters; lines wrapped by hand are not longer, so the newline after a longer line ends a paragraph."""

_UNDECODED_SHARE = 0.01
"""Share of characters. cp1252 leaves 2 % of random bytes undefined, and hardly one byte of a text from a newsroom."""


class TextParser:
    """Reads plain text in any charset, if no other parser claims the file and it is text."""

    format = "text"

    def score(self, original: Original) -> float:
        """Return 0 for another known format or binary data, else .3, less with control bytes among the text."""
        if foreign_format(original):
            return 0.0
        return 0.3 * (1 - control_share(original.head) / BINARY_SHARE / 2)

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft.

        Raises ``RefusedError``: ``empty`` without a visible character, ``unsupported_format`` for binary data.
        """
        decoded = decode(original.content)
        if decoded.how is How.LAST_RESORT and decoded.text.count("\ufffd") > _UNDECODED_SHARE * len(decoded.text):
            raise RefusedError(
                Reason.UNSUPPORTED_FORMAT,
                f"{original.name} is binary data or text in an unknown charset: save it as UTF-8 and drop it again.",
            )
        lines = [one_line(line) for line in decoded.text.split("\n")]
        if not any(lines):
            raise RefusedError(Reason.EMPTY, f"{original.name} has no visible characters: ask the sender for it again.")
        builder = DraftBuilder(original.now, prefix="text")
        add_text(builder, _add_title(builder, lines), "body", 0.9)
        return [builder.draft(decoded, format_=self.format, name=original.name)]


def _add_title(builder: DraftBuilder, lines: Sequence[str]) -> tuple[str, ...]:
    """Add the first line as title, or its first sentence if it is too long, and return the paragraphs."""
    first = next(at for at, line in enumerate(lines) if line)
    if len(lines[first]) > LONGEST_TITLE:
        builder.add("title", first_sentence(lines[first]), "first-sentence", 0.4)
        return paragraphs(lines[first:], builder.now)
    builder.add("title", lines[first], "first-line", 0.8)
    body = "\n".join(lines[first + 1 :]).strip("\n")
    return paragraphs(lines[first + 1 :], builder.now, blank_lines="\n\n" in body)


def paragraphs(lines: Sequence[str], now: datetime, *, blank_lines: bool = True) -> tuple[str, ...]:
    """Return the paragraphs of lines without outer white space.

    ``blank_lines`` says that blank lines separate the paragraphs, whose wrapped lines are joined. Else each line is a
    paragraph.
    """
    if not blank_lines:
        return tuple(filter(None, lines))
    blocks = (list(block) for has_text, block in groupby(lines, key=bool) if has_text)
    return tuple(paragraph for block in blocks for paragraph in _unwrapped(block, now))


def _unwrapped(block: list[str], now: datetime) -> list[str]:
    """Join the lines of a block that was wrapped by hand, except byline and date line at its top."""
    if any(len(line) > _WRAPPED_LINE for line in block[:-1]):
        return block
    latest = latest_publication(now)
    opening = list(takewhile(lambda line: is_byline(line) or read_date_line(line, latest=latest) is not None, block))
    rest = " ".join(block[len(opening) :])
    return [*opening, rest] if rest else opening
