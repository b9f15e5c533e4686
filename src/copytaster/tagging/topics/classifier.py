"""Which IPTC Media Topics a text is about: what its source says, what its words say, and what a model adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copytaster.model.article import Span, Subject, Topic
from copytaster.tagging.stages import Finding, Passage, finding
from copytaster.tagging.topics.evidence import Gathered, Weighed, gather, spans_by_topic
from copytaster.tagging.topics.taxonomy import Heading, Taxonomy, load_taxonomy
from copytaster.tagging.topics.topic_model import Opinion, TopicModel, load_topic_model
from copytaster.tagging.topics.vocabulary import Vocabulary, load_vocabularies

LEAST_EVIDENCE = 3.0
"""One strong term, or two plain ones: less is chance."""

LEAST_SHARE = 0.15
"""Of all evidence; keeps the second subject of a story and drops what is only touched."""

MOST_TOPS = 5
"""A story about more than five of the seventeen fields is about none of them."""

MOST_BELOW = 3
"""Narrower topics of one top: a market report has shares, bonds and the dollar."""

LEAST_OF_BEST = 0.5
"""A narrower topic needs this share of the evidence that the best one below the same top has."""

GIVEN = 9.0
"""What a source's own word weighs: three strong terms, which a text that is plainly about something else outweighs."""

MOST_GIVEN = 20
"""Topics of a source that are kept: more are a list of all that it has."""

MODEL_STRENGTH = 0.5
"""Power of the model's share beside that of the terms; up to 1 the first topic hardly changes, the second fades."""

DOUBT = 0.01
"""Added to both shares: neither can rule out alone what the other is sure of."""

UNSEEN = 0.7
"""What a top's share keeps that is not in the model: of articles like those it learned from, few are about that."""

TERMS_IN_WHY = 8
"""Enough to judge the decision; a line, not a page."""

GIVEN_BY_SOURCE = "given by the source"

NO_TERMS = Vocabulary({}, {}, (), "")
"""For languages without a list: what the source gave is kept all the same."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A topic that stands, with its score and what speaks for it beside its terms."""

    heading: Heading
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaTopics:
    """Settles topics on two levels: the tops by all evidence, what lies below only under the tops that were chosen."""

    taxonomy: Taxonomy
    vocabularies: Mapping[str, Vocabulary]
    model: TopicModel | None = None

    def topics(self, passage: Passage) -> Finding[tuple[Topic, ...]]:
        """Return the tops, best first, then the narrower topics, best first, each with score, reason and spans.

        A top's score is its share of the evidence; a narrower topic's is its share of that below its top. What the
        source gave is always among them; in a language without terms there is nothing else.
        """
        given = self._given(passage.subjects)
        vocabulary = self.vocabularies.get(passage.language, NO_TERMS)
        gathered = gather(passage, vocabulary)
        opinion = self._opinion(gathered)
        tops = self._tops(gathered, given, opinion)
        chosen = [*tops, *self._below(gathered, given, {each.heading.code: each.score for each in tops})]
        found = _shown(chosen, gathered, vocabulary)
        by = [f"terms:{vocabulary.version}"] if vocabulary.evidence else []
        by += [self.model.name] if opinion and self.model else []
        by += ["source"] if given else []
        how = "+".join(by) or f"no terms for language {passage.language}"
        return finding(found, how=how, confidence=found[0].score if found else 0.0)

    def _given(self, subjects: Sequence[Subject]) -> list[Heading]:
        found = [heading for each in subjects if (heading := self.taxonomy.given(each))]
        return list(dict.fromkeys(found))[:MOST_GIVEN]

    def _opinion(self, gathered: Gathered) -> Opinion | None:
        if self.model is None or self.model.language != gathered.passage.language:
            return None
        return self.model.opinion(gathered.title, gathered.text)

    def _tops(self, gathered: Gathered, given: Sequence[Heading], opinion: Opinion | None) -> list[Chosen]:
        weights = {code: gathered.weight(code) for code in self.taxonomy.tops}
        stated = {each.top for each in given if each.top}
        for code in stated:
            weights[code] += GIVEN
        total = sum(weights.values())
        by_terms = {code: each / total for code, each in weights.items()} if total else {}
        shares = _blended(by_terms, opinion)
        enough = [
            code
            for code, share in shares.items()
            if code in stated or (weights[code] >= LEAST_EVIDENCE and max(share, by_terms[code]) >= LEAST_SHARE)
        ]
        enough.sort(key=lambda code: (-shares[code], code))
        kept = [*enough[:MOST_TOPS], *(code for code in enough[MOST_TOPS:] if code in stated)]
        return [Chosen(self.taxonomy.headings[code], shares[code], _reasons(code, given, opinion)) for code in kept]

    def _below(self, gathered: Gathered, given: Sequence[Heading], tops: Mapping[str, float]) -> list[Chosen]:
        by_top: dict[str, list[tuple[float, Heading]]] = defaultdict(list)
        for code in gathered.terms:
            heading = self.taxonomy.headings[code]
            if heading.top in tops and heading.code != heading.top and heading not in given:
                by_top[heading.top].append((gathered.weight(code), heading))
        stated = [Chosen(each, tops.get(each.top, 1.0), (GIVEN_BY_SOURCE,)) for each in given if each.code != each.top]
        found = [each for top, weighed in by_top.items() for each in _best_below(weighed, gathered.strong, tops[top])]
        return sorted([*stated, *found], key=lambda each: (-each.score, each.heading.code))


