"""Takes the release terms out of a text's lines or a headline, and applies them to a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.release_terms.release_time import read_release_time
from copytaster.parsing.release_terms.statements import WITHOUT_DATE, Statement, Term, read_statement

MAX_OPENING_LINES = 10
"""Lines with words at the top that can be instructions: kind of document, slug, headline, notes and byline precede."""

MAX_CLOSING_LINES = 6
"""Lines with words at the end that can be instructions, below ``Notes to editors``."""

_CONFIDENCE = 0.9


_LAST_PART = re.compile(r".*?(?P<before>\s*[\[(]|\s+[|\u2013\u2014-]+\s+)(?P<part>[^\[\]()|]{3,120}?)\s*[\])]?\s*")
"""A headline's end in brackets or after a dash, where senders also put an embargo."""

_LABELLED = re.compile(r"[^\W\d_a-zß-ÿ][^\W\d_]*(?:[ _-][^\W\d_]+){0,2}:\s")
"""A label of one to three words before a value."""


_SENTENCE_ENDS = re.compile(r"[.;:!?)\]]\s+")
_MOST_SENTENCES = 20

_NOTE = re.compile(
    r"[(\[*\s]*(?:eds?|editors?(?:['\u2019]?s?['\u2019]?)?(?: notes?)?|(?:notes? to|attention) editors?)"
    r"\s*[:.\u2013\u2014-]",
    re.IGNORECASE,
)
"""The beginning of a line that is a note to editors."""


def is_release_line(line: str, *, now: datetime) -> bool:
    """Say whether a line only states release terms, so that it is neither headline nor text."""
    statement = read_statement(line, now=now)
    return statement is not None and statement.is_label and not statement.rest


def take_release_terms(builder: DraftBuilder, lines: Sequence[str], source: str) -> list[str]:
    """Apply the release terms in the first and last lines of a text, and return the other lines.

    See ``apply_release_terms``; empty lines are returned too.
    """
    taken = apply_release_terms(builder, lines, source)
    return [taken.get(at, line) for at, line in enumerate(lines) if at not in taken or taken[at]]


def take_from_single_lines(builder: DraftBuilder, lines: Sequence[str], source: str) -> list[str]:
    """Do ``take_release_terms`` for lines that each stand alone, such as those between the marks of a transmission."""
    spaced = [each for line in lines for each in (line, "")]
    return list(filter(None, take_release_terms(builder, spaced, source)))


def apply_release_terms(builder: DraftBuilder, lines: Sequence[str], source: str) -> dict[int, str]:
    """Apply the release terms in the first and last lines, and return what follows them on each of their lines.

    ``lines`` are lines or paragraphs. The result has the indices of the lines with terms, with an empty string if
    nothing follows. These lines become the draft's note; sentences and slugs that withdraw a story remain its text. The
    result is empty if no line would remain.
    """
    filled = [at for at, line in enumerate(lines) if line.strip()]
    taken: dict[int, str] = {}
    for at in dict.fromkeys([*filled[:MAX_OPENING_LINES], *filled[-MAX_CLOSING_LINES:]]):
        if at not in taken:
            taken |= _taken(builder, lines, at, source, taken)
    if not any(taken.get(at, lines[at]).strip() for at in filled):
        return {}
    return taken


def take_from_heading(builder: DraftBuilder, heading: str, source: str) -> str:
    """Apply the release terms at the beginning or the end of a headline or subject, and return the headline without.

    The whole heading is returned if it consists of the terms. A label without a date repeats an embargo that was added
    before.
    """
    if statement := read_statement(heading, now=builder.now, is_heading=True):
        if statement.why != WITHOUT_DATE or "embargoed_until" not in builder:
            _apply(builder, statement, heading, source)
        return statement.rest or heading
    last = _LAST_PART.fullmatch(heading)
    statement = read_statement(last["part"], now=builder.now) if last else None
    if last is None or statement is None or statement.rest or statement.term is Term.NONE:
        return heading
    _apply(builder, statement, heading, source)
    return heading[: last.start("before")].strip() or heading


def add_heading(builder: DraftBuilder, heading: str, source: str, confidence: float) -> None:
    """Add a headline as title, without the release terms in it, which are applied."""
    builder.add("title", take_from_heading(builder, heading, source), source, confidence)


def add_released(builder: DraftBuilder, field: str, text: str, source: str, confidence: float) -> None:
    """Add a text from a field of its own, without the release terms in it, which are applied."""
    lines = take_release_terms(builder, text.split("\n\n"), source)
    builder.add(field, "\n\n".join(filter(None, lines)), source, confidence)


