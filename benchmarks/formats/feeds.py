"""Checkers of the expectations in feedparser's own tests, one for each kind that an article has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from benchmarks.formats.judge import Check, Met, Outside, Verdict, folded, same_words, words_of
from benchmarks.formats.manifest import Expectation, Row
from benchmarks.formats.reading import Outcome
from copytaster.model.disposition import Reason

WORDLESS = "the entry has neither a title nor a text: it is refused, with no_text"
NO_ENTRIES = "the feed has no entries: it is refused, with no_text"


_OPENS = re.compile(rb"<(?:entry|item)\b(?:[^>]*[^/>])?>", re.IGNORECASE)
_CLOSES = re.compile(rb"</(?:feed|channel)>", re.IGNORECASE)


def completed(raw: bytes) -> bytes:
    """Return a feed with a title in each of its entries; one without entries gets an entry of each kind."""
    if _OPENS.search(raw):
        return _OPENS.sub(lambda found: found.group() + b"<title>Words</title>", raw)
    added = b"<entry><title>Words</title></entry>" if b"</feed>" in raw else b"<item><title>Words</title></item>"
    return _CLOSES.sub(lambda found: added + found.group(), raw, count=1)


def judge_feed(row: Row, outcome: Outcome, whole: Outcome) -> Iterator[Verdict]:
    """Judge each expectation by its kind's checker.

    Most of these files have an entry with a single element. An entry without text is refused, so its element is judged
    on ``whole``, the same feed with titles.
    """
    if row.beyond:
        yield Outside("needs the HTTP headers of the download", row.beyond)
    for expectation in row.expected:
        kind = expectation.kind
        if kind not in CHECKS:
            yield Outside(_why_outside(kind))
            continue
        found = CHECKS[kind](outcome if kind in WORDS else whole, expectation)
        yield found if isinstance(found, Outside) else Met(kind, found)


def _why_outside(kind: str) -> str:
    return next((why for prefix, why in OUTSIDE if kind.startswith(prefix)), "not a field of an article")


def _title(outcome: Outcome, expected: Expectation) -> bool:
    draft = outcome.at(expected.index)
    if draft is None:
        return not words_of(expected.value) and Reason.NO_TEXT in outcome.reasons
    title = draft.title if draft.provenance["title"].from_.endswith("title") else ""
    return same_words(title, expected.value)


def _text(outcome: Outcome, expected: Expectation) -> bool:
    """Whether the value is the article's text or summary, or, for an empty value, the entry is refused as no_text."""
    draft = outcome.at(expected.index)
    if draft is None:
        return not words_of(expected.value) and Reason.NO_TEXT in outcome.reasons
    text = "" if draft.provenance["text"].from_.endswith("title-only") else draft.text
    return any(same_words(ours, expected.value) for ours in (text, draft.summary))


def _link(outcome: Outcome, expected: Expectation) -> bool | Outside:
    draft = outcome.at(expected.index)
    return Outside(WORDLESS) if draft is None else draft.url == expected.value


def _guid(outcome: Outcome, expected: Expectation) -> bool | Outside:
    draft = outcome.at(expected.index)
    return Outside(WORDLESS) if draft is None else draft.guid == expected.value


def _author(outcome: Outcome, expected: Expectation) -> bool | Outside:
    draft = outcome.at(expected.index)
    if draft is None:
        return Outside(WORDLESS)
    return expected.value in draft.authors or expected.value == draft.byline


def _date(outcome: Outcome, expected: Expectation) -> bool | Outside:
    draft = outcome.at(expected.index)
    at = _moment(expected.value)
    if draft is None or at is None:
        return Outside(WORDLESS if draft is None else "a date as it was printed, in a form that cannot be compared")
    dates = [draft.modified_at] if "updated" in expected.kind else []
    return at in [*dates, draft.published_at]


def _moment(value: str | list[int]) -> datetime | None:
    if isinstance(value, list):
        return datetime(*value[:6], tzinfo=UTC)  # type: ignore[arg-type,misc]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(value).astimezone(UTC)
        except ValueError:
            continue
    return None


def _language(outcome: Outcome, expected: Expectation) -> bool | Outside:
    if not outcome.drafts:
        return Outside(WORDLESS if outcome.items else NO_ENTRIES)
    language = expected.value.split("-")[0].lower() if expected.value else None
    return (outcome.at(expected.index) or outcome.drafts[0]).language == language


def _keyword(outcome: Outcome, expected: Expectation) -> bool | Outside:
    draft = outcome.at(expected.index)
    if draft is None:
        return Outside(WORDLESS)
    subjects = {name for subject in draft.subjects for name in (subject.code, subject.name)}
    return expected.value in subjects | set(draft.keywords)


def _source(outcome: Outcome, expected: Expectation) -> bool | Outside:
    if not outcome.drafts:
        return Outside(WORDLESS if outcome.items else NO_ENTRIES)
    return folded(outcome.drafts[0].publisher) == words_of(expected.value)


CHECKS: dict[str, Check] = {
    "entries.title": _title,
    "entries.title_detail.value": _title,
    "entries.content.value": _text,
    "entries.description": _text,
    "entries.summary": _text,
    "entries.summary_detail.value": _text,
    "entries.link": _link,
    "entries.id": _guid,
    "entries.guid": _guid,
    "entries.author": _author,
    "entries.author_detail.name": _author,
    "entries.authors.name": _author,
    "entries.published": _date,
    "entries.published_parsed": _date,
    "entries.updated": _date,
    "entries.updated_parsed": _date,
    "entries.created": _date,
    "entries.created_parsed": _date,
    "entries.language": _language,
    "entries.content.language": _language,
    "feed.language": _language,
    "entries.tags.term": _keyword,
    "entries.tags.label": _keyword,
    "entries.category": _keyword,
    "entries.source.title": _source,
}
"""The kinds that concern fields of an article."""

WORDS = frozenset(name for name, check in CHECKS.items() if check in {_title, _text})
"""The kinds that are judged on the unchanged file."""

OUTSIDE = (
    ("bozo", "says whether the file is well-formed; ill-formed feeds are read too"),
    ("version", "says which version of which format it is; articles of all are alike"),
    ("feed.", "about the feed, not about an article"),
    ("entries.source.", "about the feed that an entry was taken from; only its title is kept"),
    ("entries.links", "links other than the article's own"),
    ("entries.enclosures", "links other than the article's own"),
    ("entries.contributors", "contributors, publishers and their addresses"),
    ("entries.publisher", "contributors, publishers and their addresses"),
    ("entries.author", "contributors, publishers and their addresses"),
    ("entries.title_detail", "how an element is written: type, language, base"),
    ("entries.summary_detail", "how an element is written: type, language, base"),
    ("entries.content", "how an element is written: type, language, base"),
    ("entries.tags.scheme", "how an element is written: type, language, base"),
    ("entries.rights", "rights and licences"),
    ("entries.copyright", "rights and licences"),
    ("entries.license", "rights and licences"),
)
"""Reasons why other kinds are out of scope, by prefix of the kind; the first match applies."""
