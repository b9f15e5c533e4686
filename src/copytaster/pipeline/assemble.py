"""Builds an article from a draft: its identity, and the fields that its delivery supplies."""

from __future__ import annotations

from copytaster.dedup.identity import article_id, identity_of
from copytaster.dedup.normalise import text_hash
from copytaster.model.article import Article, ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.parsing.parser import Draft
from copytaster.pipeline.overlay import overlay_metadata


def assemble(draft: Draft, delivery: Delivery, *, sha256: str, item: str | None = None, alone: bool = True) -> Article:
    """Return the article of a draft as its first version; its relation is not resolved yet."""
    draft = overlay_metadata(draft, delivery, alone=alone)
    digest = text_hash(draft.title, draft.text)
    identity = identity_of(guid=draft.guid, source=draft.source, url=draft.url, text_hash=digest)
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
        source=draft.source,
        url=draft.url,
        language=draft.language,
        published_at=draft.published_at,
        modified_at=draft.modified_at,
        received_at=delivery.received_at,
        word_count=len(draft.text.split()),
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


def _status(draft: Draft, delivery: Delivery) -> ArticleStatus:
    """Return ``withheld`` while an embargo lasts, else the draft's status; see ``Article.at``."""
    held = draft.embargoed_until is not None and draft.embargoed_until > delivery.received_at
    return ArticleStatus.WITHHELD if held and draft.status is ArticleStatus.USABLE else draft.status
