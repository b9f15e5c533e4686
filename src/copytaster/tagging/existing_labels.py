"""What an earlier run of the tag stage found in an article."""

from __future__ import annotations

from copytaster.model.article import Article, Tagging
from copytaster.tagging.stages import UNDETERMINED

NAMES = ("language", "topics", "entities", "keywords")


def existing_labels(article: Article) -> Tagging:
    """Return what was found in an article, without what users' rules added to it."""
    return Tagging(
        language=article.language or UNDETERMINED,
        topics=tuple(each for each in article.topics or () if each.rule is None),
        entities=article.entities,
        keywords=article.keywords or (),
        provenance={name: article.provenance[name] for name in NAMES if name in article.provenance},
    )
