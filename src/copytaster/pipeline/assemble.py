"""Builds an article from a draft: its identity, and the fields that its delivery supplies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from copytaster.dedup.identity import article_id, identity_of
from copytaster.dedup.normalise import text_hash
from copytaster.model.article import Article, ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.model.metadata import Metadata
from copytaster.model.word_count import word_count
from copytaster.parsing.draft_builder import CLOCK_TOLERANCE
from copytaster.parsing.parser import Draft
from copytaster.pipeline.overlay import overlay_metadata
from copytaster.pipeline.sources import guid_namespace, source_for, with_one_publisher

FIRST_CAPTURE = datetime(1996, 1, 1, tzinfo=UTC)
"""The web's first archives are of this year; a capture before it has the time of a clock that was never set."""


def assemble(  # noqa: PLR0913  # what is known about the draft
    draft: Draft,
    delivery: Delivery,
    *,
    sha256: str,
    item: str | None = None,
    alone: bool = True,
    described: Metadata | None = None,
) -> Article:
    """Return the article of a draft as its first version; its relation is not resolved yet.

    ``alone`` and ``described`` are those of ``overlay_metadata``.
    """
    completed = _completed(draft, delivery, alone=alone, described=described)
    return _article(completed, delivery, sha256, item)


class _Completed(NamedTuple):
    """A draft with the fields of its delivery, the article's identity, and who delivered it."""

    draft: Draft
    identity: str
    source: str | None


def _article(completed: _Completed, delivery: Delivery, sha256: str, item: str | None) -> Article:
    draft, identity, source = completed
    return Article(
        id=article_id(identity),
        identity=identity,
        version=1,
        title=draft.title,
        text=draft.text,
        summary=draft.summary,
        byline=draft.byline,
        authors=draft.authors,
        dateline=draft.dateline,
        source=source,
        publisher=draft.publisher,
        url=draft.url,
        language=draft.language,
        published_at=draft.published_at,
        published_local=draft.published_local,
        modified_at=draft.modified_at,
        captured_at=draft.captured_at,
        received_at=delivery.received_at,
        word_count=word_count(draft.text),
        guid=draft.guid,
        guid_version=draft.guid_version,
        status=_status(draft, delivery),
        embargoed_until=draft.embargoed_until,
        signal=draft.signal,
        slugline=draft.slugline,
        urgency=draft.urgency,
        note=draft.note,
        located=draft.located,
        subjects=draft.subjects,
        source_keywords=draft.keywords,
        images=draft.images,
        paywalled=draft.paywalled,
        format=draft.format,
        provenance=draft.provenance,
        sha256=sha256,
        item=item,
    )


def _completed(draft: Draft, delivery: Delivery, *, alone: bool, described: Metadata | None) -> _Completed:
    """Return the draft with the fields of its delivery, the article's identity, and who delivered it.

    The source in the sidecar of a member keeps the guids of several sources apart, but who delivered is known for the
    archive as a whole: a sender must not deliver in the name of another source.
    """
    namespace = (described.source if described else None) or guid_namespace(draft, delivery)
    draft = with_one_publisher(overlay_metadata(draft, delivery, alone=alone, described=described), delivery)
    draft = _with_possible_capture(draft, delivery)
    source, origin = source_for(delivery, draft.publisher)
    return _Completed(replace(draft, provenance=draft.provenance | origin), _identity(draft, namespace), source)


def _with_possible_capture(draft: Draft, delivery: Delivery) -> Draft:
    """Return the draft without the time of a capture that a wrong clock has given.

    A page cannot be stored after its file was received, nor before its present state was published.
    """
    stated = draft.modified_at or draft.published_at
    earliest = max(FIRST_CAPTURE, stated - CLOCK_TOLERANCE) if stated else FIRST_CAPTURE
    if draft.captured_at is None or earliest <= draft.captured_at <= delivery.received_at:
        return draft
    provenance = {field: each for field, each in draft.provenance.items() if field != "captured_at"}
    return replace(draft, captured_at=None, provenance=provenance)


def _identity(draft: Draft, namespace: str | None) -> str:
    content = text_hash(draft.title, draft.text)
    return identity_of(guid=draft.guid, namespace=namespace, url=draft.url, text_hash=content)


def _status(draft: Draft, delivery: Delivery) -> ArticleStatus:
    """Return ``withheld`` while an embargo lasts, else the draft's status; see ``Article.at``."""
    held = draft.embargoed_until is not None and draft.embargoed_until > delivery.received_at
    return ArticleStatus.WITHHELD if held and draft.status is ArticleStatus.USABLE else draft.status
