"""Reads one file of the corpus and judges it by its format's checkers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.formats.articles import judge_articles
from benchmarks.formats.documents import judge_newsml_g2, judge_ninjs, judge_text
from benchmarks.formats.feeds import completed, judge_feed
from benchmarks.formats.judge import Judge, Outside, Verdict
from benchmarks.formats.manifest import Row
from benchmarks.formats.reading import Outcome, read
from copytaster.model.disposition import Reason
from copytaster.parsing.reading import ParsingReader

FEEDS = frozenset(["feed_atom", "feed_rss", "feed_rdf", "feed_cdf", "json_feed"])

JUDGES: dict[str, Judge] = {
    "ninjs": judge_ninjs,
    "newsml_g2": judge_newsml_g2,
    "newsml_1": judge_articles,
    "mail": judge_articles,
    "json": judge_articles,
}
"""The judges of formats; all other formats have ``judge_text``."""

NO_PARSER = "no parser for the format yet"


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of a file, and of the same feed with added titles (the same outcome for other files)."""

    original: Outcome
    completed: Outcome


def read_for(reader: ParsingReader, row: Row) -> Reading:
    """Read a file; a feed without any text is read a second time with a title in each entry."""
    outcome = read(reader, row.path.read_bytes(), row.path.name)
    if row.format in FEEDS and not outcome.drafts and outcome.reasons == {Reason.NO_TEXT}:
        return Reading(outcome, read(reader, completed(outcome.raw), row.path.name))
    return Reading(outcome, outcome)


def judged(row: Row, reading: Reading) -> Iterable[Verdict]:
    """Return the verdicts on a file."""
    outcome = reading.original
    if outcome.reasons == {Reason.UNSUPPORTED_FORMAT} and not outcome.drafts:
        return [Outside(NO_PARSER, max(1, len(row.expected)))]
    if row.format in FEEDS and (row.expected or row.beyond):
        return judge_feed(row, outcome, reading.completed)
    return JUDGES.get(row.format, judge_text)(row, outcome)
