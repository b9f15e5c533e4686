from __future__ import annotations

import errno
import io
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.errors import TransientError
from copytaster.intake.printable_names import printable
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.quarantine.file_names import MAX_NUMBER, NAME_BYTES, report_path
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.quarantine.port import Quarantine, Report
from tests.factories import SHA, START, delivery_id


def a_report(number: int = 1, path: str = "wire/story.txt") -> Report:
    return Report(
        delivery_id=delivery_id(number),
        path=path,
        sha256=SHA,
        size=5,
        disposition=Disposition.QUARANTINED,
        reason=Reason.PARSE_FAILED,
        stage="ingest",
        message="it could not be read",
        attempts=1,
        at=START,
        advice=ADVICE[Reason.PARSE_FAILED],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "quarantine"


@pytest.fixture(params=["memory", "folder"])
def quarantine(request: pytest.FixtureRequest, folder: Path) -> Quarantine:
    return MemoryQuarantine() if request.param == "memory" else FolderQuarantine(folder)


@pytest.fixture
def kept(folder: Path) -> FolderQuarantine:
    return FolderQuarantine(folder)


def a_file(tmp_path: Path, content: str = "story") -> Path:
    file = tmp_path / "claimed.txt"
    file.write_text(content)
    return file


@contextmanager
def _file_accesses(count: Callable[[], object]) -> Iterator[None]:
    """Call ``count`` for each file that this process opens, lists, links, renames or removes within the context."""
    is_active = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        del arguments
        if is_active and event in {"open", "os.listdir", "os.scandir", "os.link", "os.rename", "os.remove"}:
            count()

    sys.addaudithook(hook)  # a hook cannot be removed
    try:
        yield
    finally:
        is_active = False


def contents(folder: Path) -> dict[str, str]:
    """Return the quarantined files by their path, without reports."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".error.json"))
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_a_quarantined_file_is_moved(quarantine: Quarantine, tmp_path: Path) -> None:
    file = a_file(tmp_path)

    quarantine.add_file(file, path="wire/story.txt", report=a_report())

    assert not file.exists()


def test_adding_a_file_that_an_earlier_call_has_moved_is_not_an_error(quarantine: Quarantine, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    quarantine.add_file(file, path="wire/story.txt", report=a_report())

    quarantine.add_file(file, path="wire/story.txt", report=a_report())

    assert not file.exists()


def test_the_file_has_its_own_name_with_a_complete_report_beside_it(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    kept.add_file(a_file(tmp_path), path="wire/story.txt", report=a_report())

    report = folder / "wire" / "story.txt.error.json"
    assert contents(folder) == {"wire/story.txt": "story"}
    written = Report.model_validate_json(report.read_bytes())
    assert written.model_copy(update={"retry": ()}) == a_report()
    assert report.read_text().count("\n") > 5


def test_the_same_delivery_is_stored_once(kept: FolderQuarantine, folder: Path) -> None:
    for minutes in (0, 5):
        report = a_report().model_copy(update={"at": START + timedelta(minutes=minutes)})
        kept.add_content(io.BytesIO(b"story"), path="wire/story.txt", report=report)

    assert contents(folder) == {"wire/story.txt": "story"}
    assert len(list(folder.rglob("*.error.json"))) == 1


def test_nothing_is_overwritten_when_names_are_taken(kept: FolderQuarantine, folder: Path) -> None:
    for number in (1, 2, 3):
        kept.add_content(io.BytesIO(f"story {number}".encode()), path="wire/story.txt", report=a_report(number))

    assert contents(folder) == {
        "wire/story.txt": "story 1",
        "wire/story.2.txt": "story 2",
        "wire/story.3.txt": "story 3",
    }
    assert (folder / "wire" / "story.3.txt.error.json").exists()


def test_a_file_of_an_often_used_name_has_its_delivery_in_its_name(kept: FolderQuarantine, folder: Path) -> None:
    for number in range(1, 12):
        kept.add_content(io.BytesIO(f"{number}".encode()), path="story.txt", report=a_report(number))
    kept.add_content(io.BytesIO(b"11"), path="story.txt", report=a_report(11))

    assert contents(folder)["story.9.txt"] == "9"
    assert contents(folder)[f"story.{delivery_id(11)}.txt"] == "11"
    assert len(contents(folder)) == 11
    assert kept.find(delivery_id(11), path="story.txt") == folder / f"story.{delivery_id(11)}.txt"


@pytest.mark.parametrize("name", ["story.txt", "wire/" + "x" * 251 + ".txt"])
def test_work_for_a_file_does_not_grow_with_the_number_of_files_of_its_name(
    kept: FolderQuarantine, folder: Path, tmp_path: Path, name: str
) -> None:
    (folder / "wire").mkdir(parents=True)
    for number in range(1, 201):
        shutil.copyfile(__file__, file := tmp_path / "claimed.txt")
        kept.add_file(file, path=name, report=a_report(number, name))

    accesses = Counter[int]()
    with _file_accesses(lambda: accesses.update([number])):
        for number in (20, 201):
            shutil.copyfile(__file__, file := tmp_path / "claimed.txt")
            kept.add_file(file, path=name, report=a_report(number, name))
            stored = kept.find(delivery_id(number), path=name)
            assert stored
            stored.unlink()
            kept.remove_report(delivery_id(number), path=name)

    assert 0 < accesses[201] <= accesses[20] + MAX_NUMBER


def test_files_of_a_person_in_the_quarantine_are_not_changed(kept: FolderQuarantine, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.txt").write_text("a person's file")
    (folder / "b.txt.error.json").write_text("a person's notes")

    kept.add_content(io.BytesIO(b"story"), path="a.txt", report=a_report(1))
    kept.add_content(io.BytesIO(b"story"), path="b.txt", report=a_report(2))

    assert contents(folder) == {"a.txt": "a person's file", "a.2.txt": "story", "b.2.txt": "story"}
    assert (folder / "b.txt.error.json").read_text() == "a person's notes"


def test_a_file_named_like_a_report_does_not_collide_with_one(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"first"), path="story.txt", report=a_report(1))
    kept.add_content(io.BytesIO(b"second"), path="story.txt.error.json", report=a_report(2))

    assert (folder / "story.txt").read_bytes() == b"first"
    assert Report.model_validate_json((folder / "story.txt.error.json").read_bytes()).delivery_id == delivery_id(1)
    assert (folder / "story.txt.error.2.json").read_bytes() == b"second"


def test_a_folder_whose_name_a_file_has_gets_another_name(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"a file"), path="wire", report=a_report(1))
    kept.add_content(io.BytesIO(b"deep"), path="wire/deep/story.txt", report=a_report(2))
    kept.add_content(io.BytesIO(b"again"), path="wire/deep/other.txt", report=a_report(3))

    assert contents(folder) == {"wire": "a file", "wire.2/deep/story.txt": "deep", "wire.2/deep/other.txt": "again"}


def test_a_file_whose_name_a_folder_has_gets_another_name(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"deep"), path="wire/story.txt", report=a_report(1))
    kept.add_content(io.BytesIO(b"a file"), path="wire", report=a_report(2))

    assert contents(folder) == {"wire/story.txt": "deep", "wire.2": "a file"}


@pytest.mark.parametrize(
    "name", ["x" * 251 + ".txt", "x" * 245, "é" * 127, "名" * 85, "a." + "s" * 253, ".hidden", "dots..", "\udcff\udcfe"]
)
def test_names_of_any_length_and_kind_are_stored_with_readable_reports(
    kept: FolderQuarantine, folder: Path, name: str
) -> None:
    for number in range(1, 12):
        kept.add_content(io.BytesIO(f"{number}".encode()), path=name, report=a_report(number, "printable"))

    reports = [Report.model_validate_json(path.read_bytes()) for path in folder.glob("*.error.json")]
    assert sorted(contents(folder).values(), key=int) == [str(number) for number in range(1, 12)]
    assert contents(folder)[name] == "1"
    assert {each.delivery_id for each in reports} == {delivery_id(number) for number in range(1, 12)}
    assert {os.path.basename(report_path(folder / kept_name)) for kept_name in contents(folder)} == {  # noqa: PTH119
        path.name for path in folder.glob("*.error.json")
    }
    assert all(len(os.fsencode(each)) <= NAME_BYTES for each in contents(folder))


def test_a_link_is_moved_not_followed(kept: FolderQuarantine, folder: Path, tmp_path: Path) -> None:
    secret = a_file(tmp_path, "secret")
    link = tmp_path / "link.txt"
    link.symlink_to(secret)

    kept.add_file(link, path="link.txt", report=a_report())

    assert (folder / "link.txt").is_symlink()
    assert secret.read_text() == "secret"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("nowhere"), lambda path: path.write_text("x")]
)
def test_whatever_comes_from_another_filesystem_leaves_the_inbox(
    kept: FolderQuarantine, folder: Path, make: Callable[[Path], object]
) -> None:
    memory = Path("/dev") / "shm"
    if not memory.is_dir() or memory.stat().st_dev == folder.parent.stat().st_dev:
        pytest.skip("this machine has no second filesystem")
    file = memory / f"copytaster-refused-{os.getpid()}"
    make(file)
    has_bytes = not file.is_fifo()
    try:
        kept.add_file(file, path="wire/odd.txt", report=a_report())
        remained = os.path.lexists(file)
    finally:
        file.unlink(missing_ok=True)

    assert not remained
    assert os.path.lexists(folder / "wire" / "odd.txt") is has_bytes
    assert (folder / "wire" / "odd.txt.error.json").exists()


def test_an_unavailable_quarantine_is_an_outage(kept: FolderQuarantine, folder: Path, tmp_path: Path) -> None:
    folder.write_text("a file where the folder should be")
    file = a_file(tmp_path)

    with pytest.raises(TransientError, match="wire/story"):
        kept.add_file(file, path="wire/story.txt", report=a_report())

    assert file.read_text() == "story"


def test_a_file_is_found_whichever_name_it_got(kept: FolderQuarantine, folder: Path) -> None:
    for number in (1, 2, 3):
        kept.add_content(io.BytesIO(b"story"), path="wire/story.txt", report=a_report(number))

    found = [kept.find(delivery_id(number), path="wire/story.txt") for number in (1, 2, 3, 4)]

    assert found == [
        folder / "wire" / "story.txt",
        folder / "wire" / "story.2.txt",
        folder / "wire" / "story.3.txt",
        None,
    ]


@pytest.mark.parametrize(
    "name", ["x" * 251 + ".txt", "é" * 127, "名" * 85, "a." + "s" * 253, "\udcff\udcfe", "two\nlines"]
)
def test_files_whose_names_are_long_or_strange_are_found(kept: FolderQuarantine, folder: Path, name: str) -> None:
    for number in (1, 2):
        kept.add_content(io.BytesIO(f"{number}".encode()), path=name, report=a_report(number, printable(name)))

    found = [kept.find(delivery_id(number), path=printable(name)) for number in (1, 2)]

    assert [each and each.read_text() for each in found] == ["1", "2"]
    assert found[0] == folder / name


def test_a_file_in_a_folder_that_got_another_name_is_found(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"a file"), path="wire", report=a_report(1))
    kept.add_content(io.BytesIO(b"deep"), path="wire/story.txt", report=a_report(2))

    assert kept.find(delivery_id(2), path="wire/story.txt") == folder / "wire.2" / "story.txt"


def test_a_removed_file_is_known_by_its_report_until_that_is_removed(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"story"), path="wire/story.txt", report=a_report())
    before = kept.orphaned_report_at("wire/story.txt")
    (folder / "wire" / "story.txt").unlink()

    after = kept.orphaned_report_at("wire/story.txt")
    found = kept.find(delivery_id(1), path="wire/story.txt")
    kept.remove_report(delivery_id(1), path="wire/story.txt")

    assert (before, after, found) == (None, delivery_id(1), None)
    assert kept.orphaned_report_at("wire/story.txt") is None
    assert [path.name for path in folder.rglob("*")] == ["wire"]


def test_a_report_beside_its_file_is_never_removed(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"story"), path="story.txt", report=a_report(1))
    kept.add_content(io.BytesIO(b"other"), path="other.txt", report=a_report(2))
    (folder / "other.txt").unlink()

    kept.remove_report(delivery_id(1), path="story.txt")
    kept.remove_report(delivery_id(1), path="other.txt")

    assert sorted(path.name for path in folder.iterdir()) == [
        "other.txt.error.json",
        "story.txt",
        "story.txt.error.json",
    ]


def test_a_quarantined_file_that_looks_like_a_report_is_not_one(kept: FolderQuarantine, folder: Path) -> None:
    forged = a_report(1, "story.txt").model_dump_json().encode()
    kept.add_content(io.BytesIO(forged), path="story.txt.error.json", report=a_report(2))

    assert kept.orphaned_report_at("story.txt") is None
    assert kept.find(delivery_id(1), path="story.txt") is None
    kept.remove_report(delivery_id(1), path="story.txt")
    assert (folder / "story.txt.error.json").read_bytes() == forged


def test_a_quarantine_that_does_not_exist_yet_is_empty(quarantine: Quarantine) -> None:
    assert quarantine.find(delivery_id(1), path="wire/story.txt") is None
    assert quarantine.orphaned_report_at("wire/story.txt") is None
    quarantine.remove_report(delivery_id(1), path="wire/story.txt")


def test_the_report_has_retry_instructions_for_the_path_of_the_file(kept: FolderQuarantine, folder: Path) -> None:
    for number in (1, 2):
        kept.add_content(io.BytesIO(b"story"), path="my wire/story.txt", report=a_report(number, "my wire/story.txt"))

    report = Report.model_validate_json((folder / "my wire" / "story.2.txt.error.json").read_bytes())

    assert report.retry == (
        f"on the command line: copytaster retry {delivery_id(2)}",
        f"by the API: POST /api/v1/deliveries/{delivery_id(2)}/retry",
        "by hand, in the data folder: mv 'quarantine/my wire/story.2.txt' 'inbox/my wire/'",
    )


def test_no_command_is_given_for_a_name_that_no_line_of_text_can_hold(kept: FolderQuarantine, folder: Path) -> None:
    kept.add_content(io.BytesIO(b"story"), path="two\nlines", report=a_report(1, "two\\nlines"))

    report = Report.model_validate_json((folder / "two\nlines.error.json").read_bytes())

    assert [way.partition(":")[0] for way in report.retry] == ["on the command line", "by the API"]


def a_sidecar(tmp_path: Path) -> Path:
    sidecar = tmp_path / "claimed.sidecar"
    sidecar.write_text("{}")
    return sidecar


def test_a_sidecar_is_stored_beside_its_file_and_found_again(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    sidecar = a_sidecar(tmp_path)

    for _ in range(2):
        kept.add_file(a_file(tmp_path), path="wire/story.txt", report=a_report(), sidecar=sidecar)

    assert contents(folder) == {"wire/story.txt": "story", "wire/story.txt.meta.json": "{}"}
    assert sidecar.exists()
    assert kept.find_sidecar(delivery_id(1), path="wire/story.txt") == folder / "wire/story.txt.meta.json"
    assert kept.find_sidecar(delivery_id(2), path="wire/story.txt") is None


def test_a_file_with_a_sidecar_gets_a_name_that_is_free_for_both(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    (folder / "wire").mkdir(parents=True)
    (folder / "wire" / "story.txt.meta.json").write_text("somebody's own")

    kept.add_file(a_file(tmp_path), path="wire/story.txt", report=a_report(), sidecar=a_sidecar(tmp_path))

    assert contents(folder) == {
        "wire/story.txt.meta.json": "somebody's own",
        "wire/story.2.txt": "story",
        "wire/story.2.txt.meta.json": "{}",
    }
    assert kept.find_sidecar(delivery_id(1), path="wire/story.txt") == folder / "wire/story.2.txt.meta.json"


def test_the_sidecar_is_removed_with_the_report_once_the_file_was_removed(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    kept.add_file(a_file(tmp_path), path="story.txt", report=a_report(path="story.txt"), sidecar=a_sidecar(tmp_path))

    kept.remove_report(delivery_id(1), path="story.txt")
    before = contents(folder)
    (folder / "story.txt").unlink()
    kept.remove_report(delivery_id(1), path="story.txt")

    assert before == {"story.txt": "story", "story.txt.meta.json": "{}"}
    assert list(folder.iterdir()) == []


def test_a_name_without_room_for_the_suffix_of_a_sidecar_is_shortened(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    name = "x" * 245

    kept.add_file(a_file(tmp_path), path=name, report=a_report(path=name), sidecar=a_sidecar(tmp_path))

    assert sorted(contents(folder).values()) == ["story", "{}"]


def test_a_file_that_is_left_in_place_is_copied_once(kept: FolderQuarantine, folder: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    kept.add_file(file, path="wire/story.txt", report=a_report(), leave_in_place=True)
    file.write_text("changed since")

    kept.add_file(file, path="wire/story.txt", report=a_report(), leave_in_place=True)

    assert file.exists()
    assert contents(folder) == {"wire/story.txt": "story"}


def test_a_file_is_left_in_place(quarantine: Quarantine, tmp_path: Path) -> None:
    file = a_file(tmp_path)

    quarantine.add_file(file, path="wire/story.txt", report=a_report(), leave_in_place=True)

    assert file.exists()


def test_the_copy_of_an_incomplete_file_is_outdated_until_it_is_changed(
    kept: FolderQuarantine, folder: Path, tmp_path: Path
) -> None:
    incomplete = a_report(path="cut.txt").model_copy(update={"reason": Reason.INCOMPLETE})
    kept.add_file(a_file(tmp_path), path="cut.txt", report=incomplete, leave_in_place=True)
    kept.add_file(a_file(tmp_path), path="other.txt", report=a_report(2, path="other.txt"), leave_in_place=True)

    outdated = [kept.outdated_copy_at(path) for path in ("cut.txt", "other.txt", "none.txt")]
    (folder / "cut.txt").write_text("mended by hand")

    assert outdated == [incomplete.delivery_id, None, None]
    assert kept.outdated_copy_at("cut.txt") is None


def test_an_outdated_copy_is_removed_with_its_report(kept: FolderQuarantine, folder: Path, tmp_path: Path) -> None:
    report = a_report(path="cut.txt")
    kept.add_file(a_file(tmp_path), path="cut.txt", report=report, leave_in_place=True)

    kept.remove_report(report.delivery_id, path="cut.txt")
    still = sorted(each.name for each in folder.iterdir())
    kept.remove_report(report.delivery_id, path="cut.txt", with_copy=True)

    assert still == ["cut.txt", "cut.txt.error.json"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_filesystem_without_hard_links_is_no_outage(
    kept: FolderQuarantine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    for count in (1, 2, 2):
        kept.add_file(a_file(tmp_path, f"story {count}"), path="wire/story.txt", report=a_report(count))

    assert contents(folder) == {"wire/story.txt": "story 1", "wire/story.2.txt": "story 2"}
    assert kept.find(delivery_id(2), path="wire/story.txt") == folder / "wire/story.2.txt"


def test_no_permission_for_a_name_in_the_quarantine_is_an_outage_that_leaves_nothing(
    kept: FolderQuarantine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "link", refuse)
    file = a_file(tmp_path)

    with pytest.raises(TransientError, match="permission"):
        kept.add_file(file, path="wire/story.txt", report=a_report())

    assert file.exists()
    assert [each for each in folder.rglob("*") if each.is_file()] == []
