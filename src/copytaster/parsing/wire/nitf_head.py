"""The head of an NITF document: identity, times, urgency, subjects, keywords, management."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.model.article import Signal, Subject
from copytaster.parsing.draft_builder import DraftBuilder, latest_publication
from copytaster.parsing.release_terms.embargo_fields import add_embargo, read_stated
from copytaster.parsing.release_terms.opening import add_note
from copytaster.parsing.release_terms.status_codes import add_status, signal_among
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, text_of, unescaped
from copytaster.parsing.wire.identifiers import split_version
from copytaster.parsing.wire.subjects import subjects_of

_SLUG_NAMES = frozenset(["slug", "slugline", "anpa-keyword"])
_KEYWORD_NAMES = frozenset(["keywords", "keyword"])


def add_nitf_head(builder: DraftBuilder, nitf: Element, where: str) -> None:
    """Add the fields in the head of an NITF document; ``where`` is the prefix of their sources."""
    head = first(nitf, "head")
    data = first(head, "docdata")
    stated = attribute(first(data, "du-key"), "version")
    guid, version = split_version(attribute(first(data, "doc-id"), "id-string") or attribute(nitf, "uno"), stated)
    builder.add("guid", guid, f"{where}/doc-id")
    builder.add("guid_version", version, f"{where}/du-key")
    builder.add_number("urgency", attribute(first(data, "urgency"), "ed-urg"), f"{where}/urgency", highest=9)
    _add_times(builder, head, data, where)
    _add_management(builder, data, where)
    _add_slug(builder, head, data, where)
    _add_places(builder, data, where)
    builder.add_list("subjects", _subjects(head, data), f"{where}/tobject")
    builder.add_language(nitf.get(XML_LANG) or nitf.get("baselang"), f"{where}/@xml:lang", 0.9)


def _add_times(builder: DraftBuilder, head: Element | None, data: Element | None, where: str) -> None:
    """Add the times of publication and change; a release after the issue is an embargo."""
    issue, release = (attribute(first(data, name), "norm") for name in ("date.issue", "date.release"))
    publication = attribute(first(head, "pubdata"), "date.publication")
    builder.add_time("published_at", issue, f"{where}/date.issue")
    builder.add_time("published_at", publication, f"{where}/pubdata", 0.8)
    _add_release(builder, issue, release, where)
    builder.add_time("published_at", release, f"{where}/date.release", 0.8)
    revisions = (read_stated(attribute(each, "norm")) for each in children(head, "revision-history"))
    last = max(filter(None, revisions), key=lambda each: each.at, default=None)
    builder.add_time("modified_at", last, f"{where}/revision-history", 0.9)


def _add_release(builder: DraftBuilder, issue: str, release: str, where: str) -> None:
    """Add a release after the issue or after the arrival of the item as the end of an embargo.

    A release that cannot be read may be later. Without a zone, times up to a day after the arrival may be past ones.
    """
    issued, released = map(read_stated, (issue, release))
    arrived = builder.now if released and released.zoned else latest_publication(builder.now)
    begun = min(issued.at, arrived) if issued else builder.now
    if released is None or released.at > begun:
        add_embargo(builder, release, f"{where}/date.release", 0.9)


def _add_management(builder: DraftBuilder, data: Element | None, where: str) -> None:
    add_status(builder, attribute(data, "management-status"), f"{where}/@management-status")
    message = first(data, "ed-msg")
    codes = (attribute(message, "msg-type"), attribute(message, "info"))
    builder.add("signal", signal_among(codes), f"{where}/ed-msg")
    correction = first(data, "correction")
    if correction is not None:
        builder.add("signal", Signal.CORRECTION, f"{where}/correction")
    notes = dict.fromkeys(filter(None, (attribute(message, "info"), attribute(correction, "info"))))
    add_note(builder, unescaped("\n".join(notes)), f"{where}/ed-msg")


def _add_slug(builder: DraftBuilder, head: Element | None, data: Element | None, where: str) -> None:
    metas = [(attribute(each, "name").lower(), attribute(each, "content")) for each in children(head, "meta")]
    slug = next((content for name, content in metas if name in _SLUG_NAMES and content), "")
    builder.add("slugline", slug, f"{where}/meta", 0.9)
    builder.add("slugline", attribute(first(data, "du-key"), "key"), f"{where}/du-key", 0.8)
    keywords = [attribute(each, "key") for each in children(first(data, "key-list"), "keyword")]
    keywords += [
        each.strip()
        for name, content in metas
        if name in _KEYWORD_NAMES
        for each in content.replace(";", ",").split(",")
    ]
    builder.add_list("keywords", keywords, f"{where}/key-list")


def _add_places(builder: DraftBuilder, data: Element | None, where: str) -> None:
    """Add the places of events (``evloc``) and the locations that the content identifies."""
    places = [
        attribute(each, "city") or attribute(each, "state-prov") or text_of(each) for each in children(data, "evloc")
    ]
    identified = first(data, "identified-content")
    places += [text_of(each) for each in children(identified, "location")]
    builder.add_list("located", places, f"{where}/evloc", 0.9)


def add_nitf_source(builder: DraftBuilder, nitf: Element, where: str) -> None:
    """Add the source in the head, where it is a code; the body's distributor takes precedence."""
    data = first(nitf, "head/docdata")
    origin = first(data, "del-list/from-src")
    builder.add("publisher", attribute(origin, "src-name"), f"{where}/del-list", 0.8)
    builder.add("publisher", attribute(first(data, "doc-id"), "regsrc"), f"{where}/doc-id/@regsrc", 0.8)
    builder.add("publisher", attribute(first(data, "doc.copyright"), "holder"), f"{where}/doc.copyright", 0.7)


def _subjects(head: Element | None, data: Element | None) -> Iterator[Subject]:
    """Yield the document's subjects, which are IPTC Subject Codes, and its classifiers."""
    for each in children(first(head, "tobject"), "tobject.subject"):
        number = attribute(each, "tobject.subject.refnum") or attribute(each, "tobject.subject.code")
        names = (attribute(each, f"tobject.subject.{part}") for part in ("detail", "matter", "type"))
        yield from subjects_of(f"subj:{number}" if number else "", next(filter(None, names), None))
    for each in children(first(data, "identified-content"), "classifier"):
        code, kind = attribute(each, "idsrc"), attribute(each, "type")
        yield from subjects_of(
            f"{code}:{attribute(each, 'value')}" if code else "", text_of(each) or attribute(each, "value") or kind
        )
