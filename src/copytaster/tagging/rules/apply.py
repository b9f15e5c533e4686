"""What the rules do to an article: tags, topics and a status, each with its rule and its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import structlog

from copytaster.model.article import STRICTNESS, Article, FieldSpan, Provenance, Ruling, Span, Tag, Tagging, Topic
from copytaster.tagging.rules.match import Hit, OutOfTimeError, evidence
from copytaster.tagging.rules.model import Field, Rule, RuleSet
from copytaster.tagging.rules.rule_fields import Subject, subject_of
from copytaster.tagging.stages import finding

log = structlog.get_logger(__name__)

HITS_IN_WHY = 8
"""Enough to judge the decision; a line, not a page."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A rule that matches an article, with its evidence."""

    rule: Rule
    hits: tuple[Hit, ...]

    @property
    def why(self) -> str:
        """The evidence in a line: which words, in which field, where, and what was wanted if it differs."""
        said = list(dict.fromkeys(_told(hit) for hit in self.hits))
        more = len(said) - HITS_IN_WHY
        ending = [f"and {more} more"] if more > 0 else []
        return ", ".join([*said[:HITS_IN_WHY], *ending]) or "nothing that it rules out is there"

    @property
    def spans(self) -> tuple[FieldSpan, ...]:
        """The evidence that stands in running text, in order and without repetition."""
        places = {(hit.field.value, hit.start, hit.end) for hit in self.hits if not hit.listed}
        return tuple(FieldSpan(field=field, start=start, end=end) for field, start, end in sorted(places))


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules that match, in the order of the file, and the ids of those that ran out of time."""

    matched: tuple[Matched, ...]
    late: tuple[str, ...]


def judge(rules: RuleSet, article: Article, tagging: Tagging) -> Judged:
    """Compare an article, with what was found in it, with every rule for its source; no rule sees what another did."""
    subject = subject_of(article, tagging)
    matched, late = [], []
    for rule in rules.rules:
        if not _concerns(rule, subject):
            continue
        try:
            hits = evidence(rule, subject)
        except OutOfTimeError as error:
            late.append(rule.id)
            log.warning("rules.out_of_time", rule=rule.id, article_id=article.id, expression=str(error))
            continue
        if hits is not None:
            matched.append(Matched(rule, tuple(hits)))
    return Judged(tuple(matched), tuple(late))


def apply_rules(rules: RuleSet, article: Article, tagging: Tagging) -> Tagging:
    """Return what the tag stage found with what the rules add to it; topics that were found stay as they are."""
    if not rules.rules:
        return tagging
    judged = judge(rules, article, tagging)
    return tagging.model_copy(
        update={
            "tags": tuple(_tags(judged.matched)),
            "topics": (*tagging.topics, *_topics(judged.matched, tagging.topics)),
            "ruling": _ruling(judged.matched),
            "provenance": tagging.provenance | {"tags": _provenance(rules, judged)},
        }
    )


def _concerns(rule: Rule, subject: Subject) -> bool:
    source = subject.source.casefold()
    return not rule.sources or any(fnmatchcase(source, each.casefold()) for each in rule.sources)


def _tags(matched: Sequence[Matched]) -> Iterator[Tag]:
    for each in matched:
        for name in each.rule.then.tags:
            yield Tag(name=name, rule=each.rule.id, version=each.rule.version, why=each.why, spans=each.spans)


def _topics(matched: Sequence[Matched], found: Sequence[Topic]) -> list[Topic]:
    added: dict[str, Topic] = {}
    known = {topic.code for topic in found}
    for each in matched:
        for topic in each.rule.then.topics:
            if topic.code not in known:
                why = f"rule {each.rule.id} ({each.rule.version}): {each.why}"
                spans = tuple(Span(start=span.start, end=span.end) for span in each.spans if span.field == Field.TEXT)
                made = Topic(code=topic.code, name=topic.name, score=1.0, why=why, spans=spans, rule=each.rule.id)
                added.setdefault(topic.code, made)
    return list(added.values())


def _ruling(matched: Sequence[Matched]) -> Ruling | None:
    """Return the strictest status that a rule gives; of several the first."""
    rulings = [
        Ruling(status=each.rule.then.status, rule=each.rule.id, version=each.rule.version, why=each.why)
        for each in matched
        if each.rule.then.status
    ]
    return max(rulings, key=lambda each: STRICTNESS.index(each.status), default=None)


def _provenance(rules: RuleSet, judged: Judged) -> Provenance:
    late = f"; out of time: {', '.join(judged.late)}" if judged.late else ""
    return finding((), how=f"rules:{rules.version}{late}", confidence=0.0 if late else 1.0).provenance


def _told(hit: Hit) -> str:
    found = " ".join(hit.found.split())
    wanted = "" if found.casefold() == hit.of.casefold() else f" for {hit.of}"
    return f'{hit.field.value} "{found}"{wanted}'
