"""Names of files and folders that the watcher passes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.intake.file_filter import FileFilter
from copytaster.model.ignored_names import WRITERS
from copytaster.parsing.containers.member_names import is_member
from copytaster_watcher.discovery.scan import FolderScan

NEWS = (
    *("story.xml", "Thumbs.html", "desktop.txt", "partial.txt", "my.partial.html", "4913.txt", "lock.md", "a~b.txt"),
    *("#1 in the polls.txt", "$5 bread.html", "download.json", "wget-log.txt.html", "thumbs", "ICONS.TXT", "eaDir.xml"),
)


@pytest.mark.parametrize(
    "name",
    [
        *("desktop.ini", "DESKTOP.INI", "Thumbs.db", "ehthumbs.db", "~$report.docx", "~$report.DOCX"),
        "story.txt.partial",
        *("story.txt.PART", ".story.txt.swp", "story.swp", ".DS_Store", "._story.xml", "story.html.crdownload"),
        "story.xml~",
        *("story.xml.filepart", "story.xml.lftp-pget-status", "#story.xml#", "~syncthing~story.xml.tmp", "Icon\r"),
        *("story.xml@SynoEAStream", "story.docx.nextcloud", "story.html:Zone.Identifier", "story.iso.aria2"),
        "ws_ftp.log",
        *("story.gdoc", "story.xml.!qB", "story.xml.opdownload", "story.xml.lock", ".nfs000001"),
        "story.xml.ocTransferId1.part",
    ],
)  # fmt: skip
def test_files_of_other_programs_are_passed_over(name: str) -> None:
    assert FileFilter().is_passed_over(name)
    assert not FileFilter().is_taken(name)
    assert FileFilter().why_never_taken(name)


@pytest.mark.parametrize(
    "folder", ["@eaDir", "@EADIR", "#recycle", "$RECYCLE.BIN", "lost+found", "__MACOSX", "@Recycle", "CVS"]
)
def test_folders_of_other_programs_are_not_entered(folder: str) -> None:
    assert not FileFilter().is_entered(folder)
    assert folder in (FileFilter().why_never_taken(f"agency/{folder}/story.xml") or "")


@pytest.mark.parametrize("name", NEWS)
def test_names_of_news_are_taken(name: str) -> None:
    assert FileFilter().is_taken(name)
    assert FileFilter().why_never_taken(name) is None
    assert is_member(f"agency/{name}")


def test_every_pattern_of_the_table_is_found_with_its_writer() -> None:
    for writer in WRITERS:
        for pattern in writer.files:
            name = pattern.replace("[0-9]", "1").replace("*", "x").replace("?", "y")
            assert FileFilter().is_passed_over(name), f"{writer.name}: {pattern}"
        for pattern in writer.folders:
            assert not FileFilter().is_entered(pattern.replace("*", "x")), f"{writer.name}: {pattern}"


def test_patterns_of_the_operator_are_added() -> None:
    own = FileFilter(("*.bak", "drafts", "test-??.txt"))

    assert [own.is_taken(name) for name in ("story.BAK", "test-01.txt", "test-1.txt", "story.xml")] == [
        False,
        False,
        True,
        True,
    ]
    assert not own.is_entered("Drafts")
    assert "COPYTASTER_IGNORED_NAMES" in (own.why_never_taken("story.bak") or "")
    assert FileFilter().is_taken("story.bak")


def test_a_scan_counts_the_files_that_it_passes_over(tmp_path: Path) -> None:
    (tmp_path / "agency" / "@eaDir").mkdir(parents=True)
    for name in ("story.xml", "desktop.ini", "agency/Thumbs.db", "agency/@eaDir/story.xml", "agency/note.bak"):
        (tmp_path / name).write_text("text")
    scan = FolderScan(tmp_path, FileFilter(("*.bak",)))

    assert list(scan()) == ["story.xml"]
    assert scan.ignored == 3


@pytest.mark.parametrize(
    "name", ["a/desktop.ini", "@eaDir/story.xml", "a\\Thumbs.db", "~$story.docx", "__MACOSX/a/._b"]
)
def test_archives_are_read_without_these_files(name: str) -> None:
    assert not is_member(name)
