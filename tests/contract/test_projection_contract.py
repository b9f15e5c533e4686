"""The index follows the events of every store: what changes in the store changes in the index."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from redis import Redis

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.embargoes import release_due
from copytaster.articles.releases import ReleaseRequest, Releases
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Keyword, Tagging
from copytaster.model.disposition import Disposition
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.model.progress import ItemEnd
from copytaster.pipeline.tag import tag
from copytaster.search.index import IndexRequest, NoIndexError
from copytaster.search.index_folder import BUILDING, CURRENT, FolderIndex, IndexFolder
from copytaster.search.projection import IndexState, Projection, read_index_state, rebuild
from copytaster.search.projector import EVENTS, changed_articles
from copytaster.search.syntax import parse_query
from copytaster.store.keys import Keys
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster.tagging.tagger import PlainTagger
from tests.conftest import RealServer
from tests.factories import START, Desk, a_desk, an_article, an_article_deletion, an_item, delivery_id, prose

HOUR = timedelta(hours=1)


class Machine:
    """A machine with an index, and a process that keeps it up to date."""

    def __init__(self, folder: Path, store: Store, clock: ManualClock) -> None:
        self.folder = IndexFolder(folder)
        self.index = FolderIndex(folder)
        self.store, self.clock = store, clock
        self.projection = Projection(self.folder, store, clock)

    def follow(self) -> int:
        """Do all the work there is, and return how many steps it took."""
        steps = 1
        while self.projection.step():
            steps += 1
        return steps

    def restart(self) -> None:
        """Replace the process by a new one."""
        self.projection.close()
        self.projection = Projection(IndexFolder(self.folder.folder), self.store, self.clock)

    def find(self, query: str) -> list[str]:
        return sorted(each.article_id for each in self.index.find(IndexRequest(parse_query(query), 50)))

    def state(self) -> IndexState:
        return read_index_state(self.folder, self.store, now=self.clock.now())


class KeywordTagger(PlainTagger):
    """Gives every article one keyword."""

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return the keyword, which is in no text."""
        keywords = (Keyword(term="sluice gate", score=1.0),)
        return [each.model_copy(update={"keywords": keywords}) for each in super().tag(articles)]


@pytest.fixture
def desk(store: Store, clock: ManualClock) -> Desk:
    return a_desk(store, clock, tagger=KeywordTagger())


@pytest.fixture
def machine(store: Store, clock: ManualClock, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "search", store, clock)
    yield machine
    machine.projection.close()
    machine.index.close()


def publish(desk: Desk, text: str, **fields: object) -> ArticleId:
    """Let an article arrive whose text has these words among others."""
    desk.clock.advance(seconds=1)
    words = [*prose(desk.count, count=60), *text.split()]
    delivery = desk.deliver_items(an_item(words, title=f"Story {desk.count}", **fields))
    desk.ingest(delivery)
    return desk.settled(delivery).article_ids[0]


def test_without_an_index_a_search_says_what_to_do(machine: Machine) -> None:
    with pytest.raises(NoIndexError, match="search rebuild"):
        machine.find("ferry")
    assert machine.state() == IndexState()


def test_a_new_index_has_all_articles_and_then_follows(desk: Desk, machine: Machine) -> None:
    first = publish(desk, "ferry")
    machine.follow()
    before = machine.find("ferry")
    second = publish(desk, "ferry")
    lagging = machine.state()
    machine.follow()

    assert before == [first]
    assert machine.find("ferry") == sorted([first, second])
    assert (lagging.articles, machine.state()) == (1, IndexState(articles=2, lag_seconds=0.0))


def test_articles_that_arrive_while_an_index_is_filled_are_in_it(desk: Desk, machine: Machine) -> None:
    early = publish(desk, "ferry")
    machine.projection.step()  # begins
    with pytest.raises(NoIndexError, match="being built"):
        machine.find("ferry")
    late = publish(desk, "ferry")
    building = machine.state()
    machine.follow()

    assert machine.find("ferry") == sorted([early, late])
    assert (building.articles, building.building) == (None, 0)


