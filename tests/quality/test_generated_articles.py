"""The articles that ``benchmarks.pipeline`` generates: real lengths, no two alike, and copies that are found."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from benchmarks.growth.chart import Panel, svg
from benchmarks.growth.fit import fit
from benchmarks.pipeline.articles import edited, generate, make_story
from benchmarks.pipeline.stories import Story
from copytaster.dedup.relations import copy_relations, judge
from copytaster.dedup.signing import sign
from copytaster.model.article import ArticleId
from copytaster.settings import Settings
from copytaster.store.memory.near_index import MemoryNearIndex

AT = datetime(2026, 11, 1, tzinfo=UTC)

THRESHOLD = float(Settings.model_fields["near_threshold"].default)


class Index:
    """Finds the originals of stories among earlier ones."""

    def __init__(self) -> None:
        self._index = MemoryNearIndex()
        self._count = 0

    def is_copy(self, story: Story) -> bool:
        self._count += 1
        signature = sign(story.title, "\n\n".join(story.paragraphs))
        found = self._index.add_and_find(ArticleId(f"a{self._count}"), signature, at=AT)
        return copy_relations(judge(found, signature, threshold=THRESHOLD)) != []


@pytest.mark.parametrize(("mix", "size"), [("wire", 900), ("news", 3_000), ("web", 30_000)])
def test_files_have_the_length_of_their_kind(mix: str, size: int) -> None:
    files = list(generate(60, mix, seed=3, at=AT))

    mean = sum(len(each.content) for each in files) / len(files)

    assert 0.85 * size < mean < 1.15 * size


def test_the_same_seed_gives_the_same_files() -> None:
    first, again, other = (list(generate(40, "mixed", seed=seed, at=AT)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_no_two_stories_are_alike_and_edits_are_copies() -> None:
    index, chance = Index(), random.Random(3)
    stories = [make_story("wire", number, AT, chance) for number in range(80)]

    assert [each.title for each in stories if index.is_copy(each)] == []
    assert [each.title for each in stories if not index.is_copy(edited(each, chance))] == []


def test_a_chart_is_an_xml_document_with_a_curve_for_each_series() -> None:
    panel = Panel("rate & <more>", "articles", [1.0, 2.0, 3.0], {"a": [1.0, 2.0, 3.0], "b": [3.0, 2.0, 1.0]})

    root = ET.fromstring(svg([panel, panel]))  # noqa: S314  # our own document

    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 4


def test_a_line_through_points_on_a_line_is_that_line() -> None:
    line = fit([0.0, 1.0, 2.0, 5.0], [3.0, 5.0, 7.0, 13.0])

    assert (line.start, line.slope, line.at(10)) == pytest.approx((3.0, 2.0, 23.0))
