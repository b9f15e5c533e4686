"""How an article stands to earlier ones: candidates by common word runs, the verdict by what the two have in common."""

from __future__ import annotations

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.comparison import Comparison, View, compare
from copytaster.dedup.signature import Signature
from copytaster.dedup.verdict import confidence, in_digest
from copytaster.model.article import ArticleId, Relation, RelationKind

RELATED_FROM = 0.5
"""Sure enough to link two texts, not to call one a copy of the other."""

EXCERPT_SHARE = 0.6
"""Of a text and a part of it, less than this of the longer lies in the shorter."""

COPIES = frozenset({RelationKind.EXACT, RelationKind.NEAR, RelationKind.EXCERPT})
"""The relations that make one cluster; the others link."""


SAME_WORDS = "the same words"
OTHER_WORDS = "the same identity with other words"
"""Why an article is an exact copy, or a later version."""


def original(relations: list[Relation]) -> Relation | None:
    """Return the relation to the first article that this one is a copy of: of many copies all point to the same one."""
    return next((each for each in relations if each.kind in COPIES), None)


def judge(candidates: list[Candidate], signature: Signature, *, threshold: float) -> list[Relation]:
    """Return a relation for each article that is alike, in the candidates' order; of several versions the most alike.

    The verdict on two texts is the same whichever comes first, so clusters do not depend on the order of arrival.
    """
    view = View(signature)
    found: dict[ArticleId, Relation] = {}
    for candidate in candidates:
        relation = _judge(candidate, signature, view, threshold)
        known = found.get(candidate.article_id)
        if relation and (known is None or _rank(relation) > _rank(known)):
            found[candidate.article_id] = relation
    return list(found.values())


def _judge(candidate: Candidate, signature: Signature, view: View, threshold: float) -> Relation | None:
    if candidate.signature.text_hash == signature.text_hash:
        return Relation(kind=RelationKind.EXACT, of=candidate.article_id, score=1.0, why=SAME_WORDS)
    comparison = compare(view, View(candidate.signature))
    if comparison is None:
        return None
    sure = confidence(comparison)
    kind = _kind(comparison, sure, threshold)
    if kind is None:
        return None
    return Relation(kind=kind, of=candidate.article_id, score=round(sure, 3), why=_why(comparison))


def _why(found: Comparison) -> str:
    shares = f"{found.larger_share:.0%} of the one text's word runs lie in the other"
    told = [f"{shares}, {found.smaller_share:.0%} the other way"] + (
        [f"headlines {found.headline_likeness:.0%} alike"] if found.headlines else []
    )
    return "; ".join(told).replace("%", " %")


def _kind(comparison: Comparison, sure: float, threshold: float) -> RelationKind | None:
    if sure >= threshold and not in_digest(comparison):
        part = comparison.smaller_share < EXCERPT_SHARE <= comparison.larger_share
        return RelationKind.EXCERPT if part else RelationKind.NEAR
    return RelationKind.RELATED if sure >= RELATED_FROM else None


def _rank(relation: Relation) -> tuple[bool, bool, float]:
    return relation.kind in COPIES, relation.kind is RelationKind.EXACT, relation.score
