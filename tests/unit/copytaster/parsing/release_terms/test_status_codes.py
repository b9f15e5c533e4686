from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.model.article import ArticleStatus, Signal, Subject
from copytaster.parsing.release_terms.status_codes import signal_among, signal_by_code, signal_by_slug, status_by_code
from copytaster.parsing.wire.subjects import TOPS, subjects_of


@pytest.mark.parametrize(
    ("code", "name", "subjects"),
    [
        ("medtop:20000523", "labour market", [Subject(code="medtop:20000523", name="labour market")]),
        ("medtop:15000000", None, [Subject(code="medtop:15000000", name="sport")]),
        ("http://cv.iptc.org/newscodes/subjectcode/17000000", None, [Subject(code="medtop:17000000", name="weather")]),
        ("iptc-subjectcode:14000000", "x", [Subject(code="medtop:14000000", name="society")]),
        ("subj:99000000", "x", [Subject(code="subj:99000000", name="x")]),
        ("geo:1", None, [Subject(code="geo:1")]),
        ("", "name alone", [Subject(name="name alone")]),
        ("", None, []),
    ],
)
def test_codes_become_subjects(code: str, name: str | None, subjects: list[Subject]) -> None:
    assert list(subjects_of(code, name)) == subjects


def test_the_seventeen_top_terms_are_those_of_the_media_topics(shared: Path) -> None:
    terms = json.loads((shared / "corpora" / "taxonomy" / "mediatopics.json").read_text(encoding="utf-8"))["concepts"]

    tops = {each["qcode"].removeprefix("medtop:"): each["name"] for each in terms if each["level"] == 1}

    assert tops == TOPS


@pytest.mark.parametrize(
    ("code", "signal"),
    [
        ("sig:update", Signal.UPDATE),
        ("http://cv.iptc.org/newscodes/signal/correction", Signal.CORRECTION),
        ("Retraction", Signal.KILL),
        ("sig:SD525CON", None),
        ("", None),
    ],
)
def test_codes_of_signals_are_known(code: str, signal: Signal | None) -> None:
    assert signal_by_code(code) is signal


def test_a_kill_among_several_codes_is_the_signal() -> None:
    assert signal_among(["sig:update", "sig:atomic", "sig:kill"]) is Signal.KILL
    assert signal_among(["sig:atomic", "sig:correction", "sig:update"]) is Signal.CORRECTION
    assert signal_among([]) is None


@pytest.mark.parametrize(
    "slug", ["GLOBAL-PRECIOUS/ (UPDATE 1)", "BC-Bridge, 2nd Ld-Writethru", "UPDATE 2-Bridge opens"]
)
def test_slugs_of_updates_are_known(slug: str) -> None:
    assert signal_by_slug(slug) is Signal.UPDATE


@pytest.mark.parametrize(
    "slug",
    ["BC-Bridge, KILL", "BC-Bridge, Kill", "KILL: Bridge", "Bridge/KILL", "KILL/BRIDGE", "Bridge, Mandatory Kill",
     "WITHDRAWAL/Bridge"],
)  # fmt: skip
def test_slugs_of_kills_are_known(slug: str) -> None:
    assert signal_by_slug(slug) is Signal.KILL


@pytest.mark.parametrize(
    "slug",
    ["Mockingbird-Kill", "KILL BILL/FILM", "Kill switch/Apple", "Police/kill/man", "Troops/Withdrawal/Niger",
     "Leaders-Summit", "Overcorrecting", "Old-World"],
)  # fmt: skip
def test_words_of_the_news_are_not_signals(slug: str) -> None:
    assert signal_by_slug(slug) is None


@pytest.mark.parametrize(
    ("code", "status"),
    [("stat:usable", ArticleStatus.USABLE), ("Cancelled", ArticleStatus.CANCELED), ("other", None), ("", None)],
)
def test_codes_of_status_are_known(code: str, status: ArticleStatus | None) -> None:
    assert status_by_code(code) is status
