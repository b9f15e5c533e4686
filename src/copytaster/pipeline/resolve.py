"""Resolution of a draft's identity: it becomes a new article, a new version of one, or a copy of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from copytaster.articles.embargoes import update_embargo
from copytaster.dedup.relations import OTHER_WORDS, SAME_WORDS
from copytaster.dedup.signing import sign, similarity
from copytaster.metrics import Stage
from copytaster.model.article import Article, ArticleId, ArticleStatus, Duplicate, Relation, RelationKind
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.metadata import Metadata
from copytaster.model.progress import ItemEnd
from copytaster.parsing.parser import Draft
from copytaster.pipeline.assemble import assemble
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.originals import Searched, with_originals
from copytaster.pipeline.repetition import is_repeated
from copytaster.pipeline.sources import source_for
from copytaster.store.ports.articles import Created, DeletedArticleError, Existing
from copytaster.store.ports.near_index import Signed
from copytaster.stories.placing import first_received

OWNERS = (Disposition.STORED, Disposition.NEW_VERSION)
"""The dispositions of deliveries that own the article that they became."""


def known_bytes(earlier: Delivery, delivery: Delivery, sha256: str, deps: Dependencies) -> Outcome | None:
    """Return the outcome for bytes that an ``earlier`` delivery turned into articles, None if it did not.

    Only a delivery that owns its article counts, not a copy of this delivery that was made while it was interrupted.
    """
    # With another sidecar the same bytes may be a correction, or a kill.
    if earlier.disposition not in OWNERS or earlier.metadata != delivery.metadata:
        return None
    article = deps.store.articles.get(earlier.article_ids[0])
    # The bytes may be a kill, and the article usable again since; only their reader knows.
    if article is None or (earlier.progress is None and article.sha256 != sha256):
        return None
    owned = Owned(delivery, sha256, delivery.id)
    return _copy_of_all(earlier, _copy_of(article, owned, _source(article, delivery), deps))


@dataclass(frozen=True, slots=True)
class Owned:
    """The origin of an item: its delivery, the hash of the original, and the owner id of what it stores.

    ``item`` is the item's locator within the file, None if the item is the file. ``alone``: the file has no other item.
    ``described`` is what the sidecar of the item's member of an archive says, if it has one.
    """

    delivery: Delivery
    sha256: str
    owner: DeliveryId
    item: str | None = None
    alone: bool = True
    described: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy repeats: its relation to the original, the article with its text, and the original if it is known."""

    relation: Relation
    article_id: ArticleId
    original: Article | None = None


def resolve_draft(draft: Draft, owned: Owned, deps: Dependencies) -> Outcome:
    """Do ``resolve_drafts`` for one item. Raises ``DeletedArticleError``."""
    (resolved,) = resolve_drafts([(draft, owned)], deps)
    if isinstance(resolved, DeletedArticleError):
        raise resolved
    return resolved


def resolve_drafts(drafts: Sequence[tuple[Draft, Owned]], deps: Dependencies) -> list[Outcome | DeletedArticleError]:
    """Store each draft as article, version or copy, one after another, and return the items' outcomes.

    Running twice equals running once. Round trips: six for any number of new articles, and some for each other item.
    """
    owners = [owned for _, owned in drafts]
    for draft, _ in drafts:
        deps.metrics.read.labels(draft.format).inc()
    with deps.metrics.time(Stage.DEDUPE):
        articles = _with_originals([_article(draft, owned, deps) for draft, owned in drafts], deps)
    with deps.metrics.time(Stage.STORE):
        stored = deps.store.articles.create_many([(each, of.owner) for each, of in zip(articles, owners, strict=True)])
        _count_first(zip(stored, owners, strict=True), deps)
        return [_outcome(*each, deps) for each in zip(articles, stored, owners, strict=True)]


def _count_first(created: Iterable[tuple[Created | Existing | DeletedArticleError, Owned]], deps: Dependencies) -> None:
    """Count the articles that no source has sent before."""
    sources: dict[str, str | None] = {
        owned.owner: each.article.source
        for each, owned in created
        if isinstance(each, Created) and each.article.relation is None
    }
    if sources:
        deps.store.source_statistics.count_first_many(sources)


def _article(draft: Draft, owned: Owned, deps: Dependencies) -> Article:
    delivery = owned.delivery
    article = assemble(
        draft, delivery, sha256=owned.sha256, item=owned.item, alone=owned.alone, described=owned.described
    )
    if delivery.continues and owned.alone:
        return _under_earlier_identity(article, delivery.continues, deps)
    return article


def _outcome(
    article: Article, creation: Created | Existing | DeletedArticleError, owned: Owned, deps: Dependencies
) -> Outcome | DeletedArticleError:
    match creation:
        case Created(article=stored):
            return _created(stored, owned, deps)
        case Existing(article=current, own_version=own):
            if own is None and is_repeated(article, current, deps.store):
                return _copy_of(current, owned, article.source, deps)
            return _new_version(_withdrawing(article, current), owned, deps)
        case DeletedArticleError():
            # The search for copies may have added its signature to the index.
            deps.store.near.remove(article.id, [(sign(article.title, article.text), article.effective_at)])
            return creation


def _withdrawing(article: Article, current: Article) -> Article:
    """Return the version; a kill of a copy is a version of that copy."""
    is_kill = article.status is ArticleStatus.CANCELED
    return article.model_copy(update={"relation": current.relation}) if is_kill else article


