"""A dry run of one file: the article that it would become, and every decision. Nothing is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from copytaster.articles.releases import withholding_reason
from copytaster.clock import Clock
from copytaster.dedup.relations import OTHER_WORDS, SAME_WORDS
from copytaster.dedup.signing import sign, similarity
from copytaster.errors import RefusedError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.metadata_content import answer
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.sidecar_recovery import metadata_beside
from copytaster.model.article import Article, ArticleStatus, Document, Relation, RelationKind
from copytaster.model.article_labels import annotated
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.metadata import SIDECAR, Metadata
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import Reader, Reading
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.pipeline.assemble import assemble
from copytaster.pipeline.dependencies import Policy
from copytaster.pipeline.originals import Searched, with_originals
from copytaster.pipeline.repetition import is_repeated
from copytaster.store.ports.stories import Wanted
from copytaster.store.store import Store
from copytaster.stories.compared import compared_uncounted
from copytaster.stories.evidence import in_words
from copytaster.stories.group import choose_story
from copytaster.tagging.tagger import Tagger

DRY_RUN = DeliveryId("dry-run")


class Decision(Document):
    """One decision: the stage, the result and the reason."""

    stage: str
    what: str
    why: str


class Explanation(Document):
    """The article that a file's first item would become, the number of items, and every decision."""

    article: Article
    items: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Runs a file through the stages. Without a ``store`` the article is not compared with others."""

    reader: Reader
    tagger: Tagger
    policy: Policy
    clock: Clock
    store: Store | None

    def explain(self, file: Path, *, source: str | None) -> Explanation:
        """Return the result of processing ``file`` and its sidecar as a delivery from ``source``.

        Raises ``RefusedError`` or ``PermanentError`` when the file would not become an article, ``OSError`` when it
        cannot be read.
        """
        refusal = AdmissionRules(self.policy.limits).examine(file.name, file.stat())
        if refusal and refusal.reason and refusal.message:
            raise RefusedError(refusal.reason, refusal.message)
        with file.open("rb") as content:
            frame = Frame(limits=self.policy.limits)
            original = Original(file=content, name=file.name, now=self.clock.now(), frame=frame)
            size = original.size
            readings = list(self.reader.read(original))
        # A parser may have closed its file.
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        draft, first = _first_draft(readings)
        metadata = metadata_beside(file, MetadataReader(DirectCalls(answer)))
        delivery = self._delivery(file, source, size, digest).model_copy(update={"metadata": metadata})
        article = assemble(draft, delivery, sha256=digest, alone=len(readings) == 1, described=first.metadata)
        related, deduplicated = self._relate(article)
        tagging = self.tagger.tag([related])[0]
        provenance = related.provenance | tagging.provenance
        # As in lists and by its id: with the status that it has now.
        complete = annotated(related, tagging).model_copy(update={"provenance": provenance}).at(self.clock.now())
        placing = self._place(complete)
        overlaid = (*_overlay(file.name, metadata), *_overlay(first.locator, first.metadata))
        decisions = (*_parsing(first, readings), *overlaid, *deduplicated, *_tagging(complete), *placing)
        return Explanation(article=complete, items=len(readings), decisions=decisions)

    def _relate(self, article: Article) -> tuple[Article, tuple[Decision, ...]]:
        """Search for an original without adding the article to the index."""
        if self.store is None:
            return article, (Decision(stage="dedupe", what="not compared", why="the server is unreachable"),)
        current = self.store.articles.get(article.id)
        signature = sign(article.title, article.text)
        if current:
            same = is_repeated(article, current, self.store)
            kind = RelationKind.EXACT if same else RelationKind.UPDATE
            newest = self.store.articles.version(current.id, self.store.articles.version_count(current.id)) or current
            score = 1.0 if same else round(similarity(sign(newest.title, newest.text), signature), 3)
            why = SAME_WORDS if same else OTHER_WORDS
            relation = Relation(kind=kind, of=current.id, score=score, why=why)
            what = f"{kind.value} of {current.id}"
            return article.model_copy(update={"relation": relation}), (Decision(stage="dedupe", what=what, why=why),)
        if article.status is ArticleStatus.CANCELED:
            return article, (Decision(stage="dedupe", what="new", why="a kill is no copy"),)
        return self._compare(
            Searched(article, signature, self.store.near.find_similar(signature, at=article.effective_at)), self.store
        )

    def _compare(self, searched: Searched, store: Store) -> tuple[Article, tuple[Decision, ...]]:
        threshold = self.policy.near_threshold
        (article,) = with_originals([searched], store, threshold=threshold, now=self.clock.now())
        near, why = article.relation, f"{len(searched.candidates)} candidates; the threshold is {threshold:g}"
        what = f"{near.kind.value} of {near.of} at {near.score:g}" if near else "new"
        if article.status is not searched.article.status:
            what, why = f"new, {article.status.value}", withholding_reason(article)
        return article, (Decision(stage="dedupe", what=what, why=why),)

    def _place(self, article: Article) -> tuple[Decision, ...]:
        """Search for the story that the article would join, without placing it."""
        if self.store is None:
            return ()
        stories, relation = self.store.stories, article.relation
        own = relation.of if relation else article.id
        if known := stories.ids([own]).get(own):
            why = f"the article is in it, or its original {own}"
            return (Decision(stage="place", what=f"is in the story {known}", why=why),)
        (compared,) = compared_uncounted([article], self.store.terms)
        (situation,) = stories.situations([Wanted(article.id, compared.keys)])
        choice = choose_story(compared, [each for each in situation.candidates if not each.closed])
        near = {story_id: in_words(evidence) for story_id, evidence in choice.nearest}
        what = f"joins the story {choice.story_id}" if choice.story_id else "founds a story"
        why = near.pop(choice.story_id, "") if choice.story_id else "no story is near enough"
        others = (Decision(stage="place", what=f"not the story {each}", why=words) for each, words in near.items())
        return (Decision(stage="place", what=what, why=why), *others)

    def _delivery(self, file: Path, source: str | None, size: int, digest: str) -> Delivery:
        now = self.clock.now()
        return Delivery(
            id=DRY_RUN, name=file.name, path=file.name, source=source, size=size, sha256=digest, received_at=now
        )


def _first_draft(readings: Sequence[Reading]) -> tuple[Draft, Reading]:
    """Return the first item that is an article; without one, raise the first item's error."""
    for reading in readings:
        if isinstance(reading.item, Draft):
            return reading.item, reading
    raise next(reading.item.error() for reading in readings if isinstance(reading.item, BadItem))


