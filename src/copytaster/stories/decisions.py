"""Decisions of people about stories: merge, split, move, headline, and undo; the clustering never reverts one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from copytaster.archive.decisions import Decisions
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import ArticleId
from copytaster.model.story_decision import StoryDecision, StoryDecisionKind, Undoing, new_decision_id
from copytaster.store.ports.stories import StoryChange, StoryId, StoryRecord, founded_story
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from copytaster.stories.transfer import Contents, Transfer, no_contents, original_of, read_contents

MAX_ATTEMPTS = 10
"""Attempts to change stories that articles join meanwhile: an article joins a story a few times a minute at most."""

_STORY_ID = re.compile(r"s[0-9A-Za-z]+")


class UnknownStoryError(CopytasterError):
    """There is no story of this id, or no such decision about it."""


class StoryConflictError(CopytasterError):
    """The decision does not fit the present state of the stories: somebody else may have decided meanwhile."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A decision with the articles that it moves, and the change of the store; None if nothing is to be changed."""

    decision: StoryDecision
    change: StoryChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDesk:
    """Changes stories as people decide; each decision is stored beside the archive before the store changes.

    Every method but ``about`` raises ``UnknownStoryError``, ``StoryConflictError`` and ``TransientError``. Stories are
    given by their present ids: a decision about a story that was merged meanwhile is refused. A repeated call changes
    nothing, but completes an interrupted one. Cost: reading the members, and at most some hundred articles.
    """

    store: Store
    decisions: Decisions
    clock: Clock

    def about(self, story_id: StoryId) -> list[StoryDecision]:
        """Return the decisions that changed the story, oldest first; none for an unknown id."""
        return self.decisions.about_story(story_id) if _STORY_ID.fullmatch(story_id) else []

    def merge(self, story_id: StoryId, into: StoryId, *, by: str, reason: str | None = None) -> StoryDecision:
        """Put all articles of the story into the other one; from then on its id leads there."""
        if story_id == into:
            raise StoryConflictError(f"{story_id} cannot be merged into itself")
        wanted = self._new(StoryDecisionKind.MERGE, story_id, by, reason).model_copy(update={"into": into})
        return self._decide(wanted)

    def split(
        self, story_id: StoryId, article_ids: Sequence[ArticleId], *, by: str, reason: str | None = None
    ) -> StoryDecision:
        """Make a story of its own of the articles and their copies; the two are never merged automatically.

        It is named after the first of them after which no present story is named.
        """
        wanted = self._new(StoryDecisionKind.SPLIT, story_id, by, reason)
        return self._decide(wanted.model_copy(update={"articles": tuple(dict.fromkeys(article_ids))}))

    def move(
        self, story_id: StoryId, article_id: ArticleId, into: StoryId, *, by: str, reason: str | None = None
    ) -> StoryDecision:
        """Put the article and its copies into another story; the two are never merged automatically."""
        if story_id == into:
            raise StoryConflictError(f"{article_id} cannot be moved from {story_id} into the same story")
        wanted = self._new(StoryDecisionKind.MOVE, story_id, by, reason)
        return self._decide(wanted.model_copy(update={"into": into, "articles": (article_id,)}))

    def pin_headline(self, story_id: StoryId, headline: str, *, by: str, reason: str | None = None) -> StoryDecision:
        """Give the story a headline that stays, whatever articles follow."""
        wanted = self._new(StoryDecisionKind.HEADLINE, story_id, by, reason)
        return self._decide(wanted.model_copy(update={"headline": headline}))

    def undo(self, story_id: StoryId, decision_id: str | None, *, by: str) -> StoryDecision:
        """Take back a decision about the story, without an id the last one in force, as if it had never been made.

        Later decisions about the same articles have to be undone first.
        """
        decision = self._find(story_id, decision_id)
        if decision.undone:
            return decision
        if later := self._later(decision):
            raise StoryConflictError(f"undo {later[-1].id} first: it is about the same articles as {decision.id}")
        undone = decision.model_copy(update={"undone": Undoing(at=self.clock.now(), by=by)})
        # The store first: if this process dies between the two, the decision is in force and can be undone again.
        self._commit(lambda: _Plan(undone, self._undoing(undone)))
        self.decisions.record_story(undone)
        return undone

    def repeat(self, decision: StoryDecision, decided: Decided) -> None:
        """Change the stories as the decision, or its undoing, did, if the store has not what all have ``decided``.

        What does not fit the present stories is left as it is. Raises ``TransientError``.
        """
        with suppress(UnknownStoryError, StoryConflictError):
            if decision.undone and not self._later(decision):
                self._commit(lambda: _Plan(decision, self._undoing(decision)))
            elif not decision.undone and not self._is_kept(decision, decided):
                self._commit(lambda: self._plan(decision))

    def _new(self, kind: StoryDecisionKind, story_id: StoryId, by: str, reason: str | None) -> StoryDecision:
        now = self.clock.now()
        return StoryDecision(id=new_decision_id(kind, now), kind=kind, at=now, by=by, reason=reason, story_id=story_id)

    def _decide(self, wanted: StoryDecision) -> StoryDecision:
        known = self._repeated(wanted)
        if known and self._is_done(known):
            return known
        recorded = list[StoryDecision]()

        def plan() -> _Plan:
            planned = self._plan(known or wanted)
            self.decisions.record_story(planned.decision)
            recorded.append(planned.decision)
            return planned

        try:
            return self._commit(plan)
        except (UnknownStoryError, StoryConflictError):
            for each in recorded[-1:]:
                nothing = Undoing(at=self.clock.now(), by=each.by)
                self.decisions.record_story(each.model_copy(update={"undone": nothing}))
            raise

    def _commit(self, plan: Callable[[], _Plan]) -> StoryDecision:
        for _ in range(MAX_ATTEMPTS):
            planned = plan()
            if planned.change is None or self.store.stories.commit([planned.change]) == [True]:
                return planned.decision
        raise StoryConflictError("articles join these stories all the time: try again in a moment")

    def _plan(self, decision: StoryDecision) -> _Plan:
        """Return what the decision changes in the present state of the stories."""
        record = self._present(decision.story_id)
        if decision.kind is StoryDecisionKind.HEADLINE:
            headline = self._decided(decision).headlines.get(record.id)
            return _Plan(decision, StoryChange(records=(replace(record, headline=headline),)))
        origin = read_contents(record, self.store)
        if decision.kind is StoryDecisionKind.MERGE:
            target = read_contents(self._present(decision.into), self.store)
            decision = decision.model_copy(update={"articles": origin.ids})
            return _Plan(decision, self._transfer(decision).of_all(origin, target))
        moving = self._moving(origin, decision)
        if decision.kind is StoryDecisionKind.SPLIT:
            target = no_contents(self._free_name(moving), like=record)
        else:
            target = read_contents(self._present(decision.into), self.store)
        decision = decision.model_copy(update={"articles": moving, "into": target.record.id})
        return _Plan(decision, self._transfer(decision).of_some(origin, target, moving))

    def _undoing(self, undone: StoryDecision) -> StoryChange | None:
        """Return the change that takes back a decision; None if nothing of it is left."""
        story_id, into = StoryId(undone.story_id), StoryId(undone.into or undone.story_id)
        present = self.store.stories.records([story_id, into])
        changed = present.get(into)
        if changed is None:
            return None
        if undone.kind is StoryDecisionKind.HEADLINE:
            headline = self._decided(undone).headlines.get(changed.id)
            return StoryChange(records=(replace(changed, headline=headline),))
        former = present.get(story_id)
        if former and undone.kind is StoryDecisionKind.MERGE and former.id != story_id:
            former = None  # the id leads to the other story, and has to be that of a story again
        if former and former.id == changed.id:
            return None
        origin = read_contents(changed, self.store)
        target = read_contents(former, self.store) if former else no_contents(story_id, like=changed)
        transfer = self._transfer(undone)
        if undone.kind is StoryDecisionKind.SPLIT and changed.id == into:
            return transfer.of_all(origin, target)
        moving = [each for each in origin.ids if each in undone.articles]
        return transfer.of_some(origin, target, moving) if moving else None

    def _transfer(self, decision: StoryDecision) -> Transfer:
        return Transfer(store=self.store, decided=self._decided(decision), now=self.clock.now())

    def _decided(self, decision: StoryDecision) -> Decided:
        """Return what all decisions about the same stories add up to, with this one as it is given."""
        return Decided.of(self._about_all(decision))

    def _about_all(self, decision: StoryDecision) -> list[StoryDecision]:
        known = {each.id: each for story in decision.story_ids for each in self.decisions.about_story(story)}
        return sorted((known | {decision.id: decision}).values(), key=lambda each: (each.at, each.id))

    def _later(self, decision: StoryDecision) -> list[StoryDecision]:
        """Return the decisions in force that moved some of the same articles later, or between the same stories."""
        known = self._about_all(decision)
        after = [each for each in known[known.index(decision) + 1 :] if not each.undone and each.articles]
        moved, stories = {*decision.articles}, {*decision.story_ids}
        return [each for each in after if moved and (moved & {*each.articles} or stories == {*each.story_ids})]

    def _find(self, story_id: StoryId, decision_id: str | None) -> StoryDecision:
        known = self.about(story_id)
        found = [each for each in known if (each.id == decision_id if decision_id else not each.undone)]
        if not found:
            what = f"no decision {decision_id}" if decision_id else "no decision in force"
            raise UnknownStoryError(
                f"there is {what} about the story {story_id}; `copytaster stories decisions {story_id}` lists them"
            )
        return found[-1]

    def _repeated(self, wanted: StoryDecision) -> StoryDecision | None:
        """Return the same decision in force, if it was the last one about its articles."""
        for each in reversed(self.about(StoryId(wanted.story_id))):
            same = each.story_id == wanted.story_id and each.kind is wanted.kind and not each.undone
            if same and wanted.into in {None, each.into} and {*wanted.articles} <= {*each.articles}:
                is_last = not self._later(each) if each.articles else each.headline == wanted.headline
                return each if is_last else None
        return None

    def _is_done(self, decision: StoryDecision) -> bool:
        story_id = StoryId(decision.story_id)
        if decision.kind is StoryDecisionKind.HEADLINE:
            record = self.store.stories.records([story_id]).get(story_id)
            return record is None or (record.headline is not None and record.headline.text == decision.headline)
        return story_id not in self.store.stories.ids(decision.articles).values()

    def _is_kept(self, decision: StoryDecision, decided: Decided) -> bool:
        """Return whether the story has its decided headline, or the articles are where all decisions put them."""
        stories, story_id = self.store.stories, StoryId(decision.story_id)
        if decision.kind is StoryDecisionKind.HEADLINE:
            record = stories.records([story_id]).get(story_id)
            return record is None or record.headline == decided.headlines.get(record.id)
        where = stories.ids(decision.articles)
        wanted = {each: decided.places[each].story_id for each in where}
        present = stories.records(list(wanted.values()))
        return all(each in present and present[each].id == where[article] for article, each in wanted.items())

    def _present(self, story_id: str | None) -> StoryRecord:
        """Return a story by its present id."""
        asked = StoryId(story_id or "")
        record = self.store.stories.records([asked]).get(asked) if _STORY_ID.fullmatch(asked) else None
        if record is None:
            raise UnknownStoryError(f"there is no story {asked}; `copytaster stories` lists the stories")
        if record.id != asked:
            raise StoryConflictError(f"{asked} was merged into {record.id}: look at that story, and decide about it")
        return record

    def _moving(self, origin: Contents, decision: StoryDecision) -> tuple[ArticleId, ...]:
        story_id = origin.record.id
        if missing := [each for each in decision.articles if each not in origin.ids]:
            where = self.store.stories.ids(missing).get(missing[0])
            raise StoryConflictError(
                f"{missing[0]} is not in the story {story_id}, but in {where or 'none'}: look at the story again"
            )
        for each in origin.entries:
            if each.article_id in decision.articles and (original := original_of(each)):
                raise StoryConflictError(
                    f"{each.article_id} is a copy of {original} and goes with it: decide about {original}, or make the"
                    f" copy an article first: `copytaster accept {each.article_id}`"
                )
        moving = origin.with_copies(decision.articles)
        if len(moving) == len(origin.ids):
            raise StoryConflictError(
                f"these are all articles of {story_id}: `copytaster stories merge {story_id} --into` another story"
                " moves them all"
            )
        return moving

    def _free_name(self, moving: Sequence[ArticleId]) -> StoryId:
        """Return the id after the first of the articles after which no present story is named."""
        names = [founded_story(each) for each in moving]
        present = self.store.stories.records(names)
        free = [each for each in names if each not in present or present[each].id != each]
        if not free:
            raise StoryConflictError(
                f"the stories {', '.join(names[:3])} exist, and the new one would have one of these ids: move the"
                " articles there, or split off the other ones"
            )
        return free[0]
