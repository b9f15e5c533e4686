"""The relations of an article to earlier ones, from the comparison with each candidate."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.comparison import Comparison, DecodedSignature, comparable, compare
from copytaster.dedup.signature import Signature
from copytaster.dedup.verdict import confidence, is_in_digest
from copytaster.model.article import ArticleId, Relation, RelationKind

RELATED_FROM = 0.5
"""The confidence from which two texts are linked, although neither is a copy of the other."""

EXCERPT_SHARE = 0.6
"""If the shorter text contains less than this share of the longer one, it is an excerpt."""

COPIES = frozenset({RelationKind.EXACT, RelationKind.NEAR, RelationKind.EXCERPT})
"""The relations that make an article a copy; the others only link it."""


SAME_WORDS = "the same words"
OTHER_WORDS = "the same identity with other words"
"""The reason for an exact copy, and for a later version."""


def copy_relations(relations: Sequence[Relation]) -> list[Relation]:
    """Return the relations that make the article a copy, in their order. The first is to its original.

    All copies of a text have the same original, because relations are in the order of the receipt.
    """
    return [each for each in relations if each.kind in COPIES]


def judge(candidates: Sequence[Candidate], signature: Signature, *, threshold: float) -> list[Relation]:
    """Return a relation to each similar article, in the candidates' order; of several versions, to the most similar.

    The verdict on two texts does not depend on their order, so clusters do not depend on the order of arrival.
    """
    decoded = DecodedSignature(signature)
    are_comparable = comparable(decoded, [each.signature for each in candidates])
    found: dict[ArticleId, Relation] = {}
    for candidate, is_comparable in zip(candidates, are_comparable, strict=True):
        relation = _exact(candidate, signature)
        if relation is None and is_comparable:
            relation = _compared(candidate, decoded, threshold)
        known = found.get(candidate.article_id)
        if relation and (known is None or _rank(relation) > _rank(known)):
            found[candidate.article_id] = relation
    return list(found.values())


def _exact(candidate: Candidate, signature: Signature) -> Relation | None:
    if candidate.signature.text_hash != signature.text_hash:
        return None
    return Relation(kind=RelationKind.EXACT, of=candidate.article_id, score=1.0, why=SAME_WORDS)


def _compared(candidate: Candidate, decoded: DecodedSignature, threshold: float) -> Relation | None:
    comparison = compare(decoded, DecodedSignature(candidate.signature))
    if comparison is None:
        return None
    score = confidence(comparison)
    kind = _kind(comparison, score, threshold)
    if kind is None:
        return None
    return Relation(kind=kind, of=candidate.article_id, score=round(score, 3), why=_why(comparison))


def _why(found: Comparison) -> str:
    shares = f"{found.larger_share:.0%} of the one text's word runs are in the other"
    reasons = [f"{shares}, {found.smaller_share:.0%} the other way"]
    if found.headlines:
        reasons.append(f"headlines {found.headline_likeness:.0%} alike")
    return "; ".join(reasons).replace("%", " %")


def _kind(comparison: Comparison, score: float, threshold: float) -> RelationKind | None:
    if score >= threshold and not is_in_digest(comparison):
        is_excerpt = comparison.smaller_share < EXCERPT_SHARE <= comparison.larger_share
        return RelationKind.EXCERPT if is_excerpt else RelationKind.NEAR
    return RelationKind.RELATED if score >= RELATED_FROM else None


def _rank(relation: Relation) -> tuple[bool, bool, float]:
    return relation.kind in COPIES, relation.kind is RelationKind.EXACT, relation.score
