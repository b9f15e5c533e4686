"""Articles as the scripts of the server return them, and as they are passed to the scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.article import Article
from copytaster.model.delivery import DeliveryId
from copytaster.model.release import Release
from copytaster.model.version_order import rank
from copytaster.store.ports.articles import Annotation
from copytaster.store.redis.article_links import read_links
from copytaster.store.redis.article_records import article_record, unpack_article, unpack_tagging
from copytaster.store.redis.packing import joined, pack
from copytaster.store.redis.records import newer_records

ONLY = "v"
"""The field of an only version; see ``scripts/shared/only_version.lua``."""

COUNTED = ("count", ONLY)
"""The fields by which versions are counted."""

CHANGES = "changes"
"""The field of an article's hash that counts the changes by persons."""

ACCEPTED = "accepted"
"""The field of an article's hash that is set when a copy was accepted as an article."""

RELEASE = "release"
"""The field of an article's hash with the ``origin`` of a version, and the decision about its release."""

OWNER_BYTES = 11

_OWNER = re.compile(r"d[0-9a-f]{22}")


@dataclass(frozen=True, slots=True)
class StoredVersions:
    """Some versions of an article: how many there are, how many are noted, and when the first of all was received."""

    count: int
    noted: int
    born: datetime | None
    articles: list[Article]

    @classmethod
    def of(cls, reply: Any) -> StoredVersions:
        """Return what the script ``read_versions`` has found; its versions have no links to copies."""
        count, noted, born, accepted, decision, *rows = reply
        articles = [
            assembled_article(number, document, tagging, [], 0, accepted=bool(accepted), decision=decision)
            for number, document, tagging in rows
        ]
        received = [each.received_at for each in articles if each.version > noted]
        received += [from_milliseconds(int(born))] if born else []
        return cls(count, noted, min(received, default=None), articles)


def version_arguments(article: Article, owner: DeliveryId, *, longest: int) -> list[str | bytes | int]:
    """Return the arguments with which a script stores a version.

    They are owner, record, rank, whether the record of an only version is cut into pieces, because it is longer than
    the ``longest`` value of a packed hash, the field that an only version has in place of owner and rank, and the time
    of the capture. A version that was not captured was seen when its delivery arrived, which is in the owner's id.
    """
    (revision, effective_at, _), record = rank(article), pack(article_record(article))
    effective, captured = milliseconds(effective_at), milliseconds(article.captured_at) if article.captured_at else ""
    only = b"" if revision or article.captured_at else _only_version(owner, effective)
    return [owner, record, effective, revision, int(len(record) > longest), only, captured]


def version_count(count: bytes | None, only: bytes | None) -> int:
    """Return the number of versions, from the fields ``COUNTED``."""
    return int(count or (1 if only else 0))


def version_records(stored: Mapping[bytes, bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number, document and tagging of each version, which is empty if there is none, from an article's hash."""
    for number in range(1, version_count(*(stored.get(each.encode()) for each in COUNTED)) + 1):
        document = joined(stored, f"d:{number}") or stored[f"document:{number}".encode()]
        yield number, document, stored.get(f"tagging:{number}".encode()) or joined(stored, f"t:{number}")


def only_owner(only: bytes | None) -> bytes | None:
    """Return the owner of an only version from its field, which may be missing."""
    return b"d" + only[:OWNER_BYTES].hex().encode() if only else None


def _only_version(owner: DeliveryId, effective: int) -> bytes:
    """Return the field; empty if the version has none."""
    if not _OWNER.fullmatch(owner) or not 0 <= effective < 1 << 48:
        return b""
    return bytes.fromhex(owner[1:]) + effective.to_bytes(6)


class ArticleRows:
    """Turns the rows that the script ``read_article`` returns into articles.

    The articles of the last ``remembered`` rows are kept: unpacking one takes half a millisecond, and the pages of a
    dashboard's viewers are the same ones. A row is compared as a whole, so that what is returned is never out of date.
    """

    def __init__(self, remembered: int) -> None:
        self._known = lru_cache(maxsize=remembered)(_article_of)

    def article(self, row: Sequence[Any]) -> Article:
        """Return the article of the row."""
        number, document, tagging, links, *rest = row
        return self._known(number, document, tagging, tuple(links), *rest)


def _article_of(  # noqa: PLR0913  # the row
    number: bytes, document: bytes, tagging: bytes, links: tuple[bytes, ...], count: int, accepted: int, decision: bytes
) -> Article:
    return assembled_article(int(number), document, tagging, links, count, accepted=bool(accepted), decision=decision)


def retagged(annotation: Annotation, row: Sequence[Any]) -> tuple[Article, Article]:
    """Return the version, without links, before the tagging and after it; ``row`` is the reply of ``annotate``."""
    document, replaced, accepted, decision = row
    version, is_accepted = annotation.version, bool(accepted)
    former = assembled_article(version, document, replaced, [], 0, accepted=is_accepted, decision=decision)
    found = dict(annotation.tagging) | {"provenance": former.provenance | annotation.tagging.provenance}
    return former, former.model_copy(update=found)


def assembled_article(  # noqa: PLR0913  # the parts of the record, as the script returns them
    number: int,
    document: bytes,
    tagging: bytes,
    links: Sequence[bytes],
    count: int,
    *,
    accepted: bool,
    decision: bytes,
) -> Article:
    """Return the article of these parts. Raises ``NewerRecordError``."""
    fields = unpack_article(document, "an article")
    if accepted:
        fields["relation"] = None
    if tagging:
        labels = unpack_tagging(tagging, fields["text"], f"article {fields['id']}")
        labels["provenance"] = fields["provenance"] | labels["provenance"]
        fields |= labels
    with newer_records(f"article {fields.get('id')}"):
        found = {"version": number, "duplicates": read_links(links), "duplicate_count": count}
        article = Article.model_validate(fields | found)
        return _with_release(article, decision) if decision else article


def _with_release(article: Article, decision: bytes) -> Article:
    """Return the article with the decision, if it is about this version."""
    known = json.loads(decision)
    if known["origin"] != article.origin:
        return article
    return article.model_copy(update={"release": Release.model_validate(known["release"])})
