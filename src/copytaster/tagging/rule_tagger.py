"""Runs the tag stage, then the user's rules. Labels that are up to date are reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from copytaster.model.article import Article, TaggedBy, Tagging
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.existing_labels import existing_labels
from copytaster.tagging.fingerprint import labels_fingerprint
from copytaster.tagging.given_up import reason
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.rules.apply import apply_rules, leave_undecided
from copytaster.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True)
class RuleTagger:
    """Runs ``tagger`` on articles whose labels are missing or outdated, then the rules on all articles.

    ``version`` identifies the tagger's models, vocabulary and code; see ``copytaster.tagging.fingerprint``.
    """

    tagger: Tagger
    rules: ActiveRules
    version: str

    def with_frequencies(self, frequencies: TermFrequencies) -> RuleTagger:
        """Return a copy that uses the store's term frequencies; see ``Tagger.with_frequencies``."""
        return replace(self, tagger=self.tagger.with_frequencies(frequencies))

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order. Labels are kept when only the rules have changed."""
        fingerprints = [labels_fingerprint(article, self.version) for article in articles]
        outdated = [
            _as_declared(article)
            for article, fingerprint in zip(articles, fingerprints, strict=True)
            if not _is_current(article, fingerprint)
        ]
        new_labels = iter(self.tagger.tag(outdated) if outdated else ())
        rules = self.rules.current()
        taggings = []
        for article, fingerprint in zip(articles, fingerprints, strict=True):
            labels = existing_labels(article) if _is_current(article, fingerprint) else next(new_labels)
            by = TaggedBy(labels=fingerprint, rules=rules.version, declared_language=declared_language(article))
            taggings.append(apply_rules(rules, article, labels).model_copy(update={"tagged_by": by}))
        return taggings

    def give_up(self, article: Article, attempts: int) -> Tagging:
        """Return the labels that the article has, withheld if rules that were not applied set a status."""
        labels, rules = self.tagger.give_up(article, attempts), self.rules.current()
        if article.tagged_by and article.tagged_by.rules == rules.version:
            return labels
        return leave_undecided(rules, article, labels, why=reason(attempts))


def declared_language(article: Article) -> str | None:
    """Return the language that the source declared, even after the detected language has replaced it."""
    return article.tagged_by.declared_language if article.tagged_by else article.language


def _is_current(article: Article, fingerprint: str) -> bool:
    return article.tagged_by is not None and article.tagged_by.labels == fingerprint


def _as_declared(article: Article) -> Article:
    """Return the article with its declared language: a language detected earlier is no evidence for this run."""
    return article.model_copy(update={"language": declared_language(article)})