def test_a_tagged_article_is_found_by_its_labels(desk: Desk, machine: Machine) -> None:
    machine.follow()
    article_id = publish(desk, "ferry")
    machine.follow()
    before = machine.find("keywords:sluice")
    tag([article_id], deps=desk.deps)
    machine.follow()

    assert (before, machine.find("keywords:sluice language:und")) == ([], [article_id])


def test_a_copy_is_found_when_it_is_accepted(desk: Desk, machine: Machine) -> None:
    words = [*prose(1), "ferry"]
    first = desk.deliver_items(an_item(words))
    second = desk.deliver_items(an_item([*words[:-3], "wall"]))
    desk.ingest(first, second)
    original, copy = (desk.settled(each).article_ids[0] for each in (first, second))
    machine.follow()
    before = machine.find('"made up story"')
    Acceptance(store=desk.store, decisions=MemoryDecisions(), placements=MemoryPlacements(), clock=desk.clock).accept(
        copy, by="test"
    )
    machine.follow()

    assert desk.settled(second).disposition is Disposition.DUPLICATE
    assert before == [original]
    assert machine.find('"made up story"') == sorted([original, copy])


def test_a_text_is_found_when_its_embargo_is_over(desk: Desk, machine: Machine) -> None:
    machine.follow()
    article_id = publish(desk, "ferry", status="withheld", embargoed_until=(desk.clock.now() + HOUR).isoformat())
    machine.follow()
    held = machine.find("ferry"), machine.find("story")
    desk.clock.advance(seconds=3_700)
    release_due(desk.store, clock=desk.clock, by="test")
    machine.follow()

    assert held == ([], [article_id])
    assert machine.find("ferry") == [article_id]


def test_a_released_text_that_is_withheld_again_leaves_the_index(desk: Desk, machine: Machine) -> None:
    releases = Releases(store=desk.store, decisions=MemoryDecisions(), clock=desk.clock, by="test")
    article_id = publish(desk, "ferry", status="withheld", embargoed_until=(desk.clock.now() + HOUR).isoformat())
    releases.decide(article_id, ReleaseRequest(by="desk"))
    machine.follow()
    released = machine.find("ferry")
    releases.decide(article_id, ReleaseRequest(by="desk", undo=True))
    machine.follow()

    assert (released, machine.find("ferry")) == ([article_id], [])


def test_a_new_version_replaces_the_former_one(desk: Desk, machine: Machine) -> None:
    first = publish(desk, "ferry", guid="urn:quay:1", guid_version=1)
    machine.follow()
    before = machine.find("ferry"), machine.find("wall")
    second = publish(desk, "wall", guid="urn:quay:1", guid_version=2)
    machine.follow()

    assert first == second
    assert before == ([first], [])
    assert (machine.find("ferry"), machine.find("wall")) == ([], [first])


def test_a_killed_article_leaves_the_index_but_for_its_title(desk: Desk, machine: Machine) -> None:
    article_id = publish(desk, "ferry", guid="urn:quay:1", guid_version=1)
    machine.follow()
    publish(desk, "ferry wall", guid="urn:quay:1", guid_version=2, status="canceled", signal="kill")
    machine.follow()

    assert (machine.find("ferry"), machine.find("wall"), machine.find("story")) == ([], [], [article_id])


def test_a_deleted_article_leaves_the_index(desk: Desk, machine: Machine) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    an_article_deletion(desk.store, desk.clock).delete(article_id, by="desk", reason=None)
    machine.follow()

    assert machine.find("ferry") == []
    assert machine.state().articles == 0


def test_after_a_restart_the_index_continues_where_it_was(desk: Desk, machine: Machine) -> None:
    for _ in range(3):
        publish(desk, "ferry")
    machine.follow()
    file = machine.folder.current()
    machine.restart()
    last = publish(desk, "ferry wall")
    steps = machine.follow()

    assert machine.folder.current() == file
    assert (machine.find("wall"), steps) == ([last], 1)


