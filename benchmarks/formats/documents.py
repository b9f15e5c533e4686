"""Checkers of files without a list of expectations: they compare with the standard's validator and the content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from benchmarks.formats.judge import Met, Outside, Verdict, folded, words_of
from benchmarks.formats.manifest import Row
from benchmarks.formats.reading import Outcome
from copytaster.model.disposition import Reason

VALID = "valid_per_IPTC"


def judge_ninjs(row: Row, outcome: Outcome) -> Iterator[Verdict]:
    """Judge validity, and for a valid file each field that it has."""
    valid = _valid(row)
    if valid is False and _is_valid_elsewhere(outcome):
        yield Outside("invalid under an older version only, and the file does not name its version")
    elif valid is False:
        # Senders add properties of their own: such items are read, and the note names the properties.
        noted = [bool(draft.note and "[ninjs: " in draft.note) for draft in outcome.drafts]
        yield Met("ninjs.invalid_is_refused_or_noted", outcome.refused or (any(noted) and all(noted)))
    elif valid is None and outcome.refused:
        yield Outside("an example of a draft or of a provider's own extension, which was not validated")
    else:
        yield Met("ninjs.valid_is_read", bool(outcome.drafts) or outcome.reasons == {Reason.NO_TEXT})
    if valid is not False and outcome.drafts:
        yield from _ninjs_fields(outcome)
    elif valid:
        yield Outside("valid, without a headline, a text or a description: it is refused, with no_text")


def _valid(row: Row) -> bool | None:
    return next((bool(each.value) for each in row.expected if each.kind == VALID), None)


def _is_valid_elsewhere(outcome: Outcome) -> bool:
    """Whether the file uses additions of version 1.2 without naming a version."""
    entry = _object(outcome)
    return (
        "$standard" not in entry
        and (entry.get("type") == "component" or "infosource" in entry)
        and (all(isinstance(value, str) for each in entry.get("infosource", ()) for value in each.values()))
    )


def _object(outcome: Outcome) -> dict[str, Any]:
    try:
        entry = json.loads(outcome.raw)
    except ValueError:
        return {}
    first = entry[0] if isinstance(entry, list) and entry else entry
    return {name.lower(): value for name, value in first.items()} if isinstance(first, dict) else {}


def _ninjs_fields(outcome: Outcome) -> Iterator[Verdict]:
    entry, draft = _object(outcome), outcome.drafts[0]
    headlines = [entry.get("headline"), *(each.get("value") for each in entry.get("headlines") or ())]
    bodies = [each.get("value") for each in entry.get("bodies") or ()]
    bodies += [value for name, value in entry.items() if name.startswith("body_")]
    if titles := [words_of(each) for each in headlines if each] or [folded(entry.get("title"))]:
        # A headline that is too long is cut to a sentence, with an ellipsis.
        our_title = folded(draft.title).rstrip("…")
        yield Met("ninjs.headline", any(each.startswith(our_title) for each in titles) or not any(titles))
    if body_words := [words_of(str(each)) for each in bodies if each]:
        yield Met("ninjs.text", any(folded(draft.text)[:200] in each for each in body_words))
    yield Met("ninjs.guid", draft.guid == entry.get("uri"))
    if (version := str(entry.get("version") or "")).isdecimal():
        yield Met("ninjs.version", draft.guid_version == int(version))
    if "T" in str(entry.get("versioncreated")):
        yield Met("ninjs.date", draft.modified_at == datetime.fromisoformat(entry["versioncreated"]))


def judge_newsml_g2(row: Row, outcome: Outcome) -> Iterator[Verdict]:
    """Judge validity; for a news item its identifier, version and headline."""
    valid = _valid(row)
    root = _root(outcome.raw)
    if valid is False:
        yield Met("newsml_g2.invalid_is_refused", outcome.refused)
        return
    if root is None or not list(root.iter(f"{_G2}newsItem")):
        yield Outside("no news item: concepts, knowledge, catalogues, plans and packages")
        return
    yield Met("newsml_g2.valid_is_read", bool(outcome.drafts) or outcome.reasons == {Reason.NO_TEXT})
    items = {item.get("guid"): item for item in root.iter(f"{_G2}newsItem")}
    for draft in outcome.drafts:
        item = items.get(draft.guid)
        yield Met("newsml_g2.guid", item is not None)
        if item is not None:
            yield Met("newsml_g2.version", item.get("version") in {None, str(draft.guid_version)})
            yield from _g2_headline(item, draft.title)


_G2 = "{http://iptc.org/std/nar/2006-10-01/}"


def _g2_headline(item: ET.Element, title: str) -> Iterator[Verdict]:
    headlines = [folded("".join(each.itertext())) for each in item.findall(f"{_G2}contentMeta/{_G2}headline")]
    if any(headlines):
        yield Met("newsml_g2.headline", folded(title) in headlines)


def _root(raw: bytes) -> ET.Element | None:
    try:
        return ET.fromstring(raw)  # noqa: S314 - the corpus' own NewsML-G2 examples, which have no entities
    except ET.ParseError:
        return None


CUT_AT = 4_000
"""Characters; the corpus cuts expected texts here, so the parsed text may be longer."""


def judge_text(row: Row, outcome: Outcome) -> Iterator[Verdict]:
    """Compare with the expected text; without one, check that the file is read, or refused by a rule."""
    for expectation in row.expected:
        yield Met(f"{row.format}.text", _has_words(outcome, str(expectation.value)))
    if not row.expected:
        yield Met(f"{row.format}.is_read_or_refused", bool(outcome.drafts) or outcome.refused)


def _has_words(outcome: Outcome, expected: str) -> bool:
    """Whether text, or title and text, equal the expected text, without white space and the bars of tables.

    A title that was the first line precedes the text; a title made from the first sentence is in the text too.
    """
    expected_words = _bare(expected)
    texts = [_bare("".join(draft.text for draft in outcome.drafts))]
    texts.append(_bare("".join(draft.title + draft.text for draft in outcome.drafts)))
    if len(expected) >= CUT_AT:
        return any(text.startswith(expected_words) for text in texts)
    return expected_words in texts


def _bare(text: str) -> str:
    return folded(text).replace("|", "")
