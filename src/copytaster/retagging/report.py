"""The progress of a re-tagging, and the changes that it made."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import Article, ArticleId, Document

MAX_EXAMPLES = 10
"""Articles that a report shows: enough to see the kind of changes."""

KINDS = ("language", "topics", "entities", "keywords", "tags", "status")


class Labels(Document):
    """The labels of an article for comparison: the names of each kind."""

    title: str
    named: dict[str, frozenset[str]]


class Pending(Document):
    """An article that was sent to the workers: its labels before, and how often it was sent."""

    before: Labels
    tries: int = 1


class Changes(Document):
    """How many labels of a kind were added, and how many were removed."""

    added: int = 0
    removed: int = 0


class Example(Document):
    """The changes in one article, each as kind and name (``topics: politics``)."""

    article_id: ArticleId
    title: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Retagged(Document):
    """Counts of articles, and of labels by kind.

    ``looked_at`` articles were compared, ``unchanged`` ones did not need to be tagged again, ``retagged`` ones were
    tagged. ``outdated`` ones were tagged too, but by a worker with other code, models or rules; ``gone`` ones have been
    deleted from the store. ``went_on`` is true when this run resumed an interrupted one.
    """

    looked_at: int = 0
    unchanged: int = 0
    retagged: int = 0
    outdated: int = 0
    gone: int = 0
    changed: int = 0
    changes: dict[str, Changes] = Field(default_factory=lambda: {kind: Changes() for kind in KINDS})
    examples: tuple[Example, ...] = ()
    went_on: bool = False

    @property
    def ended(self) -> int:
        """The number of articles that need no further work."""
        return self.unchanged + self.retagged + self.outdated + self.gone

    def with_compared(self, count: int, *, unchanged: int) -> Retagged:
        """Return the counts after ``count`` more articles were compared."""
        more = {"looked_at": self.looked_at + count, "unchanged": self.unchanged + unchanged}
        return self.model_copy(update=more)

    def with_result(self, before: Labels, article: Article | None, *, current: bool) -> Retagged:
        """Return the counts after one more article was tagged; ``current``: by the current versions."""
        if article is None:
            return self.model_copy(update={"gone": self.gone + 1})
        now = labels_of(article).named
        added = {kind: sorted(now[kind] - before.named[kind]) for kind in KINDS}
        removed = {kind: sorted(before.named[kind] - now[kind]) for kind in KINDS}
        counts = {
            "retagged": self.retagged + current,
            "outdated": self.outdated + (not current),
            "changes": {
                kind: Changes(added=changes.added + len(added[kind]), removed=changes.removed + len(removed[kind]))
                for kind, changes in self.changes.items()
            },
        }
        added_labels, removed_labels = _with_kinds(added), _with_kinds(removed)
        if not (added_labels or removed_labels):
            return self.model_copy(update=counts)
        example = Example(article_id=article.id, title=article.title, added=added_labels, removed=removed_labels)
        examples = (*self.examples, example)[:MAX_EXAMPLES]
        return self.model_copy(update=counts | {"changed": self.changed + 1, "examples": examples})


class Plan(Document):
    """Counts of articles by what a re-tagging would do.

    ``labels``: labels and rules would be renewed. ``rules``: only the rules would run again. ``unrecorded``: the
    article does not record its versions, and would be tagged completely.
    """

    looked_at: int = 0
    unchanged: int = 0
    labels: int = 0
    rules: int = 0
    unrecorded: int = 0

    def with_article(self, *, recorded: bool, labels_current: bool, all_current: bool) -> Plan:
        """Return the counts with one more article.

        ``recorded``: the article records the versions that it was tagged by.
        """
        if not recorded:
            count = "unrecorded"
        elif not labels_current:
            count = "labels"
        else:
            count = "unchanged" if all_current else "rules"
        return self.model_copy(update={"looked_at": self.looked_at + 1, count: getattr(self, count) + 1})


class Progress(Document):
    """The progress of a re-tagging. It is stored on the server until the re-tagging has ended.

    ``labels`` and ``rules`` are the versions that it tags by; ``finished`` is true when every article has been sent.
    """

    labels: str
    rules: str
    cursor: str | None = None
    finished: bool = False
    retagged: Retagged = Retagged()
    pending: dict[ArticleId, Pending] = Field(default_factory=dict)


def labels_of(article: Article) -> Labels:
    """Return an article's labels."""
    status = article.ruling.status.value if article.ruling else None
    return Labels(
        title=article.title,
        named={
            "language": frozenset([article.language] if article.language else []),
            "topics": frozenset(topic.name for topic in article.topics or ()),
            "entities": frozenset(f"{entity.name} ({entity.type})" for entity in article.entities or ()),
            "keywords": frozenset(keyword.term for keyword in article.keywords or ()),
            "tags": frozenset(tag.name for tag in article.tags),
            "status": frozenset([status] if status else []),
        },
    )


def _with_kinds(names_by_kind: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{kind}: {name}" for kind, names in names_by_kind.items() for name in names)