def test_a_filling_that_was_interrupted_continues(desk: Desk, machine: Machine) -> None:
    publish(desk, "ferry")
    machine.projection.step()
    building = machine.folder.building()
    machine.restart()
    machine.follow()

    assert machine.folder.current() == building
    assert machine.folder.building() is None
    assert len(machine.find("ferry")) == 1


def test_many_events_are_taken_in_step_by_step(desk: Desk, machine: Machine) -> None:
    machine.follow()
    names = {publish(desk, "ferry") for _ in range(3)}
    for _ in range(EVENTS):
        desk.deliver(b"[]")
    steps = machine.follow()

    assert (set(machine.find("ferry")), steps) == (names, 2)


def test_only_one_process_writes_and_another_continues_after_it(
    desk: Desk, machine: Machine, store: Store, clock: ManualClock
) -> None:
    other = Machine(machine.folder.folder, store, clock)
    machine.follow()
    publish(desk, "ferry")

    assert not other.projection.step()
    assert other.find("ferry") == []
    machine.projection.close()
    other.follow()
    assert len(other.find("ferry")) == 1
    other.projection.close()
    other.index.close()


def test_a_rebuild_replaces_the_index_and_removes_the_former_one(desk: Desk, machine: Machine) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    former = machine.folder.current()
    found = machine.find("ferry")
    reported: list[int] = []
    rebuild(machine.projection, machine.folder, report=reported.append, pause=lambda _: None)

    assert former
    assert (found, machine.find("ferry"), reported[-1]) == ([article_id], [article_id], 1)
    assert machine.folder.current() != former
    assert not former.exists()


def test_a_rebuild_is_done_by_the_process_that_writes(
    desk: Desk, machine: Machine, store: Store, clock: ManualClock
) -> None:
    publish(desk, "ferry")
    machine.follow()
    command = Machine(machine.folder.folder, store, clock)
    former = machine.folder.current()
    rebuild(command.projection, command.folder, report=lambda _: None, pause=lambda _: machine.follow())

    assert former != machine.folder.current()
    assert len(command.find("ferry")) == 1
    command.index.close()


def damage(file: Path) -> None:
    for each in file.parent.iterdir():
        each.write_bytes(b"no index " * 1_000)


def be_of_another_release(file: Path) -> None:
    connection = apsw.Connection(str(file))
    connection.execute("PRAGMA user_version=99")
    connection.close()


@pytest.mark.parametrize("harm", [damage, be_of_another_release])
def test_an_index_that_cannot_be_used_is_built_anew(harm: Callable[[Path], None], desk: Desk, machine: Machine) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    file = machine.folder.current()
    assert file
    machine.restart()
    harm(file)
    with pytest.raises(NoIndexError, match="no complete search index"):
        machine.find("ferry")
    machine.follow()

    assert machine.find("ferry") == [article_id]


def test_an_index_whose_file_is_empty_is_built_anew_and_not_continued(desk: Desk, machine: Machine) -> None:
    desk.store.articles.create(an_article("a1", text="A ferry."), owner=delivery_id(1))  # its events are trimmed
    machine.follow()
    file = machine.folder.current()
    assert file
    machine.restart()
    for each in file.parent.iterdir():
        each.write_bytes(b"")
    machine.follow()

    assert machine.find("ferry") == ["a1"]


def test_the_folder_may_be_removed_while_it_is_used(desk: Desk, machine: Machine) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    shutil.rmtree(machine.folder.folder)
    machine.follow()

    assert machine.find("ferry") == [article_id]


