"""The tag stage with the user's rules behind it; what has been found by the same means is not looked for again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from copytaster.model.article import Article, TaggedBy, Tagging
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.existing_labels import existing_labels
from copytaster.tagging.fingerprint import labels_fingerprint
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.rules.apply import apply_rules
from copytaster.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True)
class RuleTagger:
    """Runs ``tagger`` on what it has not tagged as it would today, then the rules on everything.

    ``version`` stands for the tagger's models, vocabulary and code; see ``copytaster.tagging.fingerprint``.
    """

    tagger: Tagger
    rules: ActiveRules
    version: str

    def learning_from(self, frequencies: TermFrequencies) -> RuleTagger:
        """Return the same with the store's frequencies of terms; see ``Tagger.learning_from``."""
        return replace(self, tagger=self.tagger.learning_from(frequencies))

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order; where only the rules have changed, labels are kept as they are."""
        prints = [labels_fingerprint(each, self.version) for each in articles]
        fresh = [_untagged(each) for each, label in zip(articles, prints, strict=True) if not _same(each, label)]
        found = iter(self.tagger.tag(fresh) if fresh else ())
        rules = self.rules.current()
        taggings = []
        for article, label in zip(articles, prints, strict=True):
            labels = existing_labels(article) if _same(article, label) else next(found)
            by = TaggedBy(labels=label, rules=rules.version, declared_language=declared_language(article))
            taggings.append(apply_rules(rules, article, labels).model_copy(update={"tagged_by": by}))
        return taggings


def declared_language(article: Article) -> str | None:
    """Return the language that the source declared, also when the article bears the detected one since."""
    return article.tagged_by.declared_language if article.tagged_by else article.language


def _same(article: Article, label: str) -> bool:
    return article.tagged_by is not None and article.tagged_by.labels == label


def _untagged(article: Article) -> Article:
    """Return the article as the source sent it: an earlier guess at its language is no evidence for the next."""
    return article.model_copy(update={"language": declared_language(article)})