def load_topics(*, taxonomy_file: Path | None = None, model_file: Path | None = None) -> MediaTopics:
    """Load the topics with their terms, and a taxonomy and a model where files are named (a tenth of a second).

    Raises ``ConfigurationError`` that names the setting and the file where one of them cannot be used. A model that is
    not there is left out.
    """
    taxonomy = load_taxonomy(taxonomy_file)
    model = load_topic_model(model_file, taxonomy.tops) if model_file else None
    return MediaTopics(taxonomy, load_vocabularies(taxonomy.headings), model)


def _blended(shares: Mapping[str, float], opinion: Opinion | None) -> Mapping[str, float]:
    """Multiply the terms' shares with what the model says of the tops that it knows, as far as it is trusted.

    The tops that it does not know stood out in none of its texts: they pass a part of their shares on to the others.
    """
    if opinion is None:
        return shares
    strength = MODEL_STRENGTH * opinion.trust
    kept = 1 - (1 - UNSEEN) * opinion.trust
    raised = {
        code: (share + DOUBT) * (opinion.shares[code] + DOUBT) ** strength
        for code, share in shares.items()
        if code in opinion.shares
    }
    unknown = sum(share for code, share in shares.items() if code not in raised)
    scale = (1 - kept * unknown) / (sum(raised.values()) or 1.0)
    return {code: raised[code] * scale if code in raised else kept * share for code, share in shares.items()}


def _best_below(weighed: list[tuple[float, Heading]], strong: Collection[str], score: float) -> Iterable[Chosen]:
    """Return the few narrower topics that stand out below a top of this score.

    One without a strong term has only words that its neighbours share: "goal", "team" and "court" are of all games.
    """
    total = sum(weight for weight, _ in weighed)
    sure = sorted((-weight, heading) for weight, heading in weighed if heading.code in strong)
    least = max(LEAST_EVIDENCE, LEAST_OF_BEST * -sure[0][0]) if sure else 0.0
    return [Chosen(heading, -negative / total * score) for negative, heading in sure[:MOST_BELOW] if -negative >= least]


def _reasons(top: str, given: Sequence[Heading], opinion: Opinion | None) -> tuple[str, ...]:
    """Return what speaks for a top beside its terms: the source, by itself or by what lies below; the model."""
    said = [GIVEN_BY_SOURCE] if any(each.code == top for each in given) else []
    below = ", ".join(each.name for each in given if each.top == top and each.code != top)
    if below and not said:
        said = [f"{GIVEN_BY_SOURCE} as {below}"]
    heard = opinion.why(top) if opinion else None
    return (*said, *([heard] if heard else []))


def _shown(chosen: Sequence[Chosen], gathered: Gathered, vocabulary: Vocabulary) -> tuple[Topic, ...]:
    """Return the topics with the terms that weigh most, and where those stand."""
    best = {
        code: sorted(gathered.terms.get(code, ()), reverse=True)[:TERMS_IN_WHY]
        for code in (each.heading.code for each in chosen)
    }
    shown = {code: frozenset(term for _, term, _ in terms) for code, terms in best.items()}
    spans = spans_by_topic(gathered, vocabulary, shown) if chosen else {}
    return tuple(_topic(each, best[each.heading.code], spans[each.heading.code]) for each in chosen)


def _topic(chosen: Chosen, terms: Sequence[Weighed], spans: tuple[Span, ...]) -> Topic:
    said = ", ".join(f"{term} ×{times}" for _, term, times in terms)  # noqa: RUF001 - a multiplication sign is meant
    return Topic(
        code=chosen.heading.code,
        name=chosen.heading.name,
        score=round(chosen.score, 3),
        why="; ".join([*chosen.reasons, *([said] if said else [])]),
        spans=spans,
    )
