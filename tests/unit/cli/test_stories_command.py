"""``copytaster stories`` over a store in memory; decisions are written to the data folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.archive.decisions import FilesystemDecisions
from copytaster.model.article import Article, ArticleStatus, Relation, RelationKind
from copytaster.model.delivery import DeliveryId
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name
from tests.factories import an_article, put_into_one_story

Captured = pytest.CaptureFixture[str]

TITLES = {1: "Ferry burns", 2: "All are safe", 3: "All safe", 5: "Rates stay", 6: "Bank waits"}


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Give the stories s1 (a1, a2 and its copy a3) and s5 (a5, a6)."""
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    store, clock = dependencies.store(), dependencies.clock
    articles: dict[int, Article] = {}
    for number, title in (
        (1, "Ferry burns"),
        (2, "All are safe"),
        (3, "All safe"),
        (5, "Rates stay"),
        (6, "Bank waits"),
    ):
        relation = Relation(kind=RelationKind.NEAR, of=articles[2].id, score=0.9) if number == 3 else None
        articles[number] = an_article(
            f"a{number}",
            title=title,
            text=f"{title} today, says the report of the port.",
            source=f"wire {number}",
            received_at=clock.now(),
            relation=relation,
            word_count=8 if number == 2 else 5,
        )
        store.articles.create(articles[number], owner=DeliveryId(f"d{number}"))
        clock.advance(seconds=60)
    put_into_one_story(store, articles[1], articles[2], articles[3])
    put_into_one_story(store, articles[5], articles[6])
    return dependencies


def printed(capsys: Captured, dependencies: MemoryDependencies, *arguments: str) -> str:
    """Run a command that succeeds, a second later, and return what it prints."""
    dependencies.clock.advance(seconds=1)
    status = run(["stories", *arguments], dependencies)

    output = capsys.readouterr()
    assert status == 0, output.err
    return output.out


def refusal(capsys: Captured, dependencies: MemoryDependencies, *arguments: str) -> str:
    """Run a command that fails, and return its message."""
    status = run(["stories", *arguments], dependencies)

    assert status == 1
    return capsys.readouterr().err


def test_stories_are_listed_last_changed_first(dependencies: MemoryDependencies, capsys: Captured) -> None:
    lines = printed(capsys, dependencies).splitlines()

    assert [line.split()[0] for line in lines] == ["STORY", "s5", "s1"]
    assert "developing" in lines[2]
    assert lines[2].rstrip().endswith("All are safe")


def test_stories_are_listed_by_filters_and_as_json(dependencies: MemoryDependencies, capsys: Captured) -> None:
    of_a_source = printed(capsys, dependencies, "--source", "wire 6", "--json").splitlines()
    limited = printed(capsys, dependencies, "--limit", "1", "--json").splitlines()
    closed = printed(capsys, dependencies, "--state", "closed", "--json")

    assert [json.loads(each)["id"] for each in of_a_source] == ["s5"]
    assert [json.loads(each)["id"] for each in limited] == ["s5"]
    assert closed == ""


def test_a_story_is_shown_with_what_each_article_added_and_why(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    page = printed(capsys, dependencies, "show", "s1")

    assert page.startswith("All are safe\nAll are safe today, says the report of the port.\n")
    assert "2 and 1 copies" in page
    assert "Ferry burns today, says the report of the port." in page
    assert "it began a story" in page
    assert "a3" not in page  # a copy is counted


def test_a_story_as_json_has_all_its_members(dependencies: MemoryDependencies, capsys: Captured) -> None:
    story = json.loads(printed(capsys, dependencies, "show", "s1", "--json"))

    assert [each["article_id"] for each in story["members"]] == ["a1", "a2", "a3"]
    assert story["next_cursor"] is None


def test_an_article_that_may_not_be_used_is_shown_without_words(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    store = dependencies.store()
    held = an_article("a7", title="Secret plan", text="A secret plan was made.", status=ArticleStatus.WITHHELD)
    other = an_article("a8", title="Secret plan", text="A secret plan was made.", status=ArticleStatus.CANCELED)
    for each in (held, other):
        store.articles.create(each, owner=DeliveryId(f"d{each.id}"))
    put_into_one_story(store, held, other)

    page = printed(capsys, dependencies, "show", "s7")
    listed = printed(capsys, dependencies)

    assert "ecret" not in page + listed
    assert "(no article of this story may be shown)" in page
    assert "(an article that may not be used)" in page


def test_a_person_corrects_stories_and_undoes_it(dependencies: MemoryDependencies, capsys: Captured) -> None:
    merged = printed(capsys, dependencies, "merge", "s5", "--into", "s1", "--by", "Anna", "--reason", "one event")
    printed(capsys, dependencies, "undo", "s1")
    split = printed(capsys, dependencies, "split", "s1", "a2", "--by", "Ben")
    moved = printed(capsys, dependencies, "move", "s5", "a6", "--into", "s1")
    headline = printed(capsys, dependencies, "headline", "s1", "Ferry fire", "--json")
    decisions = printed(capsys, dependencies, "decisions", "s1")

    assert merged.startswith("s5 was merged into s1; `copytaster stories undo s5 --decision merge-stories-")
    assert split.startswith("a2, a3 of s1 made up the new story s2; ")
    assert moved.startswith("a6 is in s1 now; ")
    assert json.loads(headline)["headline"] == "Ferry fire"
    assert [line.split()[0].rpartition("-")[0] for line in decisions.splitlines()[1:]] == [
        "merge-stories",
        "split-story",
        "move-article",
        "pin-headline",
    ]
    assert f"{user_name(dependencies.environ)}, 2026-" in decisions  # who undid the merge
    stored = FilesystemDecisions(f"file://{dependencies.settings().data}/archive").about_stories()
    assert [(each.by, each.undone is None) for each in stored] == [
        ("Anna", False),
        ("Ben", True),
        (user_name(dependencies.environ), True),
        (user_name(dependencies.environ), True),
    ]


def test_what_does_not_fit_is_refused_with_what_to_do(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert "`copytaster stories` lists the stories" in refusal(capsys, dependencies, "show", "s404")
    assert "`copytaster stories` lists the stories" in refusal(capsys, dependencies, "merge", "s404", "--into", "s1")
    assert "a5 is not in the story s1, but in s5" in refusal(capsys, dependencies, "split", "s1", "a5")
    assert "`copytaster accept a3`" in refusal(capsys, dependencies, "move", "s1", "a3", "--into", "s5")
    assert "`copytaster stories decisions s1` lists them" in refusal(capsys, dependencies, "undo", "s1")
