"""Which parser takes a file, and what came of it: the best score wins and the decision can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copytaster.disposition import Reason
from copytaster.errors import CopytasterError, PermanentError, RefusedError
from copytaster.parsing.charset import peek
from copytaster.parsing.html import HtmlParser
from copytaster.parsing.parser import Draft, Original, Parser
from copytaster.parsing.plain import TextParser
from copytaster.parsing.sniff import foreign_format

FLOOR = 0.1
"""A parser less sure than this does not get the file: its drafts would be noise in the store."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The drafts of a file, with who read it, how sure that parser was and what the others scored."""

    format: str
    score: float
    rivals: dict[str, float]
    drafts: tuple[Draft, ...]


class ParserRegistry:
    """The parsers there are, in order of preference where scores tie."""

    def __init__(self, parsers: Sequence[Parser]) -> None:
        self._parsers = tuple(parsers)

    def choose(self, original: Original) -> Parser:
        """Return the parser with the best score.

        Raises ``RefusedError``: ``empty`` for no bytes or only white space, ``unsupported_format`` when none scores
        at least ``FLOOR``.
        """
        return self._ranked(original)[0][1]

    def parse(self, original: Original) -> Parsed:
        """Return the drafts that the best parser finds.

        Raises what ``choose`` raises, ``RefusedError`` when there is no article in the file, and ``PermanentError``
        (``parse_failed``) when the parser breaks on it; nothing else comes out.
        """
        ranked = self._ranked(original)
        score, parser = ranked[0]
        drafts = _guarded(parser, original)
        rivals = {rival.format: points for points, rival in ranked[1:]}
        return Parsed(format=parser.format, score=score, rivals=rivals, drafts=tuple(drafts))

    def _ranked(self, original: Original) -> list[tuple[float, Parser]]:
        if not peek(original.content, len(original.content)).strip():
            raise RefusedError(
                Reason.EMPTY,
                f"{original.name} has {len(original.content)} bytes and no characters: ask the sender for it again.",
            )
        scored = [(_guarded_score(parser, original), parser) for parser in self._parsers]
        scored.sort(key=lambda pair: -pair[0])
        if not scored or scored[0][0] < FLOOR:
            raise _unsupported(original, [parser.format for parser in self._parsers])
        return scored


def default_parsers() -> ParserRegistry:
    """Return a registry of every parser that ships."""
    return ParserRegistry([HtmlParser(), TextParser()])


def _guarded(parser: Parser, original: Original) -> list[Draft]:
    try:
        return parser.parse(original)
    except CopytasterError:
        raise
    # Process edge: foreign parsers on hostile bytes raise anything, and a bad file must hurt only itself.
    except Exception as error:
        raise _failed(parser, original, error) from error


def _guarded_score(parser: Parser, original: Original) -> float:
    try:
        return parser.score(original)
    # Process edge, as above: a parser that breaks while looking would keep the file from those that can read it.
    except Exception as error:
        raise _failed(parser, original, error) from error


def _failed(parser: Parser, original: Original, error: Exception) -> PermanentError:
    return PermanentError(
        Reason.PARSER_OOM if isinstance(error, MemoryError) else Reason.PARSE_FAILED,
        f"{original.name} could not be read as {parser.format}: {type(error).__name__}: {str(error)[:200]}. "
        "Open it in a viewer of that format; mend it or report it.",
    )


def _unsupported(original: Original, formats: list[str]) -> RefusedError:
    looks = foreign_format(original) or "no format that is known"
    return RefusedError(
        Reason.UNSUPPORTED_FORMAT,
        f"{original.name} looks like: {looks}. Formats that are read: {', '.join(formats)}. "
        "Convert it to one of these and drop it again.",
    )
