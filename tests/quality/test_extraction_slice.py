"""A slice of ``benchmarks.extraction`` and ``benchmarks.metadata``: pages written for this project, with floors."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.extraction.corpus import Page, load_pages
from benchmarks.extraction.peers import copytaster as extract
from benchmarks.extraction.run import measure
from benchmarks.extraction.score import score_all, score_page
from benchmarks.metadata.judge import same_authors, same_day, same_headline
from benchmarks.metadata.peers import copytaster as read_metadata
from benchmarks.metadata.run import measure as measure_metadata

STORY = [
    "The ferry between the two islands runs at night again from the first of May, the harbour said on Monday.",
    "It had stopped eleven years ago, when the last of the cannery's shifts was given up for good.",
    "“There are people who work late at the clinic and sleep on benches until six,” said Ines Holm, who runs it.",
    "Two boats will share the work, one of them borrowed from the coast guard until a new one is paid for and built.",
]

HEAD = (
    "<title>Night ferry returns | Strait Courier</title><meta property='og:site_name' content='Strait Courier'>"
    "<meta property='og:title' content='Night ferry returns'><meta name='author' content='By Mara Lind and Tom Aske'>"
    "<meta property='article:published_time' content='2024-04-22T09:30:00+02:00'>"
)

FURNITURE = (
    "<nav><a href='/'>Home</a></nav><div class='newsletter-signup'><p>The Courier in your inbox every day.</p></div>"
    "<p>READ MORE: <a href='/9'>Harbour office moves to the cannery</a></p>"
    "<ul class='stories'><li><a href='/1'>Cannery sold at last</a></li><li><a href='/2'>Where gulls sleep</a></li>"
    "<li><a href='/3'>Tides for the week</a></li></ul><h3>Tell us more</h3><footer>Imprint</footer>"
)


def page(number: int) -> Page:
    body = {
        0: "".join(f"<p>{paragraph}</p>" for paragraph in STORY),
        1: "<div class='story-body'>" + "<br><br>".join(STORY) + "</div>",
        2: "<table><tr><td>" + "".join(f"<p>{paragraph}</p>" for paragraph in STORY) + "</td></tr></table>",
    }[number]
    article = f"<article><h1>Night ferry returns</h1>{body}{FURNITURE}</article>"
    html = f"<html lang='en'><head>{HEAD}</head><body>{article}</body></html>"
    truth = {
        "file": f"{number}.html",
        "text": "\n\n".join(STORY),
        "title": "Night ferry returns",
        "byline": "Mara Lind and Tom Aske",
        "publishedTime": "2024-04-22T09:30:00+02:00",
    }
    return Page(f"{number}.html", html.encode(), html, truth)


PAGES = [page(number) for number in range(3)]


def test_article_text_is_found_above_the_floor() -> None:
    figures = measure(PAGES, {"copytaster": extract})

    assert figures["copytaster"]["f1"] >= 0.97


def test_all_metadata_of_the_slice_is_right() -> None:
    [figures] = measure_metadata(PAGES, {"copytaster": read_metadata}).values()

    assert [figures[field] for field in ("title", "authors", "published")] == [[3, 3, 0]] * 3


def test_an_extractor_that_fails_is_counted_and_the_run_continues() -> None:
    def breaks(_: Page) -> str:
        raise ValueError

    [figures] = measure(PAGES, {"broken": breaks}).values()

    assert figures["broken"] == 3
    assert figures["f1"] == 0


def test_precision_and_recall_count_word_fours() -> None:
    score = score_page("one two three four five", "one two three four six seven")

    assert score.recall == pytest.approx(1 / 2)
    assert score.precision == pytest.approx(1 / 3)


def test_a_page_without_found_words_does_not_count_for_precision() -> None:
    score = score_all(
        [score_page("one two three four", ""), score_page("one two", "One! two"), score_page("a b", "a b")]
    )

    assert score.precision == pytest.approx(1 / 2)
    assert score.recall == pytest.approx(1 / 3)


def test_pages_are_loaded_from_the_folder_or_its_parent(tmp_path: Path) -> None:
    folder = tmp_path / "extraction"
    folder.mkdir()
    (folder / "a.html.gz").write_bytes(gzip.compress(b"<p>x</p>"))
    (folder / "truth.jsonl").write_text(json.dumps({"file": "a.html.gz", "text": "x"}))

    assert load_pages(tmp_path) == load_pages(folder)
    with pytest.raises(FileNotFoundError, match=r"truth\.jsonl"):
        load_pages(tmp_path / "elsewhere")


def test_the_judge_ignores_site_name_and_lead_in_but_not_another_person() -> None:
    assert same_headline("Night ferry returns | Strait Courier", "Night ferry returns")
    assert not same_headline("Night ferry returns", "Night ferry stops")
    assert same_authors("By Mara Lind, Strait Courier", ["Mara Lind"])
    assert not same_authors("By Mara Lind", ["Tom Aske"])
    assert same_day("2024-04-22T01:00:00+0200", datetime(2024, 4, 21, 23, tzinfo=UTC))
    assert not same_day("2024-04-22", None)
