"""Assigns IPTC Media Topics to a text, by the source's own subjects, the terms in the text and an optional model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copytaster.model.article import Span, Subject, Topic
from copytaster.tagging.stages import Finding, Passage, finding
from copytaster.tagging.topics.evidence import Evidence, WeightedTerm, collect_evidence, spans_by_topic
from copytaster.tagging.topics.labels import load_labels
from copytaster.tagging.topics.taxonomy import Heading, Taxonomy, load_taxonomy
from copytaster.tagging.topics.topic_model import Prediction, TopicModel, load_topic_model
from copytaster.tagging.topics.vocabulary import Vocabulary, load_vocabularies

LEAST_EVIDENCE = 3.0
"""One strong term, or two plain ones: less is a coincidence."""

MAX_TOPS = 5
"""A story about more than five of the seventeen top-level topics is about none of them."""

MAX_NARROWER = 3
"""Narrower topics of one top-level topic: a market report has shares, bonds and the dollar."""

LEAST_OF_BEST = 0.5
"""A narrower topic needs this share of the evidence for the best one below the same top-level topic."""

SOURCE_WEIGHT = 9.0
"""The weight of a source's own subject: three strong terms, less than those of a text clearly about something else."""

MAX_SOURCE_TOPICS = 20
"""Topics of a source that are kept: more are a list of everything that the source covers."""

MODEL_STRENGTH = 0.5
"""Exponent of the model's share. Raising it to 1 rarely changes the first topic, but suppresses the second."""

SMOOTHING = 0.01
"""Added to both shares, so that neither alone excludes a topic that the other considers certain."""

UNSEEN_FACTOR = 0.7
"""Reduces the shares of topics that the model does not cover: few articles like its examples are about them."""

TERMS_IN_WHY = 8
"""Enough to check the decision, and still one line."""

GIVEN_BY_SOURCE = "given by the source"

NO_TERMS = Vocabulary({}, {}, (), "")
"""For languages without terms and labels: topics from the source are still kept."""


@dataclass(frozen=True, slots=True)
class ChosenTopic:
    """A topic that is assigned, with its score and the reasons besides its terms."""

    heading: Heading
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaTopics:
    """Assigns topics on two levels: top-level topics by all evidence, narrower ones only below the chosen ones."""

    taxonomy: Taxonomy
    vocabularies: Mapping[str, Vocabulary]
    model: TopicModel | None = None

    def topics(self, passage: Passage) -> Finding[tuple[Topic, ...]]:
        """Return top-level topics, then narrower ones, each best first, with score, reason and spans.

        The score of a top-level topic is its share of all evidence; a narrower topic divides its top's score by its
        share of the evidence below that top. The source's topics are always included; in a language without terms the
        labels of the Media Topics give top-level topics with low scores.
        """
        given = self._source_topics(passage.subjects)
        vocabulary = self.vocabularies.get(passage.language) or load_labels(passage.language) or NO_TERMS
        evidence = collect_evidence(passage, vocabulary)
        prediction = self._predict(evidence)
        tops = self._choose_tops(evidence, given, prediction, vocabulary)
        narrower = self._choose_narrower(evidence, given, {each.heading.code: each.score for each in tops})
        topics = _explained([*tops, *narrower], evidence, vocabulary)
        source_of_terms = "labels" if vocabulary.kind else "terms"
        methods = [f"{source_of_terms}:{vocabulary.version}"] if vocabulary.indications else []
        methods += [self.model.name] if prediction and self.model else []
        methods += ["source"] if given else []
        how = "+".join(methods) or f"no terms for language {passage.language}"
        return finding(topics, how=how, confidence=topics[0].score if topics else 0.0)

    def _source_topics(self, subjects: Sequence[Subject]) -> list[Heading]:
        headings = [heading for subject in subjects if (heading := self.taxonomy.heading_of(subject))]
        return list(dict.fromkeys(headings))[:MAX_SOURCE_TOPICS]

    def _predict(self, evidence: Evidence) -> Prediction | None:
        if self.model is None or self.model.language != evidence.passage.language:
            return None
        return self.model.predict(evidence.title, evidence.text)

    def _choose_tops(
        self, evidence: Evidence, given: Sequence[Heading], prediction: Prediction | None, vocabulary: Vocabulary
    ) -> list[ChosenTopic]:
        weights = {code: evidence.weight(code) for code in self.taxonomy.tops}
        given_tops = {heading.top for heading in given if heading.top}
        for code in given_tops:
            weights[code] += SOURCE_WEIGHT
        total = sum(weights.values())
        term_shares = {code: weight / total for code, weight in weights.items()} if total else {}
        shares = _combined(term_shares, prediction)
        codes = [
            code
            for code, share in shares.items()
            if code in given_tops
            or (
                weights[code] >= LEAST_EVIDENCE
                and max(share, term_shares[code]) >= vocabulary.least_share
                and evidence.has_witnesses(code)
            )
        ]
        codes.sort(key=lambda code: (-shares[code], code))
        chosen = [*codes[:MAX_TOPS], *(code for code in codes[MAX_TOPS:] if code in given_tops)]
        return [
            ChosenTopic(
                self.taxonomy.headings[code],
                shares[code] * (1.0 if code in given_tops else vocabulary.trust),
                _reasons(code, given, prediction),
            )
            for code in chosen
        ]

    def _choose_narrower(
        self, evidence: Evidence, given: Sequence[Heading], top_scores: Mapping[str, float]
    ) -> list[ChosenTopic]:
        by_top: dict[str, list[tuple[float, Heading]]] = defaultdict(list)
        for code in evidence.terms:
            heading = self.taxonomy.headings[code]
            if heading.top in top_scores and heading.code != heading.top and heading not in given:
                by_top[heading.top].append((evidence.weight(code), heading))
        from_source = [
            ChosenTopic(heading, top_scores.get(heading.top, 1.0), (GIVEN_BY_SOURCE,))
            for heading in given
            if heading.code != heading.top
        ]
        from_terms = [
            topic
            for top, weighted in by_top.items()
            for topic in _best_narrower(weighted, evidence.strong, top_scores[top])
        ]
        return sorted([*from_source, *from_terms], key=lambda topic: (-topic.score, topic.heading.code))


