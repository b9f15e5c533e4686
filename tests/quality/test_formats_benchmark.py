"""The benchmark of formats on a slice that is written here, in the form of the corpus' manifest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.formats.__main__ import SAMPLES
from benchmarks.formats.manifest import read_manifest
from benchmarks.formats.report import Report
from benchmarks.formats.run import judged, read_for
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.reading import ParsingReader

REPOSITORY = Path(__file__).parents[2]

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">%s</feed>'
WORDLESS = '<entry><link href="https://example.org/1"/><author><name>Jane Doe</name></author></entry>'

FILES: list[tuple[str, str, str, list[list[Any]]]] = [
    (
        "feed_atom/whole.xml",
        "feed_atom",
        ATOM % '<entry><title type="html">A &lt;b&gt;bridge&lt;/b&gt;</title><summary>Opens</summary></entry>',
        [
            [["bozo"], False],
            [["entries", 0, "title"], "A <b>bridge</b>"],
            [["entries", 0, "summary"], "Opens"],
            [["feed", "links", 0, "rel"], "self"],
        ],
    ),
    (
        "feed_atom/wordless.xml",
        "feed_atom",
        ATOM % WORDLESS,
        [[["entries", 0, "link"], "https://example.org/1"], [["entries", 0, "author"], "Jane Doe"]],
    ),
    (
        "feed_atom/wrong.xml",
        "feed_atom",
        ATOM % "<entry><title>Bridge</title></entry>",
        [[["entries", 0, "title"], "Tunnel"]],
    ),
    ("ninjs/bad.json", "ninjs", '{"uri": "urn:x:1", "type": "novel"}', [["valid_per_IPTC", False]]),
    (
        "ninjs/good.json",
        "ninjs",
        '{"uri": "x:1", "version": "2", "versioncreated": "2024-05-06T10:00:00Z", "headline": "A", "body_text": "B"}',
        [["valid_per_IPTC", True]],
    ),
    ("ps/hello.ps", "none", "%!PS-Adobe-3.0\nHello", [["text", "Hello"]]),
]


def benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.formats", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def report(*arguments: str) -> Any:
    ended = benchmark(*arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = []
    for file, format_, content, expected in FILES:
        path = tmp_path / "formats" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        rows.append(json.dumps({"file": file, "format": format_, "expected": expected}))
    (tmp_path / "formats" / "manifest.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def test_met_expectations_are_counted_by_format_and_kind(corpus: Path) -> None:
    found = report("--data", str(corpus))

    atom, ninjs = found["formats"]["feed_atom"], found["formats"]["ninjs"]
    assert (atom["checked"], atom["met"], atom["kinds"]["entries.title"]) == (5, 4, {"checked": 2, "met": 1})
    assert found["feeds"]["share"] == 0.8
    assert (ninjs["checked"], ninjs["met"]) == (7, 7)


def test_expectations_out_of_scope_are_counted_with_their_reason(corpus: Path) -> None:
    found = report("--data", str(corpus))["formats"]

    assert sum(found["feed_atom"]["outside"].values()) == 2
    assert found["none"]["outside"] == {"no parser for the format yet": 1}


def test_failures_are_printed_with_the_option(corpus: Path) -> None:
    ended = benchmark("--data", str(corpus), "--failures", "5")

    assert ended.stderr.splitlines() == ["feed_atom/wrong.xml: entries.title"]
    assert "feed_atom" in ended.stdout


def test_a_missing_corpus_is_reported(tmp_path: Path) -> None:
    ended = benchmark("--data", str(tmp_path))

    assert ended.returncode == 2
    assert "manifest.jsonl is not there" in ended.stderr


def test_the_corpus_expectations_are_met(shared: Path) -> None:
    formats = "feed_atom,feed_rss,feed_rdf,feed_cdf,json_feed,ninjs"

    found = report("--data", str(shared / "corpora"), "--only", formats)

    assert found["feeds"]["share"] >= 0.99
    assert found["formats"]["ninjs"]["share"] == 1


def test_the_own_samples_are_read() -> None:
    reader, found = ParsingReader(default_parsers()), Report()
    for row in read_manifest(SAMPLES):
        reading = read_for(reader, row)
        found.add(row, reading, judged(row, reading))

    assert set(found.formats) == {"newsml_1", "mail", "json"}
    for name, tally in found.formats.items():
        assert tally.checked.total() >= 35, name
        assert tally.met.total() >= 0.95 * tally.checked.total(), (name, found.failures)