def _parsing(reading: Reading, readings: Sequence[Reading]) -> tuple[Decision, ...]:
    choice, others = reading.choice, _other_items(readings)
    if choice is None:
        return others
    rivals = ", ".join(f"{name} {score:.2f}" for name, score in choice.rivals.items()) or "none"
    where = f" at {reading.locator}" if reading.locator else ""
    return (
        Decision(stage="parse", what=choice.format + where, why=f"score {choice.score:.2f}; rivals: {rivals}"),
        *others,
    )


def _other_items(readings: Sequence[Reading]) -> tuple[Decision, ...]:
    """Say that the file has further items, of which nothing is explained but the first fault."""
    if len(readings) == 1:
        return ()
    bad = [each.item for each in readings if isinstance(each.item, BadItem)]
    faults = f"; {len(bad):,} cannot be read, the first: {bad[0].message}" if bad else ""
    what = f"the first article of {len(readings):,} items"
    return (Decision(stage="parse", what=what, why=f"each other item is an article of its own{faults}"),)


def _overlay(name: str, metadata: Metadata | None) -> tuple[Decision, ...]:
    if metadata is None:
        return ()
    fields = ", ".join(metadata.model_dump(exclude_none=True)) or "no field"
    return (Decision(stage="parse", what=f"with sidecar {name}{SIDECAR}", why=f"the sidecar has: {fields}"),)


def _tagging(article: Article) -> tuple[Decision, ...]:
    labels = {
        "language": article.language,
        "topics": ", ".join(topic.name for topic in article.topics or ()),
        "entities": ", ".join(entity.name for entity in article.entities or ()),
        "keywords": ", ".join(keyword.term for keyword in article.keywords or ()),
        "tags": ", ".join(tag.name for tag in article.tags),
    }
    decisions = [
        Decision(stage="tag", what=f"{field}: {names or 'none'}", why=article.provenance[field].from_)
        for field, names in labels.items()
        if field in article.provenance
    ]
    if ruling := article.ruling:
        decisions.append(
            Decision(stage="tag", what=f"status: {ruling.status}", why=f"rule {ruling.rule}: {ruling.why}")
        )
    return tuple(decisions)
