"""The labels that an earlier run of the tag stage stored in an article."""

from __future__ import annotations

from copytaster.model.article import Article, Tagging
from copytaster.tagging.stages import UNDETERMINED

LABEL_FIELDS = ("language", "topics", "entities", "keywords")


def existing_labels(article: Article) -> Tagging:
    """Return an article's stored labels without those that the user's rules added."""
    return Tagging(
        language=article.language or UNDETERMINED,
        topics=tuple(topic for topic in article.topics or () if topic.rule is None),
        entities=article.entities,
        keywords=article.keywords or (),
        provenance={name: article.provenance[name] for name in LABEL_FIELDS if name in article.provenance},
    )
