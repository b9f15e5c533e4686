"""A disk that is full while files beside the archive are written: its user is told so, and no remains add up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SEARCH_INDEX = """
import sys
from itertools import count
from pathlib import Path
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.delivery import DeliveryId
from copytaster.search.index import IndexFileError
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projection import Projection
from tests.factories import an_article

folder, free = Path(sys.argv[1]), int(sys.argv[2])
clock = SystemClock()
store = memory_store(clock)
for number in range(200):
    text = " ".join(f"w{number}x{each}" for each in range(2_000))
    store.articles.create(an_article(f"a{number}", text=text), owner=DeliveryId(f"d{number}"))
filling = (folder / "other").open("wb", buffering=0)
try:
    for _ in count():
        filling.write(bytes(4096))
except OSError:
    filling.truncate(max(filling.tell() - free, 0))
faults, projection = set(), Projection(IndexFolder(folder / "search"), store, clock)
for _ in range(5):
    try:
        while projection.step():
            pass
    except (IndexFileError, OSError) as error:
        faults.add(str(error))
print(len(faults), len(list((folder / "search").glob("index-*"))), *faults)
"""
"""Lets an index follow a store, five times, on a filesystem with as many free bytes as the second argument says."""


EXPORT = """
import json, re, sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from shutil import disk_usage
from copytaster.model.delivery import DeliveryId
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article

folder, form = Path(sys.argv[1]), sys.argv[2]
dependencies = MemoryDependencies({"COPYTASTER_DATA": str(folder / "data")})
for number in range(400):
    article = an_article(f"a{number}", title=f"Title {number} " * 50, text=f"Text {number} " * 200)
    dependencies.store().articles.create(article, owner=DeliveryId(f"d{number}"))
other, file, errors = folder / "other", folder / "articles", StringIO()
other.write_bytes(bytes(disk_usage(folder).free - (120_000 if form == "csv" else 450_000)))
export = ["export", "--format", form, "--output", str(file)]
with redirect_stderr(errors):
    broken = run(export, dependencies)
other.unlink()
cursor = re.search("--cursor (.*)", errors.getvalue())[1]
assert "disk is full" in errors.getvalue()
resumed = run([*export, "--cursor", cursor], dependencies)
print(broken, resumed, file.read_bytes().count(b"\\n"))
"""
"""Exports 400 articles to a disk that becomes full, and goes on as the command says when there is room again."""


def run_on_a_small_filesystem(program: str, folder: Path, *arguments: str) -> str:
    """Run a program whose first argument is the folder of a filesystem of its own of 3 MB; return what it prints."""
    mount = 'mount -t tmpfs -o size=3m none "$1" && shift && exec "$@"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(folder)]
    ended = subprocess.run(
        [*unshare, sys.executable, "-c", program, str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare" in ended.stderr or "mount:" in ended.stderr:
        pytest.skip(f"this machine forbids mounts in a namespace: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("free", "remains"), [(0, 0), (4096, 0), (500_000, 1)])
def test_a_search_index_on_a_full_disk_says_so_once_and_leaves_no_remains(
    tmp_path: Path, free: int, remains: int
) -> None:
    *_, printed = run_on_a_small_filesystem(SEARCH_INDEX, tmp_path, str(free)).splitlines()
    faults, folders, why = printed.split(maxsplit=2)

    assert "full" in why
    assert (int(faults), int(folders)) == (1, remains)


@pytest.mark.parametrize(("form", "lines"), [("jsonl", 400), ("ninjs", 400), ("csv", 401)])
def test_an_export_to_a_full_disk_ends_with_a_whole_document_and_can_be_continued(
    tmp_path: Path, form: str, lines: int
) -> None:
    assert run_on_a_small_filesystem(EXPORT, tmp_path, form).split() == ["1", "0", str(lines)]
