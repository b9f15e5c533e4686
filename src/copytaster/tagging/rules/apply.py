"""Applies rules to an article: adds tags, topics and a status, each with its rule and its evidence."""

from __future__ import annotations

import glob
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import structlog

from copytaster.model.article import (
    STRICTNESS,
    Article,
    ArticleStatus,
    FieldSpan,
    Provenance,
    Ruling,
    Span,
    Tag,
    Tagging,
    Topic,
)
from copytaster.tagging.rules.match import RULE_SECONDS, Hit, OutOfTimeError, find_evidence
from copytaster.tagging.rules.model import Field, Rule, RuleSet
from copytaster.tagging.rules.rule_fields import article_fields, folded
from copytaster.tagging.stages import finding

log = structlog.get_logger(__name__)

UNKNOWN = "so that it is not known whether it matches"

OUT_OF_TIME = f"its expressions took more than {RULE_SECONDS:g} s, {UNKNOWN}"
"""The reason of a status that is set because a rule could not be evaluated."""

HITS_IN_WHY = 8
"""Enough to check the decision, and still one line."""


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that matches an article, with its evidence."""

    rule: Rule
    hits: tuple[Hit, ...]

    @property
    def why(self) -> str:
        """The evidence in one line: field and matched text, and the rule's own text where the two differ."""
        descriptions = list(dict.fromkeys(_description(hit) for hit in self.hits))
        more = len(descriptions) - HITS_IN_WHY
        ending = [f"and {more} more"] if more > 0 else []
        return ", ".join([*descriptions[:HITS_IN_WHY], *ending]) or "nothing that the rule excludes was found"

    @property
    def spans(self) -> tuple[FieldSpan, ...]:
        """The positions of the evidence in running text, in order and without repetition."""
        positions = {(hit.field.value, hit.start, hit.end) for hit in self.hits if hit.has_position}
        return tuple(FieldSpan(field=field, start=start, end=end) for field, start, end in sorted(positions))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The matches, in the order of the rules' file, and the rules that exceeded their time limit."""

    matches: tuple[RuleMatch, ...]
    timed_out: tuple[Rule, ...]


def evaluate(rules: RuleSet, article: Article, tagging: Tagging) -> Evaluation:
    """Match an article and its labels against every rule for its source. No rule sees the effects of another."""
    fields = article_fields(article, tagging)
    matches, timed_out = [], []
    for rule in rules.rules:
        if not _applies_to_source(rule, fields.sources):
            continue
        try:
            hits = find_evidence(rule, fields)
        except OutOfTimeError as error:
            timed_out.append(rule)
            log.warning("rules.out_of_time", rule=rule.id, article_id=article.id, expression=str(error))
            continue
        if hits is not None:
            matches.append(RuleMatch(rule, tuple(hits)))
    return Evaluation(tuple(matches), tuple(timed_out))


def apply_rules(rules: RuleSet, article: Article, tagging: Tagging) -> Tagging:
    """Return the tagging with what the rules add; topics that the tag stage found are not changed.

    Without rules nothing is added, but the provenance of earlier rules does not stay.
    """
    if not rules.rules and "tags" not in article.provenance:
        return tagging
    evaluation = evaluate(rules, article, tagging)
    return tagging.model_copy(
        update={
            "tags": tuple(_tags(evaluation.matches)),
            "topics": (*tagging.topics, *_added_topics(evaluation.matches, tagging.topics)),
            "ruling": _ruling(evaluation),
            "provenance": tagging.provenance | {"tags": _provenance(rules, evaluation)},
        }
    )


def leave_undecided(rules: RuleSet, article: Article, tagging: Tagging, *, why: str) -> Tagging:
    """Return the tagging of an article to which no rule was applied, withheld if one for its source has a status.

    ``why`` is why they were not. A stricter status that earlier rules have set stays.
    """
    sources = article_fields(article, tagging).sources
    undecided = [rule for rule in rules.rules if rule.then.status and _applies_to_source(rule, sources)]
    rulings = [each for each in (tagging.ruling, *_withheld(undecided, f"{why}, {UNKNOWN}")) if each]
    return tagging.model_copy(update={"ruling": _strictest(rulings)})


def _applies_to_source(rule: Rule, sources: Sequence[str]) -> bool:
    """Return whether a pattern of the rule matches the source or the publisher; without patterns it applies to all."""
    # Only "*" is special: brackets and question marks are part of names such as "ANSA [IT]".
    patterns = ["*".join(map(glob.escape, folded(pattern).split("*"))) for pattern in rule.sources]
    names = [folded(unicodedata.normalize("NFC", name)) for name in sources] or [""]
    return not patterns or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _tags(matches: Sequence[RuleMatch]) -> Iterator[Tag]:
    for match in matches:
        for name in match.rule.then.tags:
            yield Tag(name=name, rule=match.rule.id, version=match.rule.version, why=match.why, spans=match.spans)


def _added_topics(matches: Sequence[RuleMatch], found: Sequence[Topic]) -> list[Topic]:
    added: dict[str, Topic] = {}
    present = {topic.code for topic in found}
    for match in matches:
        for topic in match.rule.then.topics:
            if topic.code not in present:
                why = f"rule {match.rule.id} ({match.rule.version}): {match.why}"
                spans = tuple(Span(start=span.start, end=span.end) for span in match.spans if span.field == Field.TEXT)
                new = Topic(code=topic.code, name=topic.name, score=1.0, why=why, spans=spans, rule=match.rule.id)
                added.setdefault(topic.code, new)
    return list(added.values())


def _ruling(evaluation: Evaluation) -> Ruling | None:
    """Return the strictest status that a rule sets; when several rules set it, the first of them.

    Whether a rule that ran out of time matches is not known, so that the article is withheld if it sets a status.
    """
    rulings = [
        Ruling(status=match.rule.then.status, rule=match.rule.id, version=match.rule.version, why=match.why)
        for match in evaluation.matches
        if match.rule.then.status
    ]
    return _strictest([*rulings, *_withheld([rule for rule in evaluation.timed_out if rule.then.status], OUT_OF_TIME)])


def _withheld(undecided: Sequence[Rule], why: str) -> list[Ruling]:
    return [Ruling(status=ArticleStatus.WITHHELD, rule=rule.id, version=rule.version, why=why) for rule in undecided]


def _strictest(rulings: Sequence[Ruling]) -> Ruling | None:
    return max(rulings, key=lambda each: STRICTNESS.index(each.status), default=None)


def _provenance(rules: RuleSet, evaluation: Evaluation) -> Provenance:
    ids = ", ".join(each.id for each in evaluation.timed_out)
    timed_out = f"; out of time: {ids}" if ids else ""
    return finding((), how=f"rules:{rules.version}{timed_out}", confidence=0.0 if timed_out else 1.0).provenance


def _description(hit: Hit) -> str:
    if not hit.matched:
        return f"{hit.field.value} fits {hit.expected}"
    matched = " ".join(hit.matched.split())
    expected = "" if folded(matched) == folded(hit.expected) else f" for {hit.expected}"
    return f'{hit.field.value} "{matched}"{expected}'
