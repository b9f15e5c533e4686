"""Files of standing searches, in memory and in the archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.archive.originals import FilesystemArchive
from copytaster.archive.standing_searches import (
    DamagedSearchError,
    FilesystemSearchFiles,
    MemorySearchFiles,
    SearchFiles,
)
from copytaster.model.standing_search import SearchId
from tests.contract.test_standing_searches_contract import a_search, an_id


@pytest.fixture(params=["memory", "folder"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> SearchFiles:
    return MemorySearchFiles() if request.param == "memory" else FilesystemSearchFiles(f"file://{tmp_path}/archive")


def test_searches_are_read_as_they_were_written(files: SearchFiles) -> None:
    second, first = a_search(2, source="kestrel"), a_search(1, q="Łódź")
    for each in (second, first):
        files.write(each)

    assert files.ids() == [an_id(1), an_id(2)]
    assert [files.read(each) for each in files.ids()] == [first, second]
    assert files.read(SearchId("q9")) is None


def test_a_search_is_replaced_and_removed(files: SearchFiles) -> None:
    files.write(a_search(1))
    files.write(a_search(1, name="renamed"))
    replaced = files.read(an_id(1))
    for _ in range(2):
        files.remove(an_id(1))

    assert replaced == a_search(1, name="renamed")
    assert files.ids() == []


def test_a_search_that_has_changed_on_the_disk_is_not_used(tmp_path: Path) -> None:
    files = FilesystemSearchFiles(f"file://{tmp_path}/archive")
    files.write(a_search(1))
    file = tmp_path / f"archive/searches/{an_id(1)}.json"
    file.write_bytes(file.read_bytes().replace(b"harbour", b"airport"))

    with pytest.raises(DamagedSearchError, match=rf"searches/{an_id(1)}\.json of the archive has changed"):
        files.read(an_id(1))


def test_the_archive_does_not_take_searches_for_originals(tmp_path: Path) -> None:
    FilesystemSearchFiles(f"file://{tmp_path}/archive").write(a_search(1))

    archive = FilesystemArchive(f"file://{tmp_path}/archive")
    assert [name for prefix in range(256) for name in archive.names(f"{prefix:02x}")] == []
