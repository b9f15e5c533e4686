"""The head of an NITF document: identity, times, urgency, subjects, keywords, management."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.model.article import ArticleStatus, Signal, Subject
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, words_of
from copytaster.parsing.wire.status_codes import signal_by_code, status_by_code
from copytaster.parsing.wire.subjects import subjects_of
from copytaster.parsing.wire.wire_draft import Findings

HIGHEST_VERSION = 2**53 - 1
"""As for NewsML-G2."""

_SLUG_NAMES = frozenset(["slug", "slugline", "anpa-keyword"])
_KEYWORD_NAMES = frozenset(["keywords", "keyword"])


def read_nitf_head(found: Findings, nitf: Element, where: str) -> None:
    """Set the fields that the head of an NITF document tells; ``where`` begins their provenance."""
    head = first(nitf, "head")
    data = first(head, "docdata")
    found.put("guid", attribute(first(data, "doc-id"), "id-string") or attribute(nitf, "uno"), f"{where}/doc-id")
    found.put_number(
        "guid_version", attribute(first(data, "du-key"), "version"), f"{where}/du-key", highest=HIGHEST_VERSION
    )
    found.put_number("urgency", attribute(first(data, "urgency"), "ed-urg"), f"{where}/urgency", highest=9)
    _put_times(found, head, data, where)
    _put_management(found, data, where)
    _put_slug(found, head, data, where)
    _put_places(found, data, where)
    found.add_subjects(_subjects(head, data), f"{where}/tobject")
    found.put("language", _language(nitf), f"{where}/@xml:lang", 0.9)


def _put_times(found: Findings, head: Element | None, data: Element | None, where: str) -> None:
    """Set published (issue, release or publication) and modified; a release after the issue is an embargo."""
    issue, release = (attribute(first(data, name), "norm") for name in ("date.issue", "date.release"))
    publication = attribute(first(head, "pubdata"), "date.publication")
    found.put_time("published_at", issue, f"{where}/date.issue")
    found.put_time("published_at", publication, f"{where}/pubdata", 0.8)
    if release and issue and release != issue:
        probe = Findings("", found.now)
        probe.put_time("embargoed_until", release, "")
        probe.put_time("published_at", issue, "")
        if probe.is_later("embargoed_until", "published_at"):
            found.put_time("embargoed_until", release, f"{where}/date.release", 0.9)
    found.put_time("published_at", release, f"{where}/date.release", 0.8)
    revisions = sorted(attribute(each, "norm") for each in children(head, "revision-history"))
    found.put_time("modified_at", revisions[-1] if revisions else "", f"{where}/revision-history", 0.9)


def _put_management(found: Findings, data: Element | None, where: str) -> None:
    status = status_by_code(attribute(data, "management-status"))
    found.put("status", status, f"{where}/@management-status")
    message = first(data, "ed-msg")
    if status is ArticleStatus.CANCELED:
        found.put("signal", Signal.KILL, f"{where}/@management-status")
    for each in (attribute(message, "msg-type"), attribute(message, "info")):
        found.put("signal", signal_by_code(each), f"{where}/ed-msg")
    correction = first(data, "correction")
    if correction is not None:
        found.put("signal", Signal.CORRECTION, f"{where}/correction")
    notes = dict.fromkeys(filter(None, (attribute(message, "info"), attribute(correction, "info"))))
    found.put("note", "\n".join(notes), f"{where}/ed-msg")


def _put_slug(found: Findings, head: Element | None, data: Element | None, where: str) -> None:
    metas = [(attribute(each, "name").lower(), attribute(each, "content")) for each in children(head, "meta")]
    slug = next((content for name, content in metas if name in _SLUG_NAMES and content), "")
    found.put("slugline", slug, f"{where}/meta", 0.9)
    found.put("slugline", attribute(first(data, "du-key"), "key"), f"{where}/du-key", 0.8)
    keywords = [attribute(each, "key") for each in children(first(data, "key-list"), "keyword")]
    keywords += [
        each.strip()
        for name, content in metas
        if name in _KEYWORD_NAMES
        for each in content.replace(";", ",").split(",")
    ]
    found.put("keywords", tuple(dict.fromkeys(filter(None, keywords))), f"{where}/key-list")


def _put_places(found: Findings, data: Element | None, where: str) -> None:
    """Set the places of events (``evloc``) and those that the content is marked up with."""
    places = [
        attribute(each, "city") or attribute(each, "state-prov") or words_of(each) for each in children(data, "evloc")
    ]
    identified = first(data, "identified-content")
    places += [words_of(each) for each in children(identified, "location")]
    found.put("located", tuple(dict.fromkeys(filter(None, places))), f"{where}/evloc", 0.9)


def put_nitf_origin(found: Findings, nitf: Element, where: str) -> None:
    """Set the source from the head, which names it by a code; the body's distributor is asked before."""
    data = first(nitf, "head/docdata")
    origin = first(data, "del-list/from-src")
    found.put("source", attribute(origin, "src-name"), f"{where}/del-list", 0.8)
    found.put("source", attribute(first(data, "doc-id"), "regsrc"), f"{where}/doc-id/@regsrc", 0.8)
    found.put("source", attribute(first(data, "doc.copyright"), "holder"), f"{where}/doc.copyright", 0.7)


def _subjects(head: Element | None, data: Element | None) -> Iterator[Subject]:
    """Yield the document's subjects, whose numbers are IPTC's Subject Codes, and its classifiers."""
    for each in children(first(head, "tobject"), "tobject.subject"):
        number = attribute(each, "tobject.subject.refnum") or attribute(each, "tobject.subject.code")
        names = (attribute(each, f"tobject.subject.{part}") for part in ("detail", "matter", "type"))
        yield from subjects_of(f"subj:{number}" if number else "", next(filter(None, names), None))
    for each in children(first(data, "identified-content"), "classifier"):
        code, kind = attribute(each, "idsrc"), attribute(each, "type")
        yield from subjects_of(
            f"{code}:{attribute(each, 'value')}" if code else "", words_of(each) or attribute(each, "value") or kind
        )


def _language(nitf: Element) -> str:
    tag = nitf.get(XML_LANG) or nitf.get("baselang") or ""
    subtag = tag.strip().partition("-")[0].lower()
    return subtag if subtag.isascii() and subtag.isalpha() and len(subtag) in {2, 3} else ""
