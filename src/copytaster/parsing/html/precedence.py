"""The sources of each field of a page, in order of precedence."""

from __future__ import annotations

Source = tuple[str, float]
"""A place on a page that states a field, and the confidence (0 to 1) of its value."""

PRECEDENCE: dict[str, tuple[Source, ...]] = {
    "title": (
        ("json-ld:headline", 0.95),
        ("meta:dc.title", 0.9),
        ("meta:dcterms.title", 0.9),
        ("og:title", 0.9),
        ("json-ld:name", 0.85),
        ("meta:twitter:title", 0.85),
        ("meta:parsely-title", 0.85),
        ("html:itemprop-headline", 0.85),
        ("html:title", 0.7),
        ("html:h1", 0.7),
    ),
    "authors": (
        ("json-ld:author", 0.95),
        ("meta:dc.creator", 0.85),
        ("meta:dcterms.creator", 0.85),
        ("meta:author", 0.85),
        ("meta:byl", 0.85),
        ("meta:parsely-author", 0.85),
        ("meta:article:author", 0.8),
        ("meta:sailthru.author", 0.8),
        ("html:itemprop-author", 0.75),
        ("html:byline", 0.7),
        ("html:rel-author", 0.6),
        ("html:author", 0.6),
    ),
    "published_at": (
        ("json-ld:datePublished", 0.95),
        ("meta:article:published_time", 0.95),
        ("meta:og:article:published_time", 0.9),
        ("meta:datepublished", 0.9),
        ("html:itemprop-datepublished", 0.9),
        ("meta:parsely-pub-date", 0.9),
        ("meta:dc.date.issued", 0.9),
        ("meta:dcterms.created", 0.85),
        ("meta:dc.date", 0.85),
        ("meta:sailthru.date", 0.85),
        ("meta:pubdate", 0.85),
        ("meta:publishdate", 0.85),
        ("meta:publish-date", 0.85),
        ("meta:publication_date", 0.85),
        ("meta:date", 0.75),
        ("html:time", 0.6),
    ),
    "modified_at": (
        ("json-ld:dateModified", 0.95),
        ("meta:article:modified_time", 0.95),
        ("og:updated_time", 0.85),
        ("meta:datemodified", 0.85),
        ("html:itemprop-datemodified", 0.85),
        ("meta:dcterms.modified", 0.85),
        ("meta:lastmod", 0.8),
        ("meta:last-modified", 0.6),
    ),
    "url": (("html:canonical", 0.95), ("og:url", 0.9), ("json-ld:url", 0.85)),
    "source": (("json-ld:publisher", 0.9), ("og:site_name", 0.9), ("meta:application-name", 0.6)),
    "language": (
        ("html:lang", 0.8),
        ("json-ld:inLanguage", 0.8),
        ("meta:content-language", 0.7),
        ("og:locale", 0.6),
    ),
    "summary": (
        ("json-ld:description", 0.9),
        ("og:description", 0.9),
        ("meta:description", 0.8),
        ("meta:twitter:description", 0.8),
    ),
    "keywords": (
        ("json-ld:keywords", 0.9),
        ("meta:news_keywords", 0.9),
        ("meta:article:tag", 0.9),
        ("meta:parsely-tags", 0.8),
        ("meta:keywords", 0.7),
    ),
    "subjects": (("json-ld:articleSection", 0.85), ("meta:article:section", 0.85), ("meta:parsely-section", 0.8)),
}
"""For each field its sources, the most reliable first.

Ordered by judgement: markup for search engines, which validate it; then markup for sharing; then text for readers.
"""
