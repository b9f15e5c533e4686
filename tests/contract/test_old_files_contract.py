from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.archive.old_files import FILE, FilesystemOldFilesList, MemoryOldFilesList, OldFiles, OldFilesList
from tests.factories import START

FOUND = OldFiles(at=START, files=("aa" * 32, "bb" * 32), former=("cc" * 32,))


@pytest.fixture(params=["memory", "filesystem"])
def listed(request: pytest.FixtureRequest, tmp_path: Path) -> OldFilesList:
    return MemoryOldFilesList() if request.param == "memory" else FilesystemOldFilesList(f"file://{tmp_path}")


def test_the_last_list_is_kept(listed: OldFilesList) -> None:
    before = listed.read()

    listed.write(OldFiles(at=START, files=("dd" * 32,)))
    listed.write(FOUND)

    assert (before, listed.read()) == (None, FOUND)
    assert FOUND.all == {"aa" * 32, "bb" * 32, "cc" * 32}


@pytest.mark.parametrize("change", [lambda content: content[:-3], lambda content: content.replace(b"aa", b"ab", 1)])
def test_a_list_that_has_changed_is_none_and_is_replaced(tmp_path: Path, change: object) -> None:
    assert callable(change)
    listed = FilesystemOldFilesList(f"file://{tmp_path}")
    listed.write(FOUND)
    (tmp_path / FILE).write_bytes(change((tmp_path / FILE).read_bytes()))

    assert listed.read() is None
    listed.write(FOUND)
    assert listed.read() == FOUND
