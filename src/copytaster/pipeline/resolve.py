"""Where a draft belongs: a new article, a new version of one, or a copy of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from copytaster.articles.embargoes import keep_embargo
from copytaster.dedup.normalise import text_hash
from copytaster.dedup.relations import OTHER_WORDS, SAME_WORDS, fingerprint, judge, original
from copytaster.metrics import Stage
from copytaster.model.article import Article, ArticleId, Duplicate, Relation, RelationKind
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.parsing.parser import Draft
from copytaster.pipeline.assemble import assemble
from copytaster.pipeline.dependencies import Dependencies
from copytaster.store.ports.articles import Created, Existing
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.stories.story import as_ties, first_received, join_story

FOLDER = "inbox:"
"""How the provenance of a source begins that is the folder's name."""


def known_bytes(delivery: Delivery, sha256: str, deps: Dependencies) -> Outcome | None:
    """Return the outcome for bytes that an earlier delivery brought and that became articles, None for new bytes.

    Only a delivery that owns its article counts: a copy of this very delivery, made while it was interrupted, does not.
    """
    for owner in (Disposition.STORED, Disposition.NEW_VERSION):
        twins = deps.store.ledger.find(DeliveryQuery(sha256=sha256, disposition=owner, limit=1))
        # With another sidecar the same bytes may be a correction, or a kill.
        if twins and twins[0].id != delivery.id and twins[0].metadata == delivery.metadata:
            article = deps.store.articles.get(twins[0].article_ids[0])
            if article is None:
                return None
            owned = Owned(delivery, sha256, delivery.id)
            return _copy_of_all(twins[0], _copy_of(article, owned, _sender(article, delivery), deps))
    return None


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose item it is: its delivery, the hash of the original, the name under which it owns what it stores.

    ``item`` says where in the file it lies, None where it is the file; ``alone`` whether the file is this one item.
    """

    delivery: Delivery
    sha256: str
    owner: DeliveryId
    item: str | None = None
    alone: bool = True


def resolve_draft(draft: Draft, owned: Owned, deps: Dependencies) -> Outcome:
    """Store the draft where it belongs and return what that makes of its item; running twice equals once."""
    delivery = owned.delivery
    article = assemble(draft, delivery, sha256=owned.sha256, item=owned.item, alone=owned.alone)
    with deps.metrics.time(Stage.DEDUPE):
        relations = _relations(article, deps)
    related = article.model_copy(update={"relation": original(relations)})
    with deps.metrics.time(Stage.STORE):
        match deps.store.articles.create(related, owner=owned.owner):
            case Created(article=stored):
                join_story(stored, relations, deps.store)
                return _created(stored, owned, deps)
            case Existing(article=current, own_version=own):
                if own is None and _is_known(related, deps):
                    return _copy_of(current, owned, related.source, deps)
                return _new_version(related, relations, owned, deps)


def _relations(article: Article, deps: Dependencies) -> list[Relation]:
    """Place the article in the index and return how it stands to earlier ones; one that was accepted copies none."""
    signature = fingerprint(article.title, article.text)
    candidates = deps.store.near.place(article.id, signature, at=article.effective_at)
    relations = judge(candidates, signature, threshold=deps.policy.near_threshold)
    if original(relations) and deps.store.articles.is_accepted(article.id):
        return as_ties(relations)
    return relations


def _copy_of_all(twin: Delivery, outcome: Outcome) -> Outcome:
    """Return the outcome for bytes of several items that came before: all of them are duplicates."""
    if twin.progress is None:
        return outcome
    known = twin.progress.model_copy(update={"items": {Disposition.DUPLICATE: twin.progress.count}})
    return outcome.model_copy(update={"article_ids": twin.article_ids, "relation": None, "progress": known})


def _created(stored: Article, owned: Owned, deps: Dependencies) -> Outcome:
    if stored.embargoed_until:
        keep_embargo(stored.id, deps.store, now=deps.clock.now())
    if stored.relation is None:
        deps.store.source_statistics.count_first(owned.owner, stored.source)
        return Outcome(disposition=Disposition.STORED, article_ids=(stored.id,), to_tag=(stored.id,))
    _link(stored.relation, stored.id, owned, stored.source, deps)
    return Outcome(disposition=Disposition.DUPLICATE, article_ids=(stored.id,), relation=stored.relation)


def _new_version(article: Article, relations: list[Relation], owned: Owned, deps: Dependencies) -> Outcome:
    added = deps.store.articles.add_version(article, owner=owned.owner)
    join_story(added, relations, deps.store)
    keep_embargo(added.id, deps.store, now=deps.clock.now())
    return Outcome(
        disposition=Disposition.NEW_VERSION,
        article_ids=(article.id,),
        relation=_update_by(added, deps),
        # A copy of another article is not tagged, in whatever version.
        to_tag=() if article.relation else (article.id,),
    )


def _update_by(added: Article, deps: Dependencies) -> Relation:
    """Say how much of the version that came before is left; on a redelivery the answer is the same."""
    previous = deps.store.articles.versions(added.id)[added.version - 2]
    before, after = (fingerprint(each.title, each.text) for each in (previous, added))
    score = round(before.similarity(after), 3)
    return Relation(kind=RelationKind.UPDATE, of=added.id, score=score, why=OTHER_WORDS)


def _is_known(article: Article, deps: Dependencies) -> bool:
    """Say whether some version is this one already, by the provider's number, else by its words and its status.

    A page that comes again in an old state is no new version; one that is withdrawn with the same words is.
    """
    return any(_is_same(article, each) for each in deps.store.articles.versions(article.id))


def _is_same(article: Article, known: Article) -> bool:
    if article.guid_version is not None and known.guid_version is not None:
        return article.guid_version == known.guid_version
    standing = known.at(article.received_at)
    told = (article.status, article.embargoed_until) == (standing.status, standing.embargoed_until)
    return told and text_hash(article.title, article.text) == text_hash(known.title, known.text)


def _copy_of(article: Article, owned: Owned, sender: str | None, deps: Dependencies) -> Outcome:
    """End a delivery of the same text; a copy of a copy belongs to the original that people are shown."""
    relation = article.relation or Relation(kind=RelationKind.EXACT, of=article.id, score=1.0, why=SAME_WORDS)
    _link(relation, article.id, owned, sender, deps)
    return Outcome(disposition=Disposition.DUPLICATE, article_ids=(article.id,), relation=relation)


def _sender(article: Article, delivery: Delivery) -> str | None:
    """Return who sent these bytes again: who the file says, else in whose folder it came this time."""
    said = article.provenance.get("source")
    return delivery.source if said is None or said.from_.startswith(FOLDER) else article.source


def _link(relation: Relation, article_id: ArticleId, owned: Owned, sender: str | None, deps: Dependencies) -> None:
    """Note the copy at its original, and who was first."""
    delivery = owned.delivery
    duplicate = Duplicate(
        delivery_id=delivery.id,
        kind=relation.kind,
        score=relation.score,
        name=delivery.name,
        source=delivery.source,
        article_id=article_id,
        received_at=delivery.received_at,
    )
    deps.store.articles.add_duplicate(relation.of, duplicate)
    first = deps.store.articles.get(relation.of)
    lead = delivery.received_at - first_received(first, deps.store) if first else timedelta(0)
    # Of two that come at once the original may have been received a moment later.
    ahead = max(lead, timedelta(0))
    deps.store.source_statistics.count_copy(owned.owner, sender, of=first.source if first else sender, lead=ahead)
