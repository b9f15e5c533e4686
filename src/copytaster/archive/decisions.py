"""Decisions of people, stored beside the originals: a rebuilt store needs them, and no file contains them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import is_proved, seal, unsealed
from copytaster.archive.damage import Damage, DamageKind, Damages, FilesystemDamages, record_quietly
from copytaster.archive.stored_files import StoredFiles
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, Document
from copytaster.model.deletion import Deletion
from copytaster.model.pin import Pin
from copytaster.model.release import Release
from copytaster.model.story_decision import StoryDecision

FOLDER = "decisions"
"""A folder of the archive, with a file for each decision, because there are few."""

STORIES = f"{FOLDER}/stories"
"""A file for each decision about stories, under its id."""

BY_STORY = f"{FOLDER}/of-story"
"""A folder for each story, with a file for each decision about it, so that reading them takes no others."""

SUFFIX = ".json"


class DecisionKind(StrEnum):
    """What was decided; also the name of the command that decides it."""

    ACCEPT = "accept"
    RELEASE = "release"
    DELETE = "delete"
    PIN = "pin"


PIN_SUFFIX = f".{DecisionKind.PIN}{SUFFIX}"


class Decision(Document):
    """A decision about an article, when it was made, and by whom.

    With ``release``: the release of the version of this ``origin``, or its withdrawal (see ``Article.origin``). With
    ``deletion``: the article's deletion, the ``files`` that had brought it, by sha256, and those of them that were
    ``removed`` from the archive, the last time at ``at``. With ``pin``: the article is kept whatever its age, or no
    longer, and the ``files`` of its versions. Without these: the article, which was stored as a copy, is not a copy;
    with ``undone``, it is one.
    """

    article_id: ArticleId
    at: AwareDatetime
    by: str
    origin: str | None = None
    release: Release | None = None
    deletion: Deletion | None = None
    pin: Pin | None = None
    undone: bool | None = None
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def kind(self) -> DecisionKind:
        """What was decided."""
        if self.deletion:
            return DecisionKind.DELETE
        if self.pin:
            return DecisionKind.PIN
        return DecisionKind.RELEASE if self.release else DecisionKind.ACCEPT


def deletion_decision(
    deletion: Deletion, files: Iterable[str] = (), removed: Iterable[str] = (), *, removed_at: datetime | None = None
) -> Decision:
    """Return the decision that records a deletion, the article's files, and those that are removed with it.

    These may be removed later than the article.
    """
    return Decision(
        article_id=deletion.article_id,
        at=max(deletion.at, removed_at or deletion.at),
        by=deletion.by,
        deletion=deletion,
        files=tuple(sorted(files)),
        removed=tuple(sorted(removed)),
    )


def deleted_originals(decisions: Iterable[Decision]) -> dict[str, datetime]:
    """Return when each original was deleted by a person, by sha256; it may have arrived again since."""
    return {each: decision.at for decision in decisions for each in decision.removed}


def pinned_files(pins: Iterable[Decision]) -> frozenset[str]:
    """Return the sha256 of the files of pinned articles."""
    return frozenset(name for each in pins for name in each.files)


class Decisions(Protocol):
    """Stores decisions outside the server. Every method raises ``TransientError`` if the archive is unavailable.

    Decisions about stories are apart from those about single articles.
    """

    def record(self, decision: Decision) -> None:
        """Write a decision durably. Of several decisions of the same kind about one article, the last one counts."""
        ...

    def all(self) -> list[Decision]:
        """Return the decisions, oldest first. Cost: one read each.

        A damaged one is recorded as damage and omitted, unless it is a deletion: the name of its file is enough.
        """
        ...

    def deletions(self) -> list[Decision]:
        """Return the deletions, oldest first, also damaged ones, as ``all`` does. Cost: one read each."""
        ...

    def pins(self) -> list[Decision]:
        """Return the pins that hold, of articles that were not deleted, oldest first. A damaged one is omitted.

        Cost: two listings, and one read for each pin that was written since the last call.
        """
        ...

    def deletion(self, article_id: ArticleId) -> Decision | None:
        """Return the decision to delete the article, unless there is none or it is damaged. Cost: one read."""
        ...

    def record_story(self, decision: StoryDecision) -> None:
        """Write a decision about stories durably; it replaces the one of the same id."""
        ...

    def about_stories(self) -> list[StoryDecision]:
        """Return all decisions about stories, oldest first. Cost: one read each.

        A damaged one is recorded as damage and omitted.
        """
        ...

    def about_story(self, story_id: str) -> list[StoryDecision]:
        """Return the decisions that changed this story, oldest first. Cost: a listing, and one read each."""
        ...

    def damaged(self) -> list[Damage]:
        """Return the damage of decisions that have changed."""
        ...


class FilesystemDecisions:
    """Implements ``Decisions`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)
        self._damages: Damages = FilesystemDamages(address)
        self._pins: dict[tuple[str, str], Decision] = {}

    def record(self, decision: Decision) -> None:
        """Write a decision; see ``Decisions.record``."""
        content = decision.model_dump_json(exclude_none=True)
        self._files.write(f"{FOLDER}/{_name(decision)}", seal(content.encode()))

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        return self._of_articles(self._read(DecisionKind))

    def deletions(self) -> list[Decision]:
        """Return the deletions; see ``Decisions.deletions``."""
        return self._of_articles(self._read([DecisionKind.DELETE]))

    def pins(self) -> list[Decision]:
        """Return the pins; see ``Decisions.pins``."""
        states = self._files.states(FOLDER, suffix=PIN_SUFFIX)
        known, self._pins = self._pins, {}
        found = list[Decision]()
        for name, state in states.items():
            pin = known.get((name, state)) if state else None
            read = [pin] if pin else self._of_articles(self._parsed([f"{FOLDER}/{name}"]))
            found += read
            if state and read:
                self._pins[name, state] = read[0]
        deleted = {_parts(each)[0] for each in self._names([DecisionKind.DELETE])}
        held = [each for each in found if each.pin and each.pin.at and each.article_id not in deleted]
        return sorted(held, key=_sort_key)

    def _of_articles(self, found: Sequence[Decision | Damage]) -> list[Decision]:
        damages = [each for each in found if isinstance(each, Damage)]
        for each in damages:
            record_quietly(self._damages, each)
        usable = [each for each in found if isinstance(each, Decision)]
        return sorted([*usable, *filter(None, map(_remains, damages))], key=_sort_key)

    def deletion(self, article_id: ArticleId) -> Decision | None:
        """Return a deletion; see ``Decisions.deletion``."""
        path = f"{FOLDER}/{_file(article_id, DecisionKind.DELETE)}"
        content = self._files.read(path)
        found = None if content is None else _parse(path, content)
        return found if isinstance(found, Decision) else None

    def record_story(self, decision: StoryDecision) -> None:
        """Write a decision about stories; see ``Decisions.record_story``."""
        # The references first: one that leads nowhere is passed by, while a decision without any could not be undone.
        for each in decision.story_ids:
            self._files.write(f"{BY_STORY}/{each}/{decision.id}", decision.id.encode())
        content = decision.model_dump_json(exclude_none=True)
        self._files.write(_story_path(decision.id), seal(content.encode()))

    def about_stories(self) -> list[StoryDecision]:
        """Return all decisions about stories; see ``Decisions.about_stories``."""
        names = [each.removesuffix(SUFFIX) for each in self._files.names(STORIES) if _is_complete(each)]
        return self._usable(self._about_stories(names))

    def about_story(self, story_id: str) -> list[StoryDecision]:
        """Return the decisions about a story; see ``Decisions.about_story``."""
        return self._usable(self._about_stories(self._files.names(f"{BY_STORY}/{story_id}")))

    def damaged(self) -> list[Damage]:
        """Return the damage; see ``Decisions.damaged``."""
        names = [each.removesuffix(SUFFIX) for each in self._files.names(STORIES) if _is_complete(each)]
        return [each for each in (*self._read(DecisionKind), *self._about_stories(names)) if isinstance(each, Damage)]

    def _about_stories(self, ids: Iterable[str]) -> list[StoryDecision | Damage]:
        contents = ((path, self._files.read(path)) for path in map(_story_path, ids))
        return [_parse_story(path, content) for path, content in contents if content is not None]

    def _usable(self, found: Iterable[StoryDecision | Damage]) -> list[StoryDecision]:
        usable = []
        for each in found:
            if isinstance(each, Damage):
                record_quietly(self._damages, each)
            else:
                usable.append(each)
        return sorted(usable, key=_story_sort_key)

    def _read(self, kinds: Iterable[DecisionKind]) -> list[Decision | Damage]:
        return self._parsed([f"{FOLDER}/{each}" for each in self._names(kinds)])

    def _names(self, kinds: Iterable[DecisionKind]) -> list[str]:
        wanted = frozenset(kinds)
        return [each for each in self._files.names(FOLDER) if _is_complete(each) and _parts(each)[1] in wanted]

    def _parsed(self, paths: Iterable[str]) -> list[Decision | Damage]:
        contents = ((path, self._files.read(path)) for path in paths)
        return [_parse(path, content) for path, content in contents if content is not None]


def _parse(path: str, sealed: bytes) -> Decision | Damage:
    try:
        return Decision.model_validate_json(unsealed(sealed))
    except ValidationError:
        kind = _parts(path)[1]
        effect = "still deletes its article" if kind is DecisionKind.DELETE else "cannot be used"
        return _damage(path, sealed, effect, f"run `copytaster {kind}` again for the article that it is named after")


def _parse_story(path: str, sealed: bytes) -> StoryDecision | Damage:
    try:
        return StoryDecision.model_validate_json(unsealed(sealed))
    except ValidationError:
        return _damage(path, sealed, "cannot be used", "decide again with `copytaster stories`")


def _damage(path: str, sealed: bytes, effect: str, remedy: str) -> Damage:
    message = f"the decision in {path} has changed and {effect}: restore it from a backup, or remove it and {remedy}"
    if is_proved(sealed):
        message = f"a newer release wrote the decision in {path}, and in this one it {effect}: install that release"
    return Damage(
        kind=DamageKind.DECISION,
        place=path,
        found=sha256(sealed).hexdigest(),
        message=message,
        found_at=SystemClock().now(),
    )


def _remains(damage: Damage) -> Decision | None:
    """Return what a damaged deletion still says: what a person deleted must not return because of a broken disk."""
    article_id, kind = _parts(damage.place)
    if kind is not DecisionKind.DELETE:
        return None
    reason = f"the file {damage.place} of the archive is damaged"
    return deletion_decision(Deletion(article_id=article_id, at=damage.found_at, by="unknown", reason=reason))


class MemoryDecisions:
    """Implements ``Decisions`` in memory."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}
        self._about_stories: dict[str, StoryDecision] = {}

    def record(self, decision: Decision) -> None:
        """Store a decision; see ``Decisions.record``."""
        self._decisions[_name(decision)] = decision

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        return sorted(self._decisions.values(), key=_sort_key)

    def deletions(self) -> list[Decision]:
        """Return the deletions; see ``Decisions.deletions``."""
        return [each for each in self.all() if each.deletion]

    def pins(self) -> list[Decision]:
        """Return the pins; see ``Decisions.pins``."""
        deleted = {each.article_id for each in self.deletions()}
        return [each for each in self.all() if each.pin and each.pin.at and each.article_id not in deleted]

    def deletion(self, article_id: ArticleId) -> Decision | None:
        """Return a deletion; see ``Decisions.deletion``."""
        return self._decisions.get(_file(article_id, DecisionKind.DELETE))

    def record_story(self, decision: StoryDecision) -> None:
        """Store a decision about stories; see ``Decisions.record_story``."""
        self._about_stories[decision.id] = decision

    def about_stories(self) -> list[StoryDecision]:
        """Return all decisions about stories; see ``Decisions.about_stories``."""
        return sorted(self._about_stories.values(), key=_story_sort_key)

    def about_story(self, story_id: str) -> list[StoryDecision]:
        """Return the decisions about a story; see ``Decisions.about_story``."""
        return [each for each in self.about_stories() if story_id in each.story_ids]

    def damaged(self) -> list[Damage]:
        """Return the damage; see ``Decisions.damaged``."""
        return []


def _name(decision: Decision) -> str:
    return _file(decision.article_id, decision.kind)


def _file(article_id: ArticleId, kind: DecisionKind) -> str:
    return f"{article_id}{'' if kind is DecisionKind.ACCEPT else f'.{kind}'}{SUFFIX}"


def _parts(path: str) -> tuple[ArticleId, DecisionKind]:
    """Return the article and the kind of decision that the file is named after."""
    article_id, _, kind = path.rsplit("/", 1)[-1].removesuffix(SUFFIX).partition(".")
    return ArticleId(article_id), next((each for each in DecisionKind if each == kind), DecisionKind.ACCEPT)


def _is_complete(name: str) -> bool:
    """Return whether the file was written completely: an incomplete one has the name of a temporary file."""
    return name.endswith(SUFFIX)


def _sort_key(decision: Decision) -> tuple[object, ...]:
    return decision.at, decision.article_id


def _story_path(decision_id: str) -> str:
    return f"{STORIES}/{decision_id}{SUFFIX}"


def _story_sort_key(decision: StoryDecision) -> tuple[object, ...]:
    return decision.at, decision.id