def apply_page_terms(builder: DraftBuilder, texts: Iterable[str], source: str) -> None:
    """Apply the release terms in the headers and footers of pages, which are no text of the draft.

    Each line stands alone, or below the beginning of an instruction; terms may also follow the sender's name. Tabs
    separate left, centre and right.
    """
    parts = (" ".join(part.split()) for text in texts for part in re.split(r"[\n\t]", text))
    lines = list(dict.fromkeys(filter(None, parts)))
    apply_release_terms(builder, [each for line in lines for each in (line, "")], source)
    for line in lines:
        if read_statement(line, now=builder.now) is None:
            take_from_heading(builder, line, source)


def add_note(builder: DraftBuilder, note: str | None, source: str, confidence: float = 1.0) -> None:
    """Add a note to editors from a field of its own, and apply the release terms in its lines.

    An embargo may be one sentence among others; a sentence about a withdrawal may be about an earlier version. An
    embargo without a readable end repeats that of a field, if there is one; that must have been added before.
    """
    builder.add("note", note, source, confidence)
    for line in (note or "").split("\n")[:MAX_OPENING_LINES]:
        statement = read_statement(line.strip(), now=builder.now)
        if statement is None or not statement.is_label:
            statement = _embargo_among_sentences(line, builder.now)
        if statement and (statement.term is not Term.EMBARGO or statement.until or "embargoed_until" not in builder):
            _apply(builder, statement, line, source)


def _embargo_among_sentences(note: str, now: datetime) -> Statement | None:
    """Return the embargo that a later sentence of a note to editors states: ``Adds quotes. Embargoed until …``."""
    starts = [found.end() for found in _SENTENCE_ENDS.finditer(note)][:_MOST_SENTENCES]
    statements = (read_statement(note[start:].strip(), now=now) for start in starts)
    return next((each for each in statements if each and each.term is Term.EMBARGO), None)


def _continues(before: str, line: str) -> bool:
    """Say whether a line continues the one before it: wrapped prose may begin a line with words of an instruction.

    A line with a label is not continued, and continues none: fields such as ``Version: 2`` precede ``Embargo: …``.
    """
    if _LABELLED.match(before) and _LABELLED.match(line):
        return False
    return bool(before) and not line.isupper() and before[-1] not in '.!?:;*=)]"\u201d' and not before.isupper()


def _taken(
    builder: DraftBuilder, lines: Sequence[str], at: int, source: str, taken: Mapping[int, str]
) -> dict[int, str]:
    """Apply the instruction that begins in a line, and return the lines that it takes with what remains of each."""
    before = lines[at - 1].strip() if at else ""
    is_first = not any(line.strip() for line in lines[:at])
    statement = read_statement(lines[at].strip(), now=builder.now, is_heading=is_first)
    if statement is None and _NOTE.match(lines[at]) and (inner := _embargo_among_sentences(lines[at], builder.now)):
        statement = replace(inner, rest="")
    if statement is None or (at - 1 not in taken and _continues(before, lines[at].strip())):
        return {}
    end = at + 1
    if statement.term is Term.EMBARGO and statement.until is None and not statement.rest:
        end, statement = _with_next_line(builder, lines, at, statement)
    printed = " ".join(line.strip() for line in lines[at:end])
    _apply(builder, statement, printed, source)
    if not statement.is_label:
        return {}
    return {at: statement.rest} | dict.fromkeys(range(at + 1, end), "")


def _with_next_line(
    builder: DraftBuilder, lines: Sequence[str], at: int, statement: Statement
) -> tuple[int, Statement]:
    """Return the instruction together with the next line that has words, if that one is only a time."""
    following = next((number for number in range(at + 1, len(lines)) if lines[number].strip()), None)
    if following is None:
        return at + 1, statement
    line = lines[following].strip()
    reading = read_release_time(line, now=builder.now, whole_day=True)
    if not reading.end or line[reading.end :].strip(" .*)]:!"):
        return at + 1, statement
    joined = read_statement(f"{lines[at].strip()} {line}", now=builder.now)
    return (following + 1, joined) if joined and joined.until else (at + 1, statement)


def _apply(builder: DraftBuilder, statement: Statement, printed: str, source: str) -> None:
    where = f"{source}/release-line"
    builder.add_note(" ".join(printed.split()))
    match statement.term:
        case Term.EMBARGO if statement.until:
            confidence = _CONFIDENCE if statement.is_zoned else _CONFIDENCE / 2
            builder.hold_until(statement.until, where, confidence)
        case Term.EMBARGO:
            builder.hold(where, statement.why)
        case Term.WITHDRAWAL:
            builder.add("signal", Signal.KILL, where, _CONFIDENCE)
            builder.restrict(ArticleStatus.CANCELED, where, _CONFIDENCE)
        case Term.NONE:
            pass
