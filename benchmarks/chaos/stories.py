"""Judges the stories of a run: each article is in one, and in the same one as before the server lost its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.chaos.tree import Tree, wait_until
from copytaster.model.article import ArticleId
from copytaster.store.ports.stories import StoryId
from copytaster.stories.members import all_entries

PLACED_SECONDS = 10.0
"""Timeout for the placing of articles that were tagged: it follows within milliseconds."""


def stories_of(tree: Tree, article_ids: Sequence[ArticleId]) -> dict[ArticleId, StoryId]:
    """Return the stories of those articles that are in one."""
    return dict(tree.store.stories.ids(article_ids))


def find_wrong_stories(
    tree: Tree, article_ids: Sequence[ArticleId], before: Mapping[ArticleId, StoryId]
) -> Iterator[str]:
    """Yield a sentence for each kind of fault; ``before`` are stories from before a loss of data."""
    wait_until(lambda: len(stories_of(tree, article_ids)) == len(set(article_ids)), seconds=PLACED_SECONDS)
    placed = stories_of(tree, article_ids)
    if without := set(article_ids) - placed.keys():
        yield f"{len(without)} articles are in no story: {sorted(without)[:3]}"
    members = Counter(entry.article_id for story in set(placed.values()) for entry in all_entries(story, tree.store))
    if several := [each for each in placed if members[each] != 1]:
        yield f"{len(several)} articles are not exactly once among the members of stories: {several[:3]}"
    for story_id, record in tree.store.stories.records(list(set(placed.values()))).items():
        listed = sum(1 for _ in all_entries(story_id, tree.store))
        if listed != record.members:
            yield f"{story_id} lists {listed} members and counts {record.members}"
    present = tree.store.stories.records(list(set(before.values())))
    moved = [
        each
        for each, story in before.items()
        if each in placed and (story not in present or present[story].id != placed[each])
    ]
    if moved:
        yield f"{len(moved)} of {len(before)} articles are in another story than before the loss: {moved[:3]}"
