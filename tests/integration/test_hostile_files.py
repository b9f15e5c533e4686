"""A slice of ``benchmarks.hostile`` on files of our own: real server, real worker process, parsers in their sandbox."""

# ruff: noqa: E501, RUF001  # texts in many scripts, one to a line

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

LIMIT_SECONDS = 200
"""Below the limit of a test; it takes some ten seconds, most of them to load the models."""

EITHER = "no crash, bounded memory and time, rejected or stored with a reason"
REFUSED = "must be rejected cleanly"
NO_ENTITIES = "no entity expansion, no file or network access, bounded time and memory"

STORY = "The ferry came back on Monday after two weeks in dock. The harbour office expects delays until Friday."

FILES: dict[str, tuple[str, bytes]] = {
    "empty.json": (EITHER, b""),
    "mark.txt": (EITHER, b"\xef\xbb\xbf"),
    "deep.json": (EITHER, b"[" * 50_000),
    "deep.html": (EITHER, b"<div>" * 20_000),
    "noise.txt": (EITHER, bytes(range(256)) * 20),
    "comma.json": (REFUSED, b'{"headline": "Ferry returns", "body": "It came back.",}'),
    "quote.json": (REFUSED, b"{'headline': 'Ferry returns'}"),
    "cut.json": (REFUSED, b'{"headline": "Ferry returns", "body'),
    "number.json": ("must parse", b"[1.5e3]"),
    "word.json": ("must parse", b'"ferry"'),
    "half.json": ("either, no crash", b'{"\\ud800": "ferry"}'),
    "laughs.xml": (
        NO_ENTITIES,
        b'<!DOCTYPE a [<!ENTITY b "ferry ferry ferry"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;&c;&c;</a>',
    ),
    "asks.xml": (NO_ENTITIES, b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><nitf><body>&b;</body></nitf>'),
    "strange.json": (
        "ingested, text unchanged",
        json.dumps({"id": "../../a", "headline": "\u202eFerry' OR 1=1 --", "body": f"{STORY}\n\n\u0301\U0001f6a2 {{0}} %s"})
        .encode(),
    ),
    "greek.txt": ("encoding=iso-8859-7", "Το πλοίο επέστρεψε τη Δευτέρα στο λιμάνι.".encode("iso-8859-7")),
}  # fmt: skip


STRINGS = ["", "NULL", "\0 in it", "\ufdfa", "\U0001f469\u200d\U0001f692", "key:{*}\r\nDEL x"]


def test_every_hostile_file_gets_a_disposition_and_affects_no_other(tmp_path: Path) -> None:
    (tmp_path / "strings").mkdir()
    files = FILES | {"strings/blns.json": ("every string survives", json.dumps(STRINGS).encode())}
    for name, (_, content) in files.items():
        (tmp_path / name).write_bytes(content)
    rows = [{"file": name, "group": "own", "expect": expect} for name, (expect, _) in files.items()]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.hostile", "--data", tmp_path, "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )

    found = json.loads(ended.stdout)
    assert found["not_as_expected"] == {}
    assert found["with_disposition"] == len(files)
    assert found["worker_crashes"] == found["sandbox_deaths"] == found["over_the_limit"] == 0
    assert (found["strings"], found["strings_changed"]) == (len(STRINGS), [])
    assert ended.returncode == 0