def load_topics(*, taxonomy_file: Path | None = None, model_file: Path | None = None) -> MediaTopics:
    """Load the topics with their terms, and a taxonomy and a model if files are named (a tenth of a second).

    Raises ``ConfigurationError`` that names the setting and the file when one of them cannot be used. A model file that
    does not exist is ignored.
    """
    taxonomy = load_taxonomy(taxonomy_file)
    model = load_topic_model(model_file, taxonomy.tops) if model_file else None
    vocabularies = load_vocabularies(taxonomy.headings) if taxonomy_file else _packaged_vocabularies()
    return MediaTopics(taxonomy, vocabularies, model)


@cache
def _packaged_vocabularies() -> Mapping[str, Vocabulary]:
    """Return the vocabularies for the packaged topics, which are built once in a process."""
    return load_vocabularies(load_taxonomy().headings)


def _combined(shares: Mapping[str, float], prediction: Prediction | None) -> Mapping[str, float]:
    """Multiply the terms' shares by the model's shares, weighted by the model's trust.

    Topics that the model does not cover were rare in its training texts: a part of their shares goes to the others.
    """
    if prediction is None:
        return shares
    strength = MODEL_STRENGTH * prediction.trust
    unseen_factor = 1 - (1 - UNSEEN_FACTOR) * prediction.trust
    covered = {
        code: (share + SMOOTHING) * (prediction.shares[code] + SMOOTHING) ** strength
        for code, share in shares.items()
        if code in prediction.shares
    }
    uncovered = sum(share for code, share in shares.items() if code not in covered)
    scale = (1 - unseen_factor * uncovered) / (sum(covered.values()) or 1.0)
    return {code: covered[code] * scale if code in covered else unseen_factor * share for code, share in shares.items()}


def _best_narrower(
    weighted: list[tuple[float, Heading]], strong: Collection[str], top_score: float
) -> Iterable[ChosenTopic]:
    """Return the best narrower topics below a top-level topic.

    A topic needs a strong term: its other terms are shared with its neighbours ("goal", "team" and "court" occur in all
    games).
    """
    total = sum(weight for weight, _ in weighted)
    ranked = sorted((-weight, heading) for weight, heading in weighted if heading.code in strong)
    least = max(LEAST_EVIDENCE, LEAST_OF_BEST * -ranked[0][0]) if ranked else 0.0
    return [
        ChosenTopic(heading, -negative / total * top_score)
        for negative, heading in ranked[:MAX_NARROWER]
        if -negative >= least
    ]


def _reasons(top: str, given: Sequence[Heading], prediction: Prediction | None) -> tuple[str, ...]:
    """Return the reasons for a top-level topic besides its terms: the source's subjects and the model."""
    reasons = [GIVEN_BY_SOURCE] if any(heading.code == top for heading in given) else []
    narrower = ", ".join(heading.name for heading in given if heading.top == top and heading.code != top)
    if narrower and not reasons:
        reasons = [f"{GIVEN_BY_SOURCE} as {narrower}"]
    by_model = prediction.why(top) if prediction else None
    return (*reasons, *([by_model] if by_model else []))


def _explained(chosen: Sequence[ChosenTopic], evidence: Evidence, vocabulary: Vocabulary) -> tuple[Topic, ...]:
    """Return the topics with their heaviest terms and the positions of these."""
    best = {
        code: sorted(evidence.terms.get(code, ()), reverse=True)[:TERMS_IN_WHY]
        for code in (topic.heading.code for topic in chosen)
    }
    terms_by_topic = {code: frozenset(term for _, term, _ in terms) for code, terms in best.items()}
    spans = spans_by_topic(evidence, vocabulary, terms_by_topic) if chosen else {}
    return tuple(
        _topic(topic, best[topic.heading.code], spans[topic.heading.code], kind=vocabulary.kind) for topic in chosen
    )


def _topic(chosen: ChosenTopic, terms: Sequence[WeightedTerm], spans: tuple[Span, ...], *, kind: str) -> Topic:
    listed = ", ".join(f"{term} ×{count}" for _, term, count in terms)  # noqa: RUF001 - a multiplication sign is meant
    listed = f"{kind}: {listed}" if kind and listed else listed
    return Topic(
        code=chosen.heading.code,
        name=chosen.heading.name,
        score=round(chosen.score, 3),
        why="; ".join([*chosen.reasons, *([listed] if listed else [])]),
        spans=spans,
    )
