"""Whether an earlier article says the same: candidates by bands, the verdict by similarity."""

from __future__ import annotations

from datetime import datetime

from copytaster.article import ArticleId, Relation, RelationKind
from copytaster.dedup.index import Candidate, NearIndex
from copytaster.dedup.normalise import shingles, text_hash
from copytaster.dedup.signature import Signature, sign


def fingerprint(title: str, text: str) -> Signature:
    """Return the signature of an article; of one without words, a signature that only equals its like."""
    digest = text_hash(title, text)
    return sign(shingles(text) or {digest}, text_hash=digest)


def relate(
    article_id: ArticleId, signature: Signature, index: NearIndex, *, threshold: float, at: datetime
) -> Relation | None:
    """Add the article to the index and return how it stands to the first earlier article that it is like, if any."""
    index.add(article_id, signature, at=at)
    return judge(index.earlier(article_id, signature), signature, threshold=threshold)


def judge(candidates: list[Candidate], signature: Signature, *, threshold: float) -> Relation | None:
    """Return the relation to the first candidate that is similar enough: of many copies all point to the same one."""
    for candidate in candidates:
        score = signature.similarity(candidate.signature)
        if score >= threshold:
            same = signature.text_hash == candidate.signature.text_hash
            kind = RelationKind.EXACT if same else RelationKind.NEAR
            return Relation(kind=kind, of=candidate.article_id, score=round(score, 3))
    return None