def _under_earlier_identity(article: Article, continued: DeliveryId, deps: Dependencies) -> Article:
    """Return the article as a version of the one that an earlier delivery of the same file became.

    By its text alone it would be a near-duplicate of that article, and the text that was added would not be listed.
    """
    earlier = deps.store.ledger.get(continued)
    if earlier is None or earlier.disposition not in OWNERS or len(earlier.article_ids) != 1:
        return article
    current = deps.store.articles.get(earlier.article_ids[0])
    return article.model_copy(update={"id": current.id, "identity": current.identity}) if current else article


def _with_originals(articles: Sequence[Article], deps: Dependencies) -> list[Article]:
    """Add the articles to the near-duplicate index; return each with its relation to the one of which it is a copy."""
    signed = [Signed(each.id, sign(each.title, each.text), each.effective_at) for each in articles]
    found = deps.store.near.add_and_find_many(signed)
    searched = [
        Searched(each, added.signature, candidates)
        for each, added, candidates in zip(articles, signed, found, strict=True)
    ]
    return with_originals(searched, deps.store, threshold=deps.policy.near_threshold, now=deps.clock.now())


def _copy_of_all(earlier: Delivery, outcome: Outcome) -> Outcome:
    """Return the outcome for a known file of several items: all items are duplicates."""
    if earlier.progress is None:
        return outcome
    progress = earlier.progress.model_copy(update={"items": {Disposition.DUPLICATE: earlier.progress.count}})
    return outcome.model_copy(update={"article_ids": earlier.article_ids, "relation": None, "progress": progress})


def _created(stored: Article, owned: Owned, deps: Dependencies) -> Outcome:
    if stored.status is ArticleStatus.WITHHELD:
        update_embargo(stored.id, deps.store, now=deps.clock.now())
    if stored.relation is None:
        end, items = Disposition.STORED, _restricted(stored, Disposition.STORED, deps)
        return Outcome(disposition=end, article_ids=(stored.id,), to_tag=(stored.id,), items=items)
    _link(Copied(stored.relation, stored.id), owned, stored.source, deps)
    deps.placing.place_copy(stored, stored.relation)
    return Outcome(disposition=Disposition.DUPLICATE, article_ids=(stored.id,), relation=stored.relation)


def _new_version(article: Article, owned: Owned, deps: Dependencies) -> Outcome:
    added = deps.store.articles.add_version(article, owner=owned.owner)
    if article.relation:
        deps.placing.place_copy(added, article.relation)
    update_embargo(added.id, deps.store, now=deps.clock.now())
    return Outcome(
        disposition=Disposition.NEW_VERSION,
        article_ids=(article.id,),
        relation=_update_by(added, deps),
        # No version of a copy of another article is tagged.
        to_tag=() if article.relation else (article.id,),
        items=_restricted(added, Disposition.NEW_VERSION, deps),
    )


def _restricted(article: Article, disposition: Disposition, deps: Dependencies) -> tuple[ItemEnd, ...] | None:
    """Return the item for the event if the article may not be used now; otherwise the event needs no item."""
    status = article.at(deps.clock.now()).status
    if status is ArticleStatus.USABLE:
        return None
    return (ItemEnd(article_id=article.id, disposition=disposition, status=status),)


def _update_by(added: Article, deps: Dependencies) -> Relation:
    """Return the relation to the preceding version, with the share that is unchanged; the same on a redelivery."""
    previous = deps.store.articles.version(added.id, added.version - 1) or added
    before, after = (sign(each.title, each.text) for each in (previous, added))
    score = round(similarity(before, after), 3)
    return Relation(kind=RelationKind.UPDATE, of=added.id, score=score, why=OTHER_WORDS)


def _copy_of(article: Article, owned: Owned, source: str | None, deps: Dependencies) -> Outcome:
    """Return the outcome of a delivery of the same text. A copy of a copy is linked to the original that is listed."""
    relation = article.relation or Relation(kind=RelationKind.EXACT, of=article.id, score=1.0, why=SAME_WORDS)
    copied = Copied(relation, article.id, article if relation.of == article.id else None)
    _link(copied, owned, source, deps)
    return Outcome(disposition=Disposition.DUPLICATE, article_ids=(article.id,), relation=relation)


def _source(article: Article, delivery: Delivery) -> str | None:
    """Return the source of repeated bytes: who delivered them now."""
    return source_for(delivery, article.publisher)[0]


def _link(copied: Copied, owned: Owned, source: str | None, deps: Dependencies) -> None:
    """Record the copy at its original, and which source was first."""
    delivery, relation = owned.delivery, copied.relation
    deps.metrics.copies.labels(relation.kind.value).inc()
    duplicate = Duplicate(
        delivery_id=delivery.id,
        kind=relation.kind,
        score=relation.score,
        name=delivery.name,
        source=source,
        article_id=copied.article_id,
        received_at=delivery.received_at,
    )
    deps.store.articles.add_duplicate(relation.of, duplicate)
    first = copied.original or deps.store.articles.get(relation.of)
    lead = delivery.received_at - first_received(first, deps.store) if first else timedelta(0)
    # If two arrive at the same time, the original may have been received a moment later.
    lead = max(lead, timedelta(0))
    deps.store.source_statistics.count_copy(owned.owner, source, of=first.source if first else source, lead=lead)