def follow_links(folder: Path) -> None:
    """Replace the folder by a copy in which what links led to stands in their place."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    shutil.rmtree(folder)
    copy.rename(folder)


def write_over_links(folder: Path) -> None:
    for name in (CURRENT, BUILDING):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text("index-00000000")


@pytest.mark.parametrize("restore", [follow_links, write_over_links])
@pytest.mark.parametrize("is_being_rebuilt", [False, True])
def test_a_folder_that_was_restored_without_its_links_has_no_index_and_gets_one(
    restore: Callable[[Path], None], is_being_rebuilt: bool, desk: Desk, machine: Machine
) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    if is_being_rebuilt:
        machine.folder.request_rebuild()
        machine.projection.step()
    machine.restart()
    restore(machine.folder.folder)

    with pytest.raises(NoIndexError, match="no complete search index"):
        machine.find("ferry")
    assert machine.state() == IndexState()
    machine.follow()
    assert machine.find("ferry") == [article_id]
    assert machine.state().building is None


def test_an_index_that_is_replaced_at_the_moment_of_a_search_is_found(
    desk: Desk, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    article_id = publish(desk, "ferry")
    machine.follow()
    readlink = Path.readlink

    def replaced_after(link: Path) -> Path:
        found = readlink(link)
        monkeypatch.setattr(Path, "readlink", readlink)
        machine.folder.request_rebuild()
        machine.follow()
        return found

    monkeypatch.setattr(Path, "readlink", replaced_after)

    assert machine.find("ferry") == [article_id]


A1, A2, A3 = ArticleId("a1"), ArticleId("a2"), ArticleId("a3")


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_event_about_an_article_changes_its_document(kind: EventKind) -> None:
    event = Event(id="1-0", schema_version=SCHEMA_VERSION, kind=kind, at=START, article_ids=(A1,))
    stored = event.model_copy(update={"disposition": Disposition.STORED})

    of_delivery = kind in {EventKind.DELIVERY_SETTLED, EventKind.DELIVERY_ADVANCED}
    assert (changed_articles(stored) == (A1,)) is (kind.startswith("article.") or of_delivery)


def test_an_event_about_a_file_of_many_items_changes_the_documents_of_its_articles() -> None:
    ends = zip((A1, A2, A3), (Disposition.STORED, Disposition.DUPLICATE, Disposition.NEW_VERSION), strict=True)
    event = Event(
        id="1-0",
        schema_version=SCHEMA_VERSION,
        kind=EventKind.DELIVERY_ADVANCED,
        at=START,
        items=tuple(ItemEnd(article_id=name, disposition=end) for name, end in ends),
    )

    assert changed_articles(event) == (A1, A3)


class TestOnTheServer:
    """What a server can lose, which the store in memory cannot."""

    @pytest.fixture
    def client(self, server: RealServer) -> Iterator[Redis]:
        client = connect(server.address, name="search")
        yield client
        client.close()

    @pytest.fixture
    def store(self, client: Redis, clock: ManualClock) -> Store:
        return redis_store(client, clock=clock, window=timedelta(days=30))

    def test_after_events_were_trimmed_a_new_index_is_built(self, client: Redis, desk: Desk, machine: Machine) -> None:
        gone, kept = publish(desk, "ferry"), publish(desk, "ferry")
        machine.follow()
        file = machine.folder.current()
        an_article_deletion(desk.store, desk.clock).delete(gone, by="desk", reason=None)
        client.xtrim(Keys().events(), maxlen=0)
        late = publish(desk, "ferry")
        machine.follow()

        assert machine.folder.current() != file
        assert machine.find("ferry") == sorted([kept, late])

    def test_after_a_loss_of_all_data_a_new_index_is_built(self, client: Redis, desk: Desk, machine: Machine) -> None:
        publish(desk, "ferry")
        machine.follow()
        client.flushall()
        machine.follow()
        after = publish(desk, "ferry")
        machine.follow()

        assert machine.find("ferry") == [after]
        assert machine.state().articles == 1

    def test_after_a_restoration_a_new_index_is_built_also_if_events_have_followed(
        self, client: Redis, desk: Desk, machine: Machine
    ) -> None:
        """The index has what came after the backup, which the restored server lacks."""
        article = publish(desk, "ferry", guid="urn:example:1")
        machine.follow()
        backup: Any = {key: client.dump(key) for key in client.scan_iter()}
        publish(desk, "harbour", guid="urn:example:1", guid_version=2)
        machine.follow()
        client.flushall()
        for key, value in backup.items():
            client.restore(key, 0, value)
        late = publish(desk, "anchor")
        machine.follow()

        assert machine.find("ferry") == [article]
        assert machine.find("anchor") == [late]
        assert machine.find("harbour") == []
