"""The search over real processes, of which the one that keeps the index up to date is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from copytaster.bootstrap.search_folder import search_folder
from copytaster.search.index_folder import IndexFolder
from copytaster.store.ports.presence import Part
from copytaster_cli.processes.embedded_server import free_port
from tests.integration.conftest import Tree

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Started, Story

SECONDS = 30.0


class Api:
    """The status API of a tree, in a process of its own."""

    def __init__(self, tree: Tree, wait: Waiter) -> None:
        self._tree, self._wait, self._port = tree, wait, free_port("127.0.0.1")
        self._process: Started | None = None

    def start(self) -> None:
        environ = self._tree.environ | {"COPYTASTER_API_PORT": str(self._port)}
        self._process = self._tree.processes.start("api", ["-m", "copytaster_api"], environ)
        self._wait(lambda: self._answer("/livez")[0] == 200, seconds=SECONDS)

    def kill(self) -> None:
        assert self._process
        self._tree.processes.kill(self._process)

    def ids(self, query: str) -> list[str] | None:
        """Return the ids of the articles that are found; None without a complete index."""
        status, found = self._answer("/api/v1/articles?" + urllib.parse.urlencode({"q": query}))
        return [each["id"] for each in found["items"]] if status == 200 else None

    def status(self) -> dict[str, Any]:
        return self._answer("/api/v1/status")[1]

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}


def command(tree: Tree, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copytaster_cli", *arguments],
        env=tree.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_dropped_file_is_found_by_its_words_and_a_killed_process_loses_none(
    tree: Tree, wait: Waiter, story: Story
) -> None:
    api = Api(tree, wait)
    tree.start(Part.WATCHER, Part.WORKER)
    tree.drop("wire/early.txt", story("the earliest zeppelin"))
    tree.end_of("early.txt")
    api.start()
    (early,) = wait(lambda: api.ids("zeppelin"), seconds=SECONDS) or []
    tree.drop("wire/second.txt", story("another zeppelin"))
    wait(lambda: len(api.ids("zeppelin") or ()) == 2, seconds=SECONDS)
    api.kill()
    tree.drop("wire/third.txt", story("third zeppelin of the day"))
    third = tree.article_of(tree.end_of("third.txt")).id
    by_command = command(tree, "search", "zeppelin", "-third", "--json")
    api.start()

    wait(lambda: len(api.ids("zeppelin source:wire") or ()) == 3, seconds=SECONDS)
    assert api.ids('"third zeppelin"') == [third]
    assert early in (api.ids("earliest") or ())
    assert [json.loads(line)["highlights"][0]["field"] for line in by_command.stdout.splitlines()] == ["title", "title"]
    wait(lambda: api.status()["search"]["articles"] == 3, seconds=SECONDS)
    assert "copytaster_search_articles 3.0" in api.metrics()


def test_the_command_builds_an_index_where_no_api_runs_and_asks_one_that_runs(
    tree: Tree, wait: Waiter, story: Story
) -> None:
    tree.start(Part.WATCHER, Part.WORKER)
    tree.drop("wire/story.txt", story("a zeppelin"))
    tree.end_of("story.txt")
    without = command(tree, "search", "zeppelin")
    built = command(tree, "search", "rebuild")
    found = command(tree, "search", "zeppelin")
    first = IndexFolder(search_folder(tree.settings)).current()
    api = Api(tree, wait)
    api.start()
    wait(lambda: api.ids("zeppelin"), seconds=SECONDS)
    wait(lambda: api.status()["search"]["lag_seconds"] == 0, seconds=SECONDS)
    again = command(tree, "search", "rebuild")

    assert (without.returncode, "`copytaster search rebuild`" in without.stderr) == (1, True)
    assert (built.returncode, found.returncode, again.returncode) == (0, 0, 0), built.stderr + again.stderr
    assert "zeppelin" in found.stdout
    assert IndexFolder(search_folder(tree.settings)).current() != first
    assert api.ids("zeppelin")


def test_a_deleted_article_is_not_found_while_the_index_stands_still(tree: Tree, story: Story) -> None:
    tree.start(Part.WATCHER, Part.WORKER)
    tree.drop("wire/story.txt", story("a zeppelin"))
    article = tree.article_of(tree.end_of("story.txt"))
    assert command(tree, "search", "rebuild").returncode == 0
    before = command(tree, "search", "zeppelin").returncode
    killed = command(tree, "delete", article.id)

    assert (before, killed.returncode) == (0, 0), killed.stderr
    assert command(tree, "search", "zeppelin").returncode == 1
