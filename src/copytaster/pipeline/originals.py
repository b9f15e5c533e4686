"""The originals of articles: of which earlier article each is a copy, and what a copy of a withdrawn one becomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.normalise import content_hash
from copytaster.dedup.relations import copy_relations, judge
from copytaster.dedup.signature import Signature
from copytaster.model.article import Article, ArticleId, ArticleStatus, Provenance, Relation, RelationKind
from copytaster.store.matching import is_listed
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True)
class Searched:
    """An article with its signature and the earlier articles that resemble it, in the order of their receipt."""

    article: Article
    signature: Signature
    candidates: Sequence[Candidate]


def with_originals(searched: Sequence[Searched], store: Store, *, threshold: float, now: datetime) -> list[Article]:
    """Return each article with its relation to the one of which it is a copy, or without one.

    An article that a person accepted is no copy. An edited copy of an article that its provider canceled may be the
    correction of it: it is no copy either, but withheld, until a person has compared the two. A text with the same
    words as the canceled one is its copy. Round trips: none without copies, two with copies; one more for each edited
    copy of a canceled article.
    """
    relations = _without_deleted(
        [_relations(each, threshold) for each in searched], {each.article.id for each in searched}, store
    )
    copies = [each.article.id for each, found in zip(searched, relations, strict=True) if found]
    accepted = store.articles.accepted(copies) if copies else frozenset[ArticleId]()
    canceled = _canceled((found[0] for found in relations if found), store)
    articles: list[Article] = []
    for each, found in zip(searched, relations, strict=True):
        if not found or each.article.id in accepted:
            articles.append(each.article)
        elif found[0].of in canceled and found[0].kind is not RelationKind.EXACT:
            articles.append(_beside_canceled(each, found, canceled, store, now))
        else:
            articles.append(each.article.model_copy(update={"relation": found[0]}))
        if _is_kill(each.article):  # of the articles that are stored together, the earlier ones count
            canceled.add(each.article.id)
    return articles


def _is_kill(article: Article) -> bool:
    return article.status is ArticleStatus.CANCELED


def _relations(searched: Searched, threshold: float) -> list[Relation]:
    """Return the relations that make the article a copy; the first is the one to its original.

    A kill is no copy: the notices of an agency have the same words, and each withdraws another article.
    """
    if not searched.candidates or _is_kill(searched.article):
        return []
    return copy_relations(judge(searched.candidates, searched.signature, threshold=threshold))


def _without_deleted(relations: list[list[Relation]], together: set[ArticleId], store: Store) -> list[list[Relation]]:
    """Leave out relations to articles that a person deleted: the index has those of this message."""
    among = {found[0].of for found in relations if found} & together
    deleted = store.articles.deletions(list(among)) if among else {}
    return [[each for each in found if each.of not in deleted] for found in relations]


def _canceled(originals: Iterable[Relation], store: Store) -> set[ArticleId]:
    """Return those that their providers canceled of the articles of which others are edited copies."""
    ids = list(dict.fromkeys(each.of for each in originals if each.kind is not RelationKind.EXACT))
    return {each.id for each in store.articles.get_many(ids) if _is_kill(each)} if ids else set()


def _beside_canceled(
    searched: Searched, relations: Sequence[Relation], canceled: set[ArticleId], store: Store, now: datetime
) -> Article:
    """Return the edited copy of a canceled article as a copy of another one that is listed, else as withheld.

    A known article stays what it is: usable, if a person released it or if it is older than the kill; a copy, if its
    words are the same.
    """
    article, first = searched.article, relations[0]
    ids = [each.of for each in relations if each.of not in canceled]
    stored = {each.id: each for each in store.articles.get_many([article.id, *ids])}
    known = stored.get(article.id)
    if known and is_listed(known) and known.at(now).status is ArticleStatus.USABLE:
        return article
    if (
        known
        and not is_listed(known)
        and content_hash(known.title, known.text) == content_hash(article.title, article.text)
    ):
        return article.model_copy(update={"relation": first})
    for each in relations:
        if (other := stored.get(each.of)) and is_listed(other) and not _is_kill(other):
            return article.model_copy(update={"relation": each})
    reason = Provenance(from_=f"{first.kind} copy of {first.of}, which is canceled", confidence=first.score)
    provenance = article.provenance | {"status": reason}
    return article.model_copy(
        update={"status": ArticleStatus.WITHHELD, "embargoed_until": None, "provenance": provenance}
    )
