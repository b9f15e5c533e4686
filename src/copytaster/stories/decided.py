"""What decisions add up to: where articles belong, which stories are merged, their headlines, and what stays apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from copytaster.model.article import ArticleId
from copytaster.model.story_decision import StoryDecision, StoryDecisionKind
from copytaster.store.ports.stories import Assignment, PinnedHeadline, StoryId
from copytaster.stories.evidence import Evidence
from copytaster.stories.recording import evidence_bytes


@dataclass(frozen=True, slots=True)
class DecidedPlace:
    """The story into which a decision put an article; ``by`` is None if it only came with its story."""

    story_id: StoryId
    by: str | None


@dataclass(slots=True)
class Decided:
    """The result of the decisions in force, whatever the clustering did between them.

    ``places`` are those of the articles that a decision moved. ``merged`` leads from each story that is merged to the
    other one. ``split_at`` says when a story was split off. ``apart`` are, for each story, those with which it is never
    merged automatically.
    """

    places: dict[ArticleId, DecidedPlace] = field(default_factory=dict)
    merged: dict[StoryId, StoryId] = field(default_factory=dict)
    split_at: dict[StoryId, datetime] = field(default_factory=dict)
    headlines: dict[StoryId, PinnedHeadline] = field(default_factory=dict)
    apart: defaultdict[StoryId, set[StoryId]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, decisions: Iterable[StoryDecision]) -> Decided:
        """Return what the decisions add up to, in any order."""
        decided = cls()
        made = [(each.at, each.id, each) for each in decisions]
        undone = [(each.undone.at, each.id, each) for *_, each in made if each.undone]
        for at, _, decision in sorted([*made, *undone], key=lambda step: step[:2]):
            if decision.undone is None:
                decided._add(decision)
            elif decision.kind is StoryDecisionKind.SPLIT:
                decided._add_undone_split(decision, at)
        return decided

    def assignment(self, recorded: Assignment) -> Assignment:
        """Return the assignment of an article to the story that it was in, corrected by the decisions."""
        place = self.places.get(recorded.article_id)
        story_id = place.story_id if place else recorded.story_id
        return replace(
            recorded,
            story_id=story_id,
            evidence=self.evidence(recorded.article_id, recorded.evidence),
            headline=self.headlines.get(story_id),
            apart=tuple(sorted(self.apart.get(story_id, ()))),
        )

    def is_merged_at(self, story_id: StoryId, at: datetime) -> bool:
        """Return whether a merge of this time still holds: nobody has split off a story of this id since."""
        return story_id not in self.split_at or at >= self.split_at[story_id]

    def leads_to(self, story_id: StoryId, other: StoryId) -> bool:
        """Return whether the id is the other one, or that of a story that was merged into it."""
        while story_id != other and story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id == other

    def evidence(self, article_id: ArticleId, found: bytes) -> bytes:
        """Return the evidence of a member with the person who put it into its story, or without one."""
        place = self.places.get(article_id)
        known = Evidence.model_validate_json(found) if found else _NOTHING
        corrected = known.model_copy(update={"by": place.by if place else None})
        return b"" if corrected == _NOTHING else evidence_bytes(corrected)

    def _add(self, decision: StoryDecision) -> None:
        story, into = StoryId(decision.story_id), StoryId(decision.into or decision.story_id)
        match decision.kind:
            case StoryDecisionKind.HEADLINE:
                self.headlines[story] = PinnedHeadline(decision.headline or "", decision.by)
            case StoryDecisionKind.MERGE:
                for each in decision.articles:
                    place = self.places.get(each)
                    self.places[each] = DecidedPlace(into, place.by if place else None)
                self.merged.pop(into, None)
                self.merged[story] = into
                self.apart[story].discard(into)
                self.apart[into].discard(story)
            case StoryDecisionKind.SPLIT | StoryDecisionKind.MOVE:
                self.places |= dict.fromkeys(decision.articles, DecidedPlace(into, decision.by))
                self.merged.pop(into, None)
                self.apart[story].add(into)
                self.apart[into].add(story)
                if decision.kind is StoryDecisionKind.SPLIT:
                    self.split_at[into] = decision.at

    def _add_undone_split(self, decision: StoryDecision, at: datetime) -> None:
        """Add a split that was undone, when it was made and when it was undone: its story was there in between."""
        story, into = StoryId(decision.story_id), StoryId(decision.into or decision.story_id)
        if at == decision.at:
            self.merged.pop(into, None)
            self.split_at[into] = at
        elif into not in self.merged and not self.leads_to(story, into):
            # What has joined the story meanwhile belongs to the one that it was split off.
            self.merged[into] = story


_NOTHING = Evidence(score=1)
"""The evidence of an article that founded a story, and of one about which only the person says something."""
