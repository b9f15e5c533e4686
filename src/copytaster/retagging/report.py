"""What a re-tagging has done so far, and what it changed."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import Article, ArticleId, Document

MOST_EXAMPLES = 10
"""Articles that a report shows: enough to see what kind of change it is."""

KINDS = ("language", "topics", "entities", "keywords", "tags", "status")


class Labels(Document):
    """The labels of an article as a report compares them: names alone."""

    title: str
    named: dict[str, frozenset[str]]


class Pending(Document):
    """An article that was sent: its labels before, and how often it was sent."""

    before: Labels
    tries: int = 1


class Changes(Document):
    """How many labels of a kind came, and how many went."""

    added: int = 0
    removed: int = 0


class Example(Document):
    """What changed in one article, each as kind and name (``topics: politics``)."""

    article_id: ArticleId
    title: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Retagged(Document):
    """Counts of articles, and of labels by kind.

    ``looked_at`` were compared, ``unchanged`` need not be tagged again, ``retagged`` were. ``outdated`` were, too, but
    by a worker with other code, models or rules; ``gone`` are not in the store any more. ``went_on`` says that an
    earlier run was cut short and this one went on.
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
        """Articles that nothing more is to be done about."""
        return self.unchanged + self.retagged + self.outdated + self.gone

    def looked_at_more(self, count: int, *, unchanged: int) -> Retagged:
        """Return the counts with so many more that were compared."""
        more = {"looked_at": self.looked_at + count, "unchanged": self.unchanged + unchanged}
        return self.model_copy(update=more)

    def after(self, before: Labels, article: Article | None, *, held: bool) -> Retagged:
        """Return the counts with one more article whose tagging has ended; ``held``: by the means of today."""
        if article is None:
            return self.model_copy(update={"gone": self.gone + 1})
        now = labels_of(article).named
        came = {kind: sorted(now[kind] - before.named[kind]) for kind in KINDS}
        went = {kind: sorted(before.named[kind] - now[kind]) for kind in KINDS}
        counts = {
            "retagged": self.retagged + held,
            "outdated": self.outdated + (not held),
            "changes": {
                kind: Changes(added=known.added + len(came[kind]), removed=known.removed + len(went[kind]))
                for kind, known in self.changes.items()
            },
        }
        added, removed = _told(came), _told(went)
        if not (added or removed):
            return self.model_copy(update=counts)
        example = Example(article_id=article.id, title=article.title, added=added, removed=removed)
        examples = (*self.examples, example)[:MOST_EXAMPLES]
        return self.model_copy(update=counts | {"changed": self.changed + 1, "examples": examples})


class Plan(Document):
    """Counts of articles: what a re-tagging would do.

    ``labels`` would be tagged anew and ``rules`` have only the rules run again; ``untold`` do not say what they were
    tagged by, and would be tagged anew.
    """

    looked_at: int = 0
    unchanged: int = 0
    labels: int = 0
    rules: int = 0
    untold: int = 0

    def counted(self, *, tagged: bool, labels: bool, rules: bool) -> Plan:
        """Return the counts with one more article: whether it says how it was tagged, and what still holds of that."""
        where = "untold" if not tagged else "labels" if not labels else "rules" if not rules else "unchanged"
        return self.model_copy(update={"looked_at": self.looked_at + 1, where: getattr(self, where) + 1})


class Progress(Document):
    """How far a re-tagging is: what is kept on the server until it has ended.

    ``labels`` and ``rules`` are the versions that it tags by; ``finished`` says that everything has been sent.
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
            "topics": frozenset(each.name for each in article.topics or ()),
            "entities": frozenset(f"{each.name} ({each.type})" for each in article.entities or ()),
            "keywords": frozenset(each.term for each in article.keywords or ()),
            "tags": frozenset(each.name for each in article.tags),
            "status": frozenset([status] if status else []),
        },
    )


def _told(named: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{kind}: {name}" for kind, names in named.items() for name in names)
