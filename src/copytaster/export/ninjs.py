"""IPTC ninjs 2.1, one item on each line.

The standard defines every property and allows no others; absent ones are left out. What it has no property for
is expressed by those that it has: the id of the provider and the cursor are alternative ids, keywords and tags are
subjects with a relation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from copytaster.export.addresses import uri_of
from copytaster.export.exported import DeletedArticle, ExportedArticle, ExportedDocument
from copytaster.export.identifiers import MEDIA_TOPICS, article_uri, is_media_topic
from copytaster.export.json_lines import json_line
from copytaster.model.article import Article, ArticleStatus, EntityType, Image, Topic

VERSION = "2.1"

STANDARD = {
    "name": "ninjs",
    "version": VERSION,
    "schema": f"https://www.iptc.org/std/ninjs/ninjs-schema_{VERSION}.json",
}

CURSOR_ROLE = "copytaster:cursor"
"""The role of the alternative id with which an export is resumed."""

URGENCIES = range(1, 10)

PROPERTY_OF = {EntityType.PERSON: "people", EntityType.ORGANISATION: "organisations", EntityType.PLACE: "places"}


class Ninjs:
    """Implements ``Encoder``."""

    media_type = "application/x-ndjson"
    suffix = "ninjs.jsonl"

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return one line for each document."""
        return b"".join(json_line(json.dumps(ninjs_item(each), ensure_ascii=False)) for each in documents)

    def tail(self) -> bytes:
        """Return nothing."""
        return b""


def ninjs_item(document: ExportedDocument) -> dict[str, Any]:
    """Return the item of a document; a notice is partial and has its ``pubstatus``, ``canceled`` for a deleted one."""
    match document:
        case DeletedArticle():
            item = {"versioncreated": _time(document.deleted_at), "pubstatus": ArticleStatus.CANCELED.value}
        case ExportedArticle():
            item = _management(document)
            if document.text is not None:
                item |= _content(document, document.text) | _subjects(document)
    complete = isinstance(document, ExportedArticle) and document.text is not None
    return _present(
        {
            "uri": article_uri(document.id),
            "type": "text",
            "representationtype": "full" if complete else "partial",
            **item,
            "altids": list(_altids(document)),
            "standard": STANDARD,
        }
    )


def _management(article: ExportedArticle) -> dict[str, Any]:
    names = dict.fromkeys(filter(None, [article.publisher, article.source]))
    return {
        "version": str(article.version),
        "firstcreated": _time(article.published_at or article.received_at),
        "versioncreated": _time(article.effective_at),
        "embargoed": _time(article.embargoed_until),
        "pubstatus": article.status.value,
        "language": article.language,
        "infosources": [{"name": each} for each in names],
    }


def _content(article: ExportedArticle, text: str) -> dict[str, Any]:
    body = {"charcount": len(text), "wordcount": article.word_count, "value": text}
    return {
        "title": article.title,
        "headlines": [_plain(article.title)] if article.title else [],
        "bodies": [{"role": "main", "contenttype": "text/plain", **body}],
        "descriptions": [_plain(article.summary, "summary")] if article.summary else [],
        "by": article.byline or ", ".join(article.authors) or None,
        "slugline": article.slugline,
        "located": ", ".join(article.located) or article.dateline,
        "urgency": article.urgency if article.urgency in URGENCIES else None,
        "ednote": article.note,
        "associations": [
            _picture(number, each, uri) for number, each in enumerate(article.images, 1) if (uri := uri_of(each.url))
        ],
    }


def _subjects(article: Article) -> dict[str, Any]:
    labels: dict[str, Any] = {"subjects": [_topic(each) for each in article.topics or ()]}
    labels["subjects"] += [{"name": each.term, "rel": "keyword"} for each in article.keywords or ()]
    labels["subjects"] += [{"name": each.name, "rel": "tag"} for each in article.tags]
    for kind, name in PROPERTY_OF.items():
        labels[name] = [{"name": each.name, "rel": "mention"} for each in article.entities or () if each.type is kind]
    return labels


def _topic(topic: Topic) -> dict[str, Any]:
    code = {"uri": MEDIA_TOPICS + topic.code} if is_media_topic(topic.code) else {"literal": topic.code}
    return {"name": topic.name, **code, "rel": "about", "relevance": round(100 * min(max(topic.score, 0), 1))}


def _picture(number: int, image: Image, uri: str) -> dict[str, Any]:
    return _present(
        {
            "name": f"picture {number}",
            "uri": uri,
            "type": "picture",
            "descriptions": [_plain(image.caption, "caption")] if image.caption else [],
            "by": image.credit,
            "renditions": [{"name": "original", "href": uri}],
        }
    )


def _altids(document: ExportedDocument) -> Iterator[dict[str, str]]:
    if isinstance(document, ExportedArticle) and document.guid:
        yield {"role": "guid", "value": document.guid}
    if isinstance(document, ExportedArticle) and document.url:
        yield {"role": "url", "value": document.url}
    yield {"role": CURSOR_ROLE, "value": document.cursor}


def _plain(value: str, role: str = "main") -> dict[str, str]:
    return {"role": role, "contenttype": "text/plain", "value": value}


def _time(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def _present(item: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that have a value: the standard has no null, and an empty list says nothing."""
    return {name: value for name, value in item.items() if value is not None and value != []}
