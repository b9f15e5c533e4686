"""Selects the parser of a file: the parser with the highest score reads it, and the choice can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.failures import failure, failures_reported, outages_reported
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Item, Parser, Searching
from copytaster.parsing.sniffing import foreign_format

FLOOR = 0.1
"""Lowest score with which a parser may read a file; below it the drafts would be noise."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The selected parser's format and score, and the scores of the other parsers."""

    format: str
    score: float
    rivals: dict[str, float]


class ParserRegistry:
    """All parsers; where scores tie, the earlier one is preferred."""

    def __init__(self, parsers: Sequence[Parser]) -> None:
        self._parsers = tuple(parsers)

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that are read."""
        return tuple(parser.format for parser in self._parsers)

    def choose(self, original: Original) -> tuple[Choice, Parser]:
        """Return the parser with the best score, and how it was chosen.

        Raises ``RefusedError``: ``empty`` for no bytes or only white space, ``unsupported_format`` when none scores
        at least ``FLOOR``.
        """
        with outages_reported(original.name):
            blank = _is_blank(original)
        if blank:
            raise RefusedError(
                Reason.EMPTY,
                f"{original.name} has {original.size} bytes and no characters: ask the sender for it again.",
            )
        ranked = [(_guarded_score(parser, original), parser) for parser in self._parsers]
        ranked.sort(key=lambda pair: -pair[0])
        if not ranked or ranked[0][0] < FLOOR:
            raise _unsupported(original, self.formats)
        score, parser = ranked[0]
        rivals = {rival.format: points for points, rival in ranked[1:] if points}
        return Choice(format=parser.format, score=score, rivals=rivals), parser


def guarded(parser: Parser, original: Original) -> Iterator[Item | Searching]:
    """Yield the items that a parser finds.

    Raises the errors of ``Parser.parse``, and ``PermanentError`` (``parse_failed``) for any other exception of the
    parser.
    """
    with failures_reported(original.name, parser.format):
        yield from parser.parse(original)


def _is_blank(original: Original) -> bool:
    if original.head_text.strip():
        return False
    return original.size > original.limits.file_bytes or not peek(original.content, original.size).strip()


def _guarded_score(parser: Parser, original: Original) -> float:
    # Not by ``failures_reported``: of thirty parsers most answer in less time than a context takes.
    try:
        return parser.score(original)
    except Exception as error:  # process edge, as there
        if found := failure(error, original.name, parser.format):
            raise found from error
        raise


def _unsupported(original: Original, formats: Sequence[str]) -> RefusedError:
    detected = foreign_format(original) or "an unknown format"
    return RefusedError(
        Reason.UNSUPPORTED_FORMAT,
        f"{original.name} was detected as: {detected}. These formats are read: {', '.join(sorted(formats))}. "
        "Convert the file to one of them and drop it again.",
    )
